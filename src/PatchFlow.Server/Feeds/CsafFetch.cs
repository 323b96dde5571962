namespace PatchFlow.Server.Feeds;

/// <summary>Has CSAF documents and what stands beside them, each within a time of its own.</summary>
internal sealed class CsafFetch(FeedTransport transport, FeedLimits limits)
{
    // Documents are small: the time that a server may take for one is less than for what has its greatest size.
    private readonly TimeSpan _time = limits.Time * 3;
    private long _bytes;

    /// <summary>Whether all was had that one fetch may have: the rest is for the next ones, which do not ask for this again.</summary>
    public bool IsSpent => Interlocked.Read(ref _bytes) >= limits.RemoteBytes;

    /// <inheritdoc cref="KeptAnswers.Lacks"/>
    public bool Lacks(Uri address) => transport.Lacks(address);

    /// <inheritdoc cref="KeptAnswers.Same"/>
    public void Same(Func<IReadOnlyCollection<Uri>> addresses, string document) => transport.Same(addresses, document);

    /// <inheritdoc cref="KeptAnswers.Refuse"/>
    public void Refuse(IReadOnlyCollection<Uri> addresses, bool isInUse = false) => transport.Refuse(addresses, isInUse);

    /// <summary>Writes the file at an address to a path.</summary>
    /// <exception cref="FeedException">It can't be had.</exception>
    public async Task<Download> GetAsync(Uri address, string path, long maxBytes, Validators? validators, CancellationToken cancel, string dated = "")
    {
        if (IsSpent && !address.IsFile)
        {
            throw new FeedException(FeedFault.TooLarge, $"{address} was not asked for: the documents before it have the {limits.RemoteBytes} bytes that one fetch may have; the rest is had with the next ones");
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(_time);
        try
        {
            var download = await transport.GetAsync(address, path, maxBytes, validators, limit.Token, dated);
            Interlocked.Add(ref _bytes, download.SizeBytes);
            return download;
        }
        catch (FeedException e) when (e.Fault is FeedFault.TooLarge or FeedFault.Truncated)
        {
            // How much of it came is not known.
            Interlocked.Add(ref _bytes, maxBytes);
            throw;
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new FeedException(FeedFault.TooSlow, $"{address} did not come within {_time.TotalSeconds:0} s: it is tried again; use a nearer mirror when it stays so", e);
        }
    }

    /// <summary>The same for what need not be there; false where it is not.</summary>
    /// <exception cref="FeedException">It is there, and can't be had.</exception>
    public async Task<bool> TryAsync(Uri address, string path, long maxBytes, string? dated, CancellationToken cancel)
    {
        try
        {
            await GetAsync(address, path, maxBytes, null, cancel, dated ?? "");
            return true;
        }
        catch (FeedException e) when (e.Fault is FeedFault.NotFound)
        {
            return false;
        }
    }
}
