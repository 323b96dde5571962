using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Where a vendor's interface is, and what is asked of it.</summary>
/// <param name="Base">What stands before the paths of the interface.</param>
/// <param name="Narrowed">What is asked for besides pages: the query of the feed's address.</param>
internal sealed record RemoteAddress(Uri Base, IReadOnlyDictionary<string, string> Narrowed)
{
    private static readonly Dictionary<DocumentKind, (string Path, string[] Paging)> Interfaces = new()
    {
        [DocumentKind.BodhiUpdates] = ("updates", ["page", "rows_per_page"]),
        [DocumentKind.MsrcCvrf] = ("cvrf/v3.0/updates", []),
        [DocumentKind.MsrcCvrfJson] = ("cvrf/v3.0/updates", []),
        [DocumentKind.MsrcDeployments] = ("sug/v2.0/en-US/deployment", ["$skip"]),
        [DocumentKind.MsrcProducts] = ("sug/v2.0/en-US/affectedProduct", ["$skip"]),
        [DocumentKind.MsrcVulnerabilities] = ("sug/v2.0/en-US/vulnerability", ["$skip"]),
        [DocumentKind.RockyErrata] = ("api/v3/advisories", ["page", "size"]),
        [DocumentKind.UsnNotices] = ("security/notices.json", ["limit", "offset", "order"]),
    };

    /// <summary>
    /// The interface that an address means: one that ends in a slash is what stands before its paths, and its own address means it too. Null where it is
    /// that of a document, an archive or a list, or in the file system.
    /// </summary>
    public static RemoteAddress? Of(DocumentKind kind, Uri address)
    {
        if (address.IsFile || !Interfaces.TryGetValue(kind, out var known))
        {
            return null;
        }

        var path = address.AbsolutePath.TrimEnd('/');
        var isItself = path.EndsWith($"/{known.Path}", StringComparison.Ordinal);
        return isItself || address.AbsolutePath.EndsWith('/')
            ? new RemoteAddress(new UriBuilder(address) { Path = isItself ? path[..^known.Path.Length] : address.AbsolutePath, Query = "" }.Uri, Queries(address.Query))
            : null;
    }

    /// <summary>What of an address' query can't be, in words; null where nothing is wrong.</summary>
    public static string? Problem(DocumentKind kind, Uri address)
    {
        if (Of(kind, address) is not { } remote)
        {
            return null;
        }

        var (path, paging) = Interfaces[kind];
        return remote.Narrowed.Keys.FirstOrDefault(paging.Contains) is { } name ? $"address '{address}' asks for pages by '{name}', which the feed does by itself: leave it out"
            : path.StartsWith("cvrf", StringComparison.Ordinal) && remote.Narrowed.Count > 0 ? $"address '{address}' has a query, and months have none: leave it out"
            : null;
    }

    private static Dictionary<string, string> Queries(string query)
    {
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var at = part.IndexOf('=', StringComparison.Ordinal);
            found[Uri.UnescapeDataString(at < 0 ? part : part[..at])] = at < 0 ? "" : Uri.UnescapeDataString(part[(at + 1)..]);
        }

        return found;
    }
}
