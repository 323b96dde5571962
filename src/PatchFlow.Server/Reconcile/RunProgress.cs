using System.Collections.Immutable;
using PatchFlow.Core.Changes;

namespace PatchFlow.Server.Reconcile;

/// <summary>Shows a run's progress, saved at most once a second: it is for people, and proves nothing.</summary>
internal sealed class RunProgress : IProgress<ProfileProgress>, IAsyncDisposable
{
    private readonly ChangeStore _store;
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, ProfileProgress> _latest = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _saving = new(1, 1);
    private readonly ITimer _timer;
    private WorkRun _run;
    private bool _isChanged;
    private bool _isClosed;

    public RunProgress(ChangeStore store, WorkRun run, TimeProvider time)
    {
        (_store, _run) = (store, run);
        _timer = time.CreateTimer(_ => _ = SaveAsync(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
    }

    /// <inheritdoc/>
    public void Report(ProfileProgress value)
    {
        lock (_lock)
        {
            _latest[value.Profile] = value;
            _isChanged = true;
        }
    }

    /// <summary>Ends the showing: the result with the last progress and the revision that a save must find.</summary>
    public async Task<WorkRun> CloseAsync(WorkRun result)
    {
        await _saving.WaitAsync();
        try
        {
            _isClosed = true;
            return result with { Revision = _run.Revision, Profiles = Latest() };
        }
        finally
        {
            _saving.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await _saving.WaitAsync();
        _isClosed = true;
        _saving.Release();
    }

    private async Task SaveAsync()
    {
        if (!_isChanged || !await _saving.WaitAsync(0))
        {
            return;
        }

        try
        {
            if (!_isClosed)
            {
                _run = await _store.ProgressAsync(_run with { Profiles = Latest() }, CancellationToken.None) ?? _run;
            }
        }
        finally
        {
            _saving.Release();
        }
    }

    private ImmutableArray<ProfileProgress> Latest()
    {
        lock (_lock)
        {
            _isChanged = false;
            return [.. _latest.Values];
        }
    }
}
