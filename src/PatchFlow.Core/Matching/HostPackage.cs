namespace PatchFlow.Core.Matching;

/// <summary>An installed package as its package manager tells of it.</summary>
/// <param name="Name">The package.</param>
/// <param name="Version">Its version, with its epoch where it has one.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Source">The source package that it was built from, as advisories name it.</param>
/// <param name="SourceVersion">That one's version, which need not be the package's.</param>
/// <param name="Module">The module stream that it was built for, <c>name:stream</c>; null where it is not modular, or that is not known.</param>
public sealed record HostPackage(string Name, string Version, string Arch, string Source, string SourceVersion, string? Module = null)
{
    private const string SignedKernel = "linux-signed";

    /// <summary>Whether <see cref="SourceVersion"/> has the source's epoch; where it is not known the version has none, and is compared with others without theirs.</summary>
    public bool HasSourceEpoch { get; init; } = true;

    private static readonly string[] SignedArchs = ["-amd64", "-arm64", "-armhf", "-i386"];

    /// <summary>
    /// A package of dpkg. Without a source package its name and version are the source's. A kernel that was signed has a source package
    /// and a version of the signing (<c>linux-signed-amd64 6.1.192+2</c>), but advisories name what was signed (<c>linux 6.1.192-2</c>),
    /// which is the package's own version.
    /// </summary>
    public static HostPackage OfDeb(string name, string version, string arch, string? source = null, string? sourceVersion = null) =>
        source?.StartsWith(SignedKernel, StringComparison.Ordinal) == true
            ? new(name, version, arch, "linux" + WithoutArch(source[SignedKernel.Length..]), version)
            : new(name, version, arch, source ?? name, sourceVersion ?? version);

    /// <summary>
    /// A package of rpm. <paramref name="version"/> is <c>[epoch:]version-release</c>, <paramref name="sourceRpm"/> the file name of its source
    /// package, which never says an epoch. The package that is named as its source has the source's; any other may have one of its own (<c>mod_ssl</c>
    /// has 1, and <c>httpd</c>, of which it is built, none), so that the source's is not known.
    /// </summary>
    public static HostPackage OfRpm(string name, string version, string arch, string? sourceRpm = null, string? module = null)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var end = sourceRpm?.LastIndexOf(".src.rpm", StringComparison.Ordinal) is > 0 and var at ? at : sourceRpm?.LastIndexOf(".nosrc.rpm", StringComparison.Ordinal) ?? -1;
        var stem = end > 0 ? sourceRpm![..end] : "";
        var release = stem.LastIndexOf('-');
        var split = release > 0 ? stem.LastIndexOf('-', release - 1) : -1;
        return split < 1 ? new(name, version, arch, name, version, module)
            : stem[..split] == name ? new(name, version, arch, name, version[..(colon + 1)] + stem[(split + 1)..], module)
            : new(name, version, arch, stem[..split], stem[(split + 1)..], module) { HasSourceEpoch = false };
    }

    /// <summary>The packages of a host, each with the epoch of its source where that is known by another that was built from the same.</summary>
    public static IEnumerable<HostPackage> WithEpochs(IReadOnlyCollection<HostPackage> packages)
    {
        var known = packages.Where(p => p.HasSourceEpoch && p.Name == p.Source).ToLookup(p => (p.Source, WithoutEpoch(p.SourceVersion)), p => p.SourceVersion);
        return packages.Select(p => !p.HasSourceEpoch && known[(p.Source, p.SourceVersion)].FirstOrDefault() is { } version ? p with { SourceVersion = version, HasSourceEpoch = true } : p);
    }

    private static string WithoutEpoch(string version) => version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];

    /// <summary>A package of apk, whose origin is its source package; both have one version.</summary>
    public static HostPackage OfApk(string name, string version, string arch, string? origin = null) => new(name, version, arch, origin ?? name, version);

    private static string WithoutArch(string text) =>
        Array.Find(SignedArchs, arch => text.EndsWith(arch, StringComparison.Ordinal)) is { } known ? text[..^known.Length] : text;
}
