using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Feeds;

/// <summary>How a feed of vendors' documents stands: a row of <c>advisory_feeds</c>.</summary>
/// <param name="Name">The feed.</param>
/// <param name="LastAttemptAt">When it was last tried.</param>
/// <param name="LastSuccessAt">When it last answered well, with something new or without.</param>
/// <param name="LastError">Why the last attempt failed.</param>
/// <param name="Failures">Failed attempts in a row.</param>
/// <param name="NextAttemptAt">When it is tried again after a failure.</param>
/// <param name="Validators">What the server said of the document last time.</param>
/// <param name="Source">Kind, address and keys that the snapshot is of.</param>
/// <param name="Snapshot">The digest over the snapshot's documents; null before the first.</param>
/// <param name="Time">How far it has come: the index's or the document's own date, else the latest of the records; null where they have none.</param>
/// <param name="FetchedAt">When the snapshot came.</param>
/// <param name="Sequence">The snapshot's number over all feeds.</param>
internal sealed record AdvisoryFeedRow(
    string Name,
    DateTimeOffset? LastAttemptAt,
    DateTimeOffset? LastSuccessAt,
    string? LastError,
    long Failures,
    DateTimeOffset? NextAttemptAt,
    Validators Validators,
    string? Source,
    Digest? Snapshot,
    DateTimeOffset? Time,
    DateTimeOffset? FetchedAt,
    long Sequence)
{
    /// <summary>What must be known of the snapshot in use, in words: that its source has no advisory data; null where nothing must.</summary>
    public string? Remark { get; init; }

    /// <summary>Which readers have read the snapshot in use (<see cref="AdvisoryReader.Build"/>); null for those of versions that did not write it down.</summary>
    public string? Readers { get; init; }

    /// <summary>Whether the snapshot in use was read by others than these, so that it is read anew.</summary>
    public bool IsOfOtherReaders => Snapshot is not null && Readers != AdvisoryReader.Build;

    /// <summary>Until when what it says may be taken for what is known; null before the first snapshot.</summary>
    public DateTimeOffset? UsableUntil(AdvisoryFeed feed, DateTimeOffset now) => Snapshot is null ? null
        : feed.IsDated && Time is not null ? Time + feed.MaxAge
        // The clock was ahead when the vendor answered: nobody knows when that was, until it does again.
        : LastSuccessAt > now ? now.AddSeconds(-1)
        // That a vendor answers does not tell a source that stands still from one that has nothing new: at some time nobody believes that any more.
        : Earlier((LastSuccessAt ?? FetchedAt) + feed.MaxAge, Time + feed.MaxSilence);

    private static DateTimeOffset? Earlier(DateTimeOffset? one, DateTimeOffset? other) => one < other || other is null ? one : other;
}

/// <summary>A document of a snapshot, as it is remembered.</summary>
/// <param name="Name">Its path within the feed, or its place in a listing.</param>
/// <param name="Digest">The SHA-256 of its bytes; of a page that of its records, and empty where it has to be read anew.</param>
/// <param name="Changed">What the source said of it, by which it is told whether it changed.</param>
/// <param name="Etag">For the next request.</param>
/// <param name="LastModified">For the next request.</param>
/// <param name="Refused">How many parts of it were refused.</param>
/// <param name="Listing">The listing that it is a page of; null where it is none.</param>
/// <param name="Keys">JSON: keys of the records that were on the page when it was last read.</param>
/// <param name="Time">Its own date, or the latest of its records; null where they have none.</param>
/// <param name="EarlierDigest">The digest that it had when other readers read it, where it was not read anew yet; else null.</param>
internal sealed record KnownDocument(
    string Name, string Digest, string? Changed, string? Etag, string? LastModified, long Refused, string? Listing = null, string? Keys = null, string? Time = null, string? EarlierDigest = null)
{
    /// <summary>The digest of its bytes, whoever has read them; empty where it has to be read whatever it is.</summary>
    public string DigestInUse => EarlierDigest ?? Digest;

    /// <summary>Whether these are its bytes, whoever has read them.</summary>
    public bool IsOf(string digest) => DigestInUse == digest;

    /// <summary>It as what has to be had and read anew, though the source may say that it is as known.</summary>
    public KnownDocument ByOtherReaders() => Digest.Length == 0 ? this : this with { Digest = "", Etag = null, LastModified = null, EarlierDigest = Digest };
}

