using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>Delivers a plan's package files and check files to a replica, through the helper as to a host.</summary>
internal sealed class StagedFiles(FileStore files)
{
    private const int AtOnce = 3;

    /// <summary>Delivers what the replica does not have yet.</summary>
    /// <exception cref="SandboxException">A planned file is not kept here any more, and can't be had again.</exception>
    public async Task DeliverAsync(
        HostProtocol protocol, ContentPart content, ImmutableDictionary<Digest, byte[]> checks, PackageSources sources, CancellationToken cancel)
    {
        var there = await protocol.StagedAsync(cancel);
        var limits = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(content.Files.DistinctBy(f => f.Digest).Where(f => !there.Contains(f.Digest)), limits, async (file, token) =>
        {
            await using var stream = File.OpenRead(await PathAsync(file, sources, token));
            await protocol.StageAsync(file.Digest, file.SizeBytes, stream, token);
        });
        foreach (var (digest, bytes) in checks.Where(c => !there.Contains(c.Key)))
        {
            using var stream = new MemoryStream(bytes, writable: false);
            await protocol.StageAsync(digest, bytes.Length, stream, cancel);
        }
    }

    private async Task<string> PathAsync(PackageFile file, PackageSources sources, CancellationToken cancel)
    {
        if (files.Path(file.Digest) is { } kept)
        {
            return kept;
        }

        return sources.Find(file.Name, file.Arch, file.Version) is { } listing && listing.Package.Sha256 == file.Digest
            ? await sources.EnsureAsync(listing, cancel)
            : throw new SandboxException($"the planned file of {file.Name} {file.Version} is not kept here any more, and no feed lists it: resolve the change again");
    }
}
