using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The preset <c>machine-apt</c>: the suites CODENAME, CODENAME-security and CODENAME-updates that this machine's own apt is configured
/// for, with the keyring that its sources name. So no archive's address stands in the program.
/// </summary>
internal static class MachineApt
{
    /// <summary>Its name, as a preset and as a kind.</summary>
    public const string KindName = "machine-apt";

    private const long MaxBytes = 8 << 20;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(60);

    // A release suite stands still between point releases, and for good once it is archived. Its age says nothing about missing fixes.
    private static readonly int ReleaseMaxAgeHours = 4 * 365 * 24;

    /// <summary>The feeds <c>ID</c>, <c>ID-security</c> and <c>ID-updates</c>, as far as apt has them.</summary>
    /// <exception cref="InvalidOperationException">apt is absent, or has no such suite.</exception>
    public static async Task<IReadOnlyList<Feed>> FeedsAsync(FeedOptions preset, CancellationToken cancel)
    {
        try
        {
            var arch = Encoding.UTF8.GetString(await OutputAsync("dpkg", ["--print-architecture"], cancel)).Trim();
            return Feeds(preset, await OutputAsync("apt-get", ["indextargets"], cancel), await File.ReadAllTextAsync("/etc/os-release", cancel), arch);
        }
        catch (Exception e) when (e is FeedException or IOException)
        {
            throw new InvalidOperationException($"{FeedOptions.Section}, machine-apt: {e.Message}: configure feeds of kind 'apt' instead", e);
        }
    }

    /// <summary>The same from apt's answer and the text of os-release.</summary>
    internal static IReadOnlyList<Feed> Feeds(FeedOptions preset, byte[] targets, string osRelease, string arch)
    {
        var (id, codename) = (Value(osRelease, "ID"), Value(osRelease, "VERSION_CODENAME"));
        List<Feed> feeds = [];
        foreach (var suite in Targets(targets).Where(t => t.Arch == arch).GroupBy(t => t.Suite))
        {
            if (codename.Length > 0 && (suite.Key == codename || suite.Key == codename + "-security" || suite.Key == codename + "-updates"))
            {
                feeds.Add(Feed(preset, id + suite.Key[codename.Length..], id, [.. suite.Where(t => t.Address == suite.First().Address)]));
            }
        }

        return feeds.Exists(f => f.Security)
            ? feeds
            : throw new InvalidOperationException($"{FeedOptions.Section}, machine-apt: apt of this machine has no suite '{codename}-security' for {arch}: "
                + "add it to /etc/apt/sources.list.d and run 'apt-get update', or configure feeds of kind 'apt'");
    }

    private static Feed Feed(FeedOptions preset, string name, string id, IReadOnlyList<Target> targets)
    {
        var isSecurity = name == id + "-security";
        return FeedValidation.Feed(
            new FeedOptions
            {
                Name = name,
                Address = AptSources.Address(targets[0].Address),
                Suite = targets[0].Suite,
                Components = [.. targets.Select(t => t.Component).Distinct()],
                Arch = targets[0].Arch,
                Keyring = preset.Keyring ?? AptSources.Keyring(targets[0].Source) ?? $"/usr/share/keyrings/{id}-archive-keyring.gpg",
                Security = isSecurity,
                PrivateNetwork = true,
                Schedule = preset.Schedule,
                Trust = preset.Trust,
                MaxAgeHours = preset.MaxAgeHours ?? (name == id ? ReleaseMaxAgeHours : null),
            },
            $"{FeedOptions.Section}, machine-apt");
    }

    private sealed record Target(string Address, string Suite, string Component, string Arch, string Source);

    private static List<Target> Targets(byte[] text)
    {
        var reader = new Deb822Reader(text);
        var targets = new List<Target>();
        while (reader.NextStanza())
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            while (reader.NextField())
            {
                fields[Encoding.UTF8.GetString(reader.Name)] = Encoding.UTF8.GetString(reader.Value);
            }

            if (fields.GetValueOrDefault("Created-By") == "Packages" && fields.GetValueOrDefault("Target-Of") == "deb")
            {
                string Field(string name) => fields.GetValueOrDefault(name, "");
                targets.Add(new Target(Field("Repo-URI"), Field("Release"), Field("Component"), Field("Architecture"), Field("Sourcesentry")));
            }
        }

        return targets;
    }

    /// <summary>What os-release says; empty where it says nothing.</summary>
    internal static string Value(string osRelease, string name) =>
        osRelease.Split('\n').FirstOrDefault(l => l.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..].Trim().Trim('"', '\'') ?? "";

    private static async Task<byte[]> OutputAsync(string program, string[] arguments, CancellationToken cancel)
    {
        var (end, output) = await ExternalProgram.OutputAsync(program, arguments, Time, MaxBytes, null, cancel);
        return end.ExitCode == 0
            ? output
            : throw new FeedException(FeedFault.Local, $"'{program} {string.Join(' ', arguments)}' ended with {end.ExitCode} ({end.Errors.Trim()})");
    }
}
