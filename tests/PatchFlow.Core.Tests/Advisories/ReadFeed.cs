using System.IO.Compression;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What a reader found in a document, and what it refused.</summary>
internal sealed class ReadFeed
{
    public List<Advisory> Advisories { get; } = [];

    public List<Refusal> Refusals { get; } = [];

    public Advisory Only => Assert.Single(Advisories);

    public Advisory this[string id] => Assert.Single(Advisories, a => a.Id == id);

    public AdvisorySink Sink(AdvisoryLimits? limits = null) => new("document", Advisories.Add, Refusals.Add, limits);

    /// <summary>Reads a document of the corpus.</summary>
    public static ReadFeed Of(string file, Action<Stream, AdvisorySink> read)
    {
        var feed = new ReadFeed();
        using var stream = Corpus.Open(file);
        read(stream, feed.Sink());
        return feed;
    }

    /// <summary>Reads a document of the corpus that is compressed with gzip.</summary>
    public static ReadFeed OfZipped(string file, Action<Stream, AdvisorySink> read) => Of(file, (stream, sink) =>
    {
        using var unzipped = new GZipStream(stream, CompressionMode.Decompress);
        read(unzipped, sink);
    });

    /// <summary>Reads a text.</summary>
    public static ReadFeed OfText(string text, Action<Stream, AdvisorySink> read, AdvisoryLimits? limits = null) => OfBytes(Encoding.UTF8.GetBytes(text), read, limits);

    /// <summary>Reads bytes; a stream that hands them out a few at a time, so that a buffer's end falls everywhere.</summary>
    public static ReadFeed OfBytes(byte[] bytes, Action<Stream, AdvisorySink> read, AdvisoryLimits? limits = null, int step = int.MaxValue)
    {
        var feed = new ReadFeed();
        using var stream = new Drip(bytes, step);
        read(stream, feed.Sink(limits));
        return feed;
    }

    private sealed class Drip(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, step));

        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, step)]);
    }
}
