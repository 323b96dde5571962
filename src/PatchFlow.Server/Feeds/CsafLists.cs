using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>A list as it came.</summary>
/// <param name="Place">Where it was asked for.</param>
/// <param name="Path">The file with its bytes.</param>
/// <param name="Digest">Their SHA-256.</param>
internal sealed record CsafList(Uri Place, string Path, string Digest);

/// <summary>
/// Follows the lists of a CSAF distribution: provider metadata, ROLIE feeds, directories. A list that can't be used is refused alone, and what
/// its documents said before stays.
/// </summary>
internal sealed class CsafLists(FeedTransport transport, FeedLimits limits, CsafPlaces places, IReadOnlyDictionary<string, KnownDocument> known, CsafListDates dates, string work)
{
    private const long DeletionsBytes = 16 << 20;
    private readonly List<(string Name, string Below)> _new = [];
    private int _number;

    /// <summary>What was found so far.</summary>
    public CsafListing Listing { get; } = new();

    /// <summary>Has a list.</summary>
    /// <exception cref="FeedException">It can't be had.</exception>
    public async Task<CsafList> HaveAsync(Uri place, long maxBytes, CancellationToken cancel)
    {
        var path = Path.Combine(work, $"list{_number++}");
        return new CsafList(place, path, (await transport.GetAsync(place, path, maxBytes, null, cancel)).Sha256.Hex);
    }

    /// <summary>Whoever reads what was answered passes over that place too.</summary>
    public void PassOver(Uri place) => transport.RecordAbsent(place);

    /// <summary>Follows a list.</summary>
    public async Task FollowAsync(DocumentKind kind, CsafList list, CancellationToken cancel)
    {
        var name = places.NameOf(list.Place);
        try
        {
            switch (kind)
            {
                case DocumentKind.CsafProvider:
                    await ProviderAsync(name, list, cancel);
                    break;
                case DocumentKind.RolieFeed:
                    Rolie(name, list);
                    break;
                default:
                    await DirectoryAsync(name, list, cancel);
                    break;
            }
        }
        catch (FeedException e) when (e.Fault is not FeedFault.Local)
        {
            Fail(name, e);
        }
    }

    /// <summary>Doubts lists of names that are others than last time, when all lists were followed.</summary>
    public void Doubt()
    {
        foreach (var (name, below) in _new)
        {
            var there = known.Keys.Where(k => k.StartsWith(below, StringComparison.Ordinal) && k.EndsWith(".json", StringComparison.Ordinal)).ToList();
            var lacking = there.Count(k => !Listing.Has(k));
            if (ListDoubt.Of(lacking, there.Count, "it counts where the next fetch finds the same list (by its schedule, or 'patchflow feeds refresh'); if it is torn, tell the vendor") is { } doubt)
            {
                TakeIn([new Refusal(name, "", doubt)]);
            }
        }
    }

    /// <summary>Has the list at one of these addresses, the first that there is, and follows it.</summary>
    private async Task FollowAsync(DocumentKind kind, CancellationToken cancel, params Uri[] addresses)
    {
        foreach (var address in addresses)
        {
            var place = places.Of(address, out var problem);
            var name = place is null ? address.AbsoluteUri : places.NameOf(place);
            try
            {
                await FollowAsync(kind, await HaveAsync(place ?? throw new FeedException(places.IsLocal ? FeedFault.NotFound : FeedFault.Redirected, $"{address}: {problem}"), limits.ListBytes, cancel), cancel);
                return;
            }
            catch (FeedException e) when (e.Fault is FeedFault.NotFound && address != addresses[^1])
            {
                // The next one is asked for.
            }
            catch (FeedException e) when (e.Fault is not FeedFault.Local)
            {
                Fail(name, e);
                return;
            }
        }
    }

