using Refit;

namespace PatchFlow.Server.Feeds;

// What is answered is taken as it comes: it is bounded, kept and then read by the same readers as any other document of its kind. Compressed
// answers are welcome; see RemotePages for how they are opened.

/// <summary>Ubuntu's security notices, page by page.</summary>
internal interface IUbuntuNoticesApi
{
    /// <summary>A page of notices.</summary>
    [Get("/security/notices.json")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> NoticesAsync(
        int offset,
        int limit,
        [Query] IDictionary<string, string> narrowed,
        [Header("If-None-Match")] string? tag,
        [Header("If-Modified-Since")] string? since,
        CancellationToken cancel);
}

/// <summary>Rocky Linux' errata (Apollo), page by page.</summary>
internal interface IRockyErrataApi
{
    /// <summary>A page of advisories.</summary>
    [Get("/api/v3/advisories/")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> AdvisoriesAsync(
        int page,
        int size,
        [Query] IDictionary<string, string> narrowed,
        [Header("If-None-Match")] string? tag,
        [Header("If-Modified-Since")] string? since,
        CancellationToken cancel);
}

/// <summary>Fedora's updates (Bodhi), page by page.</summary>
internal interface IBodhiApi
{
    /// <summary>A page of updates.</summary>
    [Get("/updates/")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> UpdatesAsync(
        int page,
        [AliasAs("rows_per_page")] int rows,
        [Query] IDictionary<string, string> narrowed,
        [Header("If-None-Match")] string? tag,
        [Header("If-Modified-Since")] string? since,
        CancellationToken cancel);
}

/// <summary>Microsoft's security updates by month, and the lists of its Security Update Guide.</summary>
internal interface IMsrcApi
{
    /// <summary>The list of months.</summary>
    [Get("/cvrf/v3.0/updates")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> MonthsAsync(CancellationToken cancel);

    /// <summary>A month, as XML or as JSON.</summary>
    [Get("/cvrf/v3.0/cvrf/{id}")]
    [Headers("Accept-Encoding: gzip")]
    Task<HttpResponseMessage> MonthAsync(
        string id,
        [Header("Accept")] string form,
        [Header("If-None-Match")] string? tag,
        [Header("If-Modified-Since")] string? since,
        CancellationToken cancel);

    /// <summary>The first page of a list.</summary>
    [Get("/sug/v2.0/en-US/{list}")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> ListAsync(string list, [Query] IDictionary<string, string> narrowed, CancellationToken cancel);

    /// <summary>A further page, at the address that the page before it gave.</summary>
    [Get("")]
    [Headers("Accept: application/json", "Accept-Encoding: gzip")]
    Task<HttpResponseMessage> NextAsync([Url] string address, CancellationToken cancel);
}
