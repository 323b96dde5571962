using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Feeds;

/// <summary>A list of a fetch, verified.</summary>
/// <param name="Name">Its name in the snapshot's folder.</param>
/// <param name="Digest">Its SHA-256.</param>
/// <param name="Base">That of the list of which it is a change: its own where it was read whole.</param>
/// <param name="Files">The files in the work folder that it is kept in.</param>
/// <param name="Shares">The kept list with which it shares bytes on the disk; null where all of it was written.</param>
/// <param name="Content">What it lists.</param>
internal sealed record FetchedList(string Name, Digest Digest, Digest Base, string[] Files, KeptList? Shares, ListChange Content)
{
    /// <summary>Whether it was read whole.</summary>
    public bool IsBase => Digest == Base;
}

/// <summary>The lists of a fetch, and the index over them.</summary>
internal sealed record FetchedLists(IReadOnlyList<FetchedList> Lists, PackageIndex Index);

/// <summary>
/// Fetches the package indices that a verified release lists. One that is known from an earlier fetch of this process is read by what changed in it, and
/// kept as that change (<see cref="KeptList"/>); all others are read and kept whole. Nothing of a list counts before its size and SHA-256 are those that
/// the release says.
/// </summary>
internal sealed class ListFetcher(FeedTransport transport, FeedLimits limits)
{
    // A list of which more is changed is kept whole, and later ones as changes of it.
    private const int ChangedPart = 4;
    private readonly ConcurrentDictionary<string, KnownFeed> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// Reads the first list that changed, where it lies on this machine, as long as it is not known yet whether the release is signed: what is found counts only if
    /// a signed one lists those very bytes. Nothing is asked of another machine on the word of such a release.
    /// </summary>
    /// <returns>What <see cref="FetchAsync"/> goes on with; to be disposed of before the work folder is.</returns>
    public ListHeadStart Begin(Feed feed, AptRelease unverified, FeedSnapshot current, string work, CancellationToken cancel) =>
        new(stop => FirstChanged(feed, unverified, current) is ({ } wanted, { } source, { } kept)
            ? (wanted.Listed, CompareAsync(wanted, source, kept, new KeptList(work, kept.List.Name), stop))
            : null, cancel);

    private (Wanted Wanted, Source Source, Kept Kept)? FirstChanged(Feed feed, AptRelease unverified, FeedSnapshot current)
    {
        var kept = KeptOf(feed, current);
        foreach (var path in AptIndexPaths.Of(feed, unverified))
        {
            if (kept(path) is { } known && unverified.Files.TryGetValue(path, out var listed) && listed.SizeBytes <= limits.IndexBytes && listed.Sha256 != known.Digest)
            {
                return Source.OfThisMachine(Place(feed, unverified, path)) is { } source ? (new Wanted(feed, unverified, path, listed), source, known) : null;
            }
        }

        return null;
    }

    /// <summary>Fetches them into the work folder.</summary>
    /// <exception cref="FeedException">One was refused.</exception>
    public async Task<FetchedLists> FetchAsync(Feed feed, AptRelease release, FeedSnapshot? current, string work, ListHeadStart? begun, CancellationToken cancel)
    {
        var known = _known.GetValueOrDefault(feed.Name) ?? KnownFeed.Nothing;
        var lists = new List<FetchedList>();
        await using var writing = new Writing();
        var (paths, kept) = (AptIndexPaths.Of(feed, release).ToList(), KeptOf(feed, current));
        foreach (var path in paths)
        {
            lists.Add(await ListAsync(new Wanted(feed, release, path, Listed(feed, release, path)), kept(path), new Work(work, writing, begun), cancel));
        }

        var now = known.With(lists);
        await writing.EndAsync();
        foreach (var (path, list) in paths.Zip(lists))
        {
            RefuseUnreadable(feed, path, list.Content, lists);
        }

        _known[feed.Name] = now;
        return new FetchedLists(lists, now.Index);
    }

    private Func<string, Kept?> KeptOf(Feed feed, FeedSnapshot? current)
    {
        var before = current is null ? null : FeedCatalog.ReleaseOf(current);
        var known = _known.GetValueOrDefault(feed.Name) ?? KnownFeed.Nothing;
        return path => FeedSnapshot.ListName(path) is var name && current is not null && new KeptList(current.Folder, name) is { IsThere: true } there
            && before!.Files.TryGetValue(path, out var was) ? new Kept(there, was.Sha256, known.Find(name)) : null;
    }

    private AptReleaseFile Listed(Feed feed, AptRelease release, string path) =>
        release.Files.TryGetValue(path, out var listed) && listed.SizeBytes <= limits.IndexBytes
            ? listed
            : throw new FeedException(FeedFault.NotFound, $"{feed.InSuite(SignedIndices.InRelease)} does not list {path}, or larger than {limits.IndexBytes} bytes: correct the feed's components and arch");

