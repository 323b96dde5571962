using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Gathers the documents of a feed: one, the files of a folder, the entries of an archive, or what a list names.</summary>
internal sealed class AdvisorySources(FeedTransport transport, FeedLimits limits)
{
    private const int AtOnce = 4;
    private static readonly string[] Lists = ["index.txt", "changes.csv"];
    private static readonly string[] Beside = [".asc", ".sig", ".sha256", ".sha512", ".md5"];
    private static readonly string[] NoDocuments = [.. Lists, "deletions.csv", "releases.csv", "provider-metadata.json"];

    /// <summary>When the feed last answered well; null where it never did.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>How far the feed has come.</summary>
    public required FeedProgress Progress { get; init; }

    /// <summary>Documents that had a good signature once.</summary>
    public IReadOnlySet<string> SignedBefore { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Digests of documents whose signatures were verified by the keys of now, and need not be once more.</summary>
    public IReadOnlySet<string> Verified { get; init; } = FrozenSet<string>.Empty;

    /// <summary>The documents; null where the server says that nothing is new.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="validators">What the server said last time; null to be told everything.</param>
    /// <param name="known">The documents of the snapshot in use, by name.</param>
    /// <param name="work">An empty folder.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">They can't be had.</exception>
    public async Task<Gathered?> GatherAsync(
        AdvisoryFeed feed, Validators? validators, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        if (feed.Kind == DocumentKind.Csaf)
        {
            return await new CsafSource(transport, limits) { LastSuccess = LastSuccess, Progress = Progress, SignedBefore = SignedBefore, Verified = Verified }.GatherAsync(feed, known, work, cancel);
        }

        if (feed.Address.IsFile && Directory.Exists(feed.Address.LocalPath))
        {
            return await FolderAsync(feed, feed.Address.LocalPath, cancel);
        }

        if (RemoteAddress.Of(feed.Kind, feed.Address) is { } remote)
        {
            return await new RemoteSources(transport, limits).GatherAsync(feed, remote, known, work, cancel);
        }

        var name = Path.GetFileName(feed.Address.AbsolutePath) is { Length: > 0 } last ? Uri.UnescapeDataString(last) : "document";
        var path = Path.Combine(work, "fetched");
        // A list of names alone stays the same while its documents change.
        var download = await transport.GetAsync(feed.Address, path, limits.IndexBytes, name == Lists[0] ? null : validators, cancel);
        var (dates, isOne) = (new AnswerDates(feed, Progress), !Lists.Contains(name) && !name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) && TarDocuments.PackingOf(name) is null);
        var changed = isOne ? dates.Of(download.Validators) : null;
        // What is in use and only others have read is read from any mirror that has it.
        var isUnread = !download.IsNotModified && known.Values.Any(k => k.EarlierDigest == download.Sha256.Hex);
        if (!isUnread && dates.IsBehind(changed, validators is null ? null : dates.Of(validators)) && known.Count > 0)
        {
            // A mirror that lags: what is in use was not read from this.
            transport.Refuse([feed.Address], isInUse: true);
            return null;
        }

        return download.IsNotModified ? null
            : Lists.Contains(name) ? await ListAsync(feed, path, download.Validators, known, work, cancel)
            : name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) ? await ArchiveAsync(feed, path, download.Validators, cancel)
            : TarDocuments.PackingOf(name) is { } packing ? await new TarDocuments(feed, limits, work, IsDocument).GatherAsync(path, packing, download.Validators, cancel)
            : new Gathered([new SourceDocument(name, download.Sha256.Hex, SourceDocument.MoveFrom(path))], isUnread ? dates.Next(download.Validators) : download.Validators, []) { Lists = dates.Kept(changed) };
    }

    private async Task<Gathered> FolderAsync(AdvisoryFeed feed, string folder, CancellationToken cancel)
    {
        var (documents, refused) = (new List<SourceDocument>(), new List<Refusal>());
        foreach (var path in Files(folder))
        {
            Bound(feed, documents.Count + refused.Count);
            var name = Path.GetRelativePath(folder, path);
            try
            {
                var digest = await DigestAsync(path, cancel);
                documents.Add(new SourceDocument(name, digest, (to, token) => CopyAsync(path, digest, to, token)));
            }
            catch (FeedException e) when (e.Fault is FeedFault.Unreadable or FeedFault.TooLarge)
            {
                refused.Add(new Refusal(name, "", e.Message));
            }
        }

        return documents.Count > 0 ? new Gathered(documents, new Validators(null, null), refused)
            : refused is [var first, ..] ? throw new FeedException(FeedFault.Unreadable, $"{folder} has no document that can be read: {first.Reason}") { Refused = FailedParts.Of(refused) }
            : throw new FeedException(FeedFault.NotFound, $"{folder} has no document in it: put the vendor's files there, or mend the feed's address");
    }

    private List<string> Files(string folder)
    {
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden };
            return [.. Directory.EnumerateFiles(folder, "*", options).Where(IsDocument).Take(limits.Documents + 1).Order(StringComparer.Ordinal)];
        }
        catch (UnauthorizedAccessException e)
        {
            throw DiskFolder.NotWhole(folder, e);
        }
    }

    private async Task<string> DigestAsync(string path, CancellationToken cancel)
    {
        await using var file = LocalFile.Open(path);
        return file.Length <= limits.IndexBytes
            ? Digest.FromBytes(await SHA256.HashDataAsync(file, cancel)).Hex
            : throw new FeedException(FeedFault.TooLarge, $"{path} is larger than the {limits.IndexBytes} bytes that a document may have: take it out of the folder");
    }

    // What was hashed is what is read: a file that is being written is taken at the next try.
    private static async Task CopyAsync(string from, string digest, string to, CancellationToken cancel)
    {
        await using (var file = LocalFile.Open(from))
        await using (var written = File.Create(to))
        {
            await file.CopyToAsync(written, cancel);
        }

        await using var copy = File.OpenRead(to);
        if (Digest.FromBytes(await SHA256.HashDataAsync(copy, cancel)).Hex != digest)
        {
            throw new FeedException(FeedFault.Truncated, $"{from} was changed while it was read: it is tried again");
        }
    }

    private async Task<Gathered> ArchiveAsync(AdvisoryFeed feed, string path, Validators validators, CancellationToken cancel)
    {
        var (documents, refused, unpacked) = (new List<SourceDocument>(), new List<Refusal>(), new ZipDocuments(path));
        try
        {
            await using var archive = await ZipReading.OpenAsync(path, cancel);
            var budget = new FileInfo(path).Length * limits.Ratio;
            foreach (var entries in archive.Entries.Where(e => e.Name.Length > 0 && IsDocument(e.FullName)).GroupBy(e => e.FullName).OrderBy(e => e.Key, StringComparer.Ordinal))
            {
                Bound(feed, documents.Count + refused.Count);
                var (digest, bytes, problem) = await MeasuredAsync(feed, [.. entries], budget, cancel);
                budget -= bytes;
                var name = entries.Key;
                if (digest is null)
                {
                    refused.Add(new Refusal(name, "", problem!));
                    continue;
                }

                documents.Add(new SourceDocument(name, digest, (to, token) => unpacked.ExtractAsync(name, to, token)));
            }
        }
        catch (InvalidDataException e)
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.Address} is no zip archive that can be read ({e.Message}): check the address, and tell the vendor", e);
        }

        return documents.Count > 0 || refused.Count == 0 ? new Gathered(documents, validators, refused) { Archive = unpacked }
            : throw new FeedException(FeedFault.Malformed, $"{feed.Address} has no document that can be unpacked: {refused[0].Reason}") { Refused = FailedParts.Of(refused) };
    }

    // One that is torn, or too large by itself, is refused alone; what the archive may become as a whole is the whole archive's matter.
    private async Task<(string? Digest, long Bytes, string? Problem)> MeasuredAsync(AdvisoryFeed feed, ZipArchiveEntry[] entries, long budget, CancellationToken cancel)
    {
        if (entries is not [var entry])
        {
            return (null, 0, ArchiveRefusals.Several);
        }

        LimitedStream? content = null;
        try
        {
            content = await LimitedStream.OpenAsync(feed, entry, Math.Min(budget, limits.IndexBytes), cancel);
            return (Digest.FromBytes(await SHA256.HashDataAsync(content, cancel)).Hex, content.Count, null);
        }
        catch (InvalidDataException e)
        {
            return (null, content?.Count ?? 0, ArchiveRefusals.Torn(e));
        }
        catch (FeedException e) when (e.Fault is FeedFault.TooLarge && budget > limits.IndexBytes)
        {
            return (null, content!.Count, ArchiveRefusals.TooLarge(limits));
        }
        finally
        {
            await (content?.DisposeAsync() ?? default);
        }
    }

    private async Task<Gathered> ListAsync(
        AdvisoryFeed feed, string path, Validators validators, IReadOnlyDictionary<string, KnownDocument> known, string work, CancellationToken cancel)
    {
        var refused = new List<Refusal>();
        var sink = new AdvisorySink(Path.GetFileName(feed.Address.AbsolutePath), _ => { }, refused.Add, AdvisoryLimits.Default with { Records = limits.ListedDocuments });
        var entries = CsafIndex.Read(await File.ReadAllTextAsync(path, Encoding.UTF8, cancel), sink).Where(e => IsDocument(e.Path)).ToList();
        if (entries.Count == 0)
        {
            throw new FeedException(FeedFault.NotAnIndex, $"{feed.Address} names no document ({refused.FirstOrDefault()?.Reason ?? "it is empty"}): check the address") { Refused = FailedParts.Of(refused) };
        }

        var names = entries.Select(e => e.Path).ToHashSet(StringComparer.Ordinal);
        var lacking = known.Values.Where(k => !names.Contains(k.Name)).ToList();
        var doubt = ListDoubt.Of(lacking.Count, known.Count, "if the vendor has taken them back, give the feed another name, with which it begins anew");
        var kept = doubt is null ? [] : lacking.Select(k => new SourceDocument(k.Name, k.DigestInUse, null) { Changed = k.Changed, Validators = new(k.Etag, k.LastModified) });
        var documents = new SourceDocument?[entries.Count];
        var missing = new Refusal?[entries.Count];
        var away = new FeedAbsences(limits);
        await Parallel.ForEachAsync(Enumerable.Range(0, entries.Count), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, async (i, token) =>
        {
            try
            {
                documents[i] = await ListedAsync(feed, entries[i], known.GetValueOrDefault(entries[i].Path), Path.Combine(work, $"listed{i}"), token);
                away.Answered();
            }
            catch (FeedException e) when (e.Fault is not FeedFault.Local)
            {
                missing[i] = new Refusal(entries[i].Path, "", e.Message);
                away.Count(e);
            }
        });
        // What could not be had is asked for again, though the list stays as it is.
        var next = missing.Any(m => m is not null) ? new(null, null) : validators;
        return new Gathered([.. documents.OfType<SourceDocument>(), .. kept], next, [.. doubt is null ? refused : [new Refusal(Path.GetFileName(feed.Address.AbsolutePath), "", doubt), .. refused], .. missing.OfType<Refusal>()]) { Lack = away.Last?.Message, Away = away.Last?.Message };
    }

    private async Task<SourceDocument> ListedAsync(AdvisoryFeed feed, CsafEntry entry, KnownDocument? known, string path, CancellationToken cancel)
    {
        var changed = entry.Changed?.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        var address = Feed.Below(new Uri(feed.Address, "."), entry.Path);
        if (known is { Digest.Length: > 0 } && changed is not null && known.Changed == changed && !transport.Lacks(address, known.Digest))
        {
            transport.Same(() => [address], known.Digest);
            return new SourceDocument(known.Name, known.Digest, null) { Changed = changed, Validators = new(known.Etag, known.LastModified) };
        }

        var validators = known is null ? null : new Validators(known.Etag, known.LastModified);
        try
        {
            var download = await transport.GetAsync(address, path, AdvisoryLimits.Default.RecordBytes, validators, cancel, changed ?? "");
            return download.IsNotModified
                ? new SourceDocument(entry.Path, known!.Digest, null) { Changed = changed, Validators = validators! }
                : new SourceDocument(entry.Path, download.Sha256.Hex, SourceDocument.MoveFrom(path)) { Changed = changed, Validators = download.Validators, Unkeep = () => transport.Refuse([address], isInUse: true) };
        }
        catch (FeedException)
        {
            transport.Refuse([address]);
            throw;
        }
    }

    private void Bound(AdvisoryFeed feed, int documents)
    {
        if (documents >= limits.Documents)
        {
            throw new FeedException(FeedFault.TooLarge, $"{feed.Address} has more than {limits.Documents} documents: it is not used; check the address");
        }
    }

    private static bool IsDocument(string path) =>
        !NoDocuments.Contains(Path.GetFileName(path)) && !Array.Exists(Beside, end => path.EndsWith(end, StringComparison.Ordinal));
}
