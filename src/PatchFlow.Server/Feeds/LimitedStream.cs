using System.IO.Compression;

namespace PatchFlow.Server.Feeds;

/// <summary>Reads at most so many bytes; one more is an error and not an end, so that a cut never looks like a whole.</summary>
/// <param name="inner">Where they come from.</param>
/// <param name="maxBytes">How many there may be.</param>
/// <param name="tooLarge">The error.</param>
/// <param name="isOwner">Whether <paramref name="inner"/> is closed with this one.</param>
/// <param name="stop">Ends also a reader that waits for its bytes.</param>
internal sealed class LimitedStream(Stream inner, long maxBytes, Func<FeedException> tooLarge, bool isOwner = false, CancellationToken stop = default) : ReadOnlyStream(inner, isOwner)
{
    /// <summary>Bytes read so far.</summary>
    public long Count { get; private set; }

    /// <summary>What an entry of a feed's archive decompresses to; what is not as the archive says is found torn at its end.</summary>
    public static async Task<LimitedStream> OpenAsync(AdvisoryFeed feed, ZipArchiveEntry entry, long maxBytes, CancellationToken cancel) => new(
        new ZipEntryStream(await entry.OpenAsync(cancel), entry),
        maxBytes,
        () => new FeedException(FeedFault.TooLarge, $"{feed.Address} grows beyond what it may when decompressed: it is not used; tell the vendor"),
        isOwner: true);

    public override int Read(byte[] buffer, int offset, int count)
    {
        stop.ThrowIfCancellationRequested();
        // A file answers at once; a program may never.
        return stop.CanBeCanceled && Inner is not FileStream
            ? Counted(Inner.ReadAsync(buffer.AsMemory(offset, count), stop).AsTask().GetAwaiter().GetResult())
            : Counted(Inner.Read(buffer, offset, count));
    }

    public override int Read(Span<byte> buffer) => Counted(Inner.Read(buffer));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Counted(await Inner.ReadAsync(buffer, cancellationToken));

    private int Counted(int read) => (Count += read) <= maxBytes ? read : throw tooLarge();
}