    private async Task ProviderAsync(string name, CsafList list, CancellationToken cancel)
    {
        using var document = File.OpenRead(list.Path);
        var refused = new List<Refusal>();
        var provider = CsafProvider.Read(document, Sink(name, refused)) ?? throw NotUsable(name, refused);
        Keep(name, list, provider.Updated, isRare: true);
        TakeIn(refused);
        places.Learn(provider.Address, list.Place);
        if (Math.Max(provider.Feeds.Length, provider.Directories.Length) > limits.Lists)
        {
            TakeIn([new Refusal(name, "distributions", $"it names more than {limits.Lists} lists: the rest is not read; make those that you want feeds of their own")]);
        }

        var feeds = provider.Feeds.Take(limits.Lists).Where(IsOpen).ToList();
        foreach (var feed in feeds)
        {
            await FollowAsync(DocumentKind.RolieFeed, cancel, feed.Address);
        }

        // Both ways lead to the same documents (CSAF 7.1.11 to 7.1.17), and a feed says where their checksums and signatures are.
        foreach (var directory in feeds.Count > 0 ? [] : provider.Directories.Take(limits.Lists).Where(IsOpen))
        {
            var below = directory.Address.AbsoluteUri.EndsWith('/') ? directory.Address : new Uri(directory.Address.AbsoluteUri + "/");
            await FollowAsync(DocumentKind.CsafIndex, cancel, new(below, "changes.csv"), new(below, "index.txt"));
        }
    }

    // What is not for everybody needs an agreement with the vendor, and a login: neither is had here.
    private bool IsOpen(CsafDistribution distribution)
    {
        var isOpen = distribution.Label is null || distribution.Label.ToUpperInvariant() is "WHITE" or "CLEAR" or "UNLABELED" or "UNLABELLED";
        if (!isOpen)
        {
            Listing.Refused.Add(new Refusal(distribution.Address.AbsoluteUri, "", $"it is labelled {AptGrammar.Shown(distribution.Label)}: only what is for everybody is read (TLP WHITE, CLEAR or no label), "
                + "the rest is skipped; what you may have of it can be put in a folder, with a feed of its own"));
        }

        return isOpen;
    }

    private void Rolie(string name, CsafList list)
    {
        var (refused, entries) = (new List<Refusal>(), new List<RolieEntry>());
        using var document = File.OpenRead(list.Path);
        var read = RolieFeed.Read(document, new AdvisorySink(name, _ => { }, refused.Add), entry =>
        {
            if (entries.Count < limits.ListedDocuments)
            {
                entries.Add(entry);
            }
        });
        if (refused.Exists(r => r.IsOfTheRest))
        {
            throw NotUsable(name, [.. refused.OrderByDescending(r => r.IsOfTheRest)]);
        }

        Keep(name, list, read.Updated);
        places.Learn(read.Self, list.Place);
        TakeIn(refused);
        Bound(name, read.Entries);
        entries.ForEach(entry => Listing.Add(ItemOf(entry, name)));
    }

    private CsafItem ItemOf(RolieEntry entry, string list)
    {
        string? problem = null;
        Uri[] at = [.. entry.Addresses.Select(a => places.Of(a, out problem)).OfType<Uri>()];
        var name = at.Length > 0 ? places.NameOf(at[0]) : entry.Addresses[0].AbsoluteUri;
        return new CsafItem(name, [.. at], CsafListing.TextOf(entry.Updated), list)
        {
            Hashes = entry.Hashes,
            Signature = entry.Signature,
            Refusal = at.Length > 0 ? null : problem,
        };
    }

    private async Task DirectoryAsync(string name, CsafList list, CancellationToken cancel)
    {
        var refused = new List<Refusal>();
        var entries = CsafIndex.Read(await File.ReadAllTextAsync(list.Path, Encoding.UTF8, cancel), Sink(name, refused)).Where(e => e.Path.EndsWith(".json", StringComparison.Ordinal)).ToList();
        if (entries.Count == 0)
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{name} names no document ({refused.FirstOrDefault()?.Reason ?? "it is empty"}): check the address") { Refused = FailedParts.Of(refused) };
        }

