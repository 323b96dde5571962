using System.Diagnostics.CodeAnalysis;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>The order of versions, by ecosystem.</summary>
public static class VersionOrder
{
    // Go writes a v before each version of its modules.
    private static readonly string[] WithV = ["go", "golang"];

    /// <summary>Names of ecosystems that are known, with how their versions are ordered: those by which advisories and hosts are matched, and shorter ones.</summary>
    public static IReadOnlyDictionary<string, VersionScheme> Ecosystems { get; } = new Dictionary<string, VersionScheme>(Platforms.Schemes, StringComparer.OrdinalIgnoreCase)
    {
        ["deb"] = VersionScheme.Deb,
        ["dpkg"] = VersionScheme.Deb,
        ["debian"] = VersionScheme.Deb,
        ["ubuntu"] = VersionScheme.Deb,
        ["rpm"] = VersionScheme.Rpm,
        ["redhat"] = VersionScheme.Rpm,
        ["rhel"] = VersionScheme.Rpm,
        ["red hat"] = VersionScheme.Rpm,
        ["fedora"] = VersionScheme.Rpm,
        ["alma"] = VersionScheme.Rpm,
        ["almalinux"] = VersionScheme.Rpm,
        ["rocky"] = VersionScheme.Rpm,
        ["rocky linux"] = VersionScheme.Rpm,
        ["suse"] = VersionScheme.Rpm,
        ["opensuse"] = VersionScheme.Rpm,
        ["amazon"] = VersionScheme.Rpm,
        ["apk"] = VersionScheme.Apk,
        ["alpine"] = VersionScheme.Apk,
        ["wolfi"] = VersionScheme.Apk,
        ["chainguard"] = VersionScheme.Apk,
        ["semver"] = VersionScheme.SemVer,
        ["npm"] = VersionScheme.SemVer,
        ["cargo"] = VersionScheme.SemVer,
        ["crates.io"] = VersionScheme.SemVer,
        ["go"] = VersionScheme.SemVer,
        ["golang"] = VersionScheme.SemVer,
    };

    /// <summary>The names in the order of the alphabet, for a person to choose from.</summary>
    public static string Names { get; } = string.Join(", ", Ecosystems.Keys.Order(StringComparer.OrdinalIgnoreCase));

    /// <summary>How an ecosystem's versions are ordered, whose name may go on as OSV writes it: <c>Debian:12</c>.</summary>
    public static VersionScheme SchemeOf(string ecosystem) => Ecosystems.GetValueOrDefault(ecosystem.Split(':')[0]);

    /// <summary>Compares two versions of an ecosystem; false with the reason where one of them is none, or the ecosystem is not known.</summary>
    public static bool TryCompare(string ecosystem, string a, string b, out int order, [NotNullWhen(false)] out string? problem)
    {
        if (SchemeOf(ecosystem) is VersionScheme.Unknown)
        {
            (order, problem) = (0, $"'{ecosystem}' is no ecosystem whose order is known: {Names}");
            return false;
        }

        var trims = WithV.Contains(ecosystem, StringComparer.OrdinalIgnoreCase);
        return TryCompare(SchemeOf(ecosystem), trims ? WithoutV(a) : a, trims ? WithoutV(b) : b, out order, out problem);
    }

    /// <summary>Compares two versions; false with the reason where one of them is none, or the scheme has no order.</summary>
    public static bool TryCompare(VersionScheme scheme, string a, string b, out int order, [NotNullWhen(false)] out string? problem)
    {
        order = 0;
        switch (scheme)
        {
            case VersionScheme.Deb:
                // dpkg trims white space, which the version itself must not have.
                return DebianVersion.TryParse(a.Trim(), out var debA, out problem) & DebianVersion.TryParse(b.Trim(), out var debB, out var other)
                    ? Known(debA.CompareTo(debB), out order) : (problem ??= other) is null;
            case VersionScheme.Apk:
                return ApkVersion.TryCompare(a, b, out order, out problem);
            case VersionScheme.SemVer:
                return SemVersion.TryParse(a, out var semA, out problem) & SemVersion.TryParse(b, out var semB, out other)
                    ? Known(semA.CompareTo(semB), out order) : (problem ??= other) is null;
            case VersionScheme.Rpm:
                return RpmVersion.TryParse(a, out var rpmA, out problem) & RpmVersion.TryParse(b, out var rpmB, out other)
                    ? Known(rpmA.CompareTo(rpmB), out order) : (problem ??= other) is null;
            default:
                problem = $"versions of the scheme {scheme} can't be compared";
                return false;
        }
    }

    /// <summary>Below 0 where <paramref name="a"/> is older, 0 where they are equal, above 0 where it is newer; null where they can't be compared.</summary>
    public static int? Compare(VersionScheme scheme, string a, string b) => TryCompare(scheme, a, b, out var order, out _) ? order : null;

    private static bool Known(int found, out int order)
    {
        order = Math.Sign(found);
        return true;
    }

    private static string WithoutV(string version) => version.StartsWith('v') ? version[1..] : version;
}
