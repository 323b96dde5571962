namespace PatchFlow.Server.Feeds;

/// <summary>
/// Lets a few feeds be fetched at once, so that a start of many does not read them all in memory; and never lets those that a slow vendor keeps waiting hold up the
/// others: one that takes long goes on, and another may begin beside it.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="count">How many begin at once.</param>
/// <param name="counts">How long one counts.</param>
internal sealed class FeedSlots(TimeProvider time, int count, TimeSpan counts) : IDisposable
{
    /// <summary>How many feeds there may be, and so how many may be under way in the end.</summary>
    public const int MostFeeds = 1000;

    private readonly SemaphoreSlim _free = new(count);

    /// <summary>Ten, for a minute each.</summary>
    public FeedSlots(TimeProvider time)
        : this(time, 10, TimeSpan.FromMinutes(1))
    {
    }

    /// <summary>Waits for a slot. It is given back when it is disposed, or has lasted.</summary>
    public async Task<IDisposable> EnterAsync(CancellationToken cancel)
    {
        await _free.WaitAsync(cancel);
        return new Slot(_free, time, counts);
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();

    private sealed class Slot : IDisposable
    {
        private readonly ITimer _timer;
        private SemaphoreSlim? _held;

        public Slot(SemaphoreSlim held, TimeProvider time, TimeSpan counts)
        {
            _held = held;
            _timer = time.CreateTimer(_ => Release(), null, counts, Timeout.InfiniteTimeSpan);
        }

        public void Dispose()
        {
            _timer.Dispose();
            Release();
        }

        private void Release() => Interlocked.Exchange(ref _held, null)?.Release();
    }
}