        Keep(name, list, null);
        TakeIn(refused);
        var directory = new Uri(list.Place, ".");
        if (known.GetValueOrDefault(name)?.IsOf(list.Digest) != true)
        {
            _new.Add((name, places.NameOf(new Uri(directory, "x"))[..^1]));
        }

        foreach (var entry in entries)
        {
            Listing.Add(ItemOf(directory, entry, name));
        }

        foreach (var deleted in await DeletionsAsync(directory, cancel))
        {
            Listing.Delete(ItemOf(directory, deleted, name).Name, deleted.Changed ?? DateTimeOffset.MaxValue);
        }
    }

    private CsafItem ItemOf(Uri directory, CsafEntry entry, string list)
    {
        string? problem = null;
        Uri[] at = [.. CsafAddress.InDirectory(directory, entry.Path).Select(a => places.Of(a, out problem)).OfType<Uri>()];
        return new CsafItem(at.Length > 0 ? places.NameOf(at[0]) : entry.Path, [.. at], CsafListing.TextOf(entry.Changed), list) { Refusal = at.Length > 0 ? null : problem };
    }

    // Red Hat says what it has deleted; others just do not list it any more.
    private async Task<IEnumerable<CsafEntry>> DeletionsAsync(Uri directory, CancellationToken cancel)
    {
        var place = new Uri(directory, "deletions.csv");
        try
        {
            var list = await HaveAsync(place, DeletionsBytes, cancel);
            var refused = new List<Refusal>();
            var entries = CsafIndex.Read(await File.ReadAllTextAsync(list.Path, Encoding.UTF8, cancel), Sink(places.NameOf(place), refused));
            // A page that is shown in place of what there is not, says nothing.
            return entries.Where(e => e.Changed is not null);
        }
        catch (FeedException e) when (e.Fault is FeedFault.NotFound)
        {
            return [];
        }
        catch (FeedException e) when (e.Fault is not FeedFault.Local)
        {
            // What it would say was deleted is not gone.
            Listing.Away ??= FeedAbsences.IsAway(e) ? e.Message : null;
            TakeIn([new Refusal(places.NameOf(place), "", e.Message)]);
            return [];
        }
    }

    // Remembered, so that an older one is known for what it is.
    private void Keep(string name, CsafList list, DateTimeOffset? updated, bool isRare = false)
    {
        dates.Take(name, list, updated, known.GetValueOrDefault(name)?.Changed, isRare);
        Listing.Lists.Add(new SourceDocument(name, list.Digest, null) { Changed = CsafListing.TextOf(updated), IsList = true });
    }

    private void Fail(string name, FeedException failure)
    {
        Listing.Refused.Add(new Refusal(name, "", failure.Message));
        Listing.Failure ??= failure;
        Listing.Away ??= FeedAbsences.IsAway(failure) ? failure.Message : null;
        Listing.Lack ??= failure.Message;
        if (known.TryGetValue(name, out var before))
        {
            Listing.Lists.Add(new SourceDocument(name, before.DigestInUse, null) { Changed = before.Changed, IsList = true });
        }
    }

    private void TakeIn(List<Refusal> refused)
    {
        Listing.Refused.AddRange(refused);
        Listing.Lack ??= refused.Select(r => $"{r.File} {r.Position}: {r.Reason}").FirstOrDefault();
    }

    private void Bound(string name, int entries)
    {
        if (entries > limits.ListedDocuments)
        {
            TakeIn([new Refusal(name, $"record {limits.ListedDocuments + 1}", $"the list has more than {limits.ListedDocuments} documents: the rest is not read")]);
        }
    }

    private AdvisorySink Sink(string name, List<Refusal> refused) =>
        new(name, _ => { }, refused.Add, AdvisoryLimits.Default with { Records = limits.ListedDocuments });

    private static FeedException NotUsable(string name, List<Refusal> refused) => new(FeedFault.NotAnIndex, refused is [var first, ..]
        ? $"{name}{(first.Position.Length > 0 ? $" {first.Position}" : "")}: {first.Reason}; nothing of it is used"
        : $"{name} can't be read; nothing of it is used")
    { Refused = FailedParts.Of(refused) };
}
