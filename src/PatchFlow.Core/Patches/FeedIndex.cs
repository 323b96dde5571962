using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Patches;

/// <summary>A verified snapshot as applicability sees it.</summary>
/// <param name="Feed">The feed's name.</param>
/// <param name="Suite">The suite as configured.</param>
/// <param name="Address">The archive's base address.</param>
/// <param name="Security">Whether its newer versions are security patches.</param>
/// <param name="Index">What it lists.</param>
public sealed record FeedIndex(string Feed, string Suite, string Address, bool Security, PackageIndex Index)
{
    /// <summary>The code name that the signed index gives; empty where it gives none.</summary>
    public string Codename { get; init; } = "";

    /// <summary>Whether the host may get packages of it.</summary>
    public bool IsFor(Inventory host) => SuiteReach.IsFor(host, Suite, Codename, Address);

    /// <summary>Whether the host's source is this suite of this archive.</summary>
    public bool Is(PackageSource source) => SuiteReach.IsSame(source, Suite, Address);
}

/// <summary>Which hosts a suite is for: a newer version of another release is no update.</summary>
public static class SuiteReach
{
    /// <summary>
    /// A suite of Ubuntu Pro is for hosts that have it as a source, and so is any suite for a host of a derived distribution. A suite of a release of
    /// Debian or Ubuntu is for hosts of that release. One that names no release, as vendors of single programs have them, is for all hosts.
    /// </summary>
    public static bool IsFor(Inventory host, string suite, string codename, string address)
    {
        var release = Platforms.OfSuite(codename) ?? Platforms.OfSuite(suite);
        // A host of Debian's next release does not say of which it is; hosts of the others do, and a vendor of single programs may name its suite as Debian does.
        var isTold = host.OsId is "debian" or "ubuntu" && host.OsRelease.Length > 0;
        if (host.Sources.Any(s => IsSame(s, suite, address) || ((!isTold || HostPlatforms.IsPro(suite)) && SameSuite(s, suite))))
        {
            return true;
        }

        return !HostPlatforms.IsPro(suite) && (release is null || HostPlatforms.Of(host.OsId, host.OsRelease, host.Sources).Platforms.Contains(release));
    }

    /// <summary>Whether a host's source is this suite of this archive.</summary>
    public static bool IsSame(PackageSource source, string suite, string address) =>
        SameSuite(source, suite) && string.Equals(source.Uri.TrimEnd('/'), address.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

    private static bool SameSuite(PackageSource source, string suite) => source.Suite.TrimEnd('/') == suite.TrimEnd('/');
}
