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
    /// <summary>How attempts went.</summary>
    public FeedAttempts Attempts { get; } = new(database, "feeds");

    /// <summary>What outlives a restored database.</summary>
    public FeedMarks Marks { get; } = new(database.File, () => database.Read(c => c.ExecuteScalar<bool>(
        """
        SELECT EXISTS (SELECT 1 FROM feeds WHERE high_water_time IS NOT NULL)
            OR EXISTS (SELECT 1 FROM advisory_feeds WHERE source LIKE @repository AND time IS NOT NULL)
            OR EXISTS (SELECT 1 FROM advisory_documents WHERE time IS NOT NULL)
        """,
        new { repository = RpmRepository.KindName + " %" })));

    /// <summary>The file that whoever fetches the feed holds.</summary>
    public string LockOf(string feed) => Path.Combine(database.File + ".feeds.lock", feed);

    /// <summary>Every feed that was ever tried, by name.</summary>
    public ImmutableArray<FeedRow> Rows() => [.. database.Read(c => c.Query<Raw>($"{SelectRow} ORDER BY name").ToList()).Select(r => r.Row())];

    /// <summary>The feed's row; an empty one before the first attempt.</summary>
    public FeedRow Row(string name)
    {
        var row = database.Read(c => c.QuerySingleOrDefault<Raw>($"{SelectRow} WHERE name = @name", new { name }))?.Row()
            ?? new FeedRow(name, null, null, null, 0, null, null, null, new Validators(null, null));
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

    /// <summary>A person lets a feed of either sort go back to a date. The mark goes last: a crash before it leaves the feed where it was.</summary>
    /// <exception cref="FeedException">The marks can't be read or kept.</exception>
    public async Task RewindAsync(string feed, DateTimeOffset date, CancellationToken cancel)
    {
        var of = new { feed, date = Utc.Text(date) };
        await database.WriteAsync(
            (c, t) =>
            {
                c.Execute("UPDATE feeds SET high_water_time = @date WHERE name = @feed AND high_water_time > @date", of, t);
                c.Execute("UPDATE advisory_feeds SET time = @date WHERE name = @feed AND time > @date", of, t);
            },
            cancel);
        Marks.Rewind(feed, date);
    }

    /// <summary>A fetch brought a snapshot: it becomes the current one, all at once.</summary>
    public Task FetchedAsync(FeedSnapshot snapshot, Validators validators, CancellationToken cancel) => database.WriteAsync(
        (c, t) =>
        {
            AuditLog.Append(c, t, Entry(snapshot), snapshot.FetchedAt);
            c.Execute(
                """
                INSERT INTO feed_snapshots (feed, digest, suite, security, time, valid_until, fetched_at, base, packages, refused)
                VALUES (@Feed, @Digest, @Suite, @Security, @Time, @ValidUntil, @FetchedAt, @Base, @Packages, @Refused)
                ON CONFLICT (feed, digest) DO UPDATE SET base = excluded.base, suite = excluded.suite, security = excluded.security,
                  packages = excluded.packages, refused = excluded.refused
                """,
                StoredSnapshot.Of(snapshot),
                t);
            Attempts.Succeeded(c, t, snapshot.Feed, validators, snapshot.FetchedAt);
            c.Execute(
                """
                UPDATE feeds SET snapshot_digest = @digest, high_water_of = @of,
                  high_water_time = CASE WHEN coalesce(high_water_of, @of) = @of THEN max(coalesce(high_water_time, ''), @time) ELSE @time END WHERE name = @feed
                """,
                new { feed = snapshot.Feed, digest = snapshot.Index.Hex, time = Utc.Text(snapshot.Time), of = Feed.DatedByOf(snapshot.Suite) },
                t);
        },
        cancel);

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
