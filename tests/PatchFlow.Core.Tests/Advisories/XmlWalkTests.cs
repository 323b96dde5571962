using System.Diagnostics;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>How XML is read, shown with updates.</summary>
public sealed class XmlWalkTests
{
    private const string A = "<update><id>A</id></update>";
    private const string Marks = "<>/\"'&;= \0{}[],:09aZ\u00ff";
    private const string B = "<update><id>B</id></update>";

    [Theory]
    [InlineData($"<updates>{A}{B}</updates>")]
    [InlineData($"\uFEFF<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c --><updates xmlns=\"urn:x\" xmlns:id=\"urn:y\">{A}<!-- {A} --><?p i?>{B}</updates>\n<!-- end -->\n")]
    [InlineData($"<x:updates xmlns:x=\"urn:x\"><x:update><x:id>A</x:id></x:update><other><update><id>Z</id></update></other>{B}</x:updates>")]
    [InlineData($"<updates><update><id>\n A\n</id><x><id>Z</id></x></update><update><id><![CDATA[B]]></id></update></updates>")]
    [InlineData($"<updates><update><id>&#65;<x>Z</x></id><title/></update><update><x/><id><!-- c -->B<?p i?></id></update></updates>")]
    public void UpdatesAreFoundWhereverTheBuffersEndFalls(string text)
    {
        for (var step = 1; step < 12; step++)
        {
            var feed = ReadFeed.OfBytes(Encoding.UTF8.GetBytes(text), UpdateInfo.Read, step: step);
            Assert.Empty(feed.Refusals);
            Assert.Equal(["A", "B"], feed.Advisories.Select(a => a.Id));
        }
    }

