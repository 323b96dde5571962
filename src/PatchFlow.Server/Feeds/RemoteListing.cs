using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>What is asked of a listing whose pages have numbers.</summary>
/// <param name="Page">The page, from 1.</param>
/// <param name="Size">How many records a page has.</param>
/// <param name="Validators">What the server said of it last time.</param>
internal readonly record struct NumberedPage(int Page, int Size, Validators? Validators);

/// <summary>A listing of a vendor's interface whose pages have numbers.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">How many records of a page are asked for: as many as the vendor allows.</param>
/// <param name="Ask">Asks for a page.</param>
/// <param name="PositionOf">What a page says of its position.</param>
internal sealed record NumberedListing(
    string Name, int Size, Func<NumberedPage, CancellationToken, Task<HttpResponseMessage>> Ask, Func<NumberedPage, int> PositionOf);

/// <summary>
/// Follows a listing from its first page to its last. Its records move from page to page while it is read, so pages must agree on how many there are:
/// where they don't, all is asked for once more. That something is missing counts only where every page was had, and they are full.
/// </summary>
internal sealed class RemoteListing(RemotePages pages, AdvisoryFeed feed, NumberedListing listing, IReadOnlyDictionary<string, KnownDocument> known)
{
    /// <summary>So many pages in a row that can't be had, and the vendor is away rather than a page bad.</summary>
    internal const int MostFailuresInARow = 3;

    /// <summary>The pages.</summary>
    /// <exception cref="FeedException">They can't be had.</exception>
    public async Task<Gathered> GatherAsync(CancellationToken cancel) =>
        await OnceAsync(isAgain: false, cancel) ?? await OnceAsync(isAgain: true, cancel) ?? throw Restless(feed);

    /// <summary>A listing that is never the same for as long as it takes to read it.</summary>
    public static FeedException Restless(AdvisoryFeed feed) => new(
        FeedFault.Truncated, $"{feed.Address} changed twice while its pages were asked for: how many records it has differs from page to page; what it said stays in use, and it is tried again");

    // Null where it changed meanwhile.
    private async Task<Gathered?> OnceAsync(bool isAgain, CancellationToken cancel)
    {
        var (found, size, inARow) = (new ListedPages(listing.Name), (int?)null, 0);
        for (var number = 1; !found.IsAllBefore(number, size ?? listing.Size); number++)
        {
            var asked = new NumberedPage(number, size ?? listing.Size, null);
            var page = Checked(await HaveAsync(asked, isAgain, cancel), asked);
            inARow = page.Refused is null ? 0 : inARow + 1;
            if (inARow == MostFailuresInARow)
            {
                throw page.Failure!;
            }

            size ??= page.Outline?.Size;
            if (!found.Add(page) || (page.Outline?.Size ?? size) != size)
            {
                return null;
            }

            if (page.Outline is { Records: 0 })
            {
                break;
            }
        }

        return found.Gathered();
    }

    // What a page is said to be still, the other pages may not fit: the second time each is had as it is now.
    private Task<RemotePage> HaveAsync(NumberedPage asked, bool isAgain, CancellationToken cancel)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{listing.Name}{asked.Page:00000}");
        return pages.PageAsync(
            listing.Name,
            name,
            !isAgain && known.GetValueOrDefault(name) is { Keys: not null } page ? page : null,
            (validators, token) => listing.Ask(asked with { Validators = validators }, token),
            cancel);
    }

    // A server that does not know how to page answers with the same page for ever.
    private RemotePage Checked(RemotePage page, NumberedPage asked)
    {
        if (page.Outline is not { } outline)
        {
            return page;
        }

        var problem = outline.Total is null ? "it does not say how many records there are"
            : outline.Size is 0 ? "it has room for no record"
            : outline.Records > (outline.Size ?? asked.Size) ? $"it has {outline.Records} records, more than the {outline.Size ?? asked.Size} of a page"
            : outline.Position is { } position && position != listing.PositionOf(asked with { Size = outline.Size ?? asked.Size })
                ? $"it is at {position}, and {listing.PositionOf(asked)} was asked for"
            : null;
        return problem is null ? page : new RemotePage(null, null, new Refusal(page.Document!.Name, "", problem))
        {
            Failure = new FeedException(FeedFault.Malformed, $"{feed.Address}: {page.Document.Name}: {problem}; check the address, or tell the vendor"),
        };
    }
}
