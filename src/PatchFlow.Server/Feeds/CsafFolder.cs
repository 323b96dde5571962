using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>A folder, or an archive made a folder, with CSAF documents: a copy of a vendor's distribution with its lists, or documents alone.</summary>
internal sealed class CsafFolder(AdvisoryFeed feed, FeedLimits limits, string root)
{
    private static readonly string[] Metadata = ["provider-metadata.json", ".well-known/csaf/provider-metadata.json"];
    private static readonly string[] Endings = [".json", ".json.gz", ".json.xz", ".json.bz2", ".json.zst"];

    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };

    /// <summary>The lists to follow: the provider's metadata, else the ROLIE feeds at the top; none where all documents are meant.</summary>
    public IReadOnlyList<(DocumentKind Kind, Uri Place)> Lists()
    {
        if (MetadataIn(name => File.Exists(Path.Combine(root, name))) is { } metadata)
        {
            return [(DocumentKind.CsafProvider, PlaceOf(metadata))];
        }

        return [.. Directory.EnumerateFiles(root, "*.json").Where(path => KindOf(path) == DocumentKind.RolieFeed).Order(StringComparer.Ordinal)
            .Select(path => (DocumentKind.RolieFeed, PlaceOf(Path.GetFileName(path))))];
    }

    /// <summary>The path of the provider's metadata, where it is in a folder; null where there is none.</summary>
    public static string? MetadataIn(Predicate<string> isThere) => Array.Find(Metadata, isThere);

    /// <summary>All documents.</summary>
    /// <exception cref="FeedException">There is none, or there are too many, or they can't all be looked for.</exception>
    public IEnumerable<CsafItem> Documents()
    {
        var names = Names();
        return names.Count == 0
            ? throw new FeedException(FeedFault.NotFound, $"{feed.Address} has no document in it: put the vendor's files (.json) there, or mend the feed's address")
            : names.Count > limits.Documents
            ? throw new FeedException(FeedFault.TooLarge, $"{feed.Address} has more than {limits.Documents} documents: it is not used; check the address")
            : names.Select(name => new CsafItem(name, [PlaceOf(name)], null, ""));
    }

    private List<string> Names()
    {
        try
        {
            return [.. Directory.EnumerateFiles(root, "*", Everywhere).Where(IsDocument).Take(limits.Documents + 1).Select(path => Path.GetRelativePath(root, path)).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException e)
        {
            throw DiskFolder.NotWhole(root, e);
        }
    }

    private Uri PlaceOf(string name) => Feed.Below(LocalFile.FolderAddress(root), name);

    // Beside documents lie lists of them, which are told by what they begin with.
    private static bool IsDocument(string path) => Array.Exists(Endings, end => path.EndsWith(end, StringComparison.Ordinal)) && !IsList(path);

    /// <summary>Whether a file is a list of documents, told by what it begins with.</summary>
    public static bool IsList(string path) => KindOf(path) is DocumentKind.CsafProvider or DocumentKind.CsafAggregator or DocumentKind.RolieFeed or DocumentKind.RolieService;

    /// <summary>What a file seems to be; null also where it can't be read, which is said where it is asked for.</summary>
    public static DocumentKind? KindOf(string path, string? name = null)
    {
        try
        {
            using var file = LocalFile.Open(path);
            var head = new byte[Math.Min(DocumentKinds.HeadBytes, file.Length)];
            file.ReadExactly(head);
            return DocumentKinds.Guess(name ?? path, head);
        }
        catch (FeedException e) when (e.Fault is FeedFault.Unreadable)
        {
            return null;
        }
    }
}
