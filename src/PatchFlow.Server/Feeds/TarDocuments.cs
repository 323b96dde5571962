using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Gathers the documents of a tar archive, packed or not. It can be read from its front only, so they are put into the work folder as they come.</summary>
/// <param name="feed">The feed.</param>
/// <param name="limits">What it may become.</param>
/// <param name="work">Where documents are put.</param>
/// <param name="isDocument">Whether a path is that of a document.</param>
internal sealed class TarDocuments(AdvisoryFeed feed, FeedLimits limits, string work, Func<string, bool> isDocument)
{
    private readonly SortedDictionary<string, SourceDocument> _documents = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _refused = new(StringComparer.Ordinal);
    private int _met;

    /// <summary>How an archive of this name is packed, empty where it is not; null where the name is not that of a tar archive.</summary>
    public static string? PackingOf(string name) =>
        name.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) ? ".gz"
        : Array.Find([".tar", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst"], end => name.EndsWith(end, StringComparison.OrdinalIgnoreCase))?[".tar".Length..];

    /// <summary>Its documents. One that is too large, no file, or there twice is refused alone.</summary>
    /// <param name="path">The archive.</param>
    /// <param name="packing">How it is packed: see <see cref="PackingOf"/>.</param>
    /// <param name="validators">For the next request.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It is cut, no archive, too large, or has no document.</exception>
    public async Task<Gathered> GatherAsync(string path, string packing, Validators validators, CancellationToken cancel)
    {
        try
        {
            await Decompression.ReadAsync(packing, path, limits.ArchiveBytes, limits, $"{feed.Address}", ReadAsync, cancel);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} is no tar archive that can be read ({e.Message}): check the address, and tell the vendor", e);
        }

        return _documents.Count > 0 || _refused.Count == 0 ? new Gathered([.. _documents.Values], validators, [.. _refused.Select(r => new Refusal(r.Key, "", r.Value))])
            : throw new FeedException(FeedFault.Malformed, $"{feed.Address} has no document that can be unpacked: {_refused.First().Value}") { Refused = FailedParts.Of([.. _refused.Select(r => new Refusal(r.Key, "", r.Value))]) };
    }

    private async Task ReadAsync(Stream stream, CancellationToken cancel)
    {
        var entries = new TarEntries(stream);
        while (await entries.NextAsync(cancel) is { } entry)
        {
            var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
            if (entry.Kind is not TarItemKind.Folder && isDocument(name))
            {
                await TakeAsync(name, entry, entries, cancel);
            }
        }
    }

    private async Task TakeAsync(string name, TarItem entry, TarEntries entries, CancellationToken cancel)
    {
        if (++_met > limits.Documents)
        {
            throw new FeedException(FeedFault.TooLarge, $"{feed.Address} has more than {limits.Documents} documents: it is not used; check the address");
        }

        if ((_documents.Remove(name) || _refused.ContainsKey(name) ? ArchiveRefusals.Several : ArchiveRefusals.Of(entry, limits)) is { } problem)
        {
            _refused[ArchiveRefusals.NameOf(name)] = problem;
            return;
        }

        var to = Path.Combine(work, $"entry{_met}");
        _documents[name] = new SourceDocument(name, (await entries.ExtractAsync(to, cancel)).Hex, SourceDocument.MoveFrom(to));
    }
}
