using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Follows a listing each of whose pages says where the next one is (OData). Such an address is a document's word: it is followed to the feed's own
/// scheme, host and port only, and never twice.
/// </summary>
internal sealed class RemoteChain(RemotePages pages, AdvisoryFeed feed, IMsrcApi api, string listing)
{
    /// <summary>The pages, from the first.</summary>
    /// <exception cref="FeedException">They can't be had.</exception>
    public async Task<Gathered> GatherAsync(Func<CancellationToken, Task<HttpResponseMessage>> first, CancellationToken cancel) =>
        await OnceAsync(first, cancel) ?? await OnceAsync(first, cancel) ?? throw RemoteListing.Restless(feed);

    private async Task<Gathered?> OnceAsync(Func<CancellationToken, Task<HttpResponseMessage>> first, CancellationToken cancel)
    {
        var (found, seen) = (new ListedPages(listing), new HashSet<Uri>());
        Func<CancellationToken, Task<HttpResponseMessage>>? ask = first;
        for (var number = 1; ask is not null; number++)
        {
            var (name, asked) = (string.Create(CultureInfo.InvariantCulture, $"{listing}{number:00000}"), ask);
            var page = await pages.PageAsync(listing, name, null, (_, token) => asked(token), cancel);
            if (page.Failure is { } failure && number == 1)
            {
                throw failure;
            }

            if (!found.Add(page))
            {
                return null;
            }

            ask = Next(page, name, seen, found);
        }

        return found.Gathered();
    }

    private Func<CancellationToken, Task<HttpResponseMessage>>? Next(RemotePage page, string name, HashSet<Uri> seen, ListedPages found)
    {
        if (page.Outline is not { Next: { } text })
        {
            return null;
        }

        var next = Uri.TryCreate(feed.Address, text, out var address) ? address : null;
        var problem = next is null || next.Scheme != feed.Address.Scheme || next.Host != feed.Address.Host || next.Port != feed.Address.Port || next.UserInfo.Length > 0
                ? $"the next page is said to be at '{next?.GetLeftPart(UriPartial.Path)}': only the feed's own scheme, host and port are followed"
            : !seen.Add(next) ? $"the next page is said to be at '{next}', which was asked for already: its pages go round in a circle"
            : null;
        if (problem is not null)
        {
            found.Refuse(new Refusal(name, "@odata.nextLink", $"{problem}; the pages behind it are not read, and what they said stays"));
            return null;
        }

        return cancel => api.NextAsync(next!.AbsoluteUri, cancel);
    }
}
