using System.Collections.Immutable;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Changes;

/// <summary>From what resolving found to the sealed plan: the document that lists everything that will happen.</summary>
public static class PlanSealer
{
    /// <summary>Seals, or says why this must not become a plan.</summary>
    public static SealResult Seal(SealInput input)
    {
        if (WhyNot(input) is { } why)
        {
            return new SealResult.Refused(why);
        }

        try
        {
            return Sealed(input);
        }
        catch (DocumentException e)
        {
            // A head, a part or a number over its limit: trying again would say the same for ever.
            return new SealResult.Refused($"the plan can't be sealed: {e.Message}; propose it for fewer hosts at once: split group {input.Change.Group}");
        }
    }

    private static SealResult.Sealed Sealed(SealInput input)
    {
        var checks = ChecksOf(input);
        var waves = WavesOf(input);
        var contents = input.Profiles.Select(p => (p.Content.Profile, Bytes: p.Content.ToBytes())).ToImmutableArray();
        var digests = contents.ToDictionary(c => c.Profile, c => Digest.Of(c.Bytes));
        var targets = waves.Select(w => Targets.Of(w.Hosts.Select(h => new Target(h.Host, h.Profile, digests[h.Profile])))).ToImmutableArray();
        var plan = new SealedPlan
        {
            Change = input.Change.Id,
            Sequence = input.Sequence,
            Kind = input.Pipeline.Kind,
            Pipeline = input.Pipeline.Name,
            PipelineDigest = input.Policy,
            ProposedBy = input.Change.ProposedBy,
            TriggeredBy = input.Change.TriggeredBy,
            Snapshots = input.Snapshots,
            Contents = [.. contents.Select(c => new PlanContent(c.Profile, digests[c.Profile])).OrderBy(c => c.Profile, StringComparer.Ordinal)],
            Checks = checks.ComputeDigest(),
            Waves = [.. waves.Select((w, i) => new PlanWave(i, w.Hosts.Length, targets[i].Root(), w.Policy.Errors, w.Policy.Soak, w.Policy.Concurrency))],
            NotAfter = CanonicalTime.ToSeconds(input.Now + input.Pipeline.PlanLifetime),
        };
        input.Profiles.ToList().ForEach(p => plan.RequireContent(p.Content));
        return Sealed(plan, contents, checks, targets);
    }

    private static SealResult.Sealed Sealed(SealedPlan plan, ImmutableArray<(string Profile, byte[] Bytes)> contents, ChecksPart checks, ImmutableArray<Targets> targets)
    {
        var head = plan.ToBytes();
        var digest = Digest.Of(head);
        var tasks = targets.SelectMany((wave, number) => wave.Hosts.Select((target, leaf) => new HostTask
        {
            Change = plan.Change,
            Host = target.Host,
            Wave = number,
            Leaf = leaf,
            Profile = target.Profile,
            Content = target.Content,
            Plan = digest,
            Status = HostTaskStatus.Pending,
            Since = DateTimeOffset.UnixEpoch,
        }));
        return new(digest, plan, head, [.. contents.Select(c => c.Bytes)], checks.ToBytes(), [.. targets.Select(t => t.ToBytes())], [.. tasks]);
    }

    private static string? WhyNot(SealInput input)
    {
        if (input.Profiles.IsEmpty)
        {
            return "nothing applies to any of its hosts any more";
        }

        if (!input.Pipeline.AllowIrreversible && input.Profiles.SelectMany(p => p.Content.Irreversible).FirstOrDefault() is { } old)
        {
            return $"{old.Name} {old.Version} could not be brought back: its file can't be had, and pipeline {input.Pipeline.Name} allows nothing irreversible";
        }

        var missing = input.Pipeline.Checks.FirstOrDefault(c => IsFor(c, input.Change.Group) && !input.CheckFiles.ContainsKey(c.Name));
        if (missing is not null)
        {
            return $"pipeline {input.Pipeline.Name} names the check '{missing.Name}', but there is no file {missing.Name}.check: write it, or take it out of the pipeline";
        }

        if (input.Pipeline.Checks.Where(c => IsFor(c, input.Change.Group)).Select(c => WhyNot(c.Name, input.CheckFiles[c.Name])).FirstOrDefault(why => why is not null) is { } wrong)
        {
            return wrong;
        }

        // A plan that nothing checks would be approved on evidence of nothing.
        return !input.Pipeline.Checks.Any(c => IsFor(c, input.Change.Group) && c.Must)
            ? $"pipeline {input.Pipeline.Name} has no check that group {input.Change.Group} must pass: name one"
            : null;
    }

