using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>How a feed stands: a row of <c>feeds</c>, for status and health.</summary>
internal sealed record FeedRow(
    string Name,
    DateTimeOffset? LastAttemptAt,
    DateTimeOffset? LastSuccessAt,
    string? LastError,
    long Failures,
    DateTimeOffset? NextAttemptAt,
    Digest? Snapshot,
    DateTimeOffset? HighWater,
    Validators Validators)
{
    /// <summary>What the database's date is of; null where the database does not know.</summary>
    public string? HighWaterOf { get; init; }

    /// <summary>What is remembered apart from the database.</summary>
    public FeedMark Mark { get; init; } = new();

    /// <summary>The latest date that was in use, as far as the database or the mark knows.</summary>
    /// <param name="datedBy">What is measured by it.</param>
    public DateTimeOffset? SeenOf(string datedBy) => FeedProgress.Later(HighWaterOf is null || HighWaterOf == datedBy ? HighWater : null, Mark.HighWaterOf(datedBy));

    /// <summary>Why that is not known, with the file and the remedy; null where it is.</summary>
    public string? MarkTrouble { get; init; }
}

/// <summary>The feeds' rows and snapshots. The high-water mark is beside the snapshots, so that removing one never lets a feed go back in time.</summary>
internal sealed class FeedStore(Database database)
{
    private static readonly TimeSpan MostRewindWait = TimeSpan.FromSeconds(5);

    /// <summary>How attempts went.</summary>
    public FeedAttempts Attempts { get; } = new(database, "feeds");

    /// <summary>Since when feeds of both sorts are known.</summary>
    public FeedDebuts Debuts { get; } = new(database);

    /// <summary>What outlives a restored database.</summary>
    public FeedMarks Marks { get; } = new(database.File, () => database.Read(c => c.ExecuteScalar<bool>(
        """
        SELECT EXISTS (SELECT 1 FROM feeds WHERE high_water_time IS NOT NULL)
            OR EXISTS (SELECT 1 FROM advisory_feeds WHERE source LIKE @repository AND time IS NOT NULL)
            OR EXISTS (SELECT 1 FROM advisory_documents WHERE time IS NOT NULL)
            OR EXISTS (SELECT 1 FROM meta WHERE key = @begun)
        """,
        new { repository = RpmRepository.KindName + " %", begun = FeedMarks.Begun })));

    /// <summary>The file that whoever fetches the feed holds.</summary>
    public string LockOf(string feed) => Path.Combine(database.File + ".feeds.lock", feed);

    /// <summary>Every feed that was ever tried, by name.</summary>
    public ImmutableArray<FeedRow> Rows() => [.. database.Read(c => c.Query<Raw>($"{SelectRow} ORDER BY name").ToList()).Select(r => Told(r.Row()))];

    /// <summary>The feed's row; an empty one before the first attempt.</summary>
    public FeedRow Row(string name)
    {
        var row = Told(database.Read(c => c.QuerySingleOrDefault<Raw>($"{SelectRow} WHERE name = @name", new { name }))?.Row()
            ?? new FeedRow(name, null, null, null, 0, null, null, null, new Validators(null, null)));
        try
        {
            return row with { Mark = Marks.Of(name) };
        }
        catch (FeedException e)
        {
            // Reading how a feed stands works also while its marks can't be read; a fetch asks for them by itself, and fails.
            return row with { MarkTrouble = e.Message };
        }
    }

    /// <summary>The snapshot with that digest, or null.</summary>
    public StoredSnapshot? Snapshot(string feed, Digest digest) => database.Read(c => c.QuerySingleOrDefault<StoredSnapshot>(
        """
        SELECT feed, digest, suite, security, time, valid_until AS ValidUntil, fetched_at AS FetchedAt, base, packages, refused
        FROM feed_snapshots WHERE feed = @feed AND digest = @digest
        """,
        new { feed, digest = digest.Hex }));

    /// <summary>The digests of a feed's snapshots, the newest first.</summary>
    public ImmutableArray<Digest> Snapshots(string feed) => [.. database.Read(c => c.Query<string>(
        "SELECT digest FROM feed_snapshots WHERE feed = @feed ORDER BY time DESC, fetched_at DESC, digest", new { feed }).ToList()).Select(hex => Digest.Parse(hex))];

