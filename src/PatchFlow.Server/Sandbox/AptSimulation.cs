using System.Collections.Immutable;
using System.Text.RegularExpressions;
using PatchFlow.Core.Changes;

namespace PatchFlow.Server.Sandbox;

/// <summary>What <c>apt-get -s</c> says that it would do.</summary>
/// <param name="Installs">Packages that get a version, in apt's order.</param>
/// <param name="Removals">Names of packages that would be removed.</param>
/// <param name="Strange">Lines of an action that are not in the known form.</param>
internal sealed partial record AptSimulation(ImmutableArray<PackageVersion> Installs, ImmutableArray<string> Removals, ImmutableArray<string> Strange)
{
    private const int AptFailed = 100;

    // What apt's resolver says when packages, and not the machine, stand in the way (apt-pkg/algorithms.cc, apt-private/private-install.cc).
    private static readonly string[] Refusals =
    [
        "The following packages have unmet dependencies",
        "Unable to correct problems, you have held broken packages",
        "Packages need to be removed but remove is disabled",
        "Held packages were changed",
        "Packages were downgraded",
        "Essential packages were removed",
        "Broken packages",
    ];

    /// <summary>Whether apt refused for the packages' sake. Any other failure says nothing about them, and may pass.</summary>
    public static bool IsRefusal(int exitCode, string said) =>
        exitCode == AptFailed && Refusals.Any(words => said.Contains(words, StringComparison.Ordinal));

    /// <summary>Reads apt's output.</summary>
    public static AptSimulation Parse(string output)
    {
        var installs = ImmutableArray.CreateBuilder<PackageVersion>();
        var removals = ImmutableArray.CreateBuilder<string>();
        var strange = ImmutableArray.CreateBuilder<string>();
        foreach (var line in output.Split('\n'))
        {
            if (line.StartsWith("Remv ", StringComparison.Ordinal))
            {
                removals.Add(line.Split(' ')[1].Split(':')[0]);
            }
            else if (line.StartsWith("Inst ", StringComparison.Ordinal))
            {
                var match = Install().Match(line);
                if (match.Success)
                {
                    installs.Add(new PackageVersion(match.Groups["name"].Value, match.Groups["arch"].Value, match.Groups["version"].Value));
                }
                else
                {
                    strange.Add(line);
                }
            }
        }

        return new AptSimulation(installs.ToImmutable(), removals.ToImmutable(), strange.ToImmutable());
    }

    // Inst NAME[:ARCH] [OLD] (NEW ARCHIVE, ARCHIVE [ARCH]) [what is unconfigured meanwhile]
    [GeneratedRegex(@"^Inst (?<name>[^ :]+)(:[a-z0-9-]+)? (\[[^\]]+\] )?\((?<version>[^ ]+) .*?\[(?<arch>[a-z0-9-]+)\]\)( \[.*\])?\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Install();
}