    private static void RefuseUnreadable(Feed feed, string path, ListChange content, List<FetchedList> all)
    {
        if (content is { Count: 0, RefusedCount: > 0 })
        {
            throw new FeedException(FeedFault.Malformed, $"{feed.InSuite(path)} has no stanza that can be read; the first is wrong at line {content.Refused[0].Line}: {content.Refused[0].Reason}")
            {
                Refused = FailedParts.Of(
                    [.. all.SelectMany(l => l.Content.Refused.Select(r => new Refusal(l.Name, $"line {r.Line}", r.Reason)))], all.Sum(l => l.Content.RefusedCount - l.Content.Refused.Count)),
            };
        }
    }

    // Most publications leave most indices as they were: those are taken from the snapshot in use.
    private async Task<FetchedList> ListAsync(Wanted wanted, Kept? kept, Work work, CancellationToken cancel)
    {
        if (kept is not null && kept.Digest == wanted.Listed.Sha256 && Unchanged(kept) is { } same)
        {
            kept.List.LinkTo(work.Folder);
            return same;
        }

        var to = new KeptList(work.Folder, FeedSnapshot.ListName(wanted.Path));
        var source = await DownloadAsync(wanted, to, cancel);
        try
        {
            return (kept is null ? null : await ChangedAsync(wanted, source, kept, to, work, cancel)) ?? await WholeAsync(wanted, source, to, cancel);
        }
        catch (InvalidDataException e)
        {
            throw new FeedException(FeedFault.Malformed, $"{source.Address} can't be read ({e.Message}): the list stays as it was; look at the mirror, or tell the vendor", e);
        }
    }

    private static FetchedList? Unchanged(Kept kept)
    {
        if (kept.Known is { } known && known.Digest == kept.Digest)
        {
            return known with { Files = kept.List.Files, Shares = kept.List };
        }

        var read = PackageLists.ReadKnown(kept.List);
        return read.Sha256 == kept.Digest ? new FetchedList(kept.List.Name, kept.Digest, kept.Digest, kept.List.Files, kept.List, read.Packages.Unchanged) : null;
    }

    // A list of this machine that is not compressed is read where it lies; all others are here before they are read.
    private async Task<Source> DownloadAsync(Wanted wanted, KeptList to, CancellationToken cancel)
    {
        var place = Place(wanted.Feed, wanted.Release, wanted.Path);
        if (Source.OfThisMachine(place) is { } here)
        {
            return here;
        }

        var (suffix, file, address) = place;
        var (fetched, named) = (to.Whole + ".part", wanted.Feed.InSuite(file.Path));
        try
        {
            return await DownloadAsync(address, suffix, file, fetched, cancel);
        }
        catch (FeedException e) when (named != address && e.Fault is (FeedFault.NotFound or FeedFault.Unreachable))
        {
            // A mirror may lack what is named by its hash, whatever its release says, and some answer that with 403: then its own name is asked for, as apt does.
            return await DownloadAsync(named, suffix, file, fetched, cancel);
        }
    }

    private async Task<Source> DownloadAsync(Uri address, string suffix, AptReleaseFile file, string to, CancellationToken cancel)
    {
        var download = await transport.GetAsync(address, to, Math.Min(file.SizeBytes, limits.IndexBytes), null, cancel);
        RefuseOther(address, file, download.SizeBytes, download.Sha256, "");
        return new Source(address, suffix, to);
    }

    private async Task<FetchedList?> ChangedAsync(Wanted wanted, Source source, Kept kept, KeptList to, Work work, CancellationToken cancel)
    {
        var begun = work.Begun is { } headStart ? await headStart.TakeAsync(wanted.Listed) : null;
        if (await (begun ?? CompareAsync(wanted, source, kept, to, cancel)) is not { } read)
        {
            return null;
        }

        var from = kept.Known!.Base;
        work.Writing.Begin(() => KeepChange(wanted, source, to, read, from));
        return new FetchedList(to.Name, wanted.Listed.Sha256, from, to.Files, kept.List, read.Packages);
    }

    // Null, and nothing is left in the work folder, where it is not to be kept as a change of what is kept.
    private async Task<UnverifiedChange?> CompareAsync(Wanted wanted, Source source, Kept kept, KeptList to, CancellationToken cancel)
    {
        var from = kept.List.IsWhole ? kept.Digest : kept.List.ReadDelta().Base;
        var basePath = kept.List.IsWhole ? kept.List.Whole : kept.List.Base;
        if (kept.Known is not { } known || known.Base != from || !KeptList.TryLink(basePath, to.Base))
        {
            return null;
        }

        await using var file = KeptList.OpenFile(to.Base);
        var read = await ReadChangeAsync(wanted, source, known.Content.Known, file, cancel);
        if (read is null)
        {
            File.Delete(to.Base);
        }

        return read;
    }

    private async Task<UnverifiedChange?> ReadChangeAsync(Wanted wanted, Source source, KnownList known, FileStream file, CancellationToken cancel)
    {
        UnverifiedChange? read = null;
        try
        {
            await ReadAsync(wanted, source, stream =>
            {
                read = PackageLists.ReadChange(known, stream, known.Length / ChangedPart, file);
                if (read is null)
                {
                    stream.CopyTo(Stream.Null);
                }
            }, cancel);
            return read;
        }
        catch
        {
            read?.Dispose();
            throw;
        }
    }

