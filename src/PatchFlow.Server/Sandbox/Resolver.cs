using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// Finds out, once, exactly what a change installs: apt's own answer in a replica of the host, without network and from the verified snapshots
/// alone, with the files for the way there and back.
/// </summary>
internal sealed class Resolver(
    Replicas replicas, ReplicaImages images, FeedCatalog catalog, FileStore files, SandboxOptions options, TimeProvider time, ILogger<Resolver> log)
{
    private static readonly string[] Stages = ["files", "replica", "simulate"];

    /// <summary>Resolves all profiles of a change's hosts.</summary>
    /// <param name="request">The hosts with what applies to them.</param>
    /// <param name="progress">Told each time a stage begins or ends.</param>
    /// <param name="cancel">Ends the work; its replicas are removed.</param>
    /// <exception cref="UnresolvableException">It can't be done as the pipeline demands.</exception>
    /// <exception cref="SandboxException">It can't be done now.</exception>
    /// <exception cref="FeedException">A file can't be had.</exception>
    public async Task<Resolved> ResolveAsync(ResolveRequest request, IProgress<ProfileProgress> progress, CancellationToken cancel)
    {
        await replicas.Engine.PingAsync(cancel);
        var sources = new PackageSources(catalog, files);
        var groups = HostGroup.Of(request.Hosts, sources);
        if (groups.IsEmpty)
        {
            throw new UnresolvableException("there is no host left that the change is for");
        }

        var notes = new ChangeNotes();
        var answers = await Task.WhenAll(groups.Select(group => TryAsync(group, () => ResolveAsync(group, request.Pipeline, sources, progress, cancel))));
        var contents = answers.Select(a => a.Content).OfType<ContentPart>().ToList();
        ImmutableArray<LeftOut> leftOut = [.. answers.Select(a => a.LeftOut).OfType<LeftOut>()];
        if (contents.Count == 0)
        {
            throw new UnresolvableException(string.Join("; ", leftOut.Select(l => l.Reason)));
        }

        // Groups are in the order of their profiles, so that the notes are the same whoever was ready first.
        foreach (var content in contents)
        {
            await NoteAsync(content, sources, notes, cancel);
        }

        return new Resolved(
            [.. groups.Zip(answers).Where(g => g.Second.Content is not null).Select(g => new ResolvedProfile(g.Second.Content!, [.. g.First.Hosts.Select(h => h.Host)]))],
            [.. contents.SelectMany(c => c.Indices).Distinct().OrderBy(s => s.Feed, StringComparer.Ordinal).ThenBy(s => s.Time)],
            notes.Cves,
            notes.ToBytes())
        {
            LeftOut = leftOut,
        };
    }

    // One host that can't be patched keeps no patch from the others.
    internal static async Task<(ContentPart? Content, LeftOut? LeftOut)> TryAsync(HostGroup group, Func<Task<ContentPart>> resolve)
    {
        try
        {
            return (await resolve(), null);
        }
        catch (UnresolvableException e)
        {
            return (null, new LeftOut([.. group.Hosts.Select(h => h.Host)], e.Message));
        }
    }

    private async Task<ContentPart> ResolveAsync(
        HostGroup group, Pipeline pipeline, PackageSources sources, IProgress<ProfileProgress> progress, CancellationToken cancel)
    {
        var clock = new StageClock(group.Profile, progress, time, Stages);
        using var place = await replicas.TakePlaceAsync(cancel);
        try
        {
            clock.Begin("files");
            RequireWayBack(group, pipeline, await GoneAsync(group, sources, cancel));
            await sources.EnsureAsync(group.Example.Upgrades.Select(u => sources.Find(u.Name, u.Arch, u.To)).OfType<Listing>(), cancel);
            clock.End("pass", $"{group.Example.Upgrades.Length} updates");
            clock.Begin("replica");
            await using var replica = await StartAsync(group, sources, clock, cancel);
            clock.Begin("simulate");
            var answer = await SimulateAsync(replica, group, pipeline, sources, cancel);
            var content = await ContentAsync(group, pipeline, answer, sources, cancel);
            content = content with { Restarts = await RestartsAsync(replica, group, content, cancel) };
            clock.End("pass", $"{content.Upgrades.Length} upgrades, {content.Installs.Length} new packages, {content.Restarts.Length} restarts");
            log.LogInformation("resolved {Profile}: {Upgrades} upgrades, {Installs} new packages, {Files} files", group.Profile, content.Upgrades.Length, content.Installs.Length, content.Files.Length);
            return content;
        }
        catch (Exception e) when (clock.IsAtWork && e is SandboxException or UnresolvableException or FeedException)
        {
            clock.End(e is UnresolvableException ? "fail" : "inconclusive", e.Message);
            throw;
        }
    }

    // The old versions whose files can't be had; those that can are kept from here on, so that the replica finds them.
    private static async Task<ImmutableArray<PackageVersion>> GoneAsync(HostGroup group, PackageSources sources, CancellationToken cancel)
    {
        var gone = ImmutableArray.CreateBuilder<PackageVersion>();
        foreach (var old in group.Example.Upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.From)))
        {
            if (sources.Find(old.Name, old.Arch, old.Version) is not { } listing || !await sources.CanBeHadAsync(listing, cancel))
            {
                gone.Add(old);
            }
        }

        return gone.ToImmutable();
    }

    private async Task<Replica> StartAsync(HostGroup group, PackageSources sources, StageClock clock, CancellationToken cancel)
    {
        var image = await images.GetAsync(group.Example.Inventory, sources, cancel);
        var replica = await replicas.StartAsync(image.Id, "resolve", cancel);
        try
        {
            await replica.WaitUntilUpAsync(options.StartSeconds, cancel);
            if (replica.Init == InitMode.None)
            {
                await replica.RequireAsync("start-services", ActiveUnits(group), cancel);
            }

            clock.End("pass", image.IsCached ? "kept image" : $"{image.Recipe.Needed.Length} packages beyond the base");
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    private static async Task<AptSimulation> SimulateAsync(Replica replica, HostGroup group, Pipeline pipeline, PackageSources sources, CancellationToken cancel)
    {
        const string folder = "/var/tmp/patchflow-resolve";
        await replica.ExecAsync(["mkdir", "-p", folder], null, cancel);
        List<FeedSnapshot> snapshots = [.. sources.SnapshotsFor(group.Example.Inventory)];
        var sourcesList = TarFile.Of("sources.list", Encoding.UTF8.GetBytes(AptLists.Sources(snapshots)));
        var preferences = TarFile.Of("preferences", Encoding.UTF8.GetBytes(AptLists.Preferences(sources.Phased())));
        await replica.PutFilesAsync(folder, [.. AptLists.Files(snapshots), sourcesList, preferences], cancel);
        var words = group.Example.Upgrades.Select(u => ReplicaRecipe.AptWord(new InstalledPackage(u.Name, u.Arch, u.To))).ToList();
        var end = await replica.ScriptAsync("simulate", [folder, "--no-remove", .. words], cancel);
        var answer = AptSimulation.Parse(end.Text);
        if (end.ExitCode != 0)
        {
            if (!AptSimulation.IsRefusal(end.ExitCode, end.Text + "\n" + end.Error))
            {
                throw new SandboxException($"apt came to no answer for {group.Profile} (exit {end.ExitCode}): {Replica.LastWords(end)}; look at the space and the memory of the sandbox's machine");
            }

            // Asked again without the ban, apt tells what it would remove.
            var again = AptSimulation.Parse((await replica.ScriptAsync("simulate", [folder, "-y", .. words], cancel)).Text);
            throw Unresolvable(group, pipeline, again.Removals, end);
        }

        return answer.Strange.IsEmpty
            ? answer
            : throw new SandboxException($"apt's answer for {group.Profile} has lines that are not understood: {answer.Strange[0]}");
    }

    private static UnresolvableException Unresolvable(HostGroup group, Pipeline pipeline, ImmutableArray<string> removals, ExecEnd end)
    {
        if (removals.IsEmpty)
        {
            return new UnresolvableException($"apt can't install the updates of {group.Profile}: {Replica.LastWords(end)}; look whether a hold or a foreign package on {group.Example.Host} stands in the way");
        }

        var forbidden = removals.Except(pipeline.AllowedRemovals).ToList();
        return new UnresolvableException(forbidden.Count > 0
            ? $"the updates of {group.Profile} would remove {string.Join(", ", forbidden)}, which the pipeline {pipeline.Name} does not allow: take the package off those hosts by hand, or leave the hosts out"
            : $"the updates of {group.Profile} would remove {string.Join(", ", removals)}; the pipeline allows it, but a plan can't say it yet: remove the package by hand first");
    }

    private static async Task<ContentPart> ContentAsync(HostGroup group, Pipeline pipeline, AptSimulation answer, PackageSources sources, CancellationToken cancel)
    {
        var inventory = group.Example.Inventory;
        var installed = inventory.Packages.ToDictionary(p => (p.Name, p.Arch), p => p.Version);
        var upgrades = answer.Installs.Where(i => installed.ContainsKey((i.Name, i.Arch)))
            .Select(i => new PackageUpgrade(i.Name, i.Arch, installed[(i.Name, i.Arch)], i.Version)).Where(u => u.From != u.To).ToImmutableArray();
        var installs = answer.Installs.Where(i => !installed.ContainsKey((i.Name, i.Arch))).ToImmutableArray();
        RequirePlanned(group, upgrades);
        RequireReleased(group, [.. upgrades.Select(u => new PackageVersion(u.Name, u.Arch, u.To)), .. installs], sources);
        var held = upgrades.Where(u => inventory.Holds.Contains(u.Name)).Select(u => u.Name).ToList();
        if (held.Count > 0)
        {
            throw new UnresolvableException($"the updates of {group.Profile} would move {string.Join(", ", held)}, which {group.Example.Host} holds: lift the hold, or leave the host out");
        }

        var fileSet = await PlannedFiles.CollectAsync(upgrades, installs, sources, cancel);
        RequireWayBack(group, pipeline, fileSet.Irreversible);
        return new ContentPart
        {
            Profile = group.Profile,
            OsId = inventory.OsId,
            OsRelease = inventory.OsRelease,
            Arch = inventory.Arch,
            Indices = fileSet.Indices,
            Upgrades = upgrades,
            Installs = installs,
            Files = fileSet.Files,
            Irreversible = fileSet.Irreversible,
            // A new kernel works from the next boot on.
            Reboot = upgrades.Select(u => u.Name).Concat(installs.Select(i => i.Name)).Any(n => n.StartsWith("linux-image-", StringComparison.Ordinal)),
        };
    }

    private static void RequireWayBack(HostGroup group, Pipeline pipeline, ImmutableArray<PackageVersion> irreversible)
    {
        if (!irreversible.IsEmpty && !pipeline.AllowIrreversible)
        {
            throw new UnresolvableException(
                $"the old files of {string.Join(", ", irreversible.Select(p => $"{p.Name} {p.Version}"))} can't be had, so the updates of {group.Profile} could not be rolled back, which the pipeline {pipeline.Name} does not allow");
        }
    }

    // Versions of apt differ in what they make of phased updates when they are asked for a package by name.
    internal static void RequireReleased(HostGroup group, ImmutableArray<PackageVersion> planned, PackageSources sources)
    {
        var phased = planned.Select(p => (Package: p, Percent: sources.PhasedAt(p.Name, p.Arch, p.Version))).Where(p => p.Percent is not null).ToList();
        if (phased.Count > 0)
        {
            throw new UnresolvableException(
                $"the updates of {group.Profile} need {string.Join(", ", phased.Select(p => $"{p.Package.Name} {p.Package.Version} (phased at {p.Percent} %)"))}: propose them again when the vendor has released that to all");
        }
    }

    private static void RequirePlanned(HostGroup group, ImmutableArray<PackageUpgrade> upgrades)
    {
        var left = group.Example.Upgrades.Except(upgrades).ToList();
        if (left.Count > 0)
        {
            throw new SandboxException($"apt would not install {string.Join(", ", left.Select(u => $"{u.Name} {u.To}"))} for {group.Profile} although it was asked to: take the inventory of {group.Example.Host} again");
        }
    }

    private static async Task<ImmutableArray<string>> RestartsAsync(Replica replica, HostGroup group, ContentPart content, CancellationToken cancel)
    {
        var packages = content.Upgrades.Select(u => ReplicaRecipe.NameOf(new InstalledPackage(u.Name, u.Arch, u.From)));
        var units = await replica.RequireAsync("restart-units", [.. packages, "--", .. ActiveUnits(group)], cancel);
        return [.. units.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(PercentEncoding.Encode).Where(u => Grammar.IsUnit(u)).Distinct()];
    }

    private static IEnumerable<string> ActiveUnits(HostGroup group) =>
        group.Hosts.SelectMany(h => h.Inventory.Services).Where(s => s.State == "active").Select(s => PercentEncoding.Decode(s.Unit)).Distinct().Order(StringComparer.Ordinal);

    private static async Task NoteAsync(ContentPart content, PackageSources sources, ChangeNotes notes, CancellationToken cancel)
    {
        foreach (var upgrade in content.Upgrades)
        {
            var to = sources.Find(upgrade.Name, upgrade.Arch, upgrade.To)!;
            var path = await sources.EnsureAsync(to, cancel);
            await notes.AddAsync(upgrade, sources.Find(upgrade.Name, upgrade.Arch, upgrade.From)?.Package, to.Package, path, cancel);
        }
    }
}