    [Fact]
    public void ALongTextIsReadWhole()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i} é 😀 &amp; "));
        var feed = ReadFeed.OfText($"<updates><update><id>A</id><description>{text}</description></update></updates>", UpdateInfo.Read);
        Assert.Equal(text.Replace("&amp;", "&", StringComparison.Ordinal), feed.Only.Description);
    }

    [Theory]
    [InlineData($"<updates>{A}<update><id>X</id></updates>", "line 1", "A")]
    [InlineData($"<updates>{A}\n<update><id>X</update>", "line 2", "A")]
    [InlineData($"<updates>{A}\n\n{B}", "line 3", "A B")]
    [InlineData($"<updates>{A}\n<update><id>&x;</id></update>{B}</updates>", "line 2", "A")]
    [InlineData($"<updates>{A}\n<update><id>\u0001</id></update>{B}</updates>", "line 2", "A")]
    [InlineData($"<updates>{A}</updates>\n<updates>{B}</updates>", "line 2", "A")]
    [InlineData($"<updates>{A}</updates>\n{{}}", "line 2", "A")]
    [InlineData("<html><body/></html>", "line 1", "")]
    [InlineData("", "", "")]
    [InlineData("{}", "line 1", "")]
    public void WhereItIsNotWellFormedTheRestIsRefused(string text, string position, string ids)
    {
        var feed = ReadFeed.OfText(text, UpdateInfo.Read);
        Assert.Equal(ids, string.Join(' ', feed.Advisories.Select(a => a.Id)));
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
    }

    [Fact]
    public void BytesThatAreNotUtf8AreRefused()
    {
        byte[] text = [.. Encoding.UTF8.GetBytes($"<updates>{A}\n<update><id>X"), 0xe9, .. Encoding.UTF8.GetBytes("</id></update></updates>")];
        Assert.Single(ReadFeed.OfBytes(text, UpdateInfo.Read).Refusals);
    }

    [Fact]
    public void ABombOfEntitiesIsRefusedAtOnce()
    {
        var text = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE updates [<!ENTITY a0 \"ha\">");
        for (var i = 1; i <= 40; i++)
        {
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"<!ENTITY a{i} \"&a{i - 1};&a{i - 1};&a{i - 1};&a{i - 1};\">");
        }

        Refused(text.Append("]><updates><update><id>&a40;</id></update></updates>").ToString(), "document type (DTD)");
    }

    [Theory]
    [InlineData("<!DOCTYPE updates SYSTEM \"http://127.0.0.1:1/x.dtd\"><updates/>")]
    [InlineData("<!DOCTYPE updates [<!ENTITY x SYSTEM \"file:///etc/hostname\">]><updates><update><id>&x;</id></update></updates>")]
    [InlineData("<!DOCTYPE updates><updates/>")]
    public void NoDocumentTypeIsRead(string text) => Refused(text, "document type (DTD)");

    [Fact]
    public void DeepNestingIsRefusedAtOnce()
    {
        var text = new StringBuilder("<updates>");
        for (var i = 0; i < 2_000_000; i++)
        {
            text.Append("<a>");
        }

        Refused(text.ToString(), "nested deeper than 64");
    }

    [Fact]
    public void AMultitudeOfNamesIsRefusedAtOnce() =>
        Refused($"<updates>{string.Concat(Enumerable.Range(0, 100_000).Select(i => $"<a{i}/>"))}</updates>", "2048 names");

    [Theory]
    [InlineData("<a x=\"", "\"/>")]
    [InlineData("<a", "/>")]
    [InlineData("<!--", "-->")]
    [InlineData("text<a x=\"", "\"/>")]
    [InlineData("text<!--", "-->")]
    [InlineData("<update><title>text<a x=\"", "\"/></title></update>")]
    public void ATagWithoutEndIsRefusedWithoutTheMemoryForIt(string begin, string end)
    {
        Refused($"<updates>{begin}{new string('x', 12_000_000)}{end}</updates>", "longer than 1048576 bytes", out var allocated);
        Assert.True(allocated < 10_000_000, $"{allocated} bytes");
    }

    [Fact]
    public void ManyAttributesDoNotTakeLong()
    {
        var clock = Stopwatch.StartNew();
        var attributes = string.Concat(Enumerable.Range(0, 2000).Select(i => $" a{i}=''"));
        Assert.Equal("A", ReadFeed.OfText($"<updates{attributes}>{A}</updates>", UpdateInfo.Read).Only.Id);
        Assert.True(clock.ElapsedMilliseconds < 1000, $"{clock.ElapsedMilliseconds} ms");
    }

    [Theory]
    [InlineData("<description>", "x", "</description>")]
    [InlineData("<x>", "x", "</x>")]
    [InlineData("<pkglist><collection>", "<package name='a' version='1' release='1' arch='noarch'/>", "</collection></pkglist>")]
    [InlineData("<references>", "<reference id='a'/>", "</references>")]
    public void AnUpdateThatIsTooLongIsSkippedWithoutTheMemoryForIt(string begin, string part, string end)
    {
        var limits = AdvisoryLimits.Default with { RecordBytes = 100_000 };
        var text = Encoding.UTF8.GetBytes($"<updates>{A}<update><id>X</id>{begin}{string.Concat(Enumerable.Repeat(part, 20_000_000 / part.Length))}{end}</update>{B}</updates>");
        var before = GC.GetAllocatedBytesForCurrentThread();
        var feed = ReadFeed.OfBytes(text, UpdateInfo.Read, limits);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000, $"{GC.GetAllocatedBytesForCurrentThread() - before} bytes");
        Assert.Equal(["A", "B"], feed.Advisories.Select(a => a.Id));
        Assert.Equal(("X (line 1)", "it is larger than 100000 bytes"), (Assert.Single(feed.Refusals).Position, feed.Refusals[0].Reason));
    }

    [Fact]
    public void TooManyUpdatesAreRefusedOnce()
    {
        var feed = ReadFeed.OfText($"<updates>{A}{B}<update><id>C</id></update></updates>", UpdateInfo.Read, AdvisoryLimits.Default with { Records = 2 });
        Assert.Equal(2, feed.Advisories.Count);
        Assert.Contains("more than 2 records", Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(900, "A: a b")]
    [InlineData(1100, "A: a|A: b")]
    public void ARepeatedUpdateIsJoinedUnlessItIsFarAway(int kibibytes, string expected)
    {
        var filler = $"<update><id>X</id><x>{new string('x', kibibytes << 10)}</x></update>";
        var feed = ReadFeed.OfText($"<updates>{With("a")}{filler}{With("b")}</updates>", UpdateInfo.Read);
        Assert.Empty(feed.Refusals);
        Assert.Equal(expected, string.Join('|', feed.Advisories.Where(a => a.Id == "A").Select(a => $"A: {string.Join(' ', a.Affected.Select(p => p.Name))}")));
        Assert.Equal(expected.Contains('|', StringComparison.Ordinal) ? ["A", "X", "A"] : ["A", "X"], feed.Advisories.Select(a => a.Id));

        static string With(string name) => $"<update><id>A</id><pkglist><collection><package name='{name}' version='1' release='1' arch='noarch'/></collection></pkglist></update>";
    }

    // Where each update is long the text of a few is held, and where it is short the memory of many.
    [Theory]
    [InlineData(10_000, 2_000)]
    [InlineData(10, 60_000)]
    public void UpdatesAreHandedOutOnTheWay(int length, int count)
    {
        var update = $"<update><id>#######</id><title>{new string('t', length)}</title></update>";
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes($"<updates>{string.Concat(Enumerable.Range(0, count).Select(i => update.Replace("#######", $"{i:0000000}", StringComparison.Ordinal)))}</updates>"));
        var (found, most) = (0, 0L);
        var sink = new AdvisorySink("updates", a =>
        {
            most = Math.Max(most, (stream.Position / update.Length) - found);
            Assert.Equal($"{found++:0000000}", a.Id);
        }, refusal => Assert.Fail(refusal.Reason));
        UpdateInfo.Read(stream, sink);
        Assert.Equal(count, found);
        Assert.InRange(most, 10, ((1 << 20) / (update.Length + 1024)) + ((64 << 10) / update.Length));
    }

    // The seed is fixed: a failure repeats.
    [Theory]
    [InlineData("rpm/rocky-8.4/repodata/updateinfo.xml", DocumentKind.Updateinfo)]
    [InlineData("rpm/conformance/createrepo_c-updateinfo_03.xml", DocumentKind.Updateinfo)]
    [InlineData("rpm/rocky-8.4/repodata/repomd.xml", DocumentKind.Repomd)]
    [InlineData("rpm-json/alma-errata.full.json", DocumentKind.AlmaErrata)]
    [InlineData("rpm-json/rocky-apollo-page1.json", DocumentKind.RockyErrata)]
    [InlineData("rpm-json/fedora-bodhi-F40.json", DocumentKind.BodhiUpdates)]
    [InlineData("cvrf/redhat/cvrf-rhsa-2023-5628.xml", DocumentKind.Cvrf)]
    [InlineData("cvrf/suse/cvrf-opensuse-su-2015-0225-1.xml", DocumentKind.Cvrf)]
    [InlineData("msrc/cvrf/2016-Apr.xml", DocumentKind.MsrcCvrf)]
    [InlineData("msrc/cvrf/updates.json", DocumentKind.MsrcMonths)]
    [InlineData("msrc/sug-api/deployment-0.json", DocumentKind.MsrcDeployments)]
    [InlineData("msrc/sug-api/product-0.json", DocumentKind.MsrcProducts)]
    [InlineData("msrc/sug-api/vulnerability-0.json", DocumentKind.MsrcVulnerabilities)]
    [InlineData("msrc/update-catalog/Search-KB5025239.html", DocumentKind.UpdateCatalog)]
    public void NoChangedDocumentMakesAReaderThrow(string file, DocumentKind kind)
    {
        var random = new Random(1126);
        var good = File.ReadAllBytes(Corpus.PathOf(file));
        for (var i = 0; i < 300; i++)
        {
            var bytes = (byte[])good.Clone();
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                bytes[random.Next(bytes.Length)] = (byte)Marks[random.Next(Marks.Length)];
            }

            var (found, refused) = (new List<object>(), new List<Refusal>());
            using var document = new MemoryStream(bytes, 0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length);
            DocumentReader.Read(kind, document, "document", found.Add, refused.Add);
            Assert.True(found.Count + refused.Count > 0);
            Assert.All(refused, refusal => Assert.NotEmpty(refusal.Reason));
        }
    }

    private static void Refused(string text, string reason) => Refused(text, reason, out _);

    private static void Refused(string text, string reason, out long allocated)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var (least, clock) = (long.MaxValue, new Stopwatch());
        allocated = 0;

        // The quickest of a few turns: other tests run beside this one.
        for (var turn = 0; turn < 4; turn++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            clock.Restart();
            var feed = ReadFeed.OfBytes(bytes, UpdateInfo.Read);
            least = Math.Min(least, clock.ElapsedMilliseconds);
            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.Contains(reason, Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
            Assert.Empty(feed.Advisories);
        }

        Assert.True(least < 100, $"{least} ms");
    }
}
