using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>A step that failed in this process, for health.</summary>
internal sealed record Trouble(string Key, int Failures, DateTimeOffset Until, string Message);

/// <summary>
/// The loop: load a change, ask the planner, perform the steps. A tick takes no input and nothing in memory outlives it but the keys of
/// steps at work, so a tick after a crash is an ordinary tick.
/// </summary>
internal sealed class Reconciler(
    ChangeStore store, Documents documents, Pipelines pipelines, Executor executor, WorkRuns work, ReconcileSources sources,
    ReconcileOptions options, TimeProvider time, ILogger<Reconciler> log) : BackgroundService
{
    private readonly ConcurrentDictionary<string, Task> _atWork = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Trouble> _troubles = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(options.StepsAtOnce, options.StepsAtOnce);
    private readonly SemaphoreSlim _nudge = new(0, 1);

    /// <summary>Steps that failed and are tried again later; empty when all is well.</summary>
    public ImmutableArray<Trouble> Troubles => [.. _troubles.Values.OrderBy(t => t.Key, StringComparer.Ordinal)];

    /// <summary>When the last tick ended; null before the first.</summary>
    public DateTimeOffset? LastTickAt { get; private set; }

    /// <summary>Looks at once: something may have changed.</summary>
    public void Nudge()
    {
        if (_nudge.CurrentCount == 0)
        {
            try
            {
                _nudge.Release();
            }
            catch (SemaphoreFullException)
            {
                // Somebody else nudged between the look and the release: the tick comes anyway.
            }
        }
    }

    /// <summary>Plans every change that is open or was spoken to, and begins the steps.</summary>
    /// <returns>How many steps were begun.</returns>
    public async Task<int> TickAsync(CancellationToken cancel)
    {
        var begun = 0;
        Show("restored", store.WhyBehind());
        var lived = work.Living;
        var wanted = new HashSet<long>();
        var planned = store.ToPlan();
        foreach (var id in planned)
        {
            if (Load(id, wanted) is { } loaded)
            {
                // Workers are looked at after the rows: one that ended between is seen in its row's revision.
                wanted.UnionWith(WantedRuns(loaded));
                begun += await PlanAsync(loaded with { Facts = loaded.Facts with { LivingRuns = work.Living } }, cancel);
            }
        }

        work.StopUnwanted(lived, wanted);
        Forget(key => ChangeOf(key) is { } change && !planned.Contains(change));
        LastTickAt = time.GetUtcNow();
        return begun;
    }

    /// <summary>Waits until all steps that were begun have ended.</summary>
    public Task DrainAsync() => Task.WhenAll(_atWork.Values);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        work.WhenEnded = Nudge;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TickAsync(stoppingToken);
                _troubles.TryRemove("tick", out _);
                await _nudge.WaitAsync(TimeSpan.FromMilliseconds(options.TickMilliseconds), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A tick must not end the loop: what is wrong with one change may be mended, and then it goes on.
                log.LogError(e, "a tick failed");
                _troubles["tick"] = new Trouble("tick", 1, time.GetUtcNow(), e.Message);
                await Task.Delay(TimeSpan.FromMilliseconds(options.TickMilliseconds), time, CancellationToken.None);
            }
        }

        await DrainAsync();
        await work.StopAsync();
    }

    // One change that can't be read must not hold up the others. Nothing happens in it, and what works for it goes on.
    private Loaded? Load(long id, HashSet<long> wanted)
    {
        var key = $"load:{id}";
        if (_troubles.TryGetValue(key, out var trouble) && time.GetUtcNow() < trouble.Until)
        {
            wanted.UnionWith(store.RunIds(id));
            return null;
        }

        try
        {
            var loaded = store.Load(id);
            _troubles.TryRemove(key, out _);
            return loaded;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Note(key, e, time.GetUtcNow());
            wanted.UnionWith(store.RunIds(id));
            return null;
        }
    }

    // What is not to be done any more is no trouble any more, also where it was done and reported as failed.
    private void Forget(Func<string, bool> isOver)
    {
        foreach (var key in _troubles.Keys.Where(isOver))
        {
            _troubles.TryRemove(key, out _);
        }
    }

    // change:1, change:1/web-1, load:1, plan:1
    private static long? ChangeOf(string key) => key.Split(':', '/') is [_, var id, ..] && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Show(string key, string? trouble)
    {
        if (trouble is null)
        {
            _troubles.TryRemove(key, out _);
        }
        else
        {
            _troubles[key] = new Trouble(key, 1, time.GetUtcNow(), trouble);
        }
    }

    private async Task<int> PlanAsync(Loaded loaded, CancellationToken cancel)
    {
        var now = time.GetUtcNow();
        var key = $"plan:{loaded.Change.Id}";
        try
        {
            var (planned, agenda) = Plan(loaded, now);
            if (agenda.Waiting != loaded.Change.Waiting)
            {
                log.LogInformation("CHG-{Change} {Status} waits for {Waiting}", loaded.Change.Id, loaded.Change.Status, agenda.Waiting?.Sentence ?? "nothing");
                await store.SaveWaitingAsync(loaded.Change.Id, agenda.Waiting, cancel);
            }

            _troubles.TryRemove(key, out _);
            var keys = agenda.Steps.Select(s => s.Key).ToHashSet();
            Forget(k => ChangeOf(k) == loaded.Change.Id && k.StartsWith("change:", StringComparison.Ordinal) && !keys.Contains(k));
            return agenda.Steps.Count(step => Begin(step, planned, now, cancel));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // One change that can't be planned must not hold up the others.
            Note(key, e, now);
            return 0;
        }
    }

    // Before the rollout the pipeline's file counts as it is now, from then on as it was sealed.
    private (Loaded Loaded, Agenda Agenda) Plan(Loaded loaded, DateTimeOffset now)
    {
        var change = loaded.Change;
        if (change.Status.IsRollout())
        {
            var pipeline = PipelineFile.Parse($"{change.Pipeline}.yaml", documents.Get(change.Policy!.Value));
            return (loaded, Planner.Next(change, loaded.Facts, pipeline, now));
        }

        var policy = pipelines.Current(change.Pipeline);
        var planned = loaded with { Facts = loaded.Facts with { Policy = policy.Digest, StaleFeeds = sources.StaleFeeds(now) } };
        return (planned, policy.Pipeline is { } current
            ? Planner.Next(change, planned.Facts, current, now)
            : Planner.WithoutPolicy(change, planned.Facts, policy.Error!, now));
    }

    private bool Begin(Step step, Loaded from, DateTimeOffset now, CancellationToken cancel)
    {
        if (_troubles.TryGetValue(step.Key, out var trouble) && now < trouble.Until)
        {
            return false;
        }

        var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!_atWork.TryAdd(step.Key, begin.Task))
        {
            return false;
        }

        _ = Task.Run(() => PerformAsync(step, from, begin, cancel), CancellationToken.None);
        return true;
    }

    private async Task PerformAsync(Step step, Loaded from, TaskCompletionSource end, CancellationToken cancel)
    {
        var isProgress = false;
        try
        {
            await _slots.WaitAsync(cancel);
            try
            {
                isProgress = await executor.PerformAsync(step, from, cancel);
                _troubles.TryRemove(step.Key, out _);
            }
            finally
            {
                _slots.Release();
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            log.LogDebug("{Step} was stopped", step.Key);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Note(step.Key, e, time.GetUtcNow());
        }
        finally
        {
            _atWork.TryRemove(step.Key, out _);
            end.SetResult();
            if (isProgress)
            {
                Nudge();
            }
        }
    }

    private void Note(string key, Exception e, DateTimeOffset now)
    {
        var failures = (_troubles.GetValueOrDefault(key)?.Failures ?? 0) + 1;
        _troubles[key] = new Trouble(key, failures, now + Limits.BackOff(failures), e.Message);
        log.LogError(e, "{Step} failed, {Failures} times in a row", key, failures);
    }

    private static IEnumerable<long> WantedRuns(Loaded loaded) => loaded.Change.Status switch
    {
        ChangeStatus.Resolving => loaded.Facts.Resolve is { } run ? [run.Id] : [],
        ChangeStatus.Testing => loaded.Facts.Sandbox is { } run ? [run.Id] : [],
        _ => [],
    };
}
