namespace PatchFlow.Client;

/// <summary>How a feed stands.</summary>
public enum FeedState
{
    /// <summary>Not fetched yet.</summary>
    New,

    /// <summary>The last fetch was good and the snapshot is in its time.</summary>
    Fresh,

    /// <summary>The last fetch failed; the snapshot in use is still in its time.</summary>
    Failing,

    /// <summary>The snapshot in use is past its time, or the feed was never fetched within its own: nothing is approved or started on it.</summary>
    Stale,

    /// <summary>A signed index whose date leaps ahead waits for a person; the last good snapshot stays in use.</summary>
    Quarantined,

    /// <summary>It was signed and is not any more: what comes without a signature is not used, and the last good snapshot stays in use within its time.</summary>
    Alarm,

    /// <summary>Its source answers well, and has no advisory data: what it said before stays, and nothing is said of what came since.</summary>
    Silent,
}

/// <summary>A feed: one suite of a vendor's archive, or a vendor's documents, which rank patches and authorise none.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Address">The archive's address, or that of the documents.</param>
/// <param name="Suite">The suite; empty for documents.</param>
/// <param name="Components">Its components that are fetched.</param>
/// <param name="Arch">The architecture that is fetched; empty for documents.</param>
/// <param name="Security">Whether its newer versions are security patches.</param>
/// <param name="Schedule">When it is fetched: a cron expression, UTC.</param>
/// <param name="State">How it stands.</param>
/// <param name="LastAttemptAt">When it was last tried.</param>
/// <param name="LastSuccessAt">When it was last fetched, or found unchanged.</param>
/// <param name="LastError">Why the last attempt failed, or why there was none in time, with the remedy.</param>
/// <param name="Failures">Failed attempts in a row.</param>
/// <param name="NextAttemptAt">When it is tried again after a failure.</param>
/// <param name="Snapshot">The verified snapshot in use.</param>
/// <param name="Alarm">What was signed once and is not now.</param>
/// <param name="Quarantined">The signed index that waits for a person.</param>
/// <param name="Kind"><c>apt</c>, or what the documents are: <c>osv</c>, <c>kev</c>, ….</param>
/// <param name="Trust">Of documents, how sure it is that those in use are the vendor's: <c>signed</c>, <c>tls only</c> or <c>none</c>. None of them authorises anything, and what is less sure silences nothing that is surer.</param>
/// <param name="Remark">What must be known of the snapshot in use: that its source has no advisory data.</param>
/// <param name="Vouching">Of a repository of rpm what vouches for its index, or that nothing does.</param>
/// <param name="Kept">Of documents that come over http what is kept of the vendor's answers, where one feed is asked for.</param>
/// <param name="LastRefused">Where the last attempt failed, what it refused before, where one feed is asked for: nothing that it brought is in use. Null where it refused nothing.</param>
/// <param name="Blocked">Of apt why nothing may be approved or started on what is in use, with the remedy; null where it may, also while there is an alarm or something waits in quarantine.</param>
public sealed record FeedView(
    string Name,
    string Address,
    string Suite,
    IReadOnlyList<string> Components,
    string Arch,
    bool Security,
    string Schedule,
    FeedState State,
    DateTimeOffset? LastAttemptAt,
    DateTimeOffset? LastSuccessAt,
    string? LastError,
    long Failures,
    DateTimeOffset? NextAttemptAt,
    FeedSnapshotView? Snapshot,
    string? Alarm = null,
    QuarantinedIndexView? Quarantined = null,
    string Kind = "apt",
    string? Trust = null,
    string? Remark = null,
    string? Vouching = null,
    KeptAnswersView? Kept = null,
    FailedPartsView? LastRefused = null,
    string? Blocked = null);

/// <summary>Documents, parts of them, or stanzas that a fetch refused which then failed.</summary>
/// <param name="Count">How many.</param>
/// <param name="Parts">The first hundred of them.</param>
public sealed record FailedPartsView(long Count, IReadOnlyList<RefusedPartView> Parts);

/// <summary>What is kept of what a vendor answered: an export is made of that, and asks the vendor for what is missing.</summary>
/// <param name="Answers">How many answers are kept of those that the snapshot in use was read from.</param>
/// <param name="Bytes">How many bytes they take up.</param>
/// <param name="MostBytes">How many they may: the feed's <c>keepMegabytes</c>.</param>
/// <param name="IsAll">Whether none was left out for want of room.</param>
/// <param name="AnsweredAt">When the last of them came; null where none of what is in use is kept.</param>
public sealed record KeptAnswersView(long Answers, long Bytes, long MostBytes, bool IsAll, DateTimeOffset? AnsweredAt);

/// <summary>A signed index that is not used before a person says so, because its date leaps ahead.</summary>
/// <param name="Digest">The SHA-256 of the raw signed index.</param>
/// <param name="Time">Its own date.</param>
public sealed record QuarantinedIndexView(string Digest, DateTimeOffset Time);

/// <summary>Which index a person has looked at and lets a feed leap to.</summary>
/// <param name="Digest">The SHA-256 of the raw signed index: <c>quarantined.digest</c> of the feed.</param>
public sealed record FeedReleaseRequest(string Digest);

/// <summary>To which date a person lets a feed go back.</summary>
/// <param name="To">What is as new as this, or newer, counts again: a day as <c>2026-11-23</c> (UTC), or a moment as RFC 3339 has it, with its offset, as <c>2026-11-23T12:00:00Z</c>.</param>
/// <param name="Reason">Why what was newer does not count; recorded.</param>
public sealed record FeedRewindRequest(string To, string Reason);

/// <summary>One verified state of a feed.</summary>
/// <param name="Digest">The SHA-256 of the raw signed index; of documents that of their list.</param>
/// <param name="Time">The index's own date; of documents without one when they came.</param>
/// <param name="FetchedAt">When it came.</param>
/// <param name="UsableUntil">From when on it is stale.</param>
/// <param name="Packages">Packages that it lists; of documents their records.</param>
/// <param name="Refused">Stanzas of it, or parts of documents, that could not be read.</param>
/// <param name="RefusedStanzas">The first hundred of those, where one feed is asked for.</param>
/// <param name="RefusedParts">The same for documents.</param>
public sealed record FeedSnapshotView(
    string Digest, DateTimeOffset Time, DateTimeOffset FetchedAt, DateTimeOffset UsableUntil, long Packages, long Refused,
    IReadOnlyList<RefusedStanzaView>? RefusedStanzas = null, IReadOnlyList<RefusedPartView>? RefusedParts = null);

/// <summary>A part of a document that could not be read; the rest counts.</summary>
/// <param name="File">The document.</param>
/// <param name="Position">Where in it; empty for all of it.</param>
/// <param name="Reason">What is wrong.</param>
public sealed record RefusedPartView(string File, string Position, string Reason);

/// <summary>A stanza that could not be read; the rest of its file counts.</summary>
/// <param name="File">The index, with <c>_</c> for <c>/</c>.</param>
/// <param name="Stanza">Its number, from 1.</param>
/// <param name="Line">The line in the file.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record RefusedStanzaView(string File, long Stanza, long Line, string Reason);
