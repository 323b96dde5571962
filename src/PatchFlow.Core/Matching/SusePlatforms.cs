using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Matching;

/// <summary>
/// The platforms of hosts of SUSE Linux Enterprise. Its advisories name products, as PRETTY_NAME of os-release does, and since release 15 almost
/// every package is of a module, which is a product of its own: a host has those of whose repositories it has one.
/// </summary>
internal static partial class SusePlatforms
{
    private const string Module = "SUSE:Linux Enterprise Module for ";
    private const string Base = Module + "Basesystem ";

    // Repositories are named otherwise than their products where hyphens for blanks are not all of it.
    private static readonly Dictionary<string, string> Modules = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Adv-Systems-Management"] = "Advanced Systems Management",
        ["DevTools"] = "Development Tools",
        ["HPC"] = "HPC",
        ["Packagehub-Subpackages"] = "Package Hub",
        ["Python3"] = "Python 3",
        ["RT"] = "RT",
        ["SAP-Applications"] = "SAP Applications",
        ["Web-Scripting"] = "Web and Scripting",
    };

    // Products beside the system, by what their repositories are named.
    private static readonly (string Repository, string Product)[] Extensions =
    [
        ("SLE-Product-HA", "High Availability Extension"),
        ("SLE-HA", "High Availability Extension"),
        ("SLE-Product-WE", "Workstation Extension"),
        ("SLE-WE", "Workstation Extension"),
        ("SLE-SDK", "Software Development Kit"),
        ("SLE-Live-Patching", "Live Patching"),
        ("SLE-Product-RT", "Real Time"),
    ];

    /// <summary>The platforms of a host: what its os-release says first, then what its repositories add.</summary>
    public static ImmutableArray<string> Of(string osId, string release, IEnumerable<PackageSource> sources)
    {
        var number = Number(release);
        string[] own = osId switch
        {
            "sl-micro" => [$"SUSE:Linux Micro {release}"],
            "sle-micro" => [$"SUSE:Linux Enterprise Micro {release}"],
            _ => [.. Products(osId).Select(p => $"SUSE:Linux Enterprise {p} {number}"), .. HasModules(release) ? [Base + number] : Array.Empty<string>()],
        };
        return [.. own.Concat(sources.SelectMany(s => Added(s.Suite, number))).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Whether a platform is one of its products.</summary>
    public static bool IsProduct(string platform) => platform.StartsWith("SUSE:", StringComparison.Ordinal);

    /// <summary>Whether a platform adds packages to a host beside those of its distribution.</summary>
    public static bool IsAddition(string platform) => (platform.StartsWith(Module, StringComparison.Ordinal) && !platform.StartsWith(Base, StringComparison.Ordinal))
        || platform.StartsWith("SUSE:Package Hub ", StringComparison.Ordinal) || platform.EndsWith("-LTSS", StringComparison.Ordinal)
        || Extensions.Any(e => platform.StartsWith($"SUSE:Linux Enterprise {e.Product} ", StringComparison.Ordinal));

    // A system for SAP is a server, and gets what servers get.
    private static string[] Products(string osId) => osId switch
    {
        "sled" => ["Desktop"],
        "sles_sap" => ["Server for SAP Applications", "Server"],
        "sle_hpc" => ["High Performance Computing", "Server"],
        _ => ["Server"],
    };

    // VERSION_ID 15.5 is "15 SP5"; from 16 on the products are named 16.0 themselves, and have no modules any more.
    private static string Number(string release) => release.Split('.') is [var major, var pack] && int.TryParse(major, out var number) && number < 16 ? $"{major} SP{pack}" : release;

    private static bool HasModules(string release) => release == "15" || release.StartsWith("15.", StringComparison.Ordinal);

    // Modules of release 12 are the same for all its service packs, and so is what its Package Hub publishes.
    private static IEnumerable<string> Added(string repository, string number)
    {
        var match = Repository().Match(repository);
        var release = match.Groups["release"].Value;
        var ofAll = release == "12" ? release : number;
        return !match.Success ? []
            : match.Groups["ltss"].Success ? [$"SUSE:Linux Enterprise Server {number}-LTSS"]
            : match.Groups["hub"].Success ? [$"SUSE:Package Hub {number}", $"SUSE:Package Hub {ofAll}"]
            : match.Groups["module"].Success ? [$"{Module}{NameOf(match.Groups["module"].Value)} {ofAll}"]
            : Extensions.Where(e => e.Repository.Equals(match.Groups["product"].Value, StringComparison.OrdinalIgnoreCase)).Select(e => $"SUSE:Linux Enterprise {e.Product} {number}");
    }

    // One that is not in the table is named as most are, with blanks for hyphens and capitals: a wrong guess matches nothing, as none would.
    private static string NameOf(string module) => Modules.TryGetValue(module, out var name) ? name
        : string.Join(' ', module.Split('-', StringSplitOptions.RemoveEmptyEntries).Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    [GeneratedRegex(
        @"SLE-Module-(?<module>[a-z0-9-]{1,40}?)-?(?<release>1[25])(?:-|\z)|SLES(?<release>1[25])[a-z0-9-]{0,20}-(?<ltss>LTSS)|SUSE-(?<hub>PackageHub)-(?<release>1[25])|(?<product>SLE-[a-z-]{1,30}?)-?(?<release>1[25])(?:-|\z)",
        RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex Repository();
}