/// <summary>A snapshot that is ready to be seen.</summary>
internal sealed record AdvisorySnapshot
{
    /// <summary>The feed.</summary>
    public required AdvisoryFeed Feed { get; init; }

    /// <summary>Kind, address and keys that it is of.</summary>
    public required string Source { get; init; }

    /// <summary>Over its documents.</summary>
    public required Digest Digest { get; init; }

    /// <inheritdoc cref="AdvisoryFeedRow.Time"/>
    public DateTimeOffset? Time { get; init; }

    /// <summary>When its bytes came.</summary>
    public required DateTimeOffset FetchedAt { get; init; }

    /// <summary>When it was read: later than it came where it is read anew.</summary>
    public required DateTimeOffset ReadAt { get; init; }

    /// <summary>When its source answered: earlier than it came, where it was carried.</summary>
    public required DateTimeOffset AnsweredAt { get; init; }

    /// <summary>For the next request.</summary>
    public required Validators Validators { get; init; }

    /// <summary>Whether it is the one in use, read anew: nobody was asked.</summary>
    public bool IsReadAnew { get; init; }

    /// <summary>All its documents.</summary>
    public required IReadOnlyList<KnownDocument> Documents { get; init; }

    /// <summary>Keys of records that it does not have any more.</summary>
    public required IReadOnlyCollection<string> Gone { get; init; }

    /// <summary>Documents that were looked at anew, whose earlier refusals do not count any more.</summary>
    public required IReadOnlyCollection<string> Looked { get; init; }

    /// <inheritdoc cref="AdvisoryFeedRow.Remark"/>
    public string? Remark { get; init; }

    /// <summary>What was refused of those, the first of each: <see cref="Refusal.File"/> is the document.</summary>
    public required IReadOnlyList<Refusal> Refused { get; init; }

    /// <summary>What <see cref="AdvisoryStore.RefusedAndNoted(string)"/> says once it is in use: of each document all that was refused, also beyond what is kept of that.</summary>
    public (long Refused, long Noted) RefusedAndNoted()
    {
        var names = Documents.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        return (Documents.Sum(d => d.Refused) + Refused.Count(r => !names.Contains(r.File)), Refused.Count(r => AdvisoryStore.Notes.Contains(r.Position)));
    }
}

/// <summary>
/// The feeds of vendors' documents, and what they say. A fetch puts what it reads aside, in small transactions; the snapshot then takes the
/// place of the one before in one transaction, of which readers see all or nothing. Rows that are the same are not written.
/// </summary>
internal sealed class AdvisoryStore(Database database)
{
    private const string Sequence = "advisory-sequence";

    /// <summary>The positions of what is noted and refuses nothing.</summary>
    internal static readonly string[] Notes = [CsafHashes.Position, FutureDates.Position];

    private const string SelectRow = $"SELECT {FeedAttempts.Columns}, source, digest, time, fetched_at AS FetchedAt, sequence, remark, readers FROM advisory_feeds";
    private const string SelectDocuments = "SELECT name, digest, changed, etag, last_modified AS LastModified, refused, listing, keys, time, earlier AS EarlierDigest FROM advisory_documents WHERE feed = @feed";

    /// <summary>How attempts went.</summary>
    public FeedAttempts Attempts { get; } = new(database, "advisory_feeds");

    /// <summary>The feed's row; an empty one before the first attempt. What could not be written is newer than what was.</summary>
    public AdvisoryFeedRow Row(string name)
    {
        var row = database.Read(c => Row(c, name));
        return Attempts.UnwrittenOf(name) is not { } failure ? row
            : row with { LastAttemptAt = failure.At, LastError = failure.Error, Failures = row.Failures + failure.Count, NextAttemptAt = failure.NextAttemptAt };
    }

    /// <summary>The feed's row as the database has it.</summary>
    public static AdvisoryFeedRow Row(SqliteConnection connection, string name) =>
        connection.QuerySingleOrDefault<Raw>($"{SelectRow} WHERE name = @name", new { name })?.Row()
        ?? new AdvisoryFeedRow(name, null, null, null, 0, null, new Validators(null, null), null, null, null, null, 0);

    /// <summary>The documents of the snapshot in use.</summary>
    public ImmutableArray<KnownDocument> Documents(string feed) => [.. database.Read(c => c.Query<KnownDocument>(SelectDocuments + " ORDER BY name", new { feed }).ToList())];

