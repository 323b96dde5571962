using System.Collections.Immutable;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Matching;

/// <summary>
/// Keeps up to date which host lacks which fix: looks again after every new snapshot, inventory and policy, and writes only what is another
/// than before. It ranks and reports: nothing is proposed, tested or decided by it.
/// </summary>
internal sealed class FleetExposure(
    Database database, Documents documents, FeedList feeds, AdvisoryStore advisories, ExposureStore store, HostStore hosts, Pipelines pipelines,
    ReconcileSources sources, TimeProvider time, ILogger<FleetExposure> log) : BackgroundService
{
    private const int BatchRows = 5000;
    private const int MostRated = 2000;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), LongestPause = TimeSpan.FromSeconds(30);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private FleetIndex? _index;
    private FleetState? _state;
    private long _commits = -1;
    private ImmutableArray<(string Host, string Why)> _blind = [];

    /// <summary>Why the last look failed, or could not judge all; null when all is well.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Hosts of which nothing can be said, with the reason.</summary>
    public IReadOnlyList<(string Host, string Why)> Blind => _blind;

    /// <summary>When it last looked at something new.</summary>
    public DateTimeOffset? LookedAt { get; private set; }

    /// <summary>Those of these hosts whose newest inventory came after the last look.</summary>
    public IEnumerable<HostRow> Unmatched(IEnumerable<HostRow> hosts)
    {
        var matched = _state?.Hosts.ToDictionary(h => h.Id, h => h.Inventory, StringComparer.Ordinal) ?? [];
        return hosts.Where(h => h.Inventory is { } inventory && !(matched.TryGetValue(h.Id, out var seen) && seen == inventory));
    }

    /// <summary>Looks where something is new. Answers how many hosts were judged anew.</summary>
    public async Task<int> LookAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            // Counted before anything is read: what is written meanwhile is looked at the next time.
            var (now, commits) = (time.GetUtcNow(), database.Commits);
            if (commits == _commits && _state?.HasPoliciesOf(pipelines, now) == true)
            {
                return 0;
            }

            var state = FleetState.Read(feeds, advisories, hosts, pipelines, now);
            var judged = state.Text == _state?.Text ? 0 : await LookAsync(state, now, cancel);
            _commits = commits;
            return judged;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _gate.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var begun = time.GetTimestamp();
                await LookAsync(stoppingToken);
                // Of a large fleet with something new each second, looking takes a tenth of the time at most.
                var took = time.GetElapsedTime(begun);
                await Task.Delay(took * 9 > Pause ? (took * 9 > LongestPause ? LongestPause : took * 9) : Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // What is half taken in is thrown away: the next look begins from the database.
                (_index, _state, Trouble) = (null, null, e.Message);
                log.LogError(e, "matching hosts against advisories failed");
                await Task.Delay(Pause * 10, time, CancellationToken.None);
            }
        }
    }

    private async Task<int> LookAsync(FleetState state, DateTimeOffset now, CancellationToken cancel)
    {
        var (read, ill) = Read(state);
        var platforms = read.SelectMany(r => r.Packages.Platforms).Distinct().ToList();
        if (_index is null || !_index.CanFollow(state, platforms))
        {
            (read, ill) = _index is null ? (read, ill) : Read(state, all: true);
            await BeginAsync(read.SelectMany(r => r.Packages.Platforms), state, now, cancel);
        }

        var dirty = TakeIn(state, read);
        var troubles = state.Policies.Where(p => p.Value.Pipeline is null).Select(p => $"deadlines of group {p.Key} can't be judged: {p.Value.Error}").ToList();
        var threats = new Threats(database, feeds);
        await SaveAsync(_index!.Match(dirty).SelectMany(h => Changes(h, state, threats, now)), cancel);
        _blind = [.. ill, .. _index!.Unspoken([.. state.Feeds.Where(f => f.Silence is not null)])];
        (_state, LookedAt) = (state, now);
        Trouble = troubles.Concat(ill.Select(i => $"{i.Host}: {i.Why}")).FirstOrDefault();
        log.LogInformation("Matched {Hosts} of {All} hosts against {Feeds} feeds", dirty.Count, state.Hosts.Length, state.Feeds.Length);
        return dirty.Count;
    }

    private async Task BeginAsync(IEnumerable<string> platforms, FleetState state, DateTimeOffset now, CancellationToken cancel)
    {
        _index = FleetIndex.Empty(new RecordReads(database), platforms);
        _state = null;
        await advisories.ForgetGoneAsync(cancel);
        await store.ForgetAsync([.. state.Hosts.Select(h => h.Id)], now, cancel);
    }

    // Inventories that are new, or all. One that can't be read does not stop the others.
    private (List<Profile> Read, List<(string Host, string Why)> Ill) Read(FleetState state, bool all = false)
    {
        var (read, ill) = (new List<Profile>(), new List<(string, string)>());
        foreach (var host in state.Hosts.Where(h => all || _index is null || _index.NeedsReading(h)))
        {
            try
            {
                read.Add(ProfileOf(host));
            }
            catch (Exception e) when (e is DocumentException or InvalidDataException)
            {
                ill.Add((host.Id, $"its inventory can't be read: {e.Message}"));
            }
        }

        return (read, ill);
    }

    private Profile ProfileOf(SeenHost host)
    {
        var bytes = documents.Get(host.Inventory);
        if (host.IsReported)
        {
            var report = HostReport.Parse(bytes);
            return new(host, ReportProfile.Of(report), report.Listens);
        }

        var inventory = Inventory.Parse(bytes);
        return new(host, HostProfile.Of(inventory, sources.Feeds), inventory.Listens);
    }

    private HashSet<string> TakeIn(FleetState state, List<Profile> read)
    {
        var dirty = new HashSet<string>(StringComparer.Ordinal);
        foreach (var gone in _index!.Hosts.Except(state.Hosts.Select(h => h.Id), StringComparer.Ordinal).ToList())
        {
            _index.Remove(gone);
        }

        dirty.UnionWith(read.Where(r => _index.Put(r.Host, r.Packages, r.Listens)).Select(r => r.Host.Id));
        foreach (var feed in state.Feeds)
        {
            var (concerned, rated) = _index.Follow(feed);
            dirty.UnionWith(concerned);
            dirty.UnionWith(HostsWith(rated));
            dirty.UnionWith(feed.Feed.IsOfSupport ? _index.FollowSupport(feed, state.Today) : []);
        }

        dirty.UnionWith(state.Hosts.Where(h => state.Policies[h.Group].Digest != _state?.Policies.GetValueOrDefault(h.Group)?.Digest).Select(h => h.Id));
        return dirty;
    }

    // Scores of all there is come every day, and few of them are of what hosts have.
    private IEnumerable<string> HostsWith(IReadOnlyCollection<string> rated)
    {
        var open = rated.Count > MostRated ? [.. store.OpenVulnerabilities().Where(rated.Contains)] : rated;
        return open.Count > MostRated ? _index!.Hosts : store.HostsWith(open);
    }

    private List<StoredExposure> Changes((SeenHost Host, SetMatch Match, Exposure Reach) judged, FleetState state, Threats threats, DateTimeOffset now)
    {
        var (host, match, reach) = judged;
        var before = store.Of(host.Id).ToDictionary(r => r.Key);
        var snapshot = state.NewestAt > host.At ? state.NewestAt.Value : host.At;
        var deadlines = state.Policies[host.Group].Pipeline?.Deadlines;
        var facts = new ExposureFacts(host.Id, reach, threats.Of, deadlines ?? DeadlinePolicy.None, snapshot, now);
        return
        [
            .. ExposureRows.Of(match, before.Values.Select(r => r.Row()), facts)
                .Select(row => (Row: row, Old: before.GetValueOrDefault((row.Package, row.Arch, row.Vulnerability))))
                .Select(r => (New: r.Row.Ended is null ? Open(r.Row, r.Old, deadlines is null) : Ended(r.Old!, r.Row, match, _index!), r.Old))
                .Where(r => r.New != r.Old).Select(r => r.New),
        ];
    }

    // A pipeline that can't be read at present takes no deadline away.
    private static StoredExposure Open(ExposureRow row, StoredExposure? old, bool keepsDeadline)
    {
        var open = StoredExposure.Of(row);
        return keepsDeadline && old is not null && open.FixSince is not null && open.FixSince == old.FixSince ? open with { Due = old.Due, RiskAt = old.RiskAt } : open;
    }

    // What is mended by an update of its own, or by the reboot that an update waited for, has the version that it had.
    private static StoredExposure Ended(StoredExposure before, ExposureRow row, SetMatch match, FleetIndex index)
    {
        var installed = match.Set.Packages.Where(p => p.Package.Name == row.Package && p.Package.Arch == row.Arch).Select(p => p.Package.Version).ToList();
        var isMended = !installed.Contains(row.Version) || row.Standing != PackageStanding.Current || index.SaysOfProduct(match.Set, row.Package, row.Vulnerability);
        var by = installed.Count == 0 ? EndedBy.Removed : isMended ? EndedBy.Patched : EndedBy.NoLongerApplies;
        return before with { Ended = Utc.Text(row.Ended), EndedBy = by.ToString() };
    }

    private async Task SaveAsync(IEnumerable<StoredExposure> changes, CancellationToken cancel)
    {
        foreach (var batch in changes.Chunk(BatchRows))
        {
            await store.SaveAsync(batch, cancel);
        }
    }

    private sealed record Profile(SeenHost Host, HostPackages Packages, ImmutableArray<ListeningSocket> Listens);
}
