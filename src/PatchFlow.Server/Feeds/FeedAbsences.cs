namespace PatchFlow.Server.Feeds;

/// <summary>Tells a vendor that is away from one of whose documents some can't be had: those are refused alone, this ends the fetch.</summary>
internal sealed class FeedAbsences(FeedLimits limits)
{
    private int _inARow;
    private int _slow;

    /// <summary>The last document that is there perhaps, and could not be had; null where there was none.</summary>
    public FeedException? Last { get; private set; }

    /// <summary>Whether it may be there all the same.</summary>
    public static bool IsAway(FeedException e) => e.Fault is FeedFault.Unreachable or FeedFault.TooSlow or FeedFault.Truncated;

    /// <summary>A document was had.</summary>
    public void Answered() => Interlocked.Exchange(ref _inARow, 0);

    /// <summary>A document could not be had.</summary>
    /// <exception cref="FeedException">They are too many.</exception>
    public void Count(FeedException e)
    {
        var isAway = IsAway(e);
        Last = isAway ? e : Last;
        var inARow = isAway ? Interlocked.Increment(ref _inARow) : Interlocked.Exchange(ref _inARow, 0);
        var slow = e.Fault is FeedFault.TooSlow ? Interlocked.Increment(ref _slow) : 0;
        if (isAway && Math.Max(inARow, slow) >= limits.Unreachable)
        {
            throw new FeedException(e.Fault, $"{limits.Unreachable} documents could not be had, the last because {e.Message}", e);
        }
    }
}
