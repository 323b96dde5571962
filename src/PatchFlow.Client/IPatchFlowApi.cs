using Refit;

namespace PatchFlow.Client;

/// <summary>
/// PatchFlow's REST interface. Every call throws <see cref="ApiProblemException"/> when the server refuses, and
/// <see cref="HttpRequestException"/> when it can't be reached.
/// </summary>
public partial interface IPatchFlowApi
{
    /// <summary>Everything at one glance.</summary>
    [Get("/api/v1/status")]
    Task<ServerStatus> StatusAsync(CancellationToken cancel = default);

    /// <summary>Who is asking.</summary>
    [Get("/api/v1/me")]
    Task<Me> MeAsync(CancellationToken cancel = default);

    /// <summary>Makes the first administrator with the one-time code that the server printed.</summary>
    [Post("/api/v1/setup")]
    Task<TokenMade> SetupAsync([Body] SetupRequest request, CancellationToken cancel = default);

    /// <summary>The feeds.</summary>
    [Get("/api/v1/feeds")]
    Task<Page<FeedView>> FeedsAsync(FeedState? state = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>A feed.</summary>
    [Get("/api/v1/feeds/{name}")]
    Task<FeedView> FeedAsync(string name, CancellationToken cancel = default);

    /// <summary>Fetches a feed now, beside its schedule. Answers at once; look at the feed for how it went.</summary>
    [Post("/api/v1/feeds/{name}/refresh")]
    Task<FeedView> RefreshFeedAsync(string name, CancellationToken cancel = default);

    /// <summary>Lets a feed leap to the index of that digest, which waits in quarantine, and fetches it. Look at the feed for how it went; 409 where another waits.</summary>
    [Post("/api/v1/feeds/{name}/release")]
    Task<FeedView> ReleaseFeedAsync(string name, [Body] FeedReleaseRequest request, CancellationToken cancel = default);

    /// <summary>Lets a feed go back to a date, what was released before not counting any more, and fetches it. Look at the feed for how it went; 409 where it has not come so far.</summary>
    [Post("/api/v1/feeds/{name}/rewind")]
    Task<FeedView> RewindFeedAsync(string name, [Body] FeedRewindRequest request, CancellationToken cancel = default);

    /// <summary>The feed's verified snapshot as a tar archive of the exact signed bytes. The caller disposes of it.</summary>
    [Get("/api/v1/feeds/{name}/snapshot")]
    Task<HttpContent> ExportFeedAsync(string name, CancellationToken cancel = default);

    /// <summary>Takes a snapshot from such an archive, verified as a fetch is.</summary>
    [Post("/api/v1/feeds/{name}/snapshot")]
    [Headers("Content-Type: application/x-tar")]
    Task<FeedView> ImportFeedAsync(string name, [Body] Stream archive, CancellationToken cancel = default);

    /// <summary>What applies where: which hosts still lack the fix for a CVE, or of a package.</summary>
    [Get("/api/v1/patches")]
    Task<PatchPage> PatchesAsync(
        string? cve = null, string? package = null, string? host = null, string? group = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>Audit entries, oldest first.</summary>
    [Get("/api/v1/audit")]
    Task<Page<AuditView>> AuditAsync(
        string? actor = null, string? action = null, [AliasAs("object")] string? of = null, DateTimeOffset? since = null, int? limit = null, string? cursor = null, string? sort = null, CancellationToken cancel = default);

    /// <summary>An audit entry.</summary>
    [Get("/api/v1/audit/{sequence}")]
    Task<AuditView> AuditEntryAsync(long sequence, CancellationToken cancel = default);

    /// <summary>An audit entry's own bytes.</summary>
    [Get("/api/v1/audit/{sequence}/text")]
    Task<string> AuditTextAsync(long sequence, CancellationToken cancel = default);
}
