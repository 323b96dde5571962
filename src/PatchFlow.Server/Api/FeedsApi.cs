using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/feeds</c>: how each configured feed stands.</summary>
internal static class FeedsApi
{
    private static readonly Listing<FeedView> List = new(
        f => f.Name, ("name", f => f.Name), ("lastSuccessAt", f => Utc.Text(f.LastSuccessAt) ?? ""))
    {
        Filters = [new("state", typeof(FeedState), "only feeds that stand so")],
    };

    public static void Map(IEndpointRouteBuilder api)
    {
        var feeds = api.MapGroup("/feeds").WithTags("feeds");
        feeds.MapGet("/", (ListRequest list, FeedReads reads) => List.Answer(list, reads.All().Where(f => list.Passes("state", f.State)), f => f))
            .WithMetadata(List).WithSummary("The feeds.").RequirePermission(Permission.View);
        feeds.MapGet("/{name}", (string name, FeedReads reads) => new Answer<FeedView>(reads.Detailed(name)))
            .WithSummary("A feed.").RequirePermission(Permission.View);
        feeds.MapPost("/{name}/refresh", RefreshAsync)
            .WithSummary("Fetches a feed now, beside its schedule. Look at the feed for how it went.").RequirePermission(Permission.RefreshFeeds);
        feeds.MapPost("/{name}/release", ReleaseAsync)
            .WithSummary("Lets a feed leap to the index of that digest, which waits in quarantine, and fetches it. Look at the feed for how it went; 409 where another waits.").RequirePermission(Permission.ReleaseFeeds);
        feeds.MapPost("/{name}/rewind", RewindAsync)
            .WithSummary("Lets a feed go back to a date, what was released before not counting any more, and fetches it. Look at the feed for how it went; 409 where it has not come so far, or is being fetched just now.").RequirePermission(Permission.RewindFeeds);
    }

    private static async Task<Accepted<FeedView>> ReleaseAsync(
        string name, FeedReleaseRequest request, Caller caller, FeedReads reads, FeedStore store, FeedRefresh refresh, ApiAudit audit, CancellationToken cancel)
    {
        reads.Get(name);
        var seen = ApiText.DigestOf("digest", request.Digest);
        var index = store.Row(name).Mark.Quarantined
            ?? throw RefusedException.Conflict($"nothing of feed {name} waits in quarantine: see 'patchflow feeds show {name}'");
        if (index.Digest != seen.Hex)
        {
            throw RefusedException.Conflict($"of feed {name} the index {index.Digest} waits by now, not {seen}: look at it with 'patchflow feeds show {name}', and release that one");
        }

        await audit.AppendAsync(caller.Audit("feed.release", $"feed:{name}", $"index {index.Digest} of {index.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}") with { Digest = seen });
        if (!store.Marks.Release(name, index))
        {
            throw RefusedException.Conflict($"the index {index.Digest} of feed {name} does not wait any more: see 'patchflow feeds show {name}'");
        }

        await refresh(name, cancel);
        return new(reads.Get(name), $"/api/v1/feeds/{name}");
    }

    private static async Task<Accepted<FeedView>> RewindAsync(
        string name, FeedRewindRequest request, Caller caller, FeedReads reads, FeedStore store, FeedRefresh refresh, ApiAudit audit, CancellationToken cancel)
    {
        reads.Get(name);
        var reason = ApiText.Reason(request.Reason) ?? throw RefusedException.Invalid("reason", "reason must say why what was newer does not count: who took it back, or what was wrong with it");
        var to = IsoTime.TryParse(request.To, out var time) ? time : throw RefusedException.Invalid("to", $"to is no date: {IsoTime.Expected}");
        try
        {
            await store.RewindAsync(name, to, AgreeAsync, cancel);
        }
        catch (FeedException e)
        {
            throw RefusedException.Conflict(e.Message);
        }

        await refresh(name, cancel);
        return new(reads.Get(name), $"/api/v1/feeds/{name}");

        // Nobody else changes how far it has come then. The audit has it before it is done: nothing is done that it does not have.
        async Task AgreeAsync()
        {
            var reached = reads.Reached(name) ?? throw RefusedException.Conflict($"feed {name} is measured by no date yet: there is nothing to go back from, see 'patchflow feeds show {name}'");
            if (to > reached)
            {
                throw RefusedException.Conflict($"feed {name} has come to {reached:u}, before {to.UtcDateTime:u}: it can only go back; what leaps ahead is let in with 'patchflow feeds release'");
            }

            await audit.AppendAsync(caller.Audit("feed.rewind", $"feed:{name}", $"from {reached.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} to {to.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}", $"reason {reason}"));
        }
    }

