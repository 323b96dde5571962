using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The reading of one list that is begun while gpgv still looks at the release that names it. It gives nothing away by itself: it is taken only for a list that a verified
/// release has with the same path, size and SHA-256, and its bytes are held against those as all others are.
/// </summary>
internal sealed class ListHeadStart : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly Task<(AptReleaseFile Listed, Task<UnverifiedChange?> Reading)?> _begun;
    private bool _isTaken;

    /// <summary>Begins it.</summary>
    /// <param name="begin">Tells which list it reads, and how that goes on; null where there is none to read.</param>
    /// <param name="cancel">Ends it.</param>
    public ListHeadStart(Func<CancellationToken, (AptReleaseFile Listed, Task<UnverifiedChange?> Reading)?> begin, CancellationToken cancel)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        _begun = Task.Run(() => begin(_stop.Token), CancellationToken.None);
    }

    /// <summary>The reading, if it is of this list: whoever takes it disposes of what it finds.</summary>
    public async Task<Task<UnverifiedChange?>?> TakeAsync(AptReleaseFile listed)
    {
        var reading = !_isTaken && await _begun is { } begun && begun.Listed == listed ? begun.Reading : null;
        _isTaken |= reading is not null;
        return reading;
    }

    /// <summary>Ends a reading that nobody took, and waits until it has ended: it may have a file of the work folder open.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (!_isTaken)
        {
            await EndAsync();
        }

        _stop.Dispose();
    }

    // Why the release was refused is what there is to tell, and not what was met in a list that it names.
    private async Task EndAsync()
    {
        await ((Task)_begun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_begun.IsCompletedSuccessfully && await _begun is { Reading: var left })
        {
            await ((Task)left).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            using var found = left.IsCompletedSuccessfully ? await left : null;
        }
    }
}
