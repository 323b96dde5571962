using System.Collections.Immutable;
using System.Security.Cryptography;
using Docker.DotNet.Models;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;
using PatchFlow.Live.Tests.EndToEnd;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Storage;

namespace PatchFlow.Live.Tests.Sandbox;

/// <summary>The sandbox as the server has it, on feeds and an installation of the test's own. All that it makes in the engine is removed, its images at the end of the run.</summary>
internal sealed class SandboxWorld : IAsyncDisposable
{
    // What an image has never changes, and asking takes a container.
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, ImmutableArray<InstalledPackage>> Present = [];
    private readonly Database _database;
    private readonly FeedTransport _transport;

    private SandboxWorld(string folder, FeedList feeds, SandboxOptions options, string? endpoint)
    {
        (Folder, Feeds, Options) = (folder, feeds, options);
        _database = new Database(Path.Combine(folder, "db"));
        var limits = new FeedLimits();
        _transport = new FeedTransport(feeds, limits);
        Store = new FeedStore(_database);
        var folders = new FeedFolders(folder);
        Catalog = new FeedCatalog(feeds, Store, folders, TimeProvider.System);
        Fetches = new FeedFetches(feeds, Store, Catalog, new AptFetcher(_transport, folders, limits, TimeProvider.System), TimeProvider.System, NullLogger<FeedFetches>.Instance);
        Files = new FileStore(folder, _transport, limits, TimeProvider.System, NullLogger<FileStore>.Instance);
        Engine = new Engine(endpoint);
        Replicas = new Replicas(Engine, options, Installation, NullLogger<Replicas>.Instance);
        Images = new ReplicaImages(Replicas, options, NullLogger<ReplicaImages>.Instance);
        Resolver = new Resolver(Replicas, Images, Catalog, Files, options, TimeProvider.System, NullLogger<Resolver>.Instance);
        Runner = new SandboxRunner(Replicas, Images, Catalog, Files, options, TimeProvider.System, NullLogger<SandboxRunner>.Instance);
    }

    public string Installation { get; } = $"test-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5))}";

    public string Folder { get; }

    public FeedList Feeds { get; }

    public FeedStore Store { get; }

    public FeedCatalog Catalog { get; }

    public FeedFetches Fetches { get; }

    public FileStore Files { get; }

    public SandboxOptions Options { get; }

    public Engine Engine { get; }

    public Replicas Replicas { get; }

    public ReplicaImages Images { get; }

    public Resolver Resolver { get; }

    public SandboxRunner Runner { get; }

    public static Pipeline Pipeline { get; } = new()
    {
        Name = "normal",
        Kind = ChangeKind.Normal,
        Gate = "change-board",
        Approvals = 2,
        DecisionLifetime = TimeSpan.FromHours(12),
        PlanLifetime = TimeSpan.FromDays(7),
        StartsByItself = true,
        Waves = [new WavePolicy("all", null, 100, 0, TimeSpan.Zero, 1)],
        Checks = [],
        InstallAttempts = 3,
        InconclusiveRuns = 3,
        AllowIrreversible = false,
    };

    public static SandboxOptions Quick => new() { TicketSeconds = 120, BuildSeconds = 300 };

    /// <summary>A signed repository of three small packages: 1.0 as released, 1.1 as the security update, altered where a variant says so.</summary>
    public static async Task<SandboxWorld> OwnAsync(string? variant = null, SandboxOptions? options = null, string? endpoint = null)
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-sandbox-").FullName;
        var feed = Path.Combine(folder, "feed");
        string[] altered = variant is null ? [] : ["--variant", variant];
        await Repository.RunAsync(Path.Combine(Repository.Root, "sandbox/own-feed/make"), [feed, .. altered]);
        return await FetchedAsync(folder, [Entry("own", false), Entry("own-security", true)], options ?? Quick, endpoint);