    private static async Task<Accepted<FeedView>> RefreshAsync(string name, Caller caller, FeedReads reads, FeedRefresh refresh, ApiAudit audit, CancellationToken cancel)
    {
        var feed = reads.Get(name);
        await audit.AppendAsync(caller.Audit("feed.refresh", $"feed:{name}"));
        await refresh(name, cancel);
        return new(feed, $"/api/v1/feeds/{name}");
    }
}

/// <summary>The feeds as the wire shows them.</summary>
internal sealed class FeedReads(FeedList feeds, FeedStore store, FeedCatalog catalog, AdvisoryStore advisories, FeedFolders folders, TimeProvider time)
{
    private const int MostRefused = 100;

    /// <summary>All configured feeds by name. One whose rows are damaged fails with that reason, and hides no other.</summary>
    public IEnumerable<FeedView> All() => feeds.All.Select(View).Concat(feeds.Advisories.Select(View)).OrderBy(f => f.Name, StringComparer.Ordinal);

    /// <summary>Feeds of vendors' documents whose word is old or missing, in words.</summary>
    public IEnumerable<string> Ill() => feeds.Advisories.Select(View).Where(f => f.State != FeedState.Fresh).Select(f => f.State switch
    {
        FeedState.New => $"{f.Name} was not fetched yet",
        FeedState.Stale => f.Snapshot is null ? f.LastError! : $"{f.Name} is stale since {f.Snapshot.UsableUntil:u}{(f.Remark is null ? "" : $"; {f.Remark}")}",
        FeedState.Silent => $"{f.Name}: {f.Remark}",
        FeedState.Alarm => $"{f.Name}: ALARM: {f.Alarm}",
        _ => f.Snapshot is { } snapshot ? $"{f.Name} could not be fetched, and is of {snapshot.FetchedAt:u}" : $"{f.Name} has no snapshot: {f.LastError}",
    });

    /// <summary>The feed.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public FeedView Get(string name) => feeds.Find(name) is { } feed ? View(feed)
        : feeds.FindAdvisories(name) is { } documents ? View(documents)
        : throw RefusedException.NotFound("there is no such feed: see 'patchflow feeds list'; feeds are configured in PatchFlow:Feeds");

    /// <summary>The latest date that it has come to; null where it is measured by none.</summary>
    /// <exception cref="RefusedException">Nobody knows, since its marks can't be read.</exception>
    public DateTimeOffset? Reached(string name)
    {
        var row = store.Row(name);
        if (row.MarkTrouble is { } trouble)
        {
            throw RefusedException.Conflict(trouble);
        }

        return feeds.Find(name) is { } feed ? row.SeenOf(feed.DatedBy)
            : feeds.FindAdvisories(name) is { } documents ? FeedProgress.Later(
                FeedProgress.Of(documents, advisories.Row(name), store.Marks, time.GetUtcNow()).Seen, row.Mark.ReachedOf(documents.DatedBy))
            : null;
    }

    /// <summary>The feed with what was refused of it.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public FeedView Detailed(string name)
    {
        var view = Get(name);
        return Told(view, () => Detailed(view));
    }