    private static string? WhyNot(string name, byte[] file)
    {
        try
        {
            return CheckFile.Parse(file).Name == name ? null : $"the file {name}.check says that it is another check: its line 'name' must be '{name}'";
        }
        catch (DocumentException e)
        {
            return $"the file {name}.check can't be used: {e.Message}; mend it, and propose the change again";
        }
    }

    private static ChecksPart ChecksOf(SealInput input) => new()
    {
        Checks =
        [
            .. input.Profiles.SelectMany(p => input.Pipeline.Checks
                .Where(c => IsFor(c, input.Change.Group))
                .Select(c => new PlannedCheck(p.Content.Profile, c.Name, Digest.Of(input.CheckFiles[c.Name]), c.Must, c.Production))),
        ],
    };

    private static bool IsFor(CheckPolicy check, string group) => check.Groups.IsEmpty || check.Groups.Contains(group);

    // Hosts are dealt to the waves in one order: the first host of each profile before the second of any, larger profiles first, then by
    // id. So the canary is of the profile that most hosts share, and early waves meet every profile.
    private static ImmutableArray<(WavePolicy Policy, ImmutableArray<HostPlace> Hosts)> WavesOf(SealInput input)
    {
        var order = input.Profiles
            .OrderByDescending(p => p.Hosts.Length).ThenBy(p => p.Content.Profile, StringComparer.Ordinal)
            .SelectMany((p, rank) => p.Hosts.Order(StringComparer.Ordinal).Select((host, turn) => (Place: new HostPlace(host, p.Content.Profile), turn, rank)))
            .OrderBy(h => h.turn).ThenBy(h => h.rank)
            .Select(h => h.Place)
            .ToImmutableArray();
        var waves = ImmutableArray.CreateBuilder<(WavePolicy, ImmutableArray<HostPlace>)>();
        var dealt = 0;
        foreach (var policy in input.Pipeline.Waves)
        {
            var until = Math.Min(order.Length, policy.Hosts is { } hosts ? dealt + hosts : Share(order.Length, policy.Percent ?? 100));
            if (until > dealt)
            {
                waves.Add((policy, order[dealt..until]));
                dealt = until;
            }
        }

        return dealt == order.Length
            ? waves.ToImmutable()
            : throw new InvalidOperationException($"the waves of pipeline {input.Pipeline.Name} leave {order.Length - dealt} hosts out: its last wave must reach 100 percent");
    }

    private static int Share(int all, int percent) => (int)((((long)all * percent) + 99) / 100);

    private sealed record HostPlace(string Host, string Profile);
}

/// <summary>One profile's content and the hosts that share it.</summary>
public sealed record SealProfile(ContentPart Content, ImmutableArray<string> Hosts);

/// <summary>All that a plan is made of.</summary>
public sealed record SealInput
{
    /// <summary>The change: id, group, and who proposed and triggered it.</summary>
    public required Change Change { get; init; }

    /// <summary>The plan's number over all plans of the installation.</summary>
    public required long Sequence { get; init; }

    /// <summary>The policy.</summary>
    public required Pipeline Pipeline { get; init; }

    /// <summary>The digest of the pipeline file's raw bytes.</summary>
    public required Digest Policy { get; init; }

    /// <summary>Contents with their hosts.</summary>
    public required ImmutableArray<SealProfile> Profiles { get; init; }

    /// <summary>The feed snapshots used.</summary>
    public required ImmutableArray<PlanSnapshot> Snapshots { get; init; }

    /// <summary>Raw check files by name.</summary>
    public required ImmutableDictionary<string, byte[]> CheckFiles { get; init; }

    /// <summary>The moment of sealing.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>The sealed plan, or why there is none.</summary>
public abstract record SealResult
{
    private SealResult()
    {
    }

    /// <summary>The plan with its parts as raw bytes, and a task for each host.</summary>
    public sealed record Sealed(
        Digest Digest,
        SealedPlan Plan,
        byte[] Head,
        ImmutableArray<byte[]> Contents,
        byte[] Checks,
        ImmutableArray<byte[]> Targets,
        ImmutableArray<HostTask> Tasks) : SealResult;

    /// <summary>It must not become a plan.</summary>
    public sealed record Refused(string Reason) : SealResult;
}
