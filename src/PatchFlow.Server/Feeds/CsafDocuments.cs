using System.Collections.Concurrent;
using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Has CSAF documents with what stands beside them. The bytes that were verified are the bytes that are read: they lie in a private folder. A
/// document that can't be had or verified is refused alone.
/// </summary>
/// <param name="fetch">Has them.</param>
/// <param name="limits">What a feed may cost.</param>
/// <param name="places">Where addresses are asked for.</param>
/// <param name="checks">Verifies them.</param>
/// <param name="known">The documents of the snapshot in use, by name.</param>
/// <param name="isDue">Whether a document is asked for although its list says that it is as known.</param>
/// <param name="work">A private folder.</param>
internal sealed class CsafDocuments(
    CsafFetch fetch, FeedLimits limits, CsafPlaces places, CsafChecks checks, IReadOnlyDictionary<string, KnownDocument> known, Func<string, bool> isDue, string work)
{
    private const int AtOnce = 4;
    private readonly FeedAbsences _absences = new(limits);

    /// <summary>One that is there perhaps, and could not be had now; null where there is none.</summary>
    public FeedException? Away => _absences.Last;

    /// <summary>The documents, and those that were refused.</summary>
    /// <exception cref="FeedException">Too many can't be had.</exception>
    public async Task<(IEnumerable<SourceDocument> Documents, IEnumerable<Refusal> Refused)> HaveAsync(IReadOnlyCollection<CsafItem> items, CancellationToken cancel)
    {
        var (documents, refused) = (new ConcurrentDictionary<int, SourceDocument>(), new ConcurrentDictionary<int, Refusal>());
        await Parallel.ForEachAsync(items.Index(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (item, token) =>
        {
            try
            {
                documents[item.Index] = await HaveAsync(item.Item, Path.Combine(work, $"document{item.Index}"), token);
                _absences.Answered();
            }
            catch (FeedException e) when (e.Fault is not FeedFault.Local)
            {
                refused[item.Index] = new Refusal(item.Item.Name, "", e.Message);
                fetch.Refuse(checks.AddressesOf(item.Item));
                _absences.Count(e);
            }
        });
        return (documents.OrderBy(d => d.Key).Select(d => d.Value), refused.OrderBy(r => r.Key).Select(r => r.Value));
    }

    private async Task<SourceDocument> HaveAsync(CsafItem item, string path, CancellationToken cancel)
    {
        if (item.Refusal is { } reason)
        {
            throw new FeedException(places.IsLocal ? FeedFault.NotFound : FeedFault.Redirected, reason);
        }

        var before = known.GetValueOrDefault(item.Name);
        if (before is not null && await IsAsKnownAsync(item, before, cancel))
        {
            fetch.Same(() => checks.AddressesOf(item), before.Digest);
            return new SourceDocument(item.Name, before.Digest, null) { Changed = item.Changed, Validators = new(before.Etag, before.LastModified) };
        }

        var (place, download) = await FirstAsync(item, path, before is null ? null : new(before.Etag, before.LastModified), cancel);
        var validators = download.Validators;
        if (before is not null && (download.IsNotModified || before.IsOf(download.Sha256.Hex)))
        {
            fetch.Same(() => checks.AddressesOf(item), download.IsNotModified ? before.Digest : download.Sha256.Hex);
        }

        if (download.IsNotModified)
        {
            return new SourceDocument(item.Name, before!.Digest, null) { Changed = item.Changed, Validators = validators };
        }

        // What is as known was verified when it came.
        if (before?.IsOf(download.Sha256.Hex) != true || before.Refused > 0)
        {
            await checks.VerifyAsync(item, place, await File.ReadAllBytesAsync(path, cancel), path, cancel);
        }
        else if (fetch.Lacks(place))
        {
            await checks.HaveAsync(item, place, await File.ReadAllBytesAsync(path, cancel), path, cancel);
        }

        return new SourceDocument(item.Name, download.Sha256.Hex, SourceDocument.MoveFrom(path))
        {
            Changed = item.Changed,
            Validators = validators,
            IsListed = item.List.Length > 0,
            Unkeep = () => fetch.Refuse(checks.AddressesOf(item), isInUse: true),
        };
    }

    // A date need not be believed where looking costs nothing.
    private async Task<bool> IsAsKnownAsync(CsafItem item, KnownDocument before, CancellationToken cancel)
    {
        if (!places.IsLocal)
        {
            return item.Changed is not null && before.Digest.Length > 0 && before.Changed == item.Changed && !isDue(item.Name);
        }

        if (before.Refused > 0 || item.Places.FirstOrDefault(p => File.Exists(p.LocalPath)) is not { } place)
        {
            return false;
        }

        await using var file = LocalFile.Open(place.LocalPath);
        return Digest.FromBytes(await SHA256.HashDataAsync(file, cancel)).Hex == before.Digest;
    }

    private async Task<(Uri Place, Download Download)> FirstAsync(CsafItem item, string path, Validators? validators, CancellationToken cancel)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return (item.Places[i], await fetch.GetAsync(item.Places[i], path, AdvisoryLimits.Default.RecordBytes, validators, cancel, item.Changed ?? ""));
            }
            catch (FeedException e) when (e.Fault is FeedFault.NotFound && i + 1 < item.Places.Length)
            {
                // Some lists name two places, of which one is wrong.
            }
        }
    }
}
