using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>A plan as the server would seal it, for one host and two others of its wave that don't exist.</summary>
internal sealed record TestPlan(string Host)
{
    private static readonly DateTimeOffset Long = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly PlanSnapshot Snapshot = new("test", new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Digest.Of("index"u8));
    private static long _sequence = 100;

    public string Profile => $"test-debian-12-{Platform}-0badcafe";

    public string[] Others { get; init; } = ["other-1", "zebra-2"];

    public long Sequence { get; init; } = Interlocked.Increment(ref _sequence);

    public long Epoch { get; init; } = 1;

    public DateTimeOffset NotAfter { get; init; } = Long;

    public IReadOnlyList<(Deb From, Deb To)> Upgrades { get; init; } = [];

    public IReadOnlyList<Deb> Installs { get; init; } = [];

    /// <summary>Whether the old files are there for a rollback.</summary>
    public bool Reversible { get; init; } = true;

    public string[] Restarts { get; init; } = [];

    public IReadOnlyList<(CheckFile File, bool Must, bool Production)> Checks { get; init; } = [];

    /// <summary>Checks whose files the server would refuse.</summary>
    public IReadOnlyList<PlannedCheck> RawChecks { get; init; } = [];

    public string Platform { get; init; } = "amd64";

    public ContentPart Content => new()
    {
        Profile = Profile,
        OsId = "debian",
        OsRelease = "12",
        Arch = Platform,
        Indices = [Snapshot],
        Upgrades = [.. Upgrades.Select(u => new PackageUpgrade(u.To.Name, u.To.Arch, u.From.Version, u.To.Version))],
        Installs = [.. Installs.Select(d => new PackageVersion(d.Name, d.Arch, d.Version))],
        Files = [.. Upgrades.Select(u => u.To.File), .. Upgrades.Where(_ => Reversible).Select(u => u.From.File), .. Installs.Select(d => d.File)],
        Irreversible = [.. Upgrades.Where(_ => !Reversible).Select(u => new PackageVersion(u.From.Name, u.From.Arch, u.From.Version))],
        Restarts = [.. Restarts],
    };

    public ChecksPart ChecksPart => new()
    {
        Checks = [.. Checks.Select(c => new PlannedCheck(Profile, c.File.Name, Digest.Of(c.File.ToBytes()), c.Must, c.Production)), .. RawChecks.Select(c => c with { Profile = Profile })],
    };

    public Targets Targets => Targets.Of(Others.Append(Host == Target.Replica ? "host-1" : Host).Select(h => new Target(h, Profile, Content.ComputeDigest())));

    public SealedPlan Head => new()
    {
        Change = 1,
        Sequence = Sequence,
        Kind = ChangeKind.Normal,
        Pipeline = "normal",
        PipelineDigest = Digest.Of("pipeline"u8),
        ProposedBy = "system",
        TriggeredBy = "system",
        Snapshots = [Snapshot],
        Contents = [new(Profile, Content.ComputeDigest())],
        Checks = ChecksPart.ComputeDigest(),
        Waves = [new(0, Targets.Hosts.Length, Targets.Root(), 0, TimeSpan.Zero, 1)],
        NotAfter = NotAfter,
    };

    /// <summary>Delivers every file that the plan names.</summary>
    public async Task<TestPlan> StagedAsync(LiveHost host)
    {
        var debs = Upgrades.Select(u => u.To).Concat(Upgrades.Where(_ => Reversible).Select(u => u.From)).Concat(Installs).Select(d => d.Bytes);
        foreach (var file in debs.Concat(Checks.Select(c => c.File.ToBytes())))
        {
            await host.StageAsync(file);
        }

        return this;
    }

    public StartInput Start(TicketKind kind, int attempt = 1)
    {
        var ticket = TicketId.Of(Head.ComputeDigest(), kind, Host, attempt);
        var parts = new PlanParts(Head.ToBytes(), Content.ToBytes(), ChecksPart.ToBytes());
        if (Host == Target.Replica)
        {
            return StartInput.ForReplica(ticket, Epoch, parts);
        }

        var index = Targets.Hosts.Select(t => t.Host).ToList().IndexOf(Host);
        return StartInput.ForHost(ticket, Epoch, parts, 0, Targets.Hosts[index], Targets.ProofFor(index));
    }
}
