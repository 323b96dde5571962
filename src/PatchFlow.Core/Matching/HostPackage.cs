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
    /// package, which never says an epoch: then it has the package's.
    /// </summary>
    public static HostPackage OfRpm(string name, string version, string arch, string? sourceRpm = null, string? module = null)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var end = sourceRpm?.LastIndexOf(".src.rpm", StringComparison.Ordinal) is > 0 and var at ? at : sourceRpm?.LastIndexOf(".nosrc.rpm", StringComparison.Ordinal) ?? -1;
        var stem = end > 0 ? sourceRpm![..end] : "";
        var release = stem.LastIndexOf('-');
        var split = release > 0 ? stem.LastIndexOf('-', release - 1) : -1;
        return split > 0
            ? new(name, version, arch, stem[..split], version[..(colon + 1)] + stem[(split + 1)..], module)
            : new(name, version, arch, name, version, module);
    }

    /// <summary>A package of apk, whose origin is its source package; both have one version.</summary>
    public static HostPackage OfApk(string name, string version, string arch, string? origin = null) => new(name, version, arch, origin ?? name, version);

    private static string WithoutArch(string text) =>
        Array.Find(SignedArchs, arch => text.EndsWith(arch, StringComparison.Ordinal)) is { } known ? text[..^known.Length] : text;
}
