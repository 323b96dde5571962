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

    // The repositories' names leave out the blanks of the modules' names, and not always by a hyphen.
    private static readonly Dictionary<string, string> Modules = new(StringComparer.Ordinal)
    {
        ["Basesystem"] = "Basesystem",
        ["Certifications"] = "Certifications",
        ["Confidential-Computing"] = "Confidential Computing",
        ["Containers"] = "Containers",
        ["Desktop-Applications"] = "Desktop Applications",
        ["Development-Tools"] = "Development Tools",
        ["HPC"] = "HPC",
        ["Legacy"] = "Legacy",
        ["Live-Patching"] = "Live Patching",
        ["Package-Hub"] = "Package Hub",
        ["Public-Cloud"] = "Public Cloud",
        ["Python3"] = "Python 3",
        ["RT"] = "RT",
        ["SAP-Applications"] = "SAP Applications",
        ["Server-Applications"] = "Server Applications",
        ["Systems-Management"] = "Systems Management",
        ["Transactional-Server"] = "Transactional Server",
        ["Web-Scripting"] = "Web and Scripting",
    };

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
        return [.. own.Concat(sources.Select(s => Added(s.Suite, number)).OfType<string>()).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Whether a platform adds packages to a host beside those of its distribution.</summary>
    public static bool IsAddition(string platform) => (platform.StartsWith(Module, StringComparison.Ordinal) && !platform.StartsWith(Base, StringComparison.Ordinal))
        || platform.StartsWith("SUSE:Package Hub ", StringComparison.Ordinal) || platform.EndsWith("-LTSS", StringComparison.Ordinal);

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

    private static string? Added(string repository, string number)
    {
        var match = Repository().Match(repository);
        return !match.Success ? null
            : match.Groups["ltss"].Success ? $"SUSE:Linux Enterprise Server {number}-LTSS"
            : match.Groups["hub"].Success ? $"SUSE:Package Hub {number}"
            : Modules.TryGetValue(match.Groups["module"].Value, out var module) ? $"{Module}{module} {number}" : null;
    }

    [GeneratedRegex(@"SLE-Module-(?<module>[A-Za-z0-9-]{1,40}?)-?1[25](?:-|\z)|SLES1[25][A-Za-z0-9-]{0,20}-(?<ltss>LTSS)|SUSE-PackageHub-(?<hub>1[25])", RegexOptions.CultureInvariant)]
    private static partial Regex Repository();
}