        FeedOptions Entry(string suite, bool security) => new()
        {
            Name = suite,
            Address = $"file://{feed}/",
            Suite = suite,
            Components = ["main"],
            Arch = "amd64",
            Keyring = Path.Combine(feed, "keyring.gpg"),
            Security = security,
        };
    }

    /// <summary>A sandbox without feeds.</summary>
    public static async Task<SandboxWorld> BareAsync(SandboxOptions? options = null) =>
        await FetchedAsync(Directory.CreateTempSubdirectory("patchflow-sandbox-").FullName, [], options ?? Quick, null);

    /// <summary>The archive that this machine's apt is configured for.</summary>
    public static async Task<SandboxWorld> ArchiveAsync(SandboxOptions options) =>
        await FetchedAsync(Directory.CreateTempSubdirectory("patchflow-sandbox-").FullName, [new FeedOptions { Kind = "machine-apt" }], options, null);

    /// <summary>The inventory of a host that has exactly an image's packages, and these.</summary>
    public async Task<Inventory> InventoryAsync(string host, string image, IEnumerable<InstalledPackage> more, params string[] services)
    {
        var id = (await Engine.FindImageAsync(image, CancellationToken.None))?.ID ?? throw new InvalidOperationException($"no image {image}: run sandbox/base/make-base");
        if (!Present.TryGetValue(id, out var present))
        {
            await using var container = await Replicas.StartBuilderAsync(id, "inventory", CancellationToken.None);
            Present[id] = present = [.. PresentPackage.Read(await container.RequireAsync("packages", [], CancellationToken.None)).Select(p => p.Installed)];
        }

        return Host(host, present.Concat(more), services);
    }

    /// <summary>A host with those packages.</summary>
    public static Inventory Host(string host, IEnumerable<InstalledPackage> packages, params string[] services) => new()
    {
        Host = host,
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Kernel = "6.1.0-test",
        BootId = "00000000-0000-4000-8000-000000000000",
        InitStart = 1,
        Epoch = 0,
        Sequence = 0,
        RebootNeeded = false,
        Packages = [.. packages.OrderBy(p => p.Name, StringComparer.Ordinal)],
        Services = [.. services.Select(s => new HostService(s, "active"))],
    };

    /// <summary>A host of the own feed: the base with the demo service at 1.0.</summary>
    public Task<Inventory> OwnHostAsync(string host) => InventoryAsync(
        host,
        "patchflow/base:debian-12-amd64",
        [new("pfdemo-common", "all", "1.0-1"), new("pfdemo-lib", "amd64", "1.0-1"), new("pfdemo-web", "amd64", "1.0-1")],
        "pfdemo-web.service",
        "ssh.service");

    /// <summary>The host with what applies to it.</summary>
    public HostSubject Subject(string group, Inventory inventory)
    {
        var patches = Applicability.Of(inventory, Catalog.Indices()).Patches;
        return new HostSubject(inventory.Host, group, inventory, [.. patches.Select(p => new PackageUpgrade(p.Name, p.Arch, p.From, p.To))]);
    }

    public Task<Resolved> ResolveAsync(Progress? progress, params HostSubject[] hosts) =>
        Resolver.ResolveAsync(new ResolveRequest(1, Pipeline, [.. hosts]), progress ?? new Progress(), CancellationToken.None);

    /// <summary>Seals what was resolved with checks, and makes the sandbox's request of it.</summary>
    public static SandboxRequest Request(Resolved resolved, IEnumerable<HostSubject> hosts, params byte[][] checks)
    {
        var files = checks.ToImmutableDictionary(c => CheckFile.Parse(c).Name);
        var planned = resolved.Profiles.SelectMany(p => checks.Select(c => new PlannedCheck(p.Content.Profile, CheckFile.Parse(c).Name, Digest.Of(c), true, true)));
        var part = new ChecksPart { Checks = [.. planned] };
        var contents = resolved.Profiles.ToImmutableDictionary(p => p.Content.Profile, p => p.Content.ToBytes());
        var head = new SealedPlan
        {
            Change = 1,
            Sequence = 1,
            Kind = ChangeKind.Normal,
            Pipeline = "normal",
            PipelineDigest = Digest.Of("policy"u8),
            ProposedBy = "system",
            TriggeredBy = "system",
            Snapshots = resolved.Snapshots,
            Contents = [.. contents.Select(c => new PlanContent(c.Key, Digest.Of(c.Value)))],
            Checks = part.ComputeDigest(),
            Waves = [new PlanWave(0, 1, Digest.Of("root"u8), 0, TimeSpan.FromMinutes(1), 1)],
            NotAfter = CanonicalTime.ToSeconds(DateTimeOffset.UtcNow.AddDays(1)),
        };
        var inventories = hosts.ToDictionary(h => h.Host, h => h.Inventory);
        return new SandboxRequest(
            1, 7, head.ToBytes(), contents, part.ToBytes(), files.Values.ToImmutableDictionary(f => Digest.Of(f)),
            resolved.Profiles.ToImmutableDictionary(p => p.Content.Profile, p => inventories[p.Hosts[0]]));
    }

    public Task<ImmutableArray<ProfileResult>> RunAsync(SandboxRequest request, Progress? progress = null, CancellationToken cancel = default) =>
        Runner.RunAsync(request, progress ?? new Progress(), cancel);

    /// <summary>A check that ships with PatchFlow.</summary>
    public static byte[] Check(string name) => File.ReadAllBytes(Path.Combine(Repository.Root, "sandbox/checks", $"{name}.check"));

    /// <summary>Containers of this installation that there are.</summary>
    public async Task<IReadOnlyList<string>> ContainersAsync()
    {
        using var engine = new Engine();
        var filters = new Dictionary<string, IDictionary<string, bool>> { ["label"] = new Dictionary<string, bool> { [$"{Replicas.Label}={Installation}"] = true } };
        var found = await engine.DoAsync("listing", (c, t) => c.Containers.ListContainersAsync(new ContainersListParameters { All = true, Filters = filters }, t), CancellationToken.None);
        return [.. found.Select(c => c.Names[0].TrimStart('/'))];
    }

    public async ValueTask DisposeAsync()
    {
        using var engine = new Engine();
        using var replicas = new Replicas(engine, Options, Installation, NullLogger<Replicas>.Instance);
        await replicas.SweepAsync(CancellationToken.None);
        KeptImages.Of(Installation);
        Images.Dispose();
        Replicas.Dispose();
        Engine.Dispose();
        Files.Dispose();
        _transport.Dispose();
        _database.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task<SandboxWorld> FetchedAsync(string folder, FeedOptions[] entries, SandboxOptions options, string? endpoint)
    {
        var world = new SandboxWorld(folder, await FeedList.LoadAsync(entries), options, endpoint);
        foreach (var feed in world.Feeds.All)
        {
            var row = await world.Fetches.FetchAsync(feed.Name, CancellationToken.None);
            Assert.True(row.LastError is null, row.LastError);
        }

        return world;
    }
}

/// <summary>Keeps what a run told, the last of each profile, at once and in order.</summary>
internal sealed class Progress : IProgress<ProfileProgress>
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, ProfileProgress> _last = new(StringComparer.Ordinal);

    public Action<ProfileProgress>? Told { get; init; }

    public IReadOnlyDictionary<string, ProfileProgress> Last
    {
        get
        {
            lock (_gate)
            {
                return new Dictionary<string, ProfileProgress>(_last);
            }
        }
    }

    public void Report(ProfileProgress value)
    {
        lock (_gate)
        {
            _last[value.Profile] = value;
        }

        Told?.Invoke(value);
    }
}

/// <summary>Replicas are heavy: their short tests go one after the other, beside others, in an installation of their own each.</summary>
[CollectionDefinition("sandbox")]
public sealed class SandboxTests;
