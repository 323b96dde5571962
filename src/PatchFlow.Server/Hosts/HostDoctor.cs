using System.Collections.Immutable;

namespace PatchFlow.Server.Hosts;

/// <summary>One thing that was looked at on a host.</summary>
/// <param name="Name">For example <c>host-key</c>.</param>
/// <param name="Ok">Whether it is as it should be.</param>
/// <param name="Sentence">What was found.</param>
/// <param name="Remedy">What to do; null where all is well.</param>
internal sealed record HostFinding(string Name, bool Ok, string Sentence, string? Remedy = null);

/// <summary>The epoch of this server and the highest plan sequence it has given. A host that has seen more was driven by a later copy.</summary>
internal delegate (long Epoch, long Sequence) ServerMarks();

/// <summary>Looks a host over without changing it.</summary>
internal sealed class HostDoctor(HostStore hosts, HostChannels channels, ServerMarks marks, TimeProvider time)
{
    // docs/host-protocol.md: a word is not in its grammar. A helper that does not know the call is an older one.
    private const int UnknownCall = 50;

    /// <summary>What was found, in the order in which things depend on each other; it ends where the next can't be known.</summary>
    public async Task<ImmutableArray<HostFinding>> ExamineAsync(string id, CancellationToken cancel)
    {
        var row = hosts.Get(id);
        if (row.IsReported)
        {
            return [new("reported", false, row.WhyNotDeployed, $"look at what it says of itself in 'patchflow hosts show {id}', and report it anew with 'patchflow hosts report {id} FILE'")];
        }

        if (row.State != HostState.Enrolled)
        {
            return [new("enrolled", false, $"host {id} is {row.State.ToString().ToLowerInvariant()}", row.State == HostState.Added ? $"patchflow hosts enrol {id}" : "add it under another id")];
        }

        var findings = ImmutableArray.CreateBuilder<HostFinding>();
        var protocol = channels.Protocol(id);
        try
        {
            findings.AddRange(Helper(row, await protocol.VersionAsync(cancel)));
            findings.AddRange(Marks(row, await protocol.InventoryAsync(cancel)));
            findings.AddRange((await protocol.DoctorAsync(cancel)).Findings(time.GetUtcNow()));
        }
        catch (HostKeyException key)
        {
            findings.Add(new("host-key", false, key.Message, $"patchflow hosts enrol {id}, after comparing the key"));
        }
        catch (HostUnreachableException gone)
        {
            findings.Add(new("reachable", false, gone.Message, "the message says what to look at"));
        }
        catch (HostRefusedException refused)
        {
            findings.Add(Refused(id, refused));
        }

        return findings.ToImmutable();
    }

    private static IEnumerable<HostFinding> Helper(HostRow row, HelperVersion version)
    {
        yield return new("reachable", true, $"answers at {row.Address}, port {row.Port}, as {row.Account}");
        yield return new("host-key", true, $"shows the pinned key {string.Join(", ", row.HostKeys)}");
        yield return new("sudo", true, "the account may run the helper as root");
        yield return version.File == EnrolmentScript.HelperDigest
            ? new("helper", true, $"protocol {version.Protocol}, the file that this server carries")
            : new("helper", false, $"protocol {version.Protocol}, file {version.File.Short}…, this server carries {EnrolmentScript.HelperDigest.Short}…", $"patchflow hosts enrol {row.Id} brings it up to date");
    }

    private IEnumerable<HostFinding> Marks(HostRow row, HostInventory answer)
    {
        var (epoch, sequence) = marks();
        var (host, seen) = (answer.Inventory.Host, answer.Inventory);
        yield return host == row.Id
            ? new("identity", true, $"answers as {host}")
            : new("identity", false, $"answers as '{host}'", "correct the address, or look into /etc/patchflow/host");
        yield return seen.Epoch <= epoch && seen.Sequence <= sequence
            ? new("marks", true, $"has seen epoch {seen.Epoch} and sequence {seen.Sequence}; this server is at {epoch} and {sequence}")
            : new("marks", false, $"has seen epoch {seen.Epoch} and sequence {seen.Sequence}, this server is at {epoch} and {sequence}", "this server was restored from an old copy, or another drives the host: restore the newest database; where there is none, 'patchflow hosts overtake'");
    }

    private static HostFinding Refused(string id, HostRefusedException refused) => refused switch
    {
        { Verb: "doctor", ExitCode: UnknownCall } =>
            new("health", false, "clock, space and package manager could not be looked at: the helper on the host is too old to tell them", $"patchflow hosts enrol {id} brings it up to date"),
        _ when refused.Reason.StartsWith("sudo:", StringComparison.Ordinal) =>
            new("sudo", false, refused.Message, $"patchflow hosts enrol {id} writes /etc/sudoers.d/patchflow anew"),
        _ => new("helper", false, refused.Message, $"the message says what is wrong; patchflow hosts enrol {id} installs the helper anew"),
    };
}
