using System.Collections.Frozen;

namespace PatchFlow.Core.Advisories;

/// <summary>How vendors name releases, as <see cref="AffectedPackage.Platform"/> has them.</summary>
public static class Platforms
{
    // Debian's distro-info-data, column "version"; "sid" has no number.
    private static readonly FrozenDictionary<string, string> Debian = Table("""
        hamm 2.0, slink 2.1, potato 2.2, woody 3.0, sarge 3.1, etch 4.0, lenny 5.0, squeeze 6.0, wheezy 7, jessie 8, stretch 9, buster 10,
        bullseye 11, bookworm 12, trixie 13, forky 14, duke 15
        """);

    // Ubuntu's distro-info-data, column "version".
    private static readonly FrozenDictionary<string, string> Ubuntu = Table("""
        warty 4.10, hoary 5.04, breezy 5.10, dapper 6.06, edgy 6.10, feisty 7.04, gutsy 7.10, hardy 8.04, intrepid 8.10, jaunty 9.04,
        karmic 9.10, lucid 10.04, maverick 10.10, natty 11.04, oneiric 11.10, precise 12.04, quantal 12.10, raring 13.04, saucy 13.10,
        trusty 14.04, utopic 14.10, vivid 15.04, wily 15.10, xenial 16.04, yakkety 16.10, zesty 17.04, artful 17.10, bionic 18.04,
        cosmic 18.10, disco 19.04, eoan 19.10, focal 20.04, groovy 20.10, hirsute 21.04, impish 21.10, jammy 22.04, kinetic 22.10,
        lunar 23.04, mantic 23.10, noble 24.04, oracular 24.10, plucky 25.04, questing 25.10, resolute 26.04
        """);

    /// <summary>How versions are ordered, by the name of the OSV ecosystem, or of the distribution where OSV has none.</summary>
    public static FrozenDictionary<string, VersionScheme> Schemes { get; } = new Dictionary<string, VersionScheme>
    {
        ["Debian"] = VersionScheme.Deb,
        ["Ubuntu"] = VersionScheme.Deb,
        ["Echo"] = VersionScheme.Deb,
        ["AlmaLinux"] = VersionScheme.Rpm,
        ["Amazon Linux"] = VersionScheme.Rpm,
        ["Azure Linux"] = VersionScheme.Rpm,
        ["CentOS"] = VersionScheme.Rpm,
        ["EPEL"] = VersionScheme.Rpm,
        ["Fedora"] = VersionScheme.Rpm,
        ["Mageia"] = VersionScheme.Rpm,
        ["Mariner"] = VersionScheme.Rpm,
        ["openEuler"] = VersionScheme.Rpm,
        ["openSUSE"] = VersionScheme.Rpm,
        ["Oracle Linux"] = VersionScheme.Rpm,
        ["Photon OS"] = VersionScheme.Rpm,
        ["Red Hat"] = VersionScheme.Rpm,
        ["Rocky Linux"] = VersionScheme.Rpm,
        ["SUSE"] = VersionScheme.Rpm,
        ["TuxCare"] = VersionScheme.Rpm,
        ["Alpaquita"] = VersionScheme.Apk,
        ["Alpine"] = VersionScheme.Apk,
        ["BellSoft Hardened Containers"] = VersionScheme.Apk,
        ["Chainguard"] = VersionScheme.Apk,
        ["MinimOS"] = VersionScheme.Apk,
        ["Wolfi"] = VersionScheme.Apk,
        ["crates.io"] = VersionScheme.SemVer,
        ["Go"] = VersionScheme.SemVer,
        ["Hex"] = VersionScheme.SemVer,
        ["npm"] = VersionScheme.SemVer,
        ["Pub"] = VersionScheme.SemVer,
        ["SwiftURL"] = VersionScheme.SemVer,
    }.ToFrozenDictionary();

    // AlmaLinux is not among them: OSV's list of ecosystems says that its names are those of source packages, but its records name binary ones.
    private static readonly FrozenSet<string> NamesSources = new[]
    {
        "Alpaquita", "Alpine", "Azure Linux", "BellSoft Hardened Containers", "Debian", "Echo", "Mageia", "openEuler", "openSUSE", "Rocky Linux", "SUSE", "Ubuntu",
    }.ToFrozenSet();

    // Their hosts follow a single line of packages, or are none of those that report.
    private static readonly FrozenSet<string> Rolling = new[] { "BellSoft Hardened Containers", "Chainguard", "Echo", "MinimOS", "TuxCare", "Wolfi" }.ToFrozenSet();

    /// <summary>
    /// The platform that an OSV ecosystem names: <c>Ubuntu:22.04:LTS</c> is <c>Ubuntu:22.04</c>, <c>Alpine:v3.16</c> is <c>Alpine:3.16</c>,
    /// <c>Red Hat:enterprise_linux:9::baseos</c> is <c>Red Hat:9</c>, <c>Red Hat:enterprise_linux:10.1</c> is <c>Red Hat:10</c>; products of Red Hat other than that one keep their names. What is not known stays as it is.
    /// </summary>
    public static string OfEcosystem(string ecosystem)
    {
        var (name, release) = Split(ecosystem);
        return name switch
        {
            _ when release.Length == 0 => name,
            "Ubuntu" when release.EndsWith(":LTS", StringComparison.Ordinal) => ecosystem[..^4],
            "Alpine" when release[0] == 'v' => $"Alpine:{release[1..]}",
            "Debian" => OfDebian(release),
            "Red Hat" => OfRedHat(release),
            _ => ecosystem,
        };
    }

