using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>Tests a sealed plan: every profile in a replica of its own. The verdicts become the evidence that the board decides on.</summary>
internal sealed class SandboxRunner(
    Replicas replicas, ReplicaImages images, FeedCatalog catalog, FileStore files, SandboxOptions options, TimeProvider time, ILogger<SandboxRunner> log)
{
    /// <summary>Runs all profiles, as many at once as there are places for replicas.</summary>
    /// <param name="request">The plan with its parts.</param>
    /// <param name="progress">Told each time a stage begins or ends.</param>
    /// <param name="cancel">Ends the run; its replicas are removed.</param>
    /// <returns>One result per profile, by name. What the test can't tell is inconclusive.</returns>
    /// <exception cref="SandboxException">The sandbox failed, and not the test: no result counts, and it is worth another run.</exception>
    public async Task<ImmutableArray<ProfileResult>> RunAsync(SandboxRequest request, IProgress<ProfileProgress> progress, CancellationToken cancel)
    {
        var engine = await replicas.Engine.InfoAsync(cancel);
        var sources = new PackageSources(catalog, files);
        var results = await Task.WhenAll(request.Contents.Keys.Order(StringComparer.Ordinal).Select(profile => RunAsync(request, profile, sources, engine.KernelVersion, progress, cancel)));
        return [.. results];
    }

    private async Task<ProfileResult> RunAsync(
        SandboxRequest request, string profile, PackageSources sources, string kernel, IProgress<ProfileProgress> progress, CancellationToken cancel)
    {
        var clock = new StageClock(profile, progress, time, ProfileRun.Stages);
        var run = new ProfileRun(request, profile, replicas, images, sources, new StagedFiles(files), options, clock, kernel);
        var result = await run.RunAsync(cancel);
        foreach (var stage in clock.Stages)
        {
            log.LogInformation("sandbox run {Run} of change {Change}, {Profile}: {Stage} {State} in {Seconds} s ({Detail})", request.Run, request.Change, profile, stage.Name, stage.State, stage.Seconds, stage.Detail);
        }

        log.LogInformation("sandbox run {Run} of change {Change}, {Profile}: {Verdict}: {Summary}", request.Run, request.Change, profile, result.Verdict, result.Summary);
        return result;
    }
}
