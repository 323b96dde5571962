using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A document that is not whole closes nothing that is open.</summary>
public sealed class TornDocumentTests
{
    private const int Announcements = 60;
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData(3, Announcements, "it lacks 40 of 60 records that were known, and does not say where it ends")]
    [InlineData(1, Announcements, null)]
    public async Task AListOfTextThatLacksMuchIsInDoubt(int part, int inUse, string? doubt)
    {
        await using var near = await DatedBench.StartAsync("debian");
        near.Write("list", List(Announcements));
        await near.FetchWellAsync();
        near.Write("list", List(Announcements / part));
        near.Clock.Now += TimeSpan.FromHours(1);
        await near.FetchWellAsync();
        Assert.Equal(inUse, near.InUse().Count());
        Assert.Equal(doubt is null ? 0 : 1, near.Store.Refused(DatedBench.Name, 9).Count(r => r.Reason.StartsWith(doubt ?? "it lacks", StringComparison.Ordinal)));
        // What comes behind it counts, and so does what is whole again.
        near.Write("list", List(Announcements + 1));
        near.Clock.Now += TimeSpan.FromHours(1);
        await near.FetchWellAsync();
        Assert.Equal((Announcements + 1, 0), (near.InUse().Count(), near.Store.Refused(DatedBench.Name, 9).Length));
    }

    // A few are taken back at once, and JSON says itself where it ends.
    [Fact]
    public async Task WhatLacksLittleOrEndsItselfIsBelieved()
    {
        await using var list = await DatedBench.StartAsync("debian");
        list.Write("list", List(Announcements));
        await list.FetchWellAsync();
        list.Write("list", List(Announcements - 20));
        await list.FetchWellAsync();
        Assert.Equal(Announcements - 20, list.InUse().Count());

        await using var json = await DatedBench.StartAsync("osv listed");
        string Records(int count) => $"[{string.Join(',', Enumerable.Range(0, count).Select(n => DatedBench.Osv(Cve(n), Start)))}]";
        json.Publish(Cve(999), Start, (Cve(998), Start));
        json.Write("b.json", Records(Announcements));
        await json.FetchWellAsync();
        json.Write("b.json", Records(2));
        await json.FetchWellAsync();
        Assert.Equal(3, json.InUse().Count());
    }

    // As many parts are refused as before, and another record is gone for it.
    [Fact]
    public async Task WhatCantBeReadAnyMoreCountsOnThoughAsMuchIsRefusedAsBefore()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish(Cve(1), Start, (Cve(2), Start));
        near.Write("b.json", $$"""[{{DatedBench.Osv(Cve(2), Start)}},{{DatedBench.Osv(Cve(3), Start)}},{"id":7}]""");
        await near.FetchWellAsync();
        near.Write("b.json", $$"""[{{DatedBench.Osv(Cve(2), Start)}},{"id":"CVE-2026-0003","modified":"yesterday"}]""");
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2), Cve(3)], near.InUse());
        // And not for ever: as soon as what is refused is what was.
        near.Write("b.json", $$"""[{{DatedBench.Osv(Cve(2), Start)}}]""");
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2)], near.InUse());
    }

    [Theory]
    [InlineData("cut in the middle", "unexpected end of file")]
    [InlineData("without the sum at its end", "unexpected end of file")]
    [InlineData("with bytes behind its end", "trailing garbage")]
    public async Task APackedDocumentThatIsNotWholeIsRefused(string how, string reason)
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish(Cve(1), Start, (Cve(2), Start));
        await near.FetchWellAsync();
        near.Write("index.txt", "a.json\nb.json.gz\n");
        near.WriteBytes("b.json.gz", Packed(DatedBench.Osv(Cve(2), Start)));
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2)], near.InUse());
        var whole = Packed(DatedBench.Osv(Cve(3), Start));
        near.WriteBytes("b.json.gz", how switch { "cut in the middle" => whole[..(whole.Length / 2)], "without the sum at its end" => whole[..^8], _ => [.. whole, 1, 2, 3] });
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2)], near.InUse());
        Assert.Contains(near.Store.Refused(DatedBench.Name, 9), r => r.File == "b.json.gz" && r.Reason.Contains(reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OneEntryOfAnArchiveThatIsTornOrTooLargeIsRefusedAlone()
    {
        await using var near = await DatedBench.StartAsync("osv");
        near.Limits = near.Limits with { IndexBytes = 1 << 16, Ratio = 100_000 };
        near.Start();
        near.Publish(Cve(1), Start, (Cve(2), Start));
        await near.FetchWellAsync();
        near.WriteBytes("all.zip", Zip(("a.json", DatedBench.Osv(Cve(1), Start)), ("b.json", new string(' ', 1 << 17)), ("c.json", DatedBench.Osv(Cve(3), Start))));
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2), Cve(3)], near.InUse());
        Assert.Contains("it is larger than the 65536 bytes", Assert.Single(near.Store.Refused(DatedBench.Name, 9), r => r.File == "b.json").Reason, StringComparison.Ordinal);
        var zip = Zip(("a.json", DatedBench.Osv(Cve(1), Start)), ("b.json", DatedBench.Osv(Cve(2), Start)), ("c.json", DatedBench.Osv(Cve(4), Start)));
        zip[zip.AsSpan().IndexOf("b.json"u8) + 10] ^= 0xff;
        near.WriteBytes("all.zip", zip);
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2), Cve(4)], near.InUse());
        Assert.Contains(near.Store.Refused(DatedBench.Name, 9), r => r.File == "b.json");
    }

    // The library believes whatever can be decompressed.
    [Theory]
    [InlineData(12, false)]
    [InlineData(24, true)]
    public async Task AnEntryThatIsNotAsItsArchiveSaysIsRefusedAlone(int place, bool isInDirectory)
    {
        await using var near = await DatedBench.StartAsync("osv");
        near.Publish(Cve(1), Start, (Cve(2), Start));
        await near.FetchWellAsync();
        var zip = Zip(CompressionLevel.NoCompression, ("a.json", DatedBench.Osv(Cve(3), Start)), ("b.json", DatedBench.Osv(Cve(4), Start)));
        // A digit of the CVE, or the size that the directory says.
        zip[(isInDirectory ? zip.AsSpan().LastIndexOf("b.json"u8) - 46 : zip.AsSpan().IndexOf("CVE-2026-0004"u8)) + place] ^= 1;
        near.WriteBytes("all.zip", zip);
        await near.FetchWellAsync();
        Assert.Equal([Cve(2), Cve(3)], near.InUse());
        Assert.Contains("where the archive says", Assert.Single(near.Store.Refused(DatedBench.Name, 9), r => r.File == "b.json").Reason, StringComparison.Ordinal);
    }

    // Nobody knows which of two counts, so what it said stays, and the rest goes in.
    [Fact]
    public async Task TwoEntriesOfOneNameAreRefusedAlone()
    {
        await using var near = await DatedBench.StartAsync("osv");
        near.Publish(Cve(1), Start, (Cve(2), Start));
        await near.FetchWellAsync();
        near.WriteBytes("all.zip", Zip(("a.json", DatedBench.Osv(Cve(1), Start)), ("b.json", DatedBench.Osv(Cve(3), Start)), ("b.json", DatedBench.Osv(Cve(4), Start)), ("c.json", DatedBench.Osv(Cve(5), Start))));
        await near.FetchWellAsync();
        Assert.Equal([Cve(1), Cve(2), Cve(5)], near.InUse());
        Assert.Contains("several documents of this name", Assert.Single(near.Store.Refused(DatedBench.Name, 9)).Reason, StringComparison.Ordinal);
    }

    private static byte[] Zip(params (string Name, string Text)[] entries) => Zip(CompressionLevel.Optimal, entries);

    private static byte[] Zip(CompressionLevel level, params (string Name, string Text)[] entries)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var entry = new StreamWriter(zip.CreateEntry(name, level).Open());
                entry.Write(text);
            }
        }

        return bytes.ToArray();
    }

    private static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private static string Cve(int number) => string.Create(CultureInfo.InvariantCulture, $"CVE-2026-{number:0000}");

    // The newest first, as Debian has them.
    private static string List(int count) => string.Concat(Enumerable.Range(0, count).Select(n =>
        string.Create(CultureInfo.InvariantCulture, $"[20 Nov 2026] DSA-{5000 - n}-1 openssl - security update\n\t{{{Cve(n)}}}\n\t[bookworm] - openssl 3.0.2-{n + 1}\n")));
}