    private FeedView Detailed(FeedView view)
    {
        var name = view.Name;
        if (feeds.FindAdvisories(name) is { } documents)
        {
            view = view with { Kept = documents.Address.IsFile ? null : Kept(documents), LastRefused = View(advisories.Attempts.RefusedOf(name)) };
            return view.Snapshot is not { } of ? view
                : view with { Snapshot = of with { RefusedParts = [.. advisories.Refused(name, MostRefused).Select(r => new RefusedPartView(r.File, r.Position, r.Reason))] } };
        }

        view = view with { LastRefused = View(store.Attempts.RefusedOf(name)) };
        return view.Snapshot is { Refused: > 0 } shown && catalog.Current(feeds.Find(name)!) is { } snapshot
            ? view with { Snapshot = shown with { RefusedStanzas = [.. FeedCatalog.Refused(snapshot).Select(r => new RefusedStanzaView(r.File, r.Stanza.Stanza, r.Stanza.Line, r.Stanza.Reason))] } }
            : view;
    }

    private static FailedPartsView? View(FailedParts? refused) =>
        refused is null ? null : new(refused.Count, [.. refused.First.Select(r => new RefusedPartView(r.File, r.Position, r.Reason))]);

    private KeptAnswersView Kept(AdvisoryFeed feed)
    {
        var (row, source) = (advisories.Row(feed.Name), AdvisoryStore.SourceOf(feed));
        return row.Source == source && HeadOf(feed, row) is { } head && head.Source == source && head.Snapshot == row.Snapshot
            ? new(head.Answers, head.Bytes, feed.KeepBytes, head.FullAt == 0, head.AnsweredAt)
            : new(0, 0, feed.KeepBytes, false, null);
    }

