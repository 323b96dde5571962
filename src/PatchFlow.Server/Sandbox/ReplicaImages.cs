using System.Collections.Concurrent;
using System.Collections.Immutable;
using Docker.DotNet.Models;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>The image of a host's packages.</summary>
/// <param name="Id">The image's id.</param>
/// <param name="BaseId">The id of the base that it was made from.</param>
/// <param name="BaseName">The base's name.</param>
/// <param name="Recipe">What it has, and what it could not get.</param>
/// <param name="IsCached">Whether it was there already.</param>
internal sealed record ReplicaImage(string Id, string BaseId, string BaseName, ReplicaRecipe Recipe, bool IsCached);

/// <summary>
/// Images of hosts' exact packages, made from the base once and kept, so that resolving, testing and the next run share them. Which image it
/// is follows from the packages and the base alone.
/// </summary>
internal sealed class ReplicaImages(Replicas replicas, SandboxOptions options, ILogger<ReplicaImages> log) : IDisposable
{
    /// <summary>The label of replica images; its value is the recipe's digest.</summary>
    public const string Label = "patchflow.replica";

    private const string Repository = "patchflow/replica";
    private const string Folder = "/var/tmp/patchflow-replica";
    private readonly ConcurrentDictionary<string, ImmutableArray<PresentPackage>> _bases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Digest, SemaphoreSlim> _making = new();

    private Engine Engine => replicas.Engine;

    /// <summary>The image of a host: kept already, or made now.</summary>
    /// <exception cref="SandboxException">There is no base image, or it could not be made.</exception>
    public async Task<ReplicaImage> GetAsync(Inventory inventory, PackageSources sources, CancellationToken cancel)
    {
        var baseName = options.BaseImageFor(inventory);
        var baseImage = await Engine.FindImageAsync(baseName, cancel)
            ?? throw new SandboxException($"there is no base image {baseName} for {inventory.OsId} {inventory.OsRelease} on {inventory.Arch}: {options.BaseImageRemedy}");
        var present = await PresentInBaseAsync(baseImage.ID, cancel);
        var recipe = ReplicaRecipe.Of(baseImage.ID, present, inventory, sources.Nearest);
        // Two runs that want the same image share one making of it.
        var gate = _making.GetOrAdd(recipe.Digest, _ => new SemaphoreSlim(1, 1));
        await gate.WaitAsync(cancel);
        try
        {
            var name = $"{Repository}:{recipe.Digest.Hex[..32]}";
            var kept = await Engine.FindImageAsync(name, cancel);
            var id = kept?.ID ?? await MakeAsync(name, baseImage.ID, recipe, sources, cancel);
            return new ReplicaImage(id, baseImage.ID, baseName, recipe, kept is not null);
        }
        finally
        {
            gate.Release();
        }
    }

    /// <summary>Removes the oldest images beyond the number that is kept. One that a container still uses stays until the next time.</summary>
    public async Task ForgetOldAsync(CancellationToken cancel)
    {
        var filters = new Dictionary<string, IDictionary<string, bool>>
        {
            ["label"] = new Dictionary<string, bool> { [$"{Replicas.Label}={replicas.Installation}"] = true, [Label] = true },
        };
        var images = await Engine.DoAsync("looking for replica images", (c, t) => c.Images.ListImagesAsync(new ImagesListParameters { Filters = filters }, t), cancel);
        foreach (var image in images.OrderByDescending(i => i.Created).Skip(options.CachedReplicas))
        {
            try
            {
                await Engine.DoAsync($"removing the image {image.ID}", (c, t) => c.Images.DeleteImageAsync(image.ID, new ImageDeleteParameters { Force = false }, t), cancel);
            }
            catch (SandboxException e) when (e is not EngineUnavailableException)
            {
                log.LogInformation("the old replica image {Image} stays for now: {Message}", image.ID, e.Message);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var gate in _making.Values)
        {
            gate.Dispose();
        }
    }

    private async Task<ImmutableArray<PresentPackage>> PresentInBaseAsync(string baseId, CancellationToken cancel)
    {
        if (_bases.TryGetValue(baseId, out var known))
        {
            return known;
        }

        await using var container = await replicas.StartBuilderAsync(baseId, "base", cancel);
        return _bases[baseId] = PresentPackage.Read(await container.RequireAsync("packages", [], cancel));
    }

    private async Task<string> MakeAsync(string name, string baseId, ReplicaRecipe recipe, PackageSources sources, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(options.BuildSeconds));
        try
        {
            var listings = recipe.Needed.Select(p => sources.Find(p)!).ToList();
            var paths = await sources.EnsureAsync(listings, limit.Token);
            await using var builder = await replicas.StartBuilderAsync(baseId, recipe.Digest.Short, limit.Token);
            await DeliverAsync(builder, paths, limit.Token);
            await InstallAsync(builder, recipe, limit.Token);
            var id = await CommitAsync(builder.Name, name, recipe, limit.Token);
            await ForgetOldAsync(limit.Token);
            return id;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new SandboxException($"the replica image {name} was not made within {options.BuildSeconds} s: the machine is overloaded, or the archive is slow");
        }
    }

    // One archive through one connection: a file at a time would cost a round trip each.
    private static async Task DeliverAsync(Replica builder, IReadOnlyDictionary<Digest, string> paths, CancellationToken cancel)
    {
        await builder.ExecAsync(["mkdir", "-p", Folder], null, cancel);
        await builder.PutFilesAsync(Folder, paths.OrderBy(p => p.Key.Hex, StringComparer.Ordinal).Select(p => TarFile.Of($"packages/{p.Key.Hex}.deb", p.Value)), cancel);
    }

    private static async Task InstallAsync(Replica builder, ReplicaRecipe recipe, CancellationToken cancel)
    {
        var end = await builder.ScriptAsync("make-replica", [Folder, string.Join(' ', recipe.ForeignArchitectures), .. recipe.AptWords()], cancel);
        if (end.ExitCode != 0)
        {
            throw new SandboxException(
                $"the base could not be brought to the host's packages (apt ended with {end.ExitCode}): {Replica.LastWords(end)}; compare the host's packages with its sources, or make the base image anew");
        }

        await builder.ExecAsync(["rm", "-rf", Folder], null, cancel);
        var present = PresentPackage.Read(await builder.RequireAsync("packages", [], cancel)).Select(p => p.Installed).ToHashSet();
        var lacking = recipe.Wanted.Where(p => !present.Contains(p)).Select(ReplicaRecipe.AptWord).ToList();
        if (lacking.Count > 0)
        {
            throw new SandboxException($"after apt had ended well the replica still lacks {string.Join(' ', lacking.Take(20))}");
        }
    }

    private async Task<string> CommitAsync(string container, string name, ReplicaRecipe recipe, CancellationToken cancel)
    {
        var parts = name.Split(':');
        var commit = new CommitContainerChangesParameters
        {
            ContainerID = container,
            RepositoryName = parts[0],
            Tag = parts[1],
            Labels = replicas.Labels((Label, recipe.Digest.Hex)),
            Cmd = ["/sbin/init"],
        };
        var image = await Engine.DoAsync($"keeping the image {name}", (c, t) => c.Images.CommitContainerChangesAsync(commit, t), cancel, Sandbox.Engine.LongTime);
        log.LogInformation("made the replica image {Image}: {Needed} packages beyond the base, {Removed} of it removed", name, recipe.Needed.Length, recipe.Removed.Length);
        return image.ID;
    }
}
