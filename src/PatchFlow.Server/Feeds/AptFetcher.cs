using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Feeds;

/// <summary>What a fetch found: a new snapshot with its index, or nothing new.</summary>
internal sealed record Fetched(FeedSnapshot? Snapshot, PackageIndex? Index, Validators Validators);

/// <summary>
/// Fetches a suite: the signed index, its signature, its claims, then the package indices that it lists. Each step trusts only what the step
/// before it proved; nothing is visible to others before the last.
/// </summary>
internal sealed class AptFetcher(FeedTransport transport, FeedFolders folders, FeedLimits limits, TimeProvider time)
{
    private static readonly TimeSpan VerifiedAgainAfter = TimeSpan.FromDays(1);
    private readonly SignedIndices _signed = new(transport, limits);
    private readonly ConcurrentDictionary<string, (Digest Index, Digest Keys, DateTimeOffset At)> _verified = new(StringComparer.Ordinal);

    /// <summary>Fetches the feed. <paramref name="current"/> is the snapshot in use, if it is complete for this configuration.</summary>
    /// <exception cref="FeedException">It was refused.</exception>
    public async Task<Fetched> FetchAsync(Feed feed, FeedRow row, FeedSnapshot? current, CancellationToken cancel)
    {
        var work = folders.Begin(feed.Name);
        try
        {
            var progress = new FeedProgress(feed.Name, row.HighWater, row.Mark, time.GetUtcNow());
            var signed = await _signed.FetchAsync(feed, row, current, work, cancel);
            if (signed.Text is null)
            {
                progress.RefuseWentBack($"{signed.Address}", current!.Time);
                RefuseExpired(signed.Address, current.Time, current.ValidUntil, feed.MaxAge);
                return new Fetched(null, null, signed.Validators);
            }

            var release = Read(feed, signed.Address, signed.Text);
            progress.RefuseLeap($"{signed.Address}", signed.Digest, release.Date);
            progress.RefuseWentBack($"{signed.Address}", release.Date);
            RefuseExpired(signed.Address, release.Date, release.ValidUntil, feed.MaxAge);
            var (names, index) = await ListsAsync(feed, release, current, work, cancel);
            return new Fetched(Published(feed, release, signed, work, names, index), index, signed.Validators);
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    /// <summary>
    /// Why a snapshot that is kept may not be used any more, since no key that is trusted now has signed it, or that can't be found out; null
    /// where one has. With the same keys and the same snapshot it is found out once a day: a key that expires is noticed so, one that is taken out
    /// of the keyring at once.
    /// </summary>
    public async Task<string?> WhyDistrustedAsync(Feed feed, FeedSnapshot snapshot, CancellationToken cancel)
    {
        var work = "";
        try
        {
            var (keys, now) = (Keyring.DigestOf(feed.Keyrings), time.GetUtcNow());
            if (_verified.TryGetValue(feed.Name, out var seen) && seen.Index == snapshot.Index && seen.Keys == keys && now >= seen.At && now < seen.At + VerifiedAgainAfter)
            {
                return null;
            }

            work = folders.Begin(feed.Name);
            await SignedIndices.VerifyKeptAsync(feed, snapshot, work, cancel);
            _verified[feed.Name] = (snapshot.Index, keys, now);
            return null;
        }
        catch (Exception e) when (e is FeedException or IOException or UnauthorizedAccessException)
        {
            return $"the snapshot of feed {feed.Name} in use is not trusted any more: {e.Message}";
        }
        finally
        {
            FeedFolders.Remove(work);
        }
    }

    private FeedSnapshot Published(Feed feed, AptRelease release, SignedIndex signed, string work, List<string> names, PackageIndex index) => new(
        feed.Name,
        feed.Suite,
        feed.Security,
        release.Date,
        signed.Digest,
        release.ValidUntil,
        time.GetUtcNow(),
        folders.Publish(feed.Name, signed.Digest, work, [.. names, .. signed.Files]),
        feed.Address,
        feed.MaxAge,
        index.Count,
        index.RefusedCount);

    private static AptRelease Read(Feed feed, Uri address, byte[] text)
    {
        if (!AptReleaseParser.TryParse(text, out var release, out var problem))
        {
            throw new FeedException(FeedFault.Malformed, $"{address} is signed, but not a release: {problem}; tell the vendor");
        }

        // The suite squeeze/updates is named squeeze, as apt knows as well. Flat repositories often have no name.
        var expected = feed.Suite.LastIndexOf('/') is > 0 and var slash ? feed.Suite[..slash] : feed.Suite;
        string[] names = [release.Codename, release.Suite];
        if (!feed.IsFlat && !names.Contains(feed.Suite) && !names.Contains(expected))
        {
            throw new FeedException(FeedFault.WrongSuite, $"{address} is of suite '{release.Suite}' with codename '{release.Codename}', not of '{feed.Suite}': "
                + "another suite was served in its place; check the mirror, or correct the feed's suite");
        }

        return release;
    }

    private void RefuseExpired(Uri address, DateTimeOffset date, DateTimeOffset? validUntil, TimeSpan maxAge)
    {
        var now = time.GetUtcNow();
        if (now > (validUntil ?? date + maxAge))
        {
            throw new FeedException(FeedFault.Expired, validUntil is { } until
                ? $"{address} was valid until {until:u} and is past that: the mirror has stopped updating, or this machine's clock is wrong; use another mirror"
                : $"{address} is of {date:u}, older than the {maxAge.TotalHours:0} hours that it may be: use another mirror, or raise the feed's maxAgeHours");
        }
    }

    private async Task<(List<string> Names, PackageIndex Index)> ListsAsync(
        Feed feed, AptRelease release, FeedSnapshot? current, string work, CancellationToken cancel)
    {
        var before = current is null ? null : FeedCatalog.ReleaseOf(current);
        var (names, lists) = (new List<string>(), new List<AptPackageList>());
        foreach (var path in AptIndexPaths.Of(feed, release))
        {
            var name = FeedSnapshot.ListName(path);
            var known = before?.Files.GetValueOrDefault(path) is { } same && same == release.Files.GetValueOrDefault(path) ? Path.Combine(current!.Folder, name) : null;
            var list = await ListAsync(feed, release, known, Path.Combine(work, name), path, cancel);
            if (list is { Packages.Count: 0, RefusedCount: > 0 })
            {
                throw new FeedException(FeedFault.Malformed, $"{feed.InSuite(path)} has no stanza that can be read; the first is wrong at line {list.Refused[0].Line}: {list.Refused[0].Reason}");
            }

            names.Add(name);
            lists.Add(list);
        }

        return (names, PackageIndex.Of(lists));
    }

    private async Task<AptPackageList> ListAsync(Feed feed, AptRelease release, string? known, string to, string path, CancellationToken cancel)
    {
        if (!release.Files.TryGetValue(path, out var listed) || listed.SizeBytes > limits.IndexBytes)
        {
            throw new FeedException(FeedFault.NotFound, $"{feed.InSuite(SignedIndices.InRelease)} does not list {path}, or larger than {limits.IndexBytes} bytes: correct the feed's components and arch");
        }

        // Most publications leave most indices as they were: those are taken from the snapshot in use.
        if (known is not null && File.Exists(known) && PackageLists.Read(known) is var same && same.Sha256 == listed.Sha256)
        {
            File.Copy(known, to);
            return same.Packages;
        }

        var address = await DownloadAsync(feed, release, path, to, listed, cancel);
        var read = PackageLists.Read(to);
        RefuseOther(address, listed, read.SizeBytes, read.Sha256, " when decompressed");
        return read.Packages;
    }

    private async Task<Uri> DownloadAsync(Feed feed, AptRelease release, string path, string to, AptReleaseFile listed, CancellationToken cancel)
    {
        var (suffix, file, address) = Place(feed, release, path);
        var fetched = to + ".part";
        var download = await transport.GetAsync(address, fetched, Math.Min(file.SizeBytes, limits.IndexBytes), null, cancel);
        RefuseOther(address, file, download.SizeBytes, download.Sha256, "");
        if (suffix.Length == 0)
        {
            File.Move(fetched, to);
            return address;
        }

        await Decompression.RunAsync(suffix, fetched, to, listed.SizeBytes, limits, $"{address}", cancel);
        File.Delete(fetched);
        return address;
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
}
