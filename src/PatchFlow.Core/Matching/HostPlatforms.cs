using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Matching;

/// <summary>The platforms of a host, by what its os-release and its package sources say.</summary>
public static class HostPlatforms
{
    private const string AmazonExtra = "amzn2extra-";
    private const string RedHatStream = "Red Hat:rhel_";
    private const string UbuntuPro = "Ubuntu:Pro:";

    // Streams of Red Hat for hosts that stay at a minor release, as ids of repositories and CPEs name them: rhel-9-for-x86_64-baseos-eus-rpms, rhel_eus.
    private static readonly string[] RedHatStreams = ["e4s", "aus", "tus", "eus"];

    // Services of Ubuntu Pro with builds of their own, as suites and repositories name them, and as OSV does.
    private static readonly (string Source, string Name)[] ProServices =
        [("fips-updates", "FIPS-updates"), ("fips-preview", "FIPS-preview"), ("fips", "FIPS"), ("realtime", "Realtime")];

    /// <summary>
    /// The platforms, the most specific first, and how versions are ordered. A host that has a suite of Ubuntu Pro as a source is attached to it.
    /// A distribution that is not known has a platform of its own name, <c>ID:VERSION_ID</c>, and no order. The last are the names without a release
    /// (<c>Debian</c>), for what is said of no certain one.
    /// </summary>
    public static (ImmutableArray<string> Platforms, VersionScheme Scheme) Of(string osId, string release, IEnumerable<PackageSource> sources)
    {
        var (platforms, scheme) = OfRelease(osId, release, sources);
        return ([.. platforms, .. platforms.Select(Platforms.NameOf).Distinct().Where(Platforms.LacksRelease)], scheme);
    }

    private static (ImmutableArray<string> Platforms, VersionScheme Scheme) OfRelease(string osId, string release, IEnumerable<PackageSource> sources) => osId switch
    {
        "debian" => ([Platforms.OfDebian(release.Length > 0 ? release : "sid")], VersionScheme.Deb),
        "ubuntu" when sources.Any(s => IsPro(s.Suite) || ServiceOf(s) is not null) =>
            ([.. ProVariants(release, sources), Platforms.OfUbuntu(release, pro: true), Platforms.OfUbuntu(release)], VersionScheme.Deb),
        "ubuntu" => ([Platforms.OfUbuntu(release), WithoutPro.OfRelease(release)], VersionScheme.Deb),
        "almalinux" => (WithEpel($"AlmaLinux:{Major(release)}", release, sources), VersionScheme.Rpm),
        "rocky" => (WithEpel($"Rocky Linux:{Major(release)}", release, sources), VersionScheme.Rpm),
        "rhel" => ([.. RedHatVariants(release, sources), .. WithEpel($"Red Hat:{Major(release)}", release, sources)], VersionScheme.Rpm),
        "azurelinux" => ([$"Azure Linux:{Major(release)}"], VersionScheme.Rpm),
        "mariner" => ([$"Mariner:{Major(release)}", $"Azure Linux:{Major(release)}"], VersionScheme.Rpm),
        "fedora" => ([$"Fedora:{release}"], VersionScheme.Rpm),
        "amzn" => ([.. AmazonExtras(release, sources), $"Amazon Linux:{AmazonNumber(release)}"], VersionScheme.Rpm),
        "openeuler" => ([$"openEuler:{release}"], VersionScheme.Rpm),
        "opensuse-leap" => ([$"openSUSE:Leap {release}"], VersionScheme.Rpm),
        "opensuse-tumbleweed" => (["openSUSE:Tumbleweed"], VersionScheme.Rpm),
        "sles" or "sled" or "sles_sap" or "sle_hpc" or "sle-micro" or "sl-micro" => (SusePlatforms.Of(osId, release, sources), VersionScheme.Rpm),
        "ol" => ([$"Oracle Linux:{Major(release)}"], VersionScheme.Rpm),
        "centos" => (WithEpel($"CentOS:{Major(release)}", release, sources), VersionScheme.Rpm),
        "mageia" => ([$"Mageia:{release}"], VersionScheme.Rpm),
        "photon" => ([$"Photon OS:{release}"], VersionScheme.Rpm),
        "alpine" => ([$"Alpine:{AlpineBranch(release)}"], VersionScheme.Apk),
        "wolfi" => (["Wolfi"], VersionScheme.Apk),
        "chainguard" => (["Chainguard"], VersionScheme.Apk),
        "minimos" => (["MinimOS"], VersionScheme.Apk),
        "alpaquita" => ([$"Alpaquita:{release}"], VersionScheme.Apk),
        _ => ([$"{osId}:{release}"], VersionScheme.Unknown),
    };

