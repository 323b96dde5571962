namespace PatchFlow.Core.Matching;

/// <summary>
/// Kernels are installed beside each other. rpm keeps several versions of one name; dpkg's distributions put the release into the name
/// (<c>linux-image-6.1.0-18-amd64</c>), so that the names of one family differ.
/// </summary>
internal static class KernelFamily
{
    private const string Prefix = "linux-";

    /// <summary>The name with <c>#</c> for a kernel's release, which all packages of the family have in common: <c>linux-image-#-amd64</c>; other names as they are.</summary>
    public static string Of(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return name;
        }

        var parts = name.Split('-');
        var first = Array.FindIndex(parts, StartsWithDigit);
        return first < 0 ? name : string.Join('-', (string[])[.. parts[..first], "#", .. parts[first..].SkipWhile(StartsWithDigit)]);
    }

    /// <summary>Whether the package belongs to the running kernel, whose release is given: <c>6.1.0-18-amd64</c>, <c>5.14.0-503.11.1.el9_5.x86_64</c>.</summary>
    public static bool IsRunning(HostPackage package, string release) =>
        release.Length > 0 && (package.Name.EndsWith("-" + release, StringComparison.Ordinal) || $"{WithoutEpoch(package.Version)}.{package.Arch}" == release);

    private static bool StartsWithDigit(string part) => part.Length > 0 && char.IsAsciiDigit(part[0]);

    private static string WithoutEpoch(string version) => version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..];
}
