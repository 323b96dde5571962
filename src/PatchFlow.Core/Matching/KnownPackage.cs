using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>An installed package, once for all hosts that have it, with its versions ready to be compared.</summary>
public sealed class KnownPackage
{
    internal KnownPackage(int number, HostPackage package, VersionScheme scheme, NameTable names)
    {
        Number = number;
        Package = package;
        Scheme = scheme;
        Name = names.Of(package.Name);
        Source = names.Of(package.Source);
        Arch = names.Of(package.Arch);
        Key = VersionKey.Of(scheme, package.Version);
        SourceKey = package.SourceVersion == package.Version ? Key : VersionKey.Of(scheme, package.SourceVersion);
        IsModular = package.Module is not null || Modularity.IsModular(package.Version);
        FitsEveryArch = Archs.IsIndependent(package.Arch);
    }

    /// <summary>The package.</summary>
    public HostPackage Package { get; }

    /// <summary>How its versions are ordered.</summary>
    public VersionScheme Scheme { get; }

    internal int Number { get; }

    internal int Name { get; }

    internal int Source { get; }

    internal int Arch { get; }

    internal byte[]? Key { get; }

    internal byte[]? SourceKey { get; }

    internal bool IsModular { get; }

    internal bool FitsEveryArch { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Package.Name} {Package.Arch} {Package.Version}";
}

/// <summary>Architectures.</summary>
internal static class Archs
{
    /// <summary>Whether it is the word for packages that fit every architecture: dpkg's, or rpm's and apk's.</summary>
    public static bool IsIndependent(string arch) => arch is "all" or "noarch";
}

/// <summary>Modules of rpm's distributions.</summary>
internal static class Modularity
{
    /// <summary>Whether a package was built for a module stream: every builder of modules marks its releases so (<c>-2.module_el8.6.0+2880+7d9e3703</c>).</summary>
    public static bool IsModular(string version) => version.Contains(".module", StringComparison.Ordinal);
}