    // What can be done while the list is still hashed is; nothing of it is written before it is the one that is signed.
    private static void KeepChange(Wanted wanted, Source source, KeptList to, UnverifiedChange read, Digest from)
    {
        using var unverified = read;
        using var known = KeptList.OpenFile(to.Base);
        var kept = known.SafeFileHandle;
        var delta = ListDelta.Of(read.Packages, from, wanted.Listed.Sha256, (at, buffer) => RandomAccess.Read(kept, buffer.Span, at));
        RefuseOther(source.Address, wanted.Listed, read.Bytes.Count, read.Bytes.Sha256.GetAwaiter().GetResult(), source.How);
        using var file = new FileStream(to.Delta, FileMode.CreateNew, FileAccess.Write);
        file.Write(delta.Span);
        file.Flush(flushToDisk: true);
    }

    private Task ReadAsync(Wanted wanted, Source source, Action<Stream> read, CancellationToken cancel) => source.Fetched is null
        ? transport.ReadFileAsync(source.Address, wanted.Listed.SizeBytes, read, cancel)
        : Decompression.ReadAsync(source.Suffix, source.Fetched, wanted.Listed.SizeBytes, limits, $"{source.Address}", (stream, token) => Task.Run(() => read(stream), token), cancel);

    private async Task<FetchedList> WholeAsync(Wanted wanted, Source source, KeptList to, CancellationToken cancel)
    {
        if (source.Fetched is null)
        {
            await transport.GetAsync(source.Address, to.Whole, wanted.Listed.SizeBytes, null, cancel);
        }
        else if (source.Suffix.Length == 0)
        {
            File.Move(source.Fetched, to.Whole);
        }
        else
        {
            await Decompression.RunAsync(source.Suffix, source.Fetched, to.Whole, wanted.Listed.SizeBytes, limits, $"{source.Address}", cancel);
        }

        var read = PackageLists.ReadKnown(to);
        RefuseOther(source.Address, wanted.Listed, read.SizeBytes, read.Sha256, source.How);
        return new FetchedList(to.Name, read.Sha256, read.Sha256, to.Files, null, read.Packages.Unchanged);
    }

    // A folder of this machine, such as an imported snapshot, may have an index in one form only; a server has those that it lists.
    private static (string Suffix, AptReleaseFile File, Uri Address) Place(Feed feed, AptRelease release, string path)
    {
        var folder = path[..(path.LastIndexOf('/') + 1)];
        var places = Decompression.Suffixes.Where(s => release.Files.ContainsKey(path + s))
            .Select(s => (Suffix: s, File: release.Files[path + s]))
            .SelectMany(f => new[] { release.AcquireByHash ? $"{folder}by-hash/SHA256/{f.File.Sha256}" : f.File.Path, f.File.Path }
                .Select(name => (f.Suffix, f.File, Address: feed.InSuite(name))))
            .ToList();
        return places.Find(p => !p.Address.IsFile || File.Exists(p.Address.LocalPath)) is { File: not null } there ? there : places[0];
    }

    private static void RefuseOther(Uri address, AptReleaseFile listed, long size, Digest digest, string how)
    {
        if (size < listed.SizeBytes)
        {
            throw new FeedException(FeedFault.Truncated, $"{address} has {size} bytes{how} where the signed index says {listed.SizeBytes}: the transfer was cut; it is tried again");
        }

        if (size != listed.SizeBytes || digest != listed.Sha256)
        {
            throw new FeedException(FeedFault.WrongHash, $"{address} has the SHA-256 {digest.Short}…{how} where the signed index says {listed.Sha256.Short}…: "
                + "the mirror is in the middle of a publication, or the file was altered; it is tried again");
        }
    }

    /// <summary>Where a fetch works, and what it writes there.</summary>
    private sealed record Work(string Folder, Writing Writing, ListHeadStart? Begun);

    /// <summary>What is written to the disk while more is read: none of it is under way any more when this is disposed of.</summary>
    private sealed class Writing : IAsyncDisposable
    {
        private Task _all = Task.CompletedTask;

        public void Begin(Action write) => _all = Task.WhenAll(_all, Task.Run(write));

        /// <summary>All of it is on the disk.</summary>
        /// <exception cref="IOException">Something could not be written.</exception>
        public Task EndAsync() => _all;

        // Whoever comes here without having waited has a failure of its own to tell.
        public async ValueTask DisposeAsync() => await _all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A list that the release names.</summary>
    private sealed record Wanted(Feed Feed, AptRelease Release, string Path, AptReleaseFile Listed);

    /// <summary>The list in the snapshot in use, with what is known of it.</summary>
    private sealed record Kept(KeptList List, Digest Digest, FetchedList? Known);

    /// <summary>Where a list comes from: the verified download, or the address itself.</summary>
    private sealed record Source(Uri Address, string Suffix, string? Fetched)
    {
        public static Source? OfThisMachine((string Suffix, AptReleaseFile File, Uri Address) place) =>
            place.Address.IsFile && place.Suffix.Length == 0 ? new Source(place.Address, place.Suffix, null) : null;

        public string How => Suffix.Length == 0 ? "" : " when decompressed";
    }
}