    /// <summary>
    /// Whether a platform holds further packages beside those of a distribution, or is no certain release of one: what is said of it says nothing of the
    /// host as a whole.
    /// </summary>
    public static bool IsAddition(string platform) => Platforms.LacksRelease(platform)
        || platform.StartsWith("EPEL:", StringComparison.Ordinal) || platform.StartsWith("Amazon Linux:2:", StringComparison.Ordinal) || SusePlatforms.IsAddition(platform);

    /// <summary>
    /// Whether a platform is a variant of a release, which has other builds of the same packages: Red Hat's streams of a minor release, Ubuntu's FIPS.
    /// What it says of a vulnerability stands in place of what the release says.
    /// </summary>
    public static bool IsVariant(string platform) => platform.StartsWith(RedHatStream, StringComparison.Ordinal)
        || (platform.StartsWith(UbuntuPro, StringComparison.Ordinal) && platform.IndexOf(':', UbuntuPro.Length) > 0);

    /// <summary>
    /// The release of openEuler as its advisories name it. VERSION_ID says no service pack, and the package <c>openEuler-release</c> does
    /// (<c>22.03LTS_SP3-57.oe2203sp3</c>); without it the release stays as it is, and nothing is said of it.
    /// </summary>
    public static string OfOpenEuler(string release, string? releasePackage)
    {
        var rest = releasePackage?.StartsWith(release + "LTS", StringComparison.Ordinal) == true ? releasePackage[(release.Length + 3)..].Split('-')[0] : null;
        return rest is null ? release : $"{release}-LTS{rest.Replace('_', '-')}";
    }

    /// <summary>Whether a suite is for hosts attached to Ubuntu Pro alone: <c>jammy-apps-security</c>, <c>xenial-infra-updates</c>, <c>jammy-fips</c>.</summary>
    public static bool IsPro(string suite) => suite.Split('-') is [var release, "apps" or "infra" or "fips" or "esm" or "realtime", ..]
        && Platforms.OfSuite(release)?.StartsWith("Ubuntu:", StringComparison.Ordinal) == true;

    // Fedora's additional packages, which have names of their own there.
    private static ImmutableArray<string> WithEpel(string platform, string release, IEnumerable<PackageSource> sources) =>
        sources.Any(s => s.Suite == "epel") ? [platform, $"EPEL:{Major(release)}"] : [platform];

    private static IEnumerable<string> RedHatVariants(string release, IEnumerable<PackageSource> sources)
    {
        var words = sources.Select(s => s.Suite.Split('-')).Where(w => w.Contains("rhel")).SelectMany(w => w).ToHashSet(StringComparer.Ordinal);
        return RedHatStreams.Where(s => words.Contains(s) && release.Contains('.', StringComparison.Ordinal)).Select(s => $"{RedHatStream}{s}:{release}");
    }

    private static IEnumerable<string> ProVariants(string release, IEnumerable<PackageSource> sources)
    {
        var services = sources.Select(ServiceOf).ToHashSet(StringComparer.Ordinal);
        return ProServices.Where(p => services.Contains(p.Source)).Select(p => $"{UbuntuPro}{p.Name}:{Platforms.OfUbuntu(release).Split(':')[1]}");
    }

    // jammy-fips-updates; or the repository's folder, /fips-updates/ubuntu, where the suite is that of the release.
    private static string? ServiceOf(PackageSource source) => ProServices.Select(p => p.Source).FirstOrDefault(name =>
        source.Uri.TrimEnd('/').EndsWith($"/{name}/ubuntu", StringComparison.Ordinal)
        || (IsPro(source.Suite) && source.Suite[(source.Suite.IndexOf('-', StringComparison.Ordinal) + 1)..].StartsWith(name, StringComparison.Ordinal)));

    // The first one has the month of its image for a number, 2018.03.
    private static string AmazonNumber(string release) => release.Contains('.', StringComparison.Ordinal) ? "1" : release;

    // amzn2extra-kernel-5.15 is the repository that advisories call Kernel-5.15. What it says comes before what the distribution says.
    private static IEnumerable<string> AmazonExtras(string release, IEnumerable<PackageSource> sources) =>
        from source in sources
        where release == "2" && source.Suite.StartsWith(AmazonExtra, StringComparison.Ordinal) && source.Suite.Length > AmazonExtra.Length
        let name = source.Suite[AmazonExtra.Length..]
        select $"Amazon Linux:2:{char.ToUpperInvariant(name[0])}{name[1..]}";

    private static string Major(string release) => release.Split('.')[0];

    // 3.20.3 is of the branch 3.20; 3.21.0_alpha20240807 is what edge calls itself.
    private static string AlpineBranch(string release) => release.Contains('_', StringComparison.Ordinal) ? "edge" : string.Join('.', release.Split('.').Take(2));
}
