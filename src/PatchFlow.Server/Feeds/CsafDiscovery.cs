using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Finds a provider's metadata where the feed's address is a domain and no more, in the order of CSAF 7.3: at its well-known place, where the site's
/// <c>security.txt</c> says, below <c>csaf.data.security</c> of the domain. The last two may be other hosts, which are asked only where the feed has them.
/// A place that is not there, is not for us (403) or leads elsewhere is noted, and the next one is tried.
/// </summary>
internal sealed class CsafDiscovery(AdvisoryFeed feed, FeedLimits limits, CsafPlaces places, CsafLists lists)
{
    private const string WellKnown = ".well-known/csaf/provider-metadata.json";
    private const long TextBytes = 1 << 20;
    private static readonly string[] Texts = [".well-known/security.txt", "security.txt"];
    private readonly List<string> _tried = [];
    private FeedFault? _fault;

    /// <summary>Whether an address is a domain and no more.</summary>
    public static bool IsFor(Uri address) => address is { IsFile: false, PathAndQuery: "/" };

    /// <summary>The metadata, which is then followed.</summary>
    /// <exception cref="FeedException">There is none, or what could name it can't be had.</exception>
    public async Task<CsafList> FindAsync(CancellationToken cancel)
    {
        if (await MetadataAsync(new(feed.Address, WellKnown), cancel) is { } known)
        {
            return known;
        }

        foreach (var named in await NamedAsync(cancel))
        {
            if (await MetadataAsync(named, cancel) is { } list)
            {
                return list;
            }
        }

        // An address of numbers has no names below it.
        return (Uri.TryCreate($"{feed.Address.Scheme}://csaf.data.security.{feed.Address.Authority}/", UriKind.Absolute, out var below) ? await MetadataAsync(below, cancel) : null) ?? throw new FeedException(
            _fault ?? FeedFault.NotFound, $"{feed.Address} leads to no provider-metadata.json of CSAF ({string.Join("; ", _tried)}): give the address of that, of a ROLIE feed or of a changes.csv as the feed's address");
    }

    // Null where there is none: a page that is shown in place of what there is not, is none either.
    private async Task<CsafList?> MetadataAsync(Uri address, CancellationToken cancel)
    {
        if (places.Of(address, out var problem) is not { } place)
        {
            _tried.Add($"{address}: {problem}");
            return null;
        }

        if (await HaveAsync(place, limits.ListBytes, cancel) is not { } list)
        {
            return null;
        }

        var isMetadata = CsafFolder.KindOf(list.Path, WellKnown) == DocumentKind.CsafProvider;
        _tried.AddRange(isMetadata ? [] : [$"{place} is none"]);
        return isMetadata ? list : null;
    }

    private async Task<IEnumerable<Uri>> NamedAsync(CancellationToken cancel)
    {
        foreach (var path in Texts)
        {
            if (await HaveAsync(new(feed.Address, path), TextBytes, cancel) is not { } list)
            {
                continue;
            }

            if (SecurityTxt.Providers(await File.ReadAllTextAsync(list.Path, Encoding.UTF8, cancel)) is { Length: > 0 } named)
            {
                return named;
            }

            _tried.Add($"{list.Place} has no line 'CSAF: https://...'");
        }

        return [];
    }

    // Null where it is not there for us, since vendors need have one of the ways of CSAF 7.1.8 to 7.1.10 alone; a site that does not answer says nothing of where its metadata is.
    private async Task<CsafList?> HaveAsync(Uri place, long maxBytes, CancellationToken cancel)
    {
        try
        {
            return await lists.HaveAsync(place, maxBytes, cancel);
        }
        catch (FeedException e) when (e.Fault is FeedFault.NotFound)
        {
            _tried.Add($"{place} is not there");
            return null;
        }
        catch (FeedException e) when (e.IsForbidden || e.Fault is FeedFault.Redirected)
        {
            // What may be there all the same is no answer that there is none: where nothing else is found, that stays the fault.
            _fault ??= e.Fault;
            _tried.Add(e.IsForbidden ? $"{place} answers 403: it is not for everybody; ask the vendor" : e.Message);
            lists.PassOver(place);
            return null;
        }
        catch (FeedException e) when (e.Fault is FeedFault.TooLarge && maxBytes == TextBytes)
        {
            // A page that the site shows in place of what there is not; no such text is so long.
            _tried.Add($"{place} is larger than {TextBytes} bytes");
            return null;
        }
    }
}
