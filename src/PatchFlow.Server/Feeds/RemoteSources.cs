using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Gathers the documents of a feed that is a vendor's interface: the pages of a listing, or Microsoft's months.</summary>
internal sealed class RemoteSources(FeedTransport transport, FeedLimits limits)
{
    // What the vendors allow, or less where records are large.
    private const int Notices = 20, Errata = 50, Updates = 50;

    /// <summary>The documents.</summary>
    /// <exception cref="FeedException">They can't be had.</exception>
    public async Task<Gathered> GatherAsync(AdvisoryFeed feed, RemoteAddress at, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var pages = new RemotePages(transport, limits, feed, work);
        switch (feed.Kind)
        {
            case DocumentKind.MsrcCvrf or DocumentKind.MsrcCvrfJson:
                return await new RemoteMonths(pages, feed, pages.Api<IMsrcApi>(at.Base), known).GatherAsync(cancel);
            case DocumentKind.MsrcDeployments or DocumentKind.MsrcProducts or DocumentKind.MsrcVulnerabilities:
                var api = pages.Api<IMsrcApi>(at.Base);
                var list = feed.Kind switch { DocumentKind.MsrcDeployments => "deployment", DocumentKind.MsrcProducts => "affectedProduct", _ => "vulnerability" };
                return await new RemoteChain(pages, feed, api, $"{list}/").GatherAsync(token => api.ListAsync(list, With(at), token), cancel);
            default:
                return await new RemoteListing(pages, feed, Numbered(feed, at, pages), known).GatherAsync(cancel);
        }
    }

    private static NumberedListing Numbered(AdvisoryFeed feed, RemoteAddress at, RemotePages pages)
    {
        switch (feed.Kind)
        {
            case DocumentKind.UsnNotices:
                var ubuntu = pages.Api<IUbuntuNoticesApi>(at.Base);
                // The oldest first, so that a new notice changes the last page and no other.
                var narrowed = With(at, ("order", "oldest"));
                return new("notices/", Notices, (p, cancel) => ubuntu.NoticesAsync((p.Page - 1) * p.Size, p.Size, narrowed, p.Validators?.ETag, p.Validators?.LastModified, cancel), p => (p.Page - 1) * p.Size);
            case DocumentKind.RockyErrata:
                var rocky = pages.Api<IRockyErrataApi>(at.Base);
                return new("advisories/", Errata, (p, cancel) => rocky.AdvisoriesAsync(p.Page, p.Size, With(at), p.Validators?.ETag, p.Validators?.LastModified, cancel), p => p.Page);
            case DocumentKind.BodhiUpdates:
                var bodhi = pages.Api<IBodhiApi>(at.Base);
                var asked = With(at, ("type", "security"), ("status", "stable"));
                return new("updates/", Updates, (p, cancel) => bodhi.UpdatesAsync(p.Page, p.Size, asked, p.Validators?.ETag, p.Validators?.LastModified, cancel), p => p.Page);
            default:
                throw new ArgumentOutOfRangeException(nameof(feed), feed.Kind, "no listing");
        }
    }

    // What the feed's address says goes before what is asked for otherwise.
    private static Dictionary<string, string> With(RemoteAddress at, params (string Name, string Value)[] others)
    {
        var all = others.ToDictionary(o => o.Name, o => o.Value, StringComparer.Ordinal);
        foreach (var (name, value) in at.Narrowed)
        {
            all[name] = value;
        }

        return all;
    }
}
