using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>The files of a content part, all kept here, and the snapshots that list them.</summary>
/// <param name="Files">New and old files, by size and SHA-256 of the vendor's index.</param>
/// <param name="Irreversible">Old versions whose file can't be had.</param>
/// <param name="Indices">The snapshots.</param>
internal sealed record PlannedFiles(ImmutableArray<PackageFile> Files, ImmutableArray<PackageVersion> Irreversible, ImmutableArray<PlanSnapshot> Indices)
{
    /// <summary>Fetches and verifies what is not kept yet. A new file must be had; an old one that can't be makes its upgrade irreversible.</summary>
    /// <exception cref="FeedException">A new file can't be had, or the archive can't be reached.</exception>
    public static async Task<PlannedFiles> CollectAsync(
        ImmutableArray<PackageUpgrade> upgrades, ImmutableArray<PackageVersion> installs, PackageSources sources, CancellationToken cancel)
    {
        var after = upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.To)).Concat(installs).Select(p => Listed(p, sources)).ToList();
        await sources.EnsureAsync(after, cancel);
        var listings = new List<Listing>(after);
        var irreversible = ImmutableArray.CreateBuilder<PackageVersion>();
        foreach (var before in upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.From)))
        {
            if (sources.Find(before.Name, before.Arch, before.Version) is { } listing && await sources.CanBeHadAsync(listing, cancel))
            {
                listings.Add(listing);
            }
            else
            {
                irreversible.Add(before);
            }
        }

        return new PlannedFiles(
            [.. listings.Select(l => new PackageFile(l.Package.Name, l.Package.Arch, l.Package.Version, l.Package.SizeBytes, l.Package.Sha256))],
            irreversible.ToImmutable(),
            [.. listings.Select(l => new PlanSnapshot(l.Snapshot.Feed, l.Snapshot.Time, l.Snapshot.Index)).Distinct()]);
    }

    private static Listing Listed(PackageVersion p, PackageSources sources) => sources.Find(p.Name, p.Arch, p.Version)
        ?? throw new SandboxException($"apt chose {p.Name} {p.Version} ({p.Arch}), which no snapshot lists: it came from the replica's base; make the base image anew");
}
