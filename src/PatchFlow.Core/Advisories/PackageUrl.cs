namespace PatchFlow.Core.Advisories;

/// <summary>The parts of a package URL (purl specification) that say which package of which release is meant. Any other text is a product's name.</summary>
/// <param name="Text">As published.</param>
/// <param name="Type">The type (<c>deb</c>); empty where the text is no package URL.</param>
/// <param name="Namespace">The vendor (<c>ubuntu</c>); empty where none is given.</param>
/// <param name="Name">The package's name.</param>
/// <param name="Version">Its version; null where none is given.</param>
/// <param name="Qualifiers">What follows the question mark, as published.</param>
internal sealed record PackageUrl(string Text, string Type, string Namespace, string Name, string? Version, string Qualifiers)
{
    /// <summary>The release that the qualifier <c>distro</c> names; null where it names none.</summary>
    public string? Release { get; } = Qualifier(Qualifiers, "distro");

    /// <summary>Whether a source package is meant.</summary>
    public bool IsSource { get; } = Qualifier(Qualifiers, "arch") is "source" or "src";

    /// <summary>The architecture; null where all are meant, and for a source package.</summary>
    public string? Arch => IsSource ? null : Qualifier(Qualifiers, "arch");

    /// <summary>How its versions are ordered.</summary>
    public VersionScheme Scheme => Type switch
    {
        "deb" => VersionScheme.Deb,
        "rpm" => VersionScheme.Rpm,
        "apk" => VersionScheme.Apk,
        "npm" or "golang" or "cargo" => VersionScheme.SemVer,
        _ => VersionScheme.Unknown,
    };

    /// <summary>The platform; empty where it names none.</summary>
    public string Platform => (Release, Namespace) switch
    {
        (null, _) => "",
        ({ } release, "ubuntu") => Platforms.OfUbuntu(Short(release)),
        ({ } release, "debian") => Platforms.OfDebian(Short(release)),
        ({ } release, "alpine") => $"Alpine:{Short(release)}",
        ({ } release, "almalinux") => $"AlmaLinux:{Short(release)}",
        ({ } release, "rocky-linux") => $"Rocky Linux:{Short(release)}",
        ({ } release, _) => release,
    };

    /// <summary>Reads a package URL; a text that is none becomes a name alone.</summary>
    public static PackageUrl Of(string text)
    {
        if (!text.StartsWith("pkg:", StringComparison.Ordinal))
        {
            return new PackageUrl(text, "", "", text, null, "");
        }

        var whole = text.AsSpan(4);
        whole = whole.IndexOf('#') is var mark and >= 0 ? whole[..mark] : whole;
        var question = whole.IndexOf('?');
        var qualifiers = question < 0 ? "" : whole[(question + 1)..].ToString();
        var path = question < 0 ? whole : whole[..question];
        var at = path.LastIndexOf('@');
        var names = Segments(at > 0 ? path[..at] : path);
        var (first, last) = (names.IndexOf('/'), names.LastIndexOf('/'));
        return first < 0
            ? new PackageUrl(text, "", "", text, null, qualifiers)
            : new PackageUrl(text, Plain(names[..first]), first == last ? "" : Plain(names[(first + 1)..last]), Plain(names[(last + 1)..]), at > 0 ? Plain(path[(at + 1)..]) : null, qualifiers);
    }

    /// <summary>The first qualifier of this name; null where there is none.</summary>
    public string? Qualifier(string name) => Qualifier(Qualifiers, name);

    private static string? Qualifier(string qualifiers, string name)
    {
        foreach (var range in qualifiers.AsSpan().Split('&'))
        {
            var pair = qualifiers.AsSpan(range);
            if (pair.StartsWith(name, StringComparison.Ordinal) && (pair.Length == name.Length || pair[name.Length] == '='))
            {
                return Plain(pair[Math.Min(name.Length + 1, pair.Length)..]);
            }
        }

        return null;
    }

    // Empty segments do not count.
    private static ReadOnlySpan<char> Segments(ReadOnlySpan<char> path) =>
        path.IndexOf("//") < 0 ? path.Trim('/') : string.Join('/', path.ToString().Split('/', StringSplitOptions.RemoveEmptyEntries));

    private static string Plain(ReadOnlySpan<char> text) => text.Contains('%') ? Uri.UnescapeDataString(text) : text.ToString();

    // "alpine-3.18" and "debian-12" repeat the vendor's name; "esm-infra/xenial" does not.
    private string Short(string release) => release.StartsWith($"{Namespace}-", StringComparison.Ordinal) ? release[(Namespace.Length + 1)..] : release;
}
