using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Reconcile;

/// <summary>
/// The workers of long work. The row says Running before the worker begins; a row that says so without a worker in this process is lost,
/// and its work is done again from the start. Workers come to nothing with the process: no result counts before its row says Done.
/// </summary>
internal sealed class WorkRuns(ChangeStore store, WorkInputs inputs, ReconcileSources sources, ReconcileOptions options, TimeProvider time, ILogger<WorkRuns> log) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<long, Worker> _workers = new();
    private readonly SemaphoreSlim _slots = new(options.Workers, options.Workers);
    private readonly CancellationTokenSource _stop = new();
    private bool _isDisposed;

    /// <summary>Called when a run has ended, so that the next tick comes at once.</summary>
    public Action WhenEnded { get; set; } = () => { };

    /// <summary>Runs with a living worker.</summary>
    public FrozenSet<long> Living => _workers.Keys.ToFrozenSet();

    /// <summary>Begins a run.</summary>
    public async Task<bool> BeginAsync(BeginWork step, CancellationToken cancel)
    {
        if (await store.BeginAsync(step, cancel) is not { } run)
        {
            return false;
        }

        var worker = new Worker(CancellationTokenSource.CreateLinkedTokenSource(_stop.Token));
        _workers[run.Id] = worker;
        worker.Task = Task.Run(() => WorkAsync(run, step.Next, worker.Stop.Token), CancellationToken.None);
        return true;
    }

    /// <summary>Notes that a run counts for nothing, and stops its worker where there is one.</summary>
    public Task<bool> LoseAsync(LoseWork step, CancellationToken cancel)
    {
        if (_workers.TryGetValue(step.Run.Id, out var worker))
        {
            if (step.IsWorkerGone)
            {
                // It was begun between the look at the rows and the look at the workers.
                return Task.FromResult(false);
            }

            worker.Stop.Cancel();
        }

        return store.EndRunAsync(step.Run with { Status = WorkStatus.Lost }, step.Note, [], cancel);
    }

    /// <summary>Stops workers, of those that lived before the look at the changes, whose result no change wants any more.</summary>
    public void StopUnwanted(IReadOnlySet<long> lived, IReadOnlySet<long> wanted)
    {
        foreach (var (run, worker) in _workers)
        {
            if (lived.Contains(run) && !wanted.Contains(run) && !worker.Stop.IsCancellationRequested)
            {
                log.LogInformation("run {Run} is stopped: its change does not want it any more", run);
                worker.Stop.Cancel();
            }
        }
    }

    /// <summary>Waits until every worker has come to its end.</summary>
    public Task DrainAsync() => Task.WhenAll(_workers.Values.Select(w => w.Task));

    /// <summary>Stops all workers, and waits until each has come to its end.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await DrainAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            await StopAsync();
            _slots.Dispose();
            _stop.Dispose();
        }
    }

    private async Task WorkAsync(WorkRun run, Change change, CancellationToken cancel)
    {
        await using var progress = new RunProgress(store, run, time);
        try
        {
            await _slots.WaitAsync(cancel);
            try
            {
                var (result, note, documents) = await ResultAsync(run, change, progress, cancel);
                await store.EndRunAsync(await progress.CloseAsync(result), note, documents, CancellationToken.None);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            log.LogInformation("CHG-{Change} {Kind} run {Number} was stopped", change.Id, run.Kind, run.Number);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Its result could not be saved. The row still says Running, so the run is lost, and done again.
            log.LogError(e, "CHG-{Change} {Kind} run {Number}: the result could not be saved", change.Id, run.Kind, run.Number);
        }
        finally
        {
            _workers.TryRemove(run.Id, out _);
            WhenEnded();
        }
    }

    private async Task<(WorkRun Run, Note Note, ImmutableArray<KeptDocument> Documents)> ResultAsync(
        WorkRun run, Change change, RunProgress progress, CancellationToken cancel)
    {
        try
        {
            return run.Kind == WorkKind.Resolve
                ? await ResolveAsync(run, change, progress, cancel)
                : Tested(run, await sources.Sandbox(inputs.ForSandbox(change, run), progress, cancel));
        }
        catch (UnresolvableException e)
        {
            return Ended(run with { Status = WorkStatus.Refused, Message = e.Message }, "refused");
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancel.IsCancellationRequested))
        {
            log.LogWarning(e, "CHG-{Change} {Kind} run {Number} failed", change.Id, run.Kind, run.Number);
            return Ended(run with { Status = WorkStatus.Failed, Message = e.Message }, "failed");
        }
    }

    private async Task<(WorkRun, Note, ImmutableArray<KeptDocument>)> ResolveAsync(WorkRun run, Change change, RunProgress progress, CancellationToken cancel)
    {
        RequireReadable(change);
        var (request, inventories) = inputs.ForResolve(change);
        var resolved = await sources.Resolve(request, progress, cancel);
        var profiles = resolved.Profiles.Select(p => new FoundProfile(Encoding.UTF8.GetString(p.Content.ToBytes()), p.Hosts, inventories[p.Hosts[0]]));
        var leftOut = resolved.LeftOut.IsEmpty ? null : string.Join("; ", resolved.LeftOut);
        var found = StateJson.Bytes(new Found([.. profiles], resolved.Snapshots, AppliedTo(request), resolved.Cves, Digest.Of(resolved.Notes)) { LeftOut = leftOut });
        var (done, note, _) = Ended(run with { Status = WorkStatus.Done, Found = Digest.Of(found), Message = leftOut }, "done");
        return (done, note, [new KeptDocument("found", found), new KeptDocument("notes", resolved.Notes)]);
    }

    // A feed that can't be read lists nothing, which must not look as if nothing applied.
    private void RequireReadable(Change change)
    {
        var readable = sources.Feeds().Select(f => f.Feed).ToHashSet(StringComparer.Ordinal);
        if (sources.StaleFeeds(time.GetUtcNow()).FirstOrDefault(f => change.Feeds.Contains(f.Feed) && !readable.Contains(f.Feed)) is { } feed)
        {
            throw new SandboxException(feed.Sentence);
        }
    }

    private static ImmutableArray<PackageUpgrade> AppliedTo(ResolveRequest request) =>
    [
        .. request.Hosts.SelectMany(h => h.Upgrades).Distinct()
            .OrderBy(u => u.Name, StringComparer.Ordinal).ThenBy(u => u.Arch, StringComparer.Ordinal).ThenBy(u => u.From, StringComparer.Ordinal),
    ];

    private static (WorkRun, Note, ImmutableArray<KeptDocument>) Tested(WorkRun run, ImmutableArray<ProfileResult> results)
    {
        var runs = results.Select(r => new EvidenceRun(r.Profile, r.Verdict, Digest.Of(r.Bundle))).ToImmutableArray();
        var bad = results.Where(r => r.Verdict != Verdict.Pass).Select(r => $"{r.Profile}: {r.Summary}").ToList();
        var (done, note, _) = Ended(run with { Status = WorkStatus.Done, Results = runs, Message = bad.Count == 0 ? null : string.Join("; ", bad) }, "done");
        return (done, note, [.. results.Select(r => new KeptDocument("bundle", r.Bundle))]);
    }

    private static (WorkRun, Note, ImmutableArray<KeptDocument>) Ended(WorkRun run, string how)
    {
        string[] details = [$"{run.Kind.ToString().ToLowerInvariant()} run {run.Number}", .. run.Message is null ? Array.Empty<string>() : [run.Message]];
        return (run, new Note($"run.{how}", [.. details], run.Plan), []);
    }

    private sealed record Worker(CancellationTokenSource Stop)
    {
        public Task Task { get; set; } = Task.CompletedTask;
    }
}
