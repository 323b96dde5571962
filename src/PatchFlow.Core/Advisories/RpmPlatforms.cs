namespace PatchFlow.Core.Advisories;

/// <summary>Tells the platform of an advisory of rpm from what its vendor calls the release or the collection.</summary>
internal static class RpmPlatforms
{
    // What the text begins with, the platform's name, and whether a number behind a dot is a release of its own (openSUSE 15.5) or not (Rocky Linux 8.4).
    private static readonly (string Begin, string Name, bool HasMinor)[] Names =
    [
        ("Fedora EPEL ", "EPEL", false),
        ("Extra Packages for Enterprise Linux ", "EPEL", false),
        ("Fedora Linux ", "Fedora", false),
        ("Fedora ", "Fedora", false),
        ("Rocky Linux ", "Rocky Linux", false),
        ("AlmaLinux ", "AlmaLinux", false),
        ("almalinux-", "AlmaLinux", false),
        ("Red Hat Enterprise Linux ", "Red Hat", false),
        ("Oracle Linux ", "Oracle Linux", false),
        ("openSUSE Leap ", "openSUSE:Leap ", true),
        ("openSUSE ", "openSUSE", true),
    ];

    /// <summary>The first platform that one of the texts names; empty where none does: then it is that of the feed.</summary>
    public static string Of(params ReadOnlySpan<string?> texts)
    {
        foreach (var text in texts)
        {
            if (text is { Length: > 0 } && One(text) is { Length: > 0 } platform)
            {
                return platform;
            }
        }

        return "";
    }

    /// <summary>
    /// A vendor's platform by the tag in a package's release, <c>5.1.el8_4</c>, <c>18.module_el8.5.0+2632+14ced695</c>; empty where it has none.
    /// </summary>
    public static string OfDistTag(string vendor, string release)
    {
        var at = release.IndexOf("el", StringComparison.Ordinal);
        var number = at > 0 && release[at - 1] is '.' or '_' or '+' ? Number(release.AsSpan(at + 2), hasMinor: false) : default;
        return number.IsEmpty ? "" : $"{vendor}:{number}";
    }

    private static string One(string text)
    {
        if (text.StartsWith("Amazon Linux ", StringComparison.Ordinal))
        {
            return OfAmazon(text["Amazon Linux ".Length..]);
        }

        foreach (var (begin, name, hasMinor) in Names)
        {
            if (text.StartsWith(begin, StringComparison.Ordinal) && Number(text.AsSpan(begin.Length), hasMinor) is { Length: > 0 } number)
            {
                return name.EndsWith(' ') ? $"{name}{number}" : $"{name}:{number}";
            }
        }

        return "";
    }

    // "Amazon Linux 2 - Kernel-5.15 2.0": an extra repository has other versions of the same packages, and concerns only hosts that have enabled it.
    private static string OfAmazon(string rest)
    {
        if (rest.StartsWith("AMI", StringComparison.Ordinal))
        {
            return "Amazon Linux:1";
        }

        var number = Number(rest, hasMinor: false).ToString();
        var extra = rest.IndexOf(" - ", StringComparison.Ordinal);
        return number.Length == 0 ? "" : extra < 0 ? $"Amazon Linux:{number}" : $"Amazon Linux:{number}:{rest[(extra + 3)..].Split(' ')[0]}";
    }

    private static ReadOnlySpan<char> Number(ReadOnlySpan<char> text, bool hasMinor)
    {
        var length = 0;
        while (length < text.Length && (char.IsAsciiDigit(text[length]) || (hasMinor && text[length] == '.' && length > 0)))
        {
            length++;
        }

        return text[..length];
    }
}