    /// <summary>Keeps which snapshot listed files that are kept: the newest that did.</summary>
    public Task KeptAsync(IReadOnlyCollection<(FeedSnapshot Snapshot, AptPackage Package)> files, CancellationToken cancel) => database.WriteAsync(
        (c, t) => c.Execute(
            """
            INSERT INTO kept_files (name, version, arch, feed, snapshot) VALUES (@Name, @Version, @Arch, @Feed, @Hex)
            ON CONFLICT (name, version, arch, feed) DO UPDATE SET snapshot = excluded.snapshot
            """,
            files.Select(f => new { f.Package.Name, f.Package.Version, f.Package.Arch, f.Snapshot.Feed, f.Snapshot.Index.Hex }),
            t),
        cancel);

    /// <summary>Which snapshots listed the file of a package when it was last asked for here.</summary>
    public ImmutableArray<(string Feed, Digest Index)> Keeping(string name, string arch, string version) =>
    [
        .. database.Read(c => c.Query<(string Feed, string Hex)>(
            "SELECT feed, snapshot FROM kept_files WHERE name = @name AND version = @version AND arch = @arch ORDER BY feed", new { name, arch, version }).ToList())
            .Select(r => (r.Feed, Digest.Parse(r.Hex))),
    ];

    /// <summary>Claims a fire of a job: false where it was claimed before. Claims of a month ago can't come again and are dropped.</summary>
    public Task<bool> ClaimAsync(string job, DateTimeOffset fireTime, CancellationToken cancel) => database.WriteAsync(
        (c, t) =>
        {
            var claim = new { job, at = Utc.Text(fireTime), old = Utc.Text(fireTime.AddDays(-30)) };
            c.Execute("DELETE FROM job_fires WHERE job = @job AND fire_time < @old", claim, t);
            return c.Execute("INSERT INTO job_fires (job, fire_time) VALUES (@job, @at) ON CONFLICT (job, fire_time) DO NOTHING", claim, t) == 1;
        },
        cancel);

    /// <summary>Gives back the claims of fires that are in the future: the clock went back, and they come again.</summary>
    public Task ForgetClaimsAsync(DateTimeOffset now, CancellationToken cancel) =>
        database.WriteAsync((c, t) => c.Execute("DELETE FROM job_fires WHERE fire_time > @now", new { now = Utc.Text(now) }, t), cancel);

    /// <summary>
    /// A person lets a feed of either sort go back to a date, while nothing else is under way for it. The mark alone decides: it is written first and at once, and what the database
    /// knows of later dates follows, at the latest when the feed is fetched next. So where this fails, nothing is changed, or all will be; and it can be said again.
    /// </summary>
    /// <param name="feed">The feed.</param>
    /// <param name="date">The date.</param>
    /// <param name="agreeAsync">Runs when it is its turn, before anything is changed: throws where it may not go back.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">Its turn does not come, or the marks or the database can't be written.</exception>
    public async Task RewindAsync(string feed, DateTimeOffset date, Func<Task> agreeAsync, CancellationToken cancel)
    {
        using var alone = await FileGate.TryEnterAsync(LockOf(feed), MostRewindWait, cancel) ?? throw new FeedException(
            FeedFault.Local, $"feed {feed} is being fetched, taken in or written out, and may go back only when that has ended: nothing is changed; see 'patchflow feeds show {feed}', and say it again then");
        await agreeAsync();
        Marks.Rewind(feed, date);
        try
        {
            await FollowRewindAsync(feed, cancel);
        }
        catch (SqliteException e)
        {
            throw new FeedException(FeedFault.Local, $"feed {feed} may go back to {date:u}, but the database can't be written yet ({e.Message}): it follows with the next fetch; "
                + $"look at the space and the rights of the data directory, then 'patchflow feeds refresh {feed}'", e);
        }
    }

    /// <summary>Has the database follow where a person has let the feed go back and it did not yet.</summary>
    public async Task FollowRewindAsync(string feed, CancellationToken cancel)
    {
        if (Row(feed).Mark.Rewound is not { } date)
        {
            return;
        }

        var of = new { feed, date = Utc.Text(date) };
        await database.WriteAsync(
            (c, t) =>
            {
                c.Execute("UPDATE feeds SET high_water_time = @date WHERE name = @feed AND high_water_time > @date", of, t);
                c.Execute("UPDATE advisory_feeds SET time = @date WHERE name = @feed AND time > @date", of, t);
            },
            cancel);
    }

