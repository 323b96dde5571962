using Dapper;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>
/// Proposes: looks again after every new snapshot, inventory and state of a change, once snapshots and hosts have been at rest for a
/// moment, so that hosts which are enrolled one after the other come into one change.
/// </summary>
internal sealed class Proposer(
    Database database, Documents documents, HostStore hosts, ChangeStore store, Inbox inbox, Pipelines pipelines, ReconcileSources sources,
    ReconcileOptions options, TimeProvider time, ILogger<Proposer> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan EnrolmentTime = TimeSpan.FromMinutes(10);
    private string _input = "";
    private string _looked = "";
    private DateTimeOffset _inputAt;

    /// <summary>Why the last look failed; null when all is well.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Looks once, and proposes what is new.</summary>
    /// <exception cref="InvalidDataException">A group could not be looked at, for example since an inventory was altered. The others were.</exception>
    public async Task LookAsync(CancellationToken cancel)
    {
        Exception? failure = null;
        var feeds = sources.Feeds();
        var now = time.GetUtcNow();
        var silent = Silent(feeds, now);
        var coming = hosts.All().Where(h => IsComing(h, now)).Select(h => h.Group).ToHashSet(StringComparer.Ordinal);
        foreach (var group in hosts.Enrolled().Where(h => !coming.Contains(h.Group)).GroupBy(h => h.Group).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            // A host that was never seen, and did not fail, will be seen in a moment: one change takes them all.
            if (!group.Any(h => h.Inventory is null && h.LastError is null))
            {
                failure = await TryAsync(group, feeds, silent, cancel) ?? failure;
            }
        }

        if (failure is not null)
        {
            throw failure;
        }
    }

    // A document of one host that can't be read keeps the fixes of no other group from being proposed.
    private async Task<Exception?> TryAsync(IGrouping<string, HostRow> group, IReadOnlyList<FeedIndex> feeds, HashSet<string> silent, CancellationToken cancel)
    {
        try
        {
            var patches = group.Where(h => h.Inventory is not null).Select(h => Applicability.Of(Inventory.Parse(documents.Get(h.Inventory!.Value)), feeds));
            await ProposeAsync(group.Key, [.. patches], silent, cancel);
            return null;
        }
        catch (Exception e) when (e is DocumentException or InvalidDataException)
        {
            return new InvalidDataException($"nothing is proposed for group {group.Key}: {e.Message}", e);
        }
    }

    // Feeds that list nothing now because they can't be read or are gone, which is not the same as nothing to update.
    private HashSet<string> Silent(IReadOnlyList<FeedIndex> feeds, DateTimeOffset now) =>
        [.. sources.StaleFeeds(now).Select(f => f.Feed).Except(feeds.Select(f => f.Feed), StringComparer.Ordinal)];

    // A host that was just added is about to be enrolled: its group waits for it, so that one change takes them all.
    private static bool IsComing(HostRow host, DateTimeOffset now) =>
        host.State == HostState.Added && host.LastError is null && now - host.AddedAt < EnrolmentTime;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookWhenAtRestAsync(stoppingToken);
                await Task.Delay(Pause, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A snapshot that can't be read now may be read later; health shows it meanwhile.
                Trouble = e.Message;
                log.LogError(e, "proposing changes failed");
                await Task.Delay(Pause * 10, time, CancellationToken.None);
            }
        }
    }

    /// <summary>Looks where something is new since the last look, and has been at rest for a moment.</summary>
    internal async Task LookWhenAtRestAsync(CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var (input, states) = Seen(Silent(sources.Feeds(), now));
        if (input != _input)
        {
            (_input, _inputAt) = (input, now);
        }

        if (now - _inputAt >= TimeSpan.FromSeconds(options.SettleSeconds) && input + states != _looked)
        {
            await LookAsync(cancel);
            (_looked, Trouble) = (input + states, null);
        }
    }

    // A feed that could not be read and can be now is as good as a new one.
    private (string Input, string States) Seen(IReadOnlySet<string> silent) => database.Read(c => (
        string.Join('\n',
        [
            .. c.Query<string>("SELECT name || ' ' || COALESCE(snapshot_digest, '') FROM feeds ORDER BY name"),
            .. silent.Order(StringComparer.Ordinal),
            .. HostStore.All(c).Select(h => $"{h.Id} {h.Group} {h.State} {h.Inventory} {h.LastError is null} {IsComing(h, time.GetUtcNow())}"),
        ]),
        string.Join('\n', c.Query<string>("SELECT id || ' ' || status FROM changes ORDER BY id"))));

    private async Task ProposeAsync(string group, IReadOnlyList<HostPatches> patches, IReadOnlySet<string> silent, CancellationToken cancel)
    {
        var changes = store.OfGroup(group).Select(c => new KnownChange(c, store.Decisions(c.Id).Length > 0));
        var agenda = Proposals.For(group, patches, [.. changes], time.GetUtcNow());
        // While a feed can't be read it lists nothing: that must withdraw no change, which would not be proposed again.
        foreach (var save in agenda.Saves.Where(s => s.Next.Status != ChangeStatus.Cancelled || !s.Next.Feeds.Any(silent.Contains)))
        {
            if (!await store.SaveUndecidedAsync(save, cancel))
            {
                // It has moved, or somebody has just decided: the next look judges anew.
                return;
            }
        }

        if (agenda.New is { } proposal)
        {
            var name = pipelines.NameFor(group);
            var kind = pipelines.Current(name).Pipeline?.Kind ?? ChangeKind.Normal;
            var id = await inbox.ProposeAsync(proposal, name, kind, Sender.System, cancel);
            log.LogInformation("CHG-{Change} proposed: {Title}", id, proposal.Title);
        }
    }
}
