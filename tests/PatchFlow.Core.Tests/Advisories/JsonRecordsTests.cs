using System.Diagnostics;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class JsonRecordsTests
{
    private const string A = """{"id":"A-1","affected":[]}""";
    private const string B = """{"id":"B-2","affected":[],"details":"brackets ]}[{ and \"quotes\\\" in text é"}""";

    [Theory]
    [InlineData($"[{A},{B}]", "A-1 B-2")]
    [InlineData($" \n[ {A} ,\r\n {B} ]\n ", "A-1 B-2")]
    [InlineData("[]", "")]
    [InlineData(A, "A-1")]
    [InlineData($"\uFEFF{A}\n", "A-1")]
    [InlineData($"{A}\n{B}\n", "A-1 B-2")]
    [InlineData($"{A}\r\n\r\n{B}", "A-1 B-2")]
    public void RecordsAreFoundWhereverTheBuffersEndFalls(string text, string ids)
    {
        for (var step = 1; step < 12; step++)
        {
            var feed = ReadFeed.OfBytes(Encoding.UTF8.GetBytes(text), (s, k) => Osv.Read(s, k), step: step);
            Assert.Empty(feed.Refusals);
            Assert.Equal(ids, string.Join(' ', feed.Advisories.Select(a => a.Id)));
        }
    }

    [Theory]
    [InlineData($$"""[{{A}},{"id":tru},{{B}}]""", "A-1 B-2", "record 2 (line 1)")]
    [InlineData($$"""[{{A}},{"id":"X","id":"Y"},{{B}}]""", "A-1 B-2", "record 2 (line 1)")]
    [InlineData($$"""[{{A}},{"id":"\ud800","affected":[]},{{B}}]""", "A-1 B-2", "record 2 (line 1)")]
    [InlineData($$"""[{{A}},{"id":"\udc00","affected":[]},{{B}}]""", "A-1 B-2", "record 2 (line 1)")]
    [InlineData($"[{A},\n7,{B}]", "A-1 B-2", "record 2 (line 2)")]
    [InlineData($"[{A},null,{B}]", "A-1 B-2", "record 2 (line 1)")]
    [InlineData($"{A}\n{{\"id\":[}}\n{B}\n", "A-1 B-2", "record 2 (line 2)")]
    [InlineData($"{A}\n{{\"id\":\n{B}\n", "A-1 B-2", "record 2 (line 2)")]
    public void ARecordThatIsWrongIsRefusedAlone(string text, string ids, string position)
    {
        var feed = ReadFeed.OfText(text, (s, k) => Osv.Read(s, k));
        Assert.Equal(ids, string.Join(' ', feed.Advisories.Select(a => a.Id)));
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
    }

    [Fact]
    public void RecordsAreFoundWhateverLiesInThemAndWhereBlocksEnd()
    {
        var random = new Random(20261129);
        for (var turn = 0; turn < 400; turn++)
        {
            var ids = Enumerable.Range(0, random.Next(1, 8)).Select(n => $"X-{n}").ToList();
            var text = $"[{string.Join(',', ids.Select(id => Anything(random, id)))}]";
            var feed = ReadFeed.OfBytes(Encoding.UTF8.GetBytes(text), (s, k) => Osv.Read(s, k), step: turn % 2 == 0 ? random.Next(1, 200) : text.Length);
            Assert.True(feed.Refusals.Count == 0, text);
            Assert.Equal(ids, feed.Advisories.Select(a => a.Id));
        }
    }

    [Theory]
    [InlineData(63, 0, "A-1 X B-2")]
    [InlineData(64, 0, "A-1 B-2")]
    [InlineData(63, 61, "A-1 X B-2")]
    [InlineData(64, 61, "A-1 B-2")]
    public void ARecordIsAsDeepAsAllowedAndNoDeeper(int arrays, int blanks, string ids)
    {
        var deep = $$"""{"id":"X","affected":[],{{new string(' ', blanks)}}"own":{{new string('[', arrays)}}{{new string(']', arrays)}}}""";
        var feed = ReadFeed.OfText($"[{A},{deep},{B}]", (s, k) => Osv.Read(s, k));
        Assert.Equal(ids, string.Join(' ', feed.Advisories.Select(a => a.Id)));
        Assert.Equal(arrays == 64, feed.Refusals is [{ Position: "record 2 (line 1)" } refusal] && refusal.Reason.Contains("nested deeper", StringComparison.Ordinal));
    }

    // A record with all that can be mistaken for structure: brackets, quotation marks and runs of backslashes in texts, nested arrays and objects.
    private static string Anything(Random random, string id)
    {
        var text = new StringBuilder();
        for (var left = random.Next(0, 150); left > 0; left--)
        {
            text.Append(random.Next(12) switch { 0 => "{", 1 => "}", 2 => "[", 3 => "]", 4 => "\\\"", 5 => "\\\\", 6 => "\\n", _ => "x" });
        }

        var nested = Enumerable.Range(0, random.Next(0, 20)).Select(_ => random.Next(2) == 0).ToList();
        var own = $"{string.Concat(nested.Select(a => a ? "[" : "{\"a\":"))}\"{text}\"{string.Concat(nested.AsEnumerable().Reverse().Select(a => a ? "]" : "}"))}";
        return $$"""{{{new string(' ', random.Next(0, 70))}}"id":"{{id}}","affected":[],"own":[{},[],{{own}}],"details":"{{text}}"}""";
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefusedWithTheirRecord()
    {
        byte[] text = [.. Encoding.UTF8.GetBytes($"[{A},{{\"id\":\"X"), 0xe9, .. Encoding.UTF8.GetBytes($"\"}},{B}]")];
        var feed = ReadFeed.OfBytes(text, (s, k) => Osv.Read(s, k));
        Assert.Equal(["A-1", "B-2"], feed.Advisories.Select(a => a.Id));
        Assert.Contains("UTF-8", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ASurrogatePairIsText() =>
        Assert.Equal("\U0001F600", ReadFeed.OfText("""{"id":"A","summary":"\ud83d\uDE00"}""", (s, k) => Osv.Read(s, k)).Only.Title);

    [Theory]
    [InlineData($"[{A}] x", "something follows")]
    [InlineData($"[{A}] [", "something follows")]
    [InlineData($"[{A} {B}]", "a comma")]
    [InlineData($"[{A}", "a comma")]
    [InlineData($"{A} {B}", "something follows")]
    [InlineData($"{A} garbage", "something follows")]
    public void WhatFollowsTheDocumentIsRefusedAndWhatCameBeforeIsKept(string text, string reason)
    {
        var feed = ReadFeed.OfText(text, (s, k) => Osv.Read(s, k));
        Assert.Equal("A-1", feed.Only.Id);
        Assert.Contains(reason, Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   \n")]
    [InlineData("<html>")]
    [InlineData("{")]
    [InlineData("\"")]
    [InlineData("\"\\")]
    [InlineData("[,]")]
    [InlineData("]")]
    public void NoDocumentIsRefused(string text)
    {
        foreach (var read in new Action<Stream, AdvisorySink>[] { (s, k) => Osv.Read(s, k), DebianTracker.Read, UbuntuNotices.ReadPage, UbuntuNotices.ReadDatabase, OpenVex.Read })
        {
            var feed = ReadFeed.OfText(text, read);
            Assert.Empty(feed.Advisories);
            Assert.NotEmpty(feed.Refusals);
        }
    }

    [Theory]
    [InlineData("[", "")]
    [InlineData("{\"a\":", "")]
    [InlineData("[", "]")]
    public void NestingOfAHundredThousandIsRefusedQuickly(string open, string close)
    {
        var text = "[" + string.Concat(Enumerable.Repeat(open, 100_000)) + string.Concat(Enumerable.Repeat(close, 100_000)) + (close.Length > 0 ? $",{A}]" : "");
        var clock = Stopwatch.StartNew();
        var feed = ReadFeed.OfText(text, (s, k) => Osv.Read(s, k));
        Assert.True(clock.ElapsedMilliseconds < 1000, $"{clock.ElapsedMilliseconds} ms");
        Assert.Contains("nested deeper", feed.Refusals[0].Reason, StringComparison.Ordinal);
        Assert.Equal(close.Length > 0 ? 1 : 0, feed.Advisories.Count);
    }

    [Fact]
    public void ARecordThatIsTooLongIsSkippedWithoutTheMemoryForIt()
    {
        var limits = AdvisoryLimits.Default with { RecordBytes = 100_000 };
        var text = $"[{A},{{\"id\":\"X\",\"details\":\"{new string('x', 30_000_000)}\"}},{B}]".Utf8();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var feed = ReadFeed.OfBytes(text, (s, k) => Osv.Read(s, k), limits);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 2_000_000);
        Assert.Equal(["A-1", "B-2"], feed.Advisories.Select(a => a.Id));
        Assert.Contains("larger than 100000 bytes", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ALineThatIsTooLongIsSkipped()
    {
        var text = $"{A}\n{{\"id\":\"X\",\"details\":\"{new string('x', 300_000)}\"}}\n{B}\n";
        var feed = ReadFeed.OfText(text, (s, k) => Osv.Read(s, k), AdvisoryLimits.Default with { RecordBytes = 100_000 });
        Assert.Equal(["A-1", "B-2"], feed.Advisories.Select(a => a.Id));
        Assert.Single(feed.Refusals);
    }

    [Fact]
    public void TooManyRecordsAreRefusedOnce()
    {
        var feed = ReadFeed.OfText($"[{A},{B},{A},{B},7,7]", (s, k) => Osv.Read(s, k), AdvisoryLimits.Default with { Records = 3 });
        Assert.Equal(3, feed.Advisories.Count);
        Assert.Contains("more than 3 records", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ACompressedStreamThatIsBrokenIsRefusedWithItsReason()
    {
        var feed = new ReadFeed();
        using var stream = new System.IO.Compression.GZipStream(new MemoryStream("this is no gzip at all, not at all"u8.ToArray()), System.IO.Compression.CompressionMode.Decompress);
        Osv.Read(stream, feed.Sink());
        Assert.NotEmpty(feed.Refusals);
    }

    [Fact]
    public void APropertyBesideThePathIsReadAndLeft()
    {
        var feed = ReadFeed.OfText("""{"limit":20,"x":{"notices":[7]},"notices":[{"id":"USN-1-1","release_packages":{}}],"total":1}""", UbuntuNotices.ReadPage);
        Assert.Equal("USN-1-1", feed.Only.Id);
        Assert.Empty(feed.Refusals);
    }

    [Theory]
    [InlineData("""{"notice":[]}""", "has no 'notices'")]
    [InlineData("""{"notices":7}""", "an array or an object is expected")]
    [InlineData("""[{"notices":[]}]""", "an object is expected")]
    public void AMissingPathIsRefused(string text, string reason) =>
        Assert.Contains(reason, Assert.Single(ReadFeed.OfText(text, UbuntuNotices.ReadPage).Refusals).Reason, StringComparison.Ordinal);
}

file static class Bytes
{
    public static byte[] Utf8(this string text) => Encoding.UTF8.GetBytes(text);
}
