using System.Collections.Immutable;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>What outlives a server process: the data directory, the fleet, the clock, the policy.</summary>
internal sealed class Ground : IDisposable
{
    public const string Pipeline = """
        kind: normal
        gate: change-board
        approvals: 2
        decision-lifetime: P7D
        plan-lifetime: P30D
        start: by-itself
        install-attempts: 3
        inconclusive-runs: 3
        allow-irreversible: false
        allowed-removals: []
        waves:
          - {name: canary, hosts: 1, errors: 0, soak: PT1M, concurrency: 1}
          - {name: rest, percent: 100, errors: 0, soak: PT0S, concurrency: 2}
        checks:
          - {name: web-port, groups: [web], must: true, production: true}

        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-reconcile-").FullName;

    public Ground(int hosts = 2)
    {
        Fleet = new SimulatedFleet(hosts);
        Directory.CreateDirectory(Path.Combine(_directory, "pipelines"));
        Directory.CreateDirectory(Path.Combine(_directory, "checks"));
        WritePipeline(Pipeline);
        File.WriteAllText(
            Path.Combine(_directory, "checks", "web-port.check"), "patchflow-check 1\nname web-port\nkind tcp\ntimeout PT10S\naddress 127.0.0.1\nport 80\n");
        Files = Patches.Write(_directory);
        Sandbox = (request, _, _) => Patches.TestAsync(request, Verdict);
    }

    public SimulatedFleet Fleet { get; }

    public ManualTime Time { get; } = new(Patches.Start);

    public Func<Digest, string?> Files { get; set; }

    public IReadOnlyList<FeedIndex> Feeds { get; set; } = Patches.Feeds;

    public ImmutableArray<StaleFeed> StaleFeeds { get; set; } = [];

    public Verdict Verdict { get; set; } = Verdict.Pass;

    public ResolveWork Resolve { get; set; } = (request, _, _) => Patches.ResolveAsync(request);

    public SandboxWork Sandbox { get; set; }

    public string DatabasePath => Path.Combine(_directory, "patchflow.db");

    public PipelineOptions Pipelines => new() { Directory = Path.Combine(_directory, "pipelines"), Groups = PipelineGroups };

    /// <summary>Pipelines by host group, where it is not <c>normal</c>.</summary>
    public Dictionary<string, string> PipelineGroups { get; } = [];

    public CheckOptions Checks => new() { Directory = Path.Combine(_directory, "checks") };

    public void WritePipeline(string text, string name = "normal") => File.WriteAllText(Path.Combine(_directory, "pipelines", $"{name}.yaml"), text);

    public void Dispose() => Directory.Delete(_directory, recursive: true);
}

/// <summary>The server's objects as one process has them, on a ground that outlives it.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly Ground _ground;

    public TestServer(Ground ground, Faults? faults = null)
    {
        _ground = ground;
        Faults = faults ?? new Faults();
        Database = new Database(ground.DatabasePath);
        var documents = new Documents(Database);
        Hosts = new HostStore(Database, ground.Time);
        Store = new ChangeStore(Database, ground.Time, Faults.AroundAsync);
        Inbox = new Inbox(Database, ground.Time);
        var pipelines = new Pipelines(ground.Pipelines);
        var options = new ReconcileOptions { SettleSeconds = 0 };
        var sources = new ReconcileSources
        {
            Channel = host => ground.Fleet.Channel(host, Faults),
            Drop = _ => ValueTask.CompletedTask,
            File = digest => ground.Files(digest),
            Feeds = () => ground.Feeds,
            StaleFeeds = _ => ground.StaleFeeds,
            Resolve = (request, progress, cancel) => ground.Resolve(request, progress, cancel),
            Sandbox = (request, progress, cancel) => ground.Sandbox(request, progress, cancel),
        };
        Inputs = new WorkInputs(documents, Store, Hosts, pipelines, sources);
        Work = new WorkRuns(Store, Inputs, sources, options, ground.Time, NullLogger<WorkRuns>.Instance);
        var sealing = new Sealing(Store, documents, pipelines, new CheckFiles(ground.Checks), ground.Time);
        Effects = new HostEffects(Database, documents, Hosts, sources, ground.Time);
        var executor = new Executor(Store, sealing, Work, Effects, ground.Time, NullLogger<Executor>.Instance);
        Reconciler = new Reconciler(Store, documents, pipelines, executor, Work, sources, options, ground.Time, NullLogger<Reconciler>.Instance);
        Proposer = new Proposer(Database, documents, Hosts, Store, Inbox, pipelines, sources, options, ground.Time, NullLogger<Proposer>.Instance);
    }

    public Faults Faults { get; }

    public Database Database { get; }

    public HostStore Hosts { get; }

    public ChangeStore Store { get; }

    public Inbox Inbox { get; }

    public WorkRuns Work { get; }

    public HostEffects Effects { get; }

    public Reconciler Reconciler { get; }

    public WorkInputs Inputs { get; }

    public Proposer Proposer { get; }

    public Change Change => Store.Find(1) ?? throw new InvalidOperationException("nothing was proposed");

    public HostTask Task(string host) => Store.Tasks(1).Single(t => t.Host == host);

    public async Task EnrolAsync()
    {
        foreach (var host in _ground.Fleet.Hosts.Values)
        {
            var row = new HostRow { Id = host.Id, Address = "127.0.10.1", Group = host.Group, State = HostState.Enrolled };
            await Hosts.AddAsync(row, new Audit("system", "console", "host.add", $"host:{host.Id}"));
            await Hosts.InventoryAsync(host.Id, host.Inventory().ToBytes(), host.Epoch, host.Sequence);
        }
    }

    /// <summary>One tick with everything that it began.</summary>
    public async Task<int> TickAsync()
    {
        var begun = await Reconciler.TickAsync(CancellationToken.None);
        await Reconciler.DrainAsync();
        await Work.DrainAsync();
        return begun;
    }

    /// <summary>Ticks, with the hosts at work and time passing, until the condition holds or this process is dead.</summary>
    public async Task RunAsync(Func<Change, bool> until, int most = 400)
    {
        for (var i = 0; !Faults.IsDead && !until(Change); i++)
        {
            Assert.True(i < most, $"{Change.Status} never ends, it waits for {Change.Waiting?.Sentence}; {string.Join("; ", Reconciler.Troubles)}");
            var begun = await TickAsync();
            _ground.Fleet.Work();
            _ground.Time.Advance(begun > 0 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(20));
        }
    }

    public async Task ProposeAndWaitForBoardAsync()
    {
        await EnrolAsync();
        await Proposer.LookAsync(CancellationToken.None);
        await RunAsync(c => c.Waiting?.For == "approval" || !c.IsOpen);
    }

    public Task<RecordedDecision> DecideAsync(string subject, Vote vote = Vote.Approve, long change = 1) =>
        Inbox.DecideAsync(DecisionOf(subject, vote, change), "change-board", new Sender(subject, "127.0.0.1", "t1"), CancellationToken.None);

    public Decision DecisionOf(string subject, Vote vote = Vote.Approve, long change = 1) => DecisionOn(Store.Find(change)!) with
    {
        Subject = subject,
        Vote = vote,
        Reason = vote == Vote.Reject ? "no" : null,
    };

    public Task<long> CommandAsync(CommandAction action, string? host = null) =>
        Inbox.CommandAsync(1, action, host, "said so", new Sender("user:op", "127.0.0.1"), CancellationToken.None);

    public IReadOnlyList<AuditEntry> Audit() => Database.Read(c => c.Query<byte[]>("SELECT bytes FROM audit_entries ORDER BY sequence").Select(b => AuditEntry.Parse(b)).ToList());

    public async ValueTask DisposeAsync()
    {
        await Reconciler.DrainAsync();
        await Work.DisposeAsync();
        Reconciler.Dispose();
        Proposer.Dispose();
        Database.Dispose();
    }

    private Decision DecisionOn(Change change) => new()
    {
        Change = change.Id,
        Plan = change.Plan!.Value,
        Evidence = change.Evidence!.Value,
        Policy = change.Policy!.Value,
        Subject = "user:nobody",
        Gate = "change-board",
        Vote = Vote.Approve,
        At = CanonicalTime.ToSeconds(_ground.Time.GetUtcNow()),
        Expires = CanonicalTime.ToSeconds(_ground.Time.GetUtcNow()) + TimeSpan.FromDays(7),
        Nonce = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray()),
    };
}
