using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Matching;

/// <summary>A host as matching takes it, by what is reported of it.</summary>
public static class ReportProfile
{
    /// <summary>The host's packages; of a host of Windows its products, each with its build for a version.</summary>
    public static HostPackages Of(HostReport report)
    {
        if (report.IsWindows)
        {
            return new HostPackages
            {
                Platforms = [.. report.Products.Select(p => MsrcProduct.Of(p.Name).Platform).Distinct()],
                Scheme = VersionScheme.Unknown,
                Packages = [.. report.Products.Select(p => new HostPackage(p.Name, p.Build ?? "-", report.Arch, p.Name, p.Build ?? "-"))],
                Updates = report.Updates,
            };
        }

        var (platforms, scheme) = HostPlatforms.Of(report.OsId, ReleaseOf(report), report.Sources.Select(s => s.StartsWith('/') ? new PackageSource(s, "") : new PackageSource("", s)));
        return new HostPackages
        {
            Platforms = platforms,
            Scheme = scheme,
            Kernel = report.Kernel,
            Holds = report.Holds,
            Modules = report.Modules,
            Packages = [.. HostPackage.WithEpochs([.. report.Packages.Select(p => Package(p, scheme))])],
        };
    }

    private static string ReleaseOf(HostReport report) =>
        report.OsId == "openeuler" ? HostPlatforms.OfOpenEuler(report.OsRelease, report.Packages.FirstOrDefault(p => p.Name == "openEuler-release")?.Version) : report.OsRelease;

    private static HostPackage Package(ReportedPackage p, VersionScheme scheme) => scheme switch
    {
        VersionScheme.Deb => HostPackage.OfDeb(p.Name, p.Version, p.Arch, p.Source, p.SourceVersion),
        VersionScheme.Rpm when p.SourceVersion is null => HostPackage.OfRpm(p.Name, p.Version, p.Arch, p.Source, p.Module),
        _ => new HostPackage(p.Name, p.Version, p.Arch, p.Source ?? p.Name, p.SourceVersion ?? p.Version, p.Module),
    };
}