    /// <summary>How versions are ordered in an OSV ecosystem.</summary>
    public static VersionScheme SchemeOf(string ecosystem) => Schemes.GetValueOrDefault(Split(ecosystem).Name);

    /// <summary>
    /// Whether an OSV ecosystem is a distribution's, and does not say which release is meant (<c>Debian</c>): OSV lets that be left out. Hosts
    /// of each release follow it behind their own.
    /// </summary>
    public static bool LacksRelease(string ecosystem)
    {
        var (name, release) = Split(ecosystem);
        return release.Length == 0 && SchemeOf(name) is VersionScheme.Deb or VersionScheme.Rpm or VersionScheme.Apk && !Rolling.Contains(name);
    }

    /// <summary>
    /// Whether a platform is Microsoft's: <c>Windows:10 Version 1511</c>, or <c>Microsoft</c> for products that name no Windows. Hosts with it are
    /// reported on, and nothing is deployed to them: there is no channel to such a host, and no replica of it to test on.
    /// </summary>
    public static bool IsReportOnly(string platform) => Split(platform).Name is "Windows" or "Microsoft";

    /// <summary>
    /// Whether a vendor's advisories never name a version's epoch, in whatever form they are: openEuler's write <c>vim-9.0-33</c> of a package whose
    /// epoch is 2. Compared with it, each installed version that has an epoch would be newer than the fix.
    /// </summary>
    public static bool LacksEpochs(string platform) => Split(platform).Name == "openEuler";

    /// <summary>A platform's vendor, or system, without the release: <c>Debian</c> of <c>Debian:12</c>.</summary>
    public static string NameOf(string platform) => Split(platform).Name;

    /// <summary>Whether an OSV ecosystem's package names are those of source packages.</summary>
    public static bool NamesSourcePackages(string ecosystem) => NamesSources.Contains(Split(ecosystem).Name);

    /// <summary>The platform of a Debian codename or number; its security and updates suites are the same platform, backports are another.</summary>
    public static string OfDebian(string codename)
    {
        var name = Without(Without(codename, "-security"), "-updates");
        return $"Debian:{Debian.GetValueOrDefault(name, name)}";
    }

    /// <summary>
    /// The platform of an Ubuntu codename or number. <paramref name="pro"/> where it is a repository for hosts attached to Ubuntu Pro; a name
    /// such as <c>esm-infra/xenial</c> says so itself.
    /// </summary>
    public static string OfUbuntu(string codename, bool pro = false)
    {
        var name = codename[(codename.LastIndexOf('/') + 1)..];
        return $"Ubuntu:{(pro || IsPro(codename) ? "Pro:" : "")}{Ubuntu.GetValueOrDefault(name, name)}";
    }

    /// <summary>The platform of the release that a suite's name begins with (<c>bookworm-security</c>, <c>jammy-apps-updates</c>, <c>buster/updates</c>); null where it names none.</summary>
    public static string? OfSuite(string suite)
    {
        var end = suite.AsSpan().IndexOfAny('-', '/');
        var name = end < 0 ? suite : suite[..end];
        return name is "sid" or "unstable" ? "Debian:sid" : Debian.ContainsKey(name) ? OfDebian(name) : Ubuntu.ContainsKey(name) ? OfUbuntu(name) : null;
    }

    /// <summary>Whether a pocket (<c>esm-infra</c>, <c>esm-apps</c>, <c>fips</c>, <c>ros-esm</c>) is for hosts attached to Ubuntu Pro alone.</summary>
    public static bool IsPro(string? pocket) =>
        pocket is not null && (pocket.Contains("esm", StringComparison.Ordinal) || pocket.StartsWith("fips", StringComparison.Ordinal) || pocket.StartsWith("realtime", StringComparison.Ordinal));

    // OSV's list of ecosystems: a CPE without "cpe:/o:redhat:", that is, product, version, update, edition. Since 10 the version of enterprise_linux
    // has the minor release too, and hosts of a major release follow one after the other.
    private static string OfRedHat(string cpe)
    {
        var parts = cpe.Split(':');
        return parts.Length < 2 ? $"Red Hat:{cpe}" : parts[0] == "enterprise_linux" ? $"Red Hat:{parts[1].Split('.')[0]}" : $"Red Hat:{parts[0]}:{parts[1]}";
    }

    private static (string Name, string Release) Split(string ecosystem)
    {
        var colon = ecosystem.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (ecosystem, "") : (ecosystem[..colon], ecosystem[(colon + 1)..]);
    }

    private static string Without(string text, string end) => text.EndsWith(end, StringComparison.Ordinal) ? text[..^end.Length] : text;

    private static FrozenDictionary<string, string> Table(string text) =>
        text.Split([',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split(' ')).ToFrozenDictionary(pair => pair[0], pair => pair[1]);
}