    // Nobody waits for a fetch to look at its feed: a list that is replaced just then, or can't be read, says nothing.
    private KeptHead? HeadOf(AdvisoryFeed feed, AdvisoryFeedRow row)
    {
        try
        {
            return new KeptLists(folders.AnswersOf(feed.Name)).Head(row.Snapshot).Head;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Health, status and metrics tell of all feeds: whatever is wrong with the rows of one must not take the others' word.
    private static FeedView Told(FeedView bare, Func<FeedView> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var why = $"the rows of feed {bare.Name} in the feed store (patchflow.db) can't be read ({e.Message.TrimEnd('.')}): restore the newest copy of the database, as docs/operations.md says";
            return bare with { State = FeedState.Failing, LastError = why, Blocked = bare.Suite.Length > 0 ? why : null };
        }
    }

    private FeedView View(AdvisoryFeed feed) => Told(
        new(feed.Name, feed.Address.AbsoluteUri, "", [], "", false, feed.Schedule, FeedState.Failing, null, null, null, 0, null, null, Kind: feed.KindName), () => Read(feed));

    private FeedView View(Feed feed) => Told(
        new(feed.Name, feed.Address.AbsoluteUri, feed.Suite, feed.Components, feed.Arch, feed.Security, feed.Schedule, FeedState.Failing, null, null, null, 0, null, null), () => Read(feed));

    private FeedView Read(AdvisoryFeed feed)
    {
        var row = advisories.Row(feed.Name);
        var (records, refused) = row.Snapshot is null ? (0, 0) : advisories.Counts(feed.Name);
        var until = row.UsableUntil(feed, time.GetUtcNow());
        var (marked, trouble) = Marked(feed, row);
        var overdue = until is null && row.Failures == 0 ? store.Debuts.WhyOverdue(feed.Name, feed.Schedule, feed.MaxAge, time.GetUtcNow()) : null;
        return new(
            feed.Name,
            feed.Address.AbsoluteUri,
            "",
            [],
            "",
            false,
            feed.Schedule,
            marked.Alarms is not null ? FeedState.Alarm
                : marked.Quarantined is not null ? FeedState.Quarantined
                : trouble is not null ? FeedState.Failing
                : until is null ? row.Failures > 0 ? FeedState.Failing : overdue is null ? FeedState.New : FeedState.Stale
                : time.GetUtcNow() > until ? FeedState.Stale
                : row.Failures > 0 ? FeedState.Failing
                : row.Remark is not null ? FeedState.Silent
                : FeedState.Fresh,
            row.LastAttemptAt,
            row.LastSuccessAt,
            Why(trouble, row.LastError ?? overdue),
            row.Failures,
            row.NextAttemptAt,
            until is null ? null : new(row.Snapshot!.Value.Hex, row.Time ?? row.FetchedAt!.Value, row.FetchedAt!.Value, until.Value, records, refused),
            marked.Alarms,
            marked.Quarantined is { } waiting ? new(waiting.Digest, waiting.Time) : null,
            feed.KindName,
            row.Source is null || row.Source == AdvisoryStore.SourceOf(feed) ? feed.Trust : feed.TransportTrust,
            row.IsOfOtherReaders ? "it was read by another version of PatchFlow, and is read anew with the next fetch" : row.Remark,
            feed.Repository is not { } repository ? null : row.Source is null || row.Source == AdvisoryStore.SourceOf(feed) ? repository.Vouching
                : $"nothing that is known: what is in use came under other settings or keys; once a fetch goes well, {repository.Vouching}");
    }

    // What is wrong with what is in use, and why the last attempt did not mend it.
    private static string? Why(string? trouble, string? lastError) =>
        trouble is null ? lastError : lastError is null || trouble.Contains(lastError, StringComparison.Ordinal) ? trouble : $"{trouble}; the last attempt: {lastError}";

    private (FeedMark Mark, string? Trouble) Marked(AdvisoryFeed feed, AdvisoryFeedRow row)
    {
        var marked = store.Row(feed.Name);
        var seen = marked.Mark.HighWaterOf(feed.DatedBy);
        return (marked.Mark, marked.MarkTrouble ?? (FeedProgress.IsDatedBy(feed, row) && row.Time < seen
            ? $"feed {feed.Name} is at {row.Time:u}, and {seen:u} was in use already, as after restoring an old database: fetch it with 'patchflow feeds refresh {feed.Name}'"
            : null));
    }

    private FeedView Read(Feed feed)
    {
        var row = store.Row(feed.Name);
        var snapshot = catalog.Current(feed);
        // A snapshot that the database names and the disk lacks, or that was altered, is no new feed: nothing applies from it.
        var trouble = row.MarkTrouble is { } unknown ? unknown
            : snapshot is not null ? catalog.Trouble(snapshot) ?? catalog.WhyBehind(snapshot)
            : row.Snapshot is not null ? "the files of its snapshot are gone from the data directory: fetch it again with 'patchflow feeds refresh'"
            : null;
        var overdue = snapshot is null && row.Failures == 0 ? store.Debuts.WhyOverdue(feed.Name, feed.Schedule, feed.MaxAge, time.GetUtcNow()) : null;
        return new(
            feed.Name,
            feed.Address.AbsoluteUri,
            feed.Suite,
            feed.Components,
            feed.Arch,
            feed.Security,
            feed.Schedule,
            StateOf(row, snapshot, trouble, overdue is not null),
            row.LastAttemptAt,
            row.LastSuccessAt,
            Why(trouble, row.LastError ?? overdue),
            row.Failures,
            row.NextAttemptAt,
            snapshot is null ? null : new(snapshot.Index.Hex, snapshot.Time, snapshot.FetchedAt, snapshot.UsableUntil, snapshot.Packages, snapshot.Refused),
            row.Mark.Alarms,
            row.Mark.Quarantined is { } waiting ? new(waiting.Digest, waiting.Time) : null,
            Blocked: catalog.WhyUnusable(feed, time.GetUtcNow()));
    }

    private FeedState StateOf(FeedRow row, FeedSnapshot? snapshot, string? trouble, bool isOverdue) =>
        row.Mark.Alarms is not null ? FeedState.Alarm
        : row.Mark.Quarantined is not null ? FeedState.Quarantined
        : trouble is not null ? FeedState.Failing
        : snapshot is null ? row.Failures > 0 ? FeedState.Failing : isOverdue ? FeedState.Stale : FeedState.New
        : snapshot.IsStale(time.GetUtcNow()) ? FeedState.Stale
        : row.Failures > 0 ? FeedState.Failing
        : FeedState.Fresh;
}
