using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Gathers the documents of a CSAF feed, whose address is a provider's domain or metadata, a list, a document, an archive or a folder.</summary>
internal sealed class CsafSource(FeedTransport transport, FeedLimits limits)
{
    /// <summary>When the feed last answered well; null where it never did.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>How far the feed has come.</summary>
    public required FeedProgress Progress { get; init; }

    /// <summary>Documents that had a good signature once.</summary>
    public IReadOnlySet<string> SignedBefore { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Digests of documents whose signatures were verified by the keys of now, and need not be once more.</summary>
    public IReadOnlySet<string> Verified { get; init; } = FrozenSet<string>.Empty;

    private DateTimeOffset Now => Progress.Now;

    /// <summary>The documents.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="known">The documents of the snapshot in use, by name.</param>
    /// <param name="work">An empty private folder.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">They can't be had.</exception>
    public async Task<Gathered> GatherAsync(AdvisoryFeed feed, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var signatures = CsafSignatures.Of(feed, work, Verified);
        var (root, unplaced) = await RootAsync(feed, work, cancel);
        var places = new CsafPlaces(feed, root);
        var dates = new CsafListDates(feed, Progress);
        var lists = new CsafLists(transport, limits, places, known, dates, work);
        var listing = lists.Listing;
        await FollowAsync(feed, root, places, lists, cancel);
        dates.RefuseLeaps();
        lists.Doubt();
        if (listing.Items.Count == 0 && (listing.Failure is not null || listing.Deleted.Count == 0))
        {
            throw Nothing(feed, listing);
        }

        var fetch = new CsafFetch(transport, limits);
        var checks = new CsafChecks(fetch, places, signatures, SignedBefore);
        var missed = signatures is null ? [] : Progress.Mark.UnsignedOf(feed.DatedBy).ToHashSet(StringComparer.Ordinal);
        var awaited = signatures is null ? [] : Progress.Mark.AwaitedOf(feed.DatedBy).ToHashSet(StringComparer.Ordinal);
        var source = new CsafDocuments(fetch, limits, places, checks, Unproven(listing, known, [.. missed, .. awaited]), IsDue, work);
        var (documents, notHad) = await source.HaveAsync(listing.Items, cancel);
        List<Refusal> refused = [.. unplaced, .. notHad];
        var away = listing.Away ?? source.Away?.Message ?? (fetch.IsSpent ? $"{feed.Address} has more than the {limits.RemoteBytes} bytes that one fetch may have" : null);
        var lack = listing.Lack ?? away;
        // What can't be had and has a name that nobody knows may be a known document that was moved: then the old name says what it said.
        listing.Lack ??= refused.Find(r => !known.ContainsKey(r.File))?.Reason;
        var found = listing.Lists.Concat(documents).Concat(Withdrawn(listing, known)).ToList();
        return new Gathered([.. found, .. Kept(listing, known, found)], new Validators(null, null), [.. listing.Refused, .. refused])
        {
            Notes = [.. checks.Notes()],
            Lack = lack,
            Away = away,
            Lists = dates.Times,
            // Lists are not signed, so where documents are, those alone say how new all of it is.
            ListTime = signatures is null ? dates.Latest : null,
            Signatures = signatures is null ? null : Looked(checks, listing, missed, awaited, lack is null, away is null),
        };
    }

    // While an alarm stands one document that is as known is verified all the same, and each that came without its signature: that nothing is new proves none.
    private IReadOnlyDictionary<string, KnownDocument> Unproven(CsafListing listing, IReadOnlyDictionary<string, KnownDocument> known, HashSet<string> unsigned)
    {
        var proof = Progress.Mark.Alarm is null ? null : listing.Items.FirstOrDefault(i => known.GetValueOrDefault(i.Name) is { Refused: 0 })?.Name;
        return proof is null && unsigned.Count == 0 ? known : known.Where(k => k.Key != proof && !unsigned.Contains(k.Key)).ToDictionary(StringComparer.Ordinal);
    }

    // What was in use and is not listed may be there under a name that nobody knows; what was never in use is gone where all lists were read.
    private static SignatureLook Looked(CsafChecks checks, CsafListing listing, HashSet<string> missed, HashSet<string> awaited, bool isWhole, bool haveAllAnswered)
    {
        return new(
            checks.Signed.Values.Count(isGood => isGood),
            [.. checks.Signed.Where(s => !s.Value).Select(s => s.Key)],
            checks.Stripped,
            [.. missed.Where(name => IsOver(name, listing.Lack is null)).Union(awaited.Where(name => !missed.Contains(name) && IsOver(name, isWhole)), StringComparer.Ordinal)])
        {
            // What a list has wrong for good must not keep an alarm up for good.
            IsWhole = haveAllAnswered,
        };

        bool IsOver(string name, bool areAllKnown) => checks.Signed.GetValueOrDefault(name) || listing.Deleted.ContainsKey(name) || (areAllKnown && !listing.Has(name));
    }

    private async Task<(string? Root, IEnumerable<Refusal> Refused)> RootAsync(AdvisoryFeed feed, string work, CancellationToken cancel)
    {
        if (CsafArchive.IsOf(feed))
        {
            var (archive, root) = (Path.Combine(work, "fetched"), Path.Combine(work, "archive"));
            await transport.GetAsync(feed.Address, archive, limits.IndexBytes, null, cancel);
            return (root, await new CsafArchive(feed, limits, root).ExtractAsync(archive, cancel));
        }

        return (!feed.Address.IsFile ? null : Directory.Exists(feed.Address.LocalPath) ? feed.Address.LocalPath : Path.GetDirectoryName(feed.Address.LocalPath), []);
    }

    private async Task FollowAsync(AdvisoryFeed feed, string? root, CsafPlaces places, CsafLists lists, CancellationToken cancel)
    {
        if (root is not null && root != Path.GetDirectoryName(feed.Address.LocalPath))
        {
            var folder = new CsafFolder(feed, limits, root);
            var found = folder.Lists();
            foreach (var (list, place) in found)
            {
                await lists.FollowAsync(list, await lists.HaveAsync(place, limits.ListBytes, cancel), cancel);
            }

            Array.ForEach(found.Count > 0 ? [] : folder.Documents().ToArray(), lists.Listing.Add);
            return;
        }

        if (CsafDiscovery.IsFor(feed.Address))
        {
            await lists.FollowAsync(DocumentKind.CsafProvider, await new CsafDiscovery(feed, limits, places, lists).FindAsync(cancel), cancel);
            return;
        }

        var head = await lists.HaveAsync(feed.Address, limits.ListBytes, cancel);
        var kind = CsafFolder.KindOf(head.Path, feed.Address.AbsolutePath);
        switch (kind)
        {
            case DocumentKind.CsafAggregator or DocumentKind.RolieService:
                throw Lister(feed, head);
            case DocumentKind.CsafProvider or DocumentKind.RolieFeed or DocumentKind.CsafIndex:
                await lists.FollowAsync(kind.Value, head, cancel);
                break;
            default:
                lists.Listing.Add(new CsafItem(Uri.UnescapeDataString(feed.Address.Segments[^1]), [feed.Address], null, ""));
                break;
        }
    }

    // Each vendor is trusted for itself, so each is a feed of its own.
    private static FeedException Lister(AdvisoryFeed feed, CsafList head)
    {
        using var document = File.OpenRead(head.Path);
        var listed = CsafAggregator.Read(document, new AdvisorySink("", _ => { }, _ => { }))?.Listed.Take(5).Select(l => l.Mirrors is [var mirror, ..] ? mirror : l.Address) ?? [];
        return new FeedException(FeedFault.NotAnIndex, $"{feed.Address} lists vendors or feeds and no documents: make each that you want a feed of its own, such as {string.Join(", ", listed.DefaultIfEmpty(feed.Address))}");
    }

    private static FeedException Nothing(AdvisoryFeed feed, CsafListing listing) => listing.Failure is { } failure
        ? new FeedException(failure.Fault, $"{feed.Address} can't be followed: {failure.Message}", failure) { Refused = failure.Refused ?? FailedParts.Of(listing.Refused) }
        : new FeedException(FeedFault.NotAnIndex, $"{feed.Address} names no document ({listing.Refused.FirstOrDefault()?.Reason ?? "its lists are empty"}): check the address") { Refused = FailedParts.Of(listing.Refused) };

    private static IEnumerable<SourceDocument> Withdrawn(CsafListing listing, IReadOnlyDictionary<string, KnownDocument> known) => listing.Deleted
        .Where(d => known.ContainsKey(d.Key))
        .Select(d => new SourceDocument(d.Key, $"withdrawn {CsafListing.TextOf(d.Value)}", null) { Withdrawn = d.Value });

    // What no list names any more is gone only where all lists were read, and nothing that they name is missing.
    private static IEnumerable<SourceDocument> Kept(CsafListing listing, IReadOnlyDictionary<string, KnownDocument> known, IEnumerable<SourceDocument> found)
    {
        if (listing.Lack is null)
        {
            return [];
        }

        var named = found.Select(d => d.Name).Concat(listing.Items.Select(i => i.Name)).Concat(listing.Refused.Select(r => r.File)).ToHashSet(StringComparer.Ordinal);
        return known.Values.Where(k => !named.Contains(k.Name))
            .Select(k => new SourceDocument(k.Name, k.DigestInUse, null) { Changed = k.Changed, Validators = new(k.Etag, k.LastModified) });
    }

    // Some vendors publish a document anew with its old date: each is asked for once a day by its validators, whatever its list says.
    private bool IsDue(string name)
    {
        var day = TimeSpan.FromDays(1).TotalSeconds;
        var moment = BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) % day;
        var passed = Now - (LastSuccess ?? DateTimeOffset.MinValue);
        return passed.TotalSeconds >= day || (Now.ToUnixTimeSeconds() - moment + day) % day < passed.TotalSeconds;
    }
}
