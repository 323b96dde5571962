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

    /// <summary>The snapshot in use is past its time: nothing is approved or started on it.</summary>
    Stale,
}

/// <summary>A feed: one suite of a vendor's archive.</summary>
/// <param name="Name">Its id.</param>
/// <param name="Address">The archive's address.</param>
/// <param name="Suite">The suite.</param>
/// <param name="Components">Its components that are fetched.</param>
/// <param name="Arch">The architecture that is fetched.</param>
/// <param name="Security">Whether its newer versions are security patches.</param>
/// <param name="Schedule">When it is fetched: a cron expression, UTC.</param>
/// <param name="State">How it stands.</param>
/// <param name="LastAttemptAt">When it was last tried.</param>
/// <param name="LastSuccessAt">When it was last fetched, or found unchanged.</param>
/// <param name="LastError">Why the last attempt failed, with the remedy.</param>
/// <param name="Failures">Failed attempts in a row.</param>
/// <param name="NextAttemptAt">When it is tried again after a failure.</param>
/// <param name="Snapshot">The verified snapshot in use.</param>
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
    FeedSnapshotView? Snapshot);

/// <summary>One verified state of a feed.</summary>
/// <param name="Digest">The SHA-256 of the raw signed index.</param>
/// <param name="Time">The index's own date.</param>
/// <param name="FetchedAt">When it came.</param>
/// <param name="UsableUntil">From when on it is stale.</param>
/// <param name="Packages">Packages that it lists.</param>
/// <param name="Refused">Stanzas of it that could not be read.</param>
public sealed record FeedSnapshotView(
    string Digest, DateTimeOffset Time, DateTimeOffset FetchedAt, DateTimeOffset UsableUntil, long Packages, long Refused);
