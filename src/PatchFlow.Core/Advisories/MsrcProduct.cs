using System.Text.RegularExpressions;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// A product of Microsoft's by its full name: <c>Windows 10 Version 1511 for x64-based Systems</c> is the package <c>Windows</c> on the platform
/// <c>Windows:10 Version 1511</c>, <c>Internet Explorer 9 on Windows Vista Service Pack 2</c> a package on <c>Windows:Vista Service Pack 2</c>;
/// what runs on no Windows that is named is a package on <c>Microsoft</c>. None of them is deployed to: see <see cref="Platforms.IsReportOnly"/>.
/// </summary>
internal readonly partial record struct MsrcProduct(string Platform, string Name, string? Arch, string? Version, VersionScheme Scheme)
{
    private const string Windows = "Windows ";
    private const string OnWindows = " on Windows ";

    /// <summary>The product of a full name.</summary>
    public static MsrcProduct Of(string fullName)
    {
        var name = fullName.Trim();
        if (CsafIdentity.OfAzureLinux(name) is { } linux)
        {
            return new(linux.Platform, linux.Name, null, linux.Version, linux.Scheme);
        }

        var on = name.LastIndexOf(OnWindows, StringComparison.Ordinal);
        var (package, system) = on > 0 ? (name[..on], name[(on + OnWindows.Length)..])
            : name.StartsWith(Windows, StringComparison.Ordinal) ? ("Windows", name[Windows.Length..])
            : (name, null);
        if (system is null)
        {
            return new("Microsoft", package, null, null, VersionScheme.Unknown);
        }

        var match = Architecture().Match(system);
        var release = match.Success ? system.Remove(match.Index, match.Length) : system;
        return new($"Windows:{release.Trim()}", package, ArchOf(match.Groups["arch"].Value), null, VersionScheme.Unknown);
    }

    private static string? ArchOf(string word) => word.ToUpperInvariant() switch
    {
        "X64" => "x64",
        "32-BIT" => "x86",
        "ARM64" => "arm64",
        "ITANIUM" => "ia64",
        _ => null,
    };

    [GeneratedRegex(" (?:for )?(?<arch>x64|32-bit|ARM64|Itanium)(?:-based)? (?:Systems|Edition)", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Architecture();
}