    /// <summary>How many records the snapshot in use has, and how many parts of it were refused.</summary>
    public (long Records, long Refused) Counts(string feed) => (
        database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM advisory_records WHERE feed = @feed AND body IS NOT NULL", new { feed })), RefusedAndNoted(feed).Refused);

    /// <summary>How many parts of the snapshot in use were refused, and how many things were noted that refuse nothing.</summary>
    public (long Refused, long Noted) RefusedAndNoted(string feed) => database.Read(c => RefusedAndNoted(c, feed));

    private static (long Refused, long Noted) RefusedAndNoted(SqliteConnection c, string feed, SqliteTransaction? transaction = null) => (
        c.ExecuteScalar<long>(
            """
            SELECT (SELECT COALESCE(SUM(refused), 0) FROM advisory_documents WHERE feed = @feed)
                 + (SELECT COUNT(*) FROM advisory_refusals r WHERE r.feed = @feed AND NOT EXISTS (SELECT 1 FROM advisory_documents d WHERE d.feed = @feed AND d.name = r.document))
            """,
            new { feed },
            transaction),
        c.ExecuteScalar<long>("SELECT COUNT(*) FROM advisory_refusals WHERE feed = @feed AND position IN @notes", new { feed, notes = Notes }, transaction));

    /// <summary>The first parts of the snapshot in use that were refused.</summary>
    public ImmutableArray<Refusal> Refused(string feed, int most) => [.. database.Read(c => c.Query<RefusalRow>(
        "SELECT document, position, reason FROM advisory_refusals WHERE feed = @feed ORDER BY position = @checksum, document, number LIMIT @most", new { feed, most, checksum = CsafHashes.Position }).ToList())
        .Select(r => new Refusal(r.Document, r.Position, r.Reason))];

    /// <summary>What was refused of a document of the snapshot in use.</summary>
    public HashSet<(string Position, string Reason)> RefusedParts(string feed, string document) => [.. database.Read(c => c.Query<(string, string)>(
        "SELECT position, reason FROM advisory_refusals WHERE feed = @feed AND document = @document", new { feed, document }).ToList())];

    /// <summary>Documents of which something was refused at the last look.</summary>
    public IReadOnlyList<string> RefusedDocuments(string feed) => database.Read(c => c.Query<string>("SELECT DISTINCT document FROM advisory_refusals WHERE feed = @feed", new { feed }).ToList());

    /// <summary>Keys and digests of what a document says in the snapshot in use.</summary>
    public Dictionary<string, long> Keys(string feed, string document) => database.Read(c => c.Query<(string Key, long Digest)>(
        "SELECT key, digest FROM advisory_records WHERE feed = @feed AND key >= @from AND key < @to AND document = @document AND body IS NOT NULL",
        new { feed, document, from = document + "|", to = document + "}" }).ToDictionary(r => r.Key, r => r.Digest, StringComparer.Ordinal));

    /// <summary>Advisories of that id in the snapshot in use, with their documents.</summary>
    public IReadOnlyList<(string Document, Advisory Advisory)> Advisories(string feed, string id) => [.. database.Read(c => c.Query<(string Document, string Body)>(
        "SELECT document, body FROM advisory_records WHERE kind = @kind AND id = @id AND feed = @feed AND body IS NOT NULL", new { kind = RecordKinds.Advisory, id, feed }).ToList())
        .Select(r => (r.Document, AdvisoryRecord.Read<Advisory>(r.Body)))];

    /// <summary>Advisories with those keys.</summary>
    public IReadOnlyList<Advisory> Advisories(string feed, IEnumerable<string> keys) => [.. database.Read(c => keys.Select(key => c.QuerySingleOrDefault<string>(
        "SELECT body FROM advisory_records WHERE feed = @feed AND key = @key AND kind = @kind", new { feed, key, kind = RecordKinds.Advisory })).ToList())
        .OfType<string>().Select(AdvisoryRecord.Read<Advisory>)];

    /// <summary>Throws away what a fetch has put aside and not finished.</summary>
    public Task ClearAsync(string feed, CancellationToken cancel) =>
        database.WriteAsync((c, t) => c.Execute("DELETE FROM advisory_staging WHERE feed = @feed", new { feed }, t), cancel);

    /// <summary>Throws away what was put aside of a document.</summary>
    public Task DiscardAsync(string feed, string document) =>
        database.WriteAsync((c, t) => c.Execute("DELETE FROM advisory_staging WHERE feed = @feed AND key >= @from AND key < @to AND document = @document", new { feed, document, from = document + "|", to = document + "}" }, t));

    /// <summary>Puts records aside.</summary>
    public Task StageAsync(string feed, IReadOnlyCollection<AdvisoryRecord> records, CancellationToken cancel) => database.WriteAsync(
        (c, t) => c.Execute(
            """
            INSERT INTO advisory_staging (feed, key, document, kind, id, severity, digest, cves, body)
            VALUES (@feed, @Key, @Document, @Kind, @Id, @Severity, @Digest, @Cves, @Body)
            """,
            records.Select(r => new { feed, r.Key, r.Document, r.Kind, r.Id, r.Severity, r.Digest, r.Cves, r.Body }),
            t),
        cancel);

    /// <summary>The snapshot, with what was put aside for it, takes the place of the one before. Answers its number.</summary>
    public async Task<long> PublishAsync(AdvisorySnapshot snapshot, CancellationToken cancel)
    {
        var number = await WriteAsync(snapshot, cancel);
        if (!snapshot.IsReadAnew)
        {
            Attempts.Written(snapshot.Feed.Name);
        }

        return number;
    }

    private Task<long> WriteAsync(AdvisorySnapshot snapshot, CancellationToken cancel) => database.WriteAsync(
        (c, t) =>
        {
            var (feed, sequence) = (snapshot.Feed.Name, NextSequence(c, t));
            Move(c, t, feed, sequence);
            c.Execute("DELETE FROM advisory_cves WHERE feed = @feed AND key = @key", snapshot.Gone.Select(key => new { feed, key }), t);
            c.Execute("UPDATE advisory_records SET body = NULL, digest = 0, sequence = @sequence WHERE feed = @feed AND key = @key", snapshot.Gone.Select(key => new { feed, key, sequence }), t);
            Replace(c, t, snapshot);
            if (!snapshot.IsReadAnew)
            {
                Attempts.Succeeded(c, t, feed, snapshot.Validators, snapshot.AnsweredAt);
            }
            else if (snapshot.Validators is { ETag: null, LastModified: null })
            {
                c.Execute("UPDATE advisory_feeds SET etag = NULL, last_modified = NULL WHERE name = @feed", new { feed }, t);
            }

            c.Execute(
                "UPDATE advisory_feeds SET source = @source, digest = @digest, time = @time, fetched_at = @at, sequence = @sequence, remark = @remark, readers = @readers WHERE name = @feed",
                new { feed, source = snapshot.Source, digest = snapshot.Digest.Hex, time = Utc.Text(snapshot.Time), at = Utc.Text(snapshot.FetchedAt), sequence, remark = snapshot.Remark, readers = AdvisoryReader.Build },
                t);
            c.Execute("INSERT INTO meta (key, value) VALUES (@key, '1') ON CONFLICT (key) DO NOTHING", new { key = FeedMarks.Begun }, t);
            AuditLog.Append(c, t, Entry(snapshot, RefusedAndNoted(c, feed, t)), snapshot.ReadAt);
            return sequence;
        },
        cancel);

    /// <summary>Removes the marks of records that are gone: only who has read them before needs them.</summary>
    public Task ForgetGoneAsync(CancellationToken cancel) =>
        database.WriteAsync((c, t) => c.Execute("DELETE FROM advisory_records WHERE body IS NULL", transaction: t), cancel);

    /// <summary>What a snapshot is of: where this changes, nothing that was known of the feed counts.</summary>
    public static string SourceOf(AdvisoryFeed feed) => $"{feed.KindName} {feed.Address.AbsoluteUri}{CsafSignatures.TrustOf(feed)}{feed.Repository?.Source}";

    private static long NextSequence(SqliteConnection connection, SqliteTransaction transaction) => connection.ExecuteScalar<long>(
        "INSERT INTO meta (key, value) VALUES (@key, '1') ON CONFLICT (key) DO UPDATE SET value = CAST(value + 1 AS TEXT) RETURNING CAST(value AS INTEGER)",
        new { key = Sequence },
        transaction);

    private static void Move(SqliteConnection connection, SqliteTransaction transaction, string feed, long sequence)
    {
        var of = new { feed, sequence };
        connection.Execute(
            """
            INSERT INTO advisory_records (feed, key, document, kind, id, severity, digest, sequence, body)
            SELECT feed, key, document, kind, id, severity, digest, @sequence, body FROM advisory_staging WHERE feed = @feed
            ON CONFLICT (feed, key) DO UPDATE SET document = excluded.document, kind = excluded.kind, id = excluded.id, severity = excluded.severity,
              digest = excluded.digest, sequence = excluded.sequence, body = excluded.body
            """,
            of,
            transaction);
        connection.Execute("DELETE FROM advisory_cves WHERE feed = @feed AND key IN (SELECT key FROM advisory_staging WHERE feed = @feed)", of, transaction);
        connection.Execute(
            """
            INSERT OR IGNORE INTO advisory_cves (cve, feed, key, vector, exploits)
            SELECT json_extract(named.value, '$[0]'), feed, advisory_staging.key, json_extract(named.value, '$[1]'), json_extract(named.value, '$[2]')
            FROM advisory_staging, json_each(advisory_staging.cves) AS named WHERE feed = @feed
            """,
            of,
            transaction);
        connection.Execute("DELETE FROM advisory_staging WHERE feed = @feed", of, transaction);
    }

    private static void Replace(SqliteConnection connection, SqliteTransaction transaction, AdvisorySnapshot snapshot)
    {
        var feed = snapshot.Feed.Name;
        var known = connection.Query<KnownDocument>(SelectDocuments, new { feed }, transaction).ToHashSet();
        var vanished = known.Select(d => d.Name).Except(snapshot.Documents.Select(d => d.Name), StringComparer.Ordinal);
        connection.Execute("DELETE FROM advisory_documents WHERE feed = @feed AND name = @name", vanished.Select(name => new { feed, name }), transaction);
        connection.Execute(
            """
            INSERT INTO advisory_documents (feed, name, digest, changed, etag, last_modified, refused, listing, keys, time, earlier)
            VALUES (@feed, @Name, @Digest, @Changed, @Etag, @LastModified, @Refused, @Listing, @Keys, @Time, @EarlierDigest)
            ON CONFLICT (feed, name) DO UPDATE SET digest = excluded.digest, changed = excluded.changed, etag = excluded.etag,
              last_modified = excluded.last_modified, refused = excluded.refused, listing = excluded.listing, keys = excluded.keys, time = excluded.time, earlier = excluded.earlier
            """,
            snapshot.Documents.Where(d => !known.Contains(d)).Select(d => new { feed, d.Name, d.Digest, d.Changed, d.Etag, d.LastModified, d.Refused, d.Listing, d.Keys, d.Time, d.EarlierDigest }),
            transaction);
        connection.Execute(
            """
            DELETE FROM advisory_refusals WHERE feed = @feed
              AND NOT EXISTS (SELECT 1 FROM advisory_documents d WHERE d.feed = advisory_refusals.feed AND d.name = advisory_refusals.document)
            """,
            new { feed },
            transaction);
        connection.Execute("DELETE FROM advisory_refusals WHERE feed = @feed AND document = @name", snapshot.Looked.Select(name => new { feed, name }), transaction);
        connection.Execute(
            "INSERT INTO advisory_refusals (feed, document, number, position, reason) VALUES (@feed, @document, @number, @position, @reason)",
            snapshot.Refused.GroupBy(r => r.File).SelectMany(file => file.Select((r, i) => new { feed, document = r.File, number = i + 1, position = r.Position, reason = r.Reason })),
            transaction);
    }

    // The entry that lets an auditor see by which documents hosts were ranked at any moment.
    private static Audit Entry(AdvisorySnapshot snapshot, (long Refused, long Noted) parts) => new(
        "system",
        "feeds",
        "feed.snapshot",
        $"feed:{snapshot.Feed.Name}",
        snapshot.Digest,
        [$"{snapshot.Feed.KindName} from {snapshot.Feed.Address}", $"documents {snapshot.Documents.Count}, refused {parts.Refused}, noted {parts.Noted}"]);

    private sealed record RefusalRow(string Document, string Position, string Reason);

    private sealed record Raw(
        string Name, string? LastAttemptAt, string? LastSuccessAt, string? LastError, long Failures, string? NextAttemptAt,
        string? Etag, string? LastModified, string? Source, string? Digest, string? Time, string? FetchedAt, long Sequence, string? Remark, string? Readers)
    {
        public AdvisoryFeedRow Row() => new(
            Name,
            Utc.TimeOrNull(LastAttemptAt),
            Utc.TimeOrNull(LastSuccessAt),
            LastError,
            Failures,
            Utc.TimeOrNull(NextAttemptAt),
            new Validators(Etag, LastModified),
            Source,
            Digest is null ? null : Core.Documents.Digest.Parse(Digest),
            Utc.TimeOrNull(Time),
            Utc.TimeOrNull(FetchedAt),
            Sequence)
        { Remark = Remark, Readers = Readers };
    }
}
