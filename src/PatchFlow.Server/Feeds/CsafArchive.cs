using System.IO.Compression;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Makes a folder of an archive of CSAF documents, a <c>.zip</c> or a <c>.tar</c> that may be packed, with what stands beside them.</summary>
/// <param name="feed">The feed.</param>
/// <param name="limits">What it may become.</param>
/// <param name="root">The folder, which is not there yet.</param>
internal sealed class CsafArchive(AdvisoryFeed feed, FeedLimits limits, string root)
{
    private const int FilesOfDocument = 4;
    private readonly SortedDictionary<string, string> _refused = new(StringComparer.Ordinal);
    private long _met;

    /// <summary>Whether the feed's address is that of an archive.</summary>
    public static bool IsOf(AdvisoryFeed feed) => IsZip(feed) || TarDocuments.PackingOf(feed.Address.AbsolutePath) is not null;

    /// <summary>Unpacks it. What has no place of its own in it is refused alone.</summary>
    /// <exception cref="FeedException">It is none, cut, or too large; a file in it is nowhere below a folder; or a list is there twice.</exception>
    public async Task<IEnumerable<Refusal>> ExtractAsync(string archive, CancellationToken cancel)
    {
        Directory.CreateDirectory(root);
        try
        {
            await (IsZip(feed) ? ZipAsync(archive, cancel)
                : Decompression.ReadAsync(TarDocuments.PackingOf(feed.Address.AbsolutePath)!, archive, limits.ArchiveBytes, limits, $"{feed.Address}", TarAsync, cancel));
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} is no {(IsZip(feed) ? "zip" : "tar")} archive that can be read ({e.Message}): check the address, and tell the vendor", e);
        }

        // Without it all documents would be read, whatever it says of them.
        if (CsafFolder.MetadataIn(_refused.ContainsKey) is { } metadata && CsafFolder.MetadataIn(name => File.Exists(Path.Combine(root, name))) is null)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} has a '{metadata}' that can't be read, and no other: {_refused[metadata]}");
        }

        return _refused.Count == 0 || Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).Any() ? _refused.Select(r => new Refusal(ArchiveRefusals.NameOf(r.Key), "", r.Value))
            : throw new FeedException(FeedFault.Malformed, $"{feed.Address} has no document that can be unpacked: {_refused.First().Value}") { Refused = FailedParts.Of([.. _refused.Select(r => new Refusal(ArchiveRefusals.NameOf(r.Key), "", r.Value))]) };
    }

    private static bool IsZip(AdvisoryFeed feed) => feed.Address.AbsolutePath.EndsWith(".zip", StringComparison.OrdinalIgnoreCase);

    private async Task ZipAsync(string archive, CancellationToken cancel)
    {
        await using var zip = await ZipReading.OpenAsync(archive, cancel);
        var budget = Math.Min(new FileInfo(archive).Length * limits.Ratio, limits.ArchiveBytes);
        foreach (var entry in zip.Entries.Where(e => e.Name.Length > 0))
        {
            await PlaceAsync(NameOf(entry.FullName), null, async to =>
            {
                var (count, problem) = await WriteAsync(entry, to, budget, cancel);
                budget -= count;
                return problem;
            });
        }
    }

    private async Task<(long Count, string? Problem)> WriteAsync(ZipArchiveEntry entry, string to, long budget, CancellationToken cancel)
    {
        LimitedStream? content = null;
        try
        {
            content = await LimitedStream.OpenAsync(feed, entry, budget, cancel);
            await using var file = File.Create(to);
            await content.CopyToAsync(file, cancel);
            return (content.Count, null);
        }
        catch (InvalidDataException e)
        {
            // Of anything else nobody knows what it would have said of the others: then nothing of the archive is used.
            return await SeemsAsync(entry, cancel) == DocumentKind.Csaf ? (content?.Count ?? 0, ArchiveRefusals.Torn(e))
                : throw new InvalidDataException($"its entry '{AptGrammar.Shown(entry.FullName)}' is torn: {e.Message}", e);
        }
        finally
        {
            await (content?.DisposeAsync() ?? default);
        }
    }

    // Whoever asks for many bytes at once gets none of those before the place that can't be unpacked: so the beginning is read once more, byte by byte.
    private static async Task<DocumentKind?> SeemsAsync(ZipArchiveEntry entry, CancellationToken cancel)
    {
        var (head, length) = (new byte[DocumentKinds.HeadBytes], 0);
        try
        {
            await using var content = await entry.OpenAsync(cancel);
            while (length < head.Length && content.Read(head, length, 1) > 0)
            {
                length++;
            }
        }
        catch (InvalidDataException)
        {
            // What stands before it has to tell.
        }

        return DocumentKinds.Guess(entry.FullName, head.AsSpan(0, length));
    }

    private async Task TarAsync(Stream stream, CancellationToken cancel)
    {
        var entries = new TarEntries(stream);
        while (await entries.NextAsync(cancel) is { } entry)
        {
            if (entry.Kind is not TarItemKind.Folder)
            {
                await PlaceAsync(NameOf(entry.Name), ArchiveRefusals.Of(entry, limits), async to =>
                {
                    await entries.ExtractAsync(to, cancel);
                    return null;
                });
            }
        }
    }

    private string NameOf(string path)
    {
        var name = path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        return IsPlain(name) && ++_met <= (long)FilesOfDocument * limits.Documents ? name
            : throw new FeedException(FeedFault.Malformed, $"{feed.Address} has a file '{AptGrammar.Shown(path)}' that is no plain path, or too many: it is not used; tell the vendor");
    }

    // Other than in what apt reads, a file has any name that it may have in a folder; with \ some programs for Windows write folders, among which lists would not be found.
    private static bool IsPlain(string name) => !name.Any(c => c == '\\' || char.IsControl(c)) && name.Split('/').All(part => part is not ("" or "." or ".."));

    // A file that is there twice is not there at all. Without a list all documents would be read, whatever it says of them: it can't be left out.
    private async Task PlaceAsync(string name, string? problem, Func<string, Task<string?>> writeAsync)
    {
        if ((ArchiveRefusals.LongName(name) ?? Clash(name)) is { } nowhere)
        {
            _refused[name] = nowhere;
            return;
        }

        var to = Path.Combine(root, name);
        var isTwice = File.Exists(to) || _refused.ContainsKey(name);
        RefuseList(name, isTwice);
        if (problem is null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            problem = await writeAsync(to);
        }

        if (isTwice || problem is not null)
        {
            RefuseList(name, isTwice);
            File.Delete(to);
            _refused[name] = isTwice ? ArchiveRefusals.Several : problem!;
        }
    }

    // What was refused has no place, so what lies in the folder tells.
    private string? Clash(string name) => ArchivePaths.InTheWay(name, path => File.Exists(Path.Combine(root, path)), path => Directory.Exists(Path.Combine(root, path))) is not { } path ? null
        : path == name ? "the archive has a folder of this name as well: tell the vendor"
        : $"the archive has a file '{path}' where the folder of this one would be: tell the vendor";

    private void RefuseList(string name, bool isTwice)
    {
        if (isTwice && File.Exists(Path.Combine(root, name)) && CsafFolder.IsList(Path.Combine(root, name)))
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} has the list '{name}' twice, and nobody knows which of them counts: it is not used; tell the vendor");
        }
    }
}
