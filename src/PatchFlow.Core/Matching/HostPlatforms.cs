using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Matching;

/// <summary>The platforms of a host, by what its os-release and its package sources say.</summary>
public static class HostPlatforms
{
    /// <summary>
    /// The platforms, the most specific first, and how versions are ordered. A host that has a suite of Ubuntu Pro as a source is attached to it.
    /// A distribution that is not known has a platform of its own name, <c>ID:VERSION_ID</c>, and no order.
    /// </summary>
    public static (ImmutableArray<string> Platforms, VersionScheme Scheme) Of(string osId, string release, IEnumerable<PackageSource> sources) => osId switch
    {
        "debian" => ([Platforms.OfDebian(release.Length > 0 ? release : "sid")], VersionScheme.Deb),
        "ubuntu" when sources.Any(s => IsPro(s.Suite)) => ([Platforms.OfUbuntu(release, pro: true), Platforms.OfUbuntu(release)], VersionScheme.Deb),
        "ubuntu" => ([Platforms.OfUbuntu(release), WithoutPro.OfRelease(release)], VersionScheme.Deb),
        "almalinux" => ([$"AlmaLinux:{Major(release)}"], VersionScheme.Rpm),
        "rocky" => ([$"Rocky Linux:{Major(release)}"], VersionScheme.Rpm),
        "rhel" => ([$"Red Hat:{Major(release)}"], VersionScheme.Rpm),
        "azurelinux" => ([$"Azure Linux:{Major(release)}"], VersionScheme.Rpm),
        "fedora" => ([$"Fedora:{release}"], VersionScheme.Rpm),
        "amzn" => ([$"Amazon Linux:{release}"], VersionScheme.Rpm),
        "opensuse-leap" => ([$"openSUSE:Leap {release}"], VersionScheme.Rpm),
        "opensuse-tumbleweed" => (["openSUSE:Tumbleweed"], VersionScheme.Rpm),
        "alpine" => ([$"Alpine:{AlpineBranch(release)}"], VersionScheme.Apk),
        "wolfi" => (["Wolfi"], VersionScheme.Apk),
        "chainguard" => (["Chainguard"], VersionScheme.Apk),
        _ => ([$"{osId}:{release}"], VersionScheme.Unknown),
    };

    /// <summary>Whether a suite is for hosts attached to Ubuntu Pro alone: <c>jammy-apps-security</c>, <c>xenial-infra-updates</c>, <c>jammy-fips</c>.</summary>
    public static bool IsPro(string suite) => suite.Split('-') is [_, "apps" or "infra" or "fips" or "esm", ..];

    private static string Major(string release) => release.Split('.')[0];

    // 3.20.3 is of the branch 3.20; 3.21.0_alpha20240807 is what edge calls itself.
    private static string AlpineBranch(string release) => release.Contains('_', StringComparison.Ordinal) ? "edge" : string.Join('.', release.Split('.').Take(2));
}
