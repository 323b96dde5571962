namespace PatchFlow.Core.Matching;

/// <summary>
/// Kernels are installed beside each other. rpm keeps several versions of one name; dpkg's distributions put the release into the name
/// (<c>linux-image-6.1.0-18-amd64</c>), so that the names of one family differ.
/// </summary>
internal static class KernelFamily
{
    private const string Prefix = "linux-";
    private const string Release = "#";

    // What is built with a kernel, and does not run.
    private static readonly string[] NoImages =
        ["abi", "buildinfo", "debuginfo", "debugsource", "devel", "doc", "docs", "firmware", "headers", "libs", "macros", "modules", "source", "stablelists", "syms", "tools"];

    /// <summary>The name with <c>#</c> for a kernel's release, which all packages of the family have in common: <c>linux-image-#-amd64</c>; other names as they are.</summary>
    public static string Of(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return name;
        }

        var parts = name.Split('-');
        var first = Array.FindIndex(parts, StartsWithDigit);
        return first < 0 ? name : string.Join('-', (string[])[.. parts[..first], Release, .. parts[first..].SkipWhile(StartsWithDigit)]);
    }

    /// <summary>Whether packages of this name are a kernel's: the kernel, its modules, what others are built with.</summary>
    public static bool IsKernel(string name) => name.Split('-')[0] is "kernel" or "linux";

    /// <summary>
    /// Whether the package is the running kernel itself, whose release is given: one that was recognised by its headers alone may be gone, and
    /// then nothing would be matched for it.
    /// </summary>
    public static bool IsRunningImage(HostPackage package, string release) =>
        IsKernel(package.Name) && !package.Name.Split('-').Any(NoImages.Contains) && IsRunning(package, release);

    /// <summary>
    /// Whether the package belongs to the running kernel, whose release is given as <c>uname -r</c> tells it:
    /// <c>6.1.0-18-amd64</c> of dpkg's names, <c>5.14.0-503.11.1.el9_5.x86_64</c> and <c>…x86_64+rt</c> of rpm's versions, <c>6.6.51.1-1.azl3</c> of those without
    /// an architecture, <c>6.1.10-11.ph5-esx</c> with a flavour, <c>5.14.21-150500.55.7-default</c> of SUSE's, which leave out how often it was built.
    /// </summary>
    public static bool IsRunning(HostPackage package, string release) =>
        release.Length > 0 && (package.Name.EndsWith("-" + release, StringComparison.Ordinal) || IsVersion(package, release) || IsSuse(package, release) || IsMageia(package, release));

    // The version, the architecture or none, the flavour or none.
    private static bool IsVersion(HostPackage package, string release)
    {
        var version = WithoutEpoch(package.Version);
        if (!release.StartsWith(version, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = release[version.Length..];
        rest = rest.StartsWith("." + package.Arch, StringComparison.Ordinal) ? rest[(package.Arch.Length + 1)..] : rest;
        return rest.Length == 0 || (rest[0] is '+' or '-' or '.' && HasFlavour(package, rest[1..]));
    }

    // kernel-default 5.14.21-150500.55.7.1, where the last number is that of the build.
    private static bool IsSuse(HostPackage package, string release) =>
        release.LastIndexOf('-') is > 0 and var at && HasFlavour(package, release[(at + 1)..])
        && WithoutEpoch(package.Version).StartsWith(release[..at] + ".", StringComparison.Ordinal);

    // kernel-desktop 6.5.13-5.mga9 is 6.5.13-desktop-5.mga9.
    private static bool IsMageia(HostPackage package, string release) =>
        release.Split('-') is [var version, var flavour, var built] && HasFlavour(package, flavour) && WithoutEpoch(package.Version) == $"{version}-{built}";

    // kernel-rt-debug-core is of the flavours "rt", "debug" and "rt-debug".
    private static bool HasFlavour(HostPackage package, string flavour) => flavour.Length > 0 && !flavour.Split('-').Except(package.Name.Split('-'), StringComparer.Ordinal).Any();

    private static bool StartsWithDigit(string part) => part.Length > 0 && char.IsAsciiDigit(part[0]);

    private static string WithoutEpoch(string version) => version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