    /// <summary>A fetch brought a snapshot: it becomes the current one, all at once.</summary>
    public async Task FetchedAsync(FeedSnapshot snapshot, Validators validators, CancellationToken cancel)
    {
        await database.WriteAsync((c, t) => Fetched(c, t, snapshot, validators), cancel);
        Attempts.Written(snapshot.Feed);
    }

    private void Fetched(SqliteConnection connection, SqliteTransaction transaction, FeedSnapshot snapshot, Validators validators)
    {
        AuditLog.Append(connection, transaction, Entry(snapshot), snapshot.FetchedAt);
        connection.Execute(
            """
            INSERT INTO feed_snapshots (feed, digest, suite, security, time, valid_until, fetched_at, base, packages, refused)
            VALUES (@Feed, @Digest, @Suite, @Security, @Time, @ValidUntil, @FetchedAt, @Base, @Packages, @Refused)
            ON CONFLICT (feed, digest) DO UPDATE SET base = excluded.base, suite = excluded.suite, security = excluded.security,
              packages = excluded.packages, refused = excluded.refused
            """,
            StoredSnapshot.Of(snapshot),
            transaction);
        Attempts.Succeeded(connection, transaction, snapshot.Feed, validators, snapshot.FetchedAt);
        connection.Execute(
            """
            UPDATE feeds SET snapshot_digest = @digest, high_water_of = @of,
              high_water_time = CASE WHEN coalesce(high_water_of, @of) = @of THEN max(coalesce(high_water_time, ''), @time) ELSE @time END WHERE name = @feed
            """,
            new { feed = snapshot.Feed, digest = snapshot.Index.Hex, time = Utc.Text(snapshot.Time), of = Feed.DatedByOf(snapshot.Suite) },
            transaction);
    }

    // What could not be written is newer than what was.
    private FeedRow Told(FeedRow row) => Attempts.UnwrittenOf(row.Name) is not { } failure ? row
        : row with { LastAttemptAt = failure.At, LastError = failure.Error, Failures = row.Failures + failure.Count, NextAttemptAt = failure.NextAttemptAt };

    private const string SelectRow = $"SELECT {FeedAttempts.Columns}, snapshot_digest AS SnapshotDigest, high_water_time AS HighWaterTime, high_water_of AS HighWaterOf FROM feeds";

    // The entry that lets an auditor see which signed index was in use at any moment.
    private static Audit Entry(FeedSnapshot snapshot) => new(
        "system",
        "feeds",
        "feed.snapshot",
        $"feed:{snapshot.Feed}",
        snapshot.Index,
        [$"index of {snapshot.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} from {snapshot.BaseAddress}", $"packages {snapshot.Packages}, refused {snapshot.Refused}"]);

    private sealed record Raw(
        string Name, string? LastAttemptAt, string? LastSuccessAt, string? LastError, long Failures, string? NextAttemptAt,
        string? Etag, string? LastModified, string? SnapshotDigest, string? HighWaterTime, string? HighWaterOf)
    {
        public FeedRow Row() => new(
            Name,
            Utc.TimeOrNull(LastAttemptAt),
            Utc.TimeOrNull(LastSuccessAt),
            LastError,
            Failures,
            Utc.TimeOrNull(NextAttemptAt),
            SnapshotDigest is null ? null : Core.Documents.Digest.Parse(SnapshotDigest),
            Utc.TimeOrNull(HighWaterTime),
            new Validators(Etag, LastModified))
        { HighWaterOf = HighWaterOf };
    }
}

/// <summary>A row of <c>feed_snapshots</c>.</summary>
internal sealed record StoredSnapshot(
    string Feed, string Digest, string Suite, long Security, string Time, string? ValidUntil, string FetchedAt, string Base, long Packages, long Refused)
{
    public static StoredSnapshot Of(FeedSnapshot s) => new(
        s.Feed,
        s.Index.Hex,
        s.Suite,
        s.Security ? 1 : 0,
        Utc.Text(s.Time),
        Utc.Text(s.ValidUntil),
        Utc.Text(s.FetchedAt),
        s.BaseAddress.AbsoluteUri,
        s.Packages,
        s.Refused);

    public FeedSnapshot Snapshot(string folder, TimeSpan maxAge) => new(
        Feed,
        Suite,
        Security == 1,
        Utc.Time(Time),
        Core.Documents.Digest.Parse(Digest),
        Utc.TimeOrNull(ValidUntil),
        Utc.Time(FetchedAt),
        folder,
        new Uri(Base),
        maxAge,
        Packages,
        Refused);
}
