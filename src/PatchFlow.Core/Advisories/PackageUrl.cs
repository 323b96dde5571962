namespace PatchFlow.Core.Advisories;

/// <summary>The parts of a package URL (purl specification) that say which package of which release is meant. Any other text is a product's name.</summary>
/// <param name="Text">As published.</param>
/// <param name="Type">The type (<c>deb</c>); empty where the text is no package URL.</param>
/// <param name="Namespace">The vendor (<c>ubuntu</c>); empty where none is given.</param>
/// <param name="Name">The package's name.</param>
/// <param name="Version">Its version; null where none is given.</param>
/// <param name="Qualifiers">What follows the question mark.</param>
internal sealed record PackageUrl(string Text, string Type, string Namespace, string Name, string? Version, IReadOnlyDictionary<string, string> Qualifiers)
{
    /// <summary>The release that the qualifier <c>distro</c> names; null where it names none.</summary>
    public string? Release => Qualifiers.GetValueOrDefault("distro");

    /// <summary>Whether a source package is meant.</summary>
    public bool IsSource => Qualifiers.GetValueOrDefault("arch") is "source" or "src";

    /// <summary>The architecture; null where all are meant, and for a source package.</summary>
    public string? Arch => IsSource ? null : Qualifiers.GetValueOrDefault("arch");

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
            return new PackageUrl(text, "", "", text, null, new Dictionary<string, string>());
        }

        var (path, query) = Cut(Cut(text[4..], '#').Before, '?');
        var at = path.LastIndexOf('@');
        var version = at > 0 ? Uri.UnescapeDataString(path[(at + 1)..]) : null;
        var parts = (at > 0 ? path[..at] : path).Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var qualifiers = new Dictionary<string, string>();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(pair, '=');
            qualifiers.TryAdd(name, Uri.UnescapeDataString(value));
        }

        return parts.Length < 2
            ? new PackageUrl(text, "", "", text, null, qualifiers)
            : new PackageUrl(text, parts[0], string.Join('/', parts[1..^1]), parts[^1], version, qualifiers);
    }

    // "alpine-3.18" and "debian-12" repeat the vendor's name; "esm-infra/xenial" does not.
    private string Short(string release) => release.StartsWith($"{Namespace}-", StringComparison.Ordinal) ? release[(Namespace.Length + 1)..] : release;

    private static (string Before, string After) Cut(string text, char at)
    {
        var index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, "") : (text[..index], text[(index + 1)..]);
    }
}
