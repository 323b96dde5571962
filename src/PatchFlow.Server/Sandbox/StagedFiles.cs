using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// Delivers a plan's package files and check files to a replica: as one archive, put where the helper keeps what it was given. It hashes
/// every file again before it uses it, so that this is as good as one call a file, which would cost a replica's start each.
/// </summary>
internal sealed class StagedFiles(FileStore files)
{
    private const string Folder = "/var/lib/patchflow/files";

    /// <summary>Delivers the files, and asks the helper whether it has them.</summary>
    /// <exception cref="SandboxException">A planned file is not kept here any more and can't be had again, or did not arrive.</exception>
    public async Task DeliverAsync(
        Replica replica, HostProtocol protocol, ContentPart content, ImmutableDictionary<Digest, byte[]> checks, PackageSources sources, CancellationToken cancel)
    {
        // The first call makes the helper's folders.
        await protocol.StagedAsync(cancel);
        var delivery = checks.Select(c => TarFile.Of(c.Key.Hex, c.Value, "600")).ToList();
        foreach (var file in content.Files.DistinctBy(f => f.Digest))
        {
            delivery.Add(TarFile.Of(file.Digest.Hex, await PathAsync(file, sources, cancel), "600"));
        }

        await replica.PutFilesAsync(Folder, delivery, cancel);
        var there = (await protocol.StagedAsync(cancel)).Select(d => d.Hex).ToHashSet(StringComparer.Ordinal);
        if (delivery.Find(f => !there.Contains(f.Path)) is { } missing)
        {
            throw new SandboxException($"the file {missing.Path} did not arrive in the replica {replica.Name}");
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
