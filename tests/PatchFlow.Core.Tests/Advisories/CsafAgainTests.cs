using System.Globalization;
using System.Text.Json;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What a CSAF document names again is looked up from what was named before: that is never taken for something else.</summary>
public sealed class CsafAgainTests
{
    // One id has a backslash, written as two; the other is written as the first reads, and has a backspace instead.
    [Theory]
    [InlineData("""
        a\\b
        """, """
        a\b
        """)]
    [InlineData("""
        a\\u0041
        """, """
        a\u0041
        """)]
    public void AnIdThatIsWrittenAsAnotherReadsIsNotThatOne(string defined, string other)
    {
        var feed = Read($$"""["x","{{defined}}"]""", Vulnerability(1, "known_affected", $"""["x","{defined}"]"""), Vulnerability(2, "known_affected", $"""["x","{other}"]"""));
        Assert.Equal(["x", $"{JsonSerializer.Deserialize<string>($"\"{defined}\"")} CVE-2026-0001", $"{JsonSerializer.Deserialize<string>($"\"{other}\"")} CVE-2026-0002"], Affected(feed));
        Assert.Equal("CVE-2026-0002", Assert.Single(feed.Refusals).Position);
    }

    [Fact]
    public void AnIdIsTheSameHoweverItIsWrittenAndInWhateverOrder()
    {
        var feed = Read("""["x","y","z"]""",
            Vulnerability(1, "known_affected", """["x","y","z"]"""), Vulnerability(2, "known_affected", """["z","y","x"]"""), Vulnerability(3, "known_affected", """["\u0078","y","\u007a"]"""));
        Assert.Empty(feed.Refusals);
        Assert.Equal(["x", "y", "z"], Affected(feed));
    }

    // Lists of one length, that differ in one letter, and one that comes back.
    [Fact]
    public void AListIsTheOneBeforeOnlyWhereEachLetterIs()
    {
        var feed = Read("""["a1","a2","a3","a4","a5"]""",
            Vulnerability(1, "known_affected", """["a1","a2","a3","a4"]"""), Vulnerability(2, "known_affected", """["a1","a2","a3","a5"]"""), Vulnerability(3, "known_affected", """["a1","a2","a3","a4"]"""));
        Assert.Empty(feed.Refusals);
        Assert.Equal(["a1", "a2", "a3", "a4 CVE-2026-0001 CVE-2026-0003", "a5 CVE-2026-0002"], Affected(feed));
    }

    [Fact]
    public void WhatIsWrongInAListIsToldEachTimeThatItIsGiven()
    {
        const string list = """["x","y","nowhere",7,"z"]""";
        var feed = Read("""["x","y","z"]""", Vulnerability(1, "known_affected", list), Vulnerability(2, "known_affected", list));
        Assert.Equal(["x", "y", "nowhere", "z"], Affected(feed));
        Assert.Equal(
            ["CVE-2026-0001 'known_affected' has", "CVE-2026-0001 product id 'nowhere'", "CVE-2026-0002 'known_affected' has", "CVE-2026-0002 product id 'nowhere'"],
            feed.Refusals.Select(refusal => $"{refusal.Position} {string.Join(' ', refusal.Reason.Split(' ')[..(refusal.Reason[0] == '\'' ? 2 : 3)])}"));
    }

    // The remedy and the reason of one vulnerability say nothing of the next, also where the first has no statuses.
    [Theory]
    [InlineData("\"product_status\":{\"known_not_affected\":[\"x\"]},")]
    [InlineData("")]
    public void WhatOneVulnerabilitySaysOfAProductIsNotTheNextOnes(string status)
    {
        var said = $$"""{"cve":"CVE-2026-0001",{{status}}"remediations":[{"category":"no_fix_planned","details":"never","product_ids":["x"]}],"threats":[{"category":"impact","details":"why","product_ids":["x"]}]}""";
        var feed = Read("""["x"]""", said, Vulnerability(2, "known_affected", """["x"]"""));
        var next = Assert.Single(feed.Only.Affected, package => package.State != FixState.NotAffected);
        Assert.Equal((FixState.NoFixYet, null), (next.State, next.Note));
    }

    // More than are looked up one after another.
    [Fact]
    public void OneProductMayHaveManyStatementsAndEachIsMadeOnce()
    {
        string[] all = [.. Enumerable.Range(1, 30).Concat(Enumerable.Range(31, 30)).Select(number =>
            $$"""{"cve":"CVE-2026-{{number:0000}}","product_status":{"known_affected":["x"]},"remediations":[{"category":"workaround","details":"note {{number % 30}}","product_ids":["x"]}]}""")];
        var affected = Read("""["x"]""", all).Only.Affected;
        Assert.Equal(Enumerable.Range(1, 30).Select(number => $"note {number % 30}: CVE-2026-{number:0000} CVE-2026-{number + 30:0000}"), affected.Select(a => $"{a.Note}: {string.Join(' ', a.Cves)}"));
    }

    // The usual form is read by itself: it comes out as any other way of reading it has it, and what is another form is read as before.
    [Theory]
    [InlineData("2024-01-02T03:04:05Z")]
    [InlineData("2024-01-02T03:04:05.6Z")]
    [InlineData("2024-01-02T03:04:05.1234567Z")]
    [InlineData("2024-01-02T03:04:05.12345678Z")]
    [InlineData("2024-01-02T03:04:05.9999999999Z")]
    [InlineData("2024-01-02T03:04:05+02:00")]
    [InlineData("2024-12-31T23:04:05.123-11:30")]
    [InlineData("2024-01-02T03:04:05.12345678-11:30")]
    [InlineData("2024-01-02T03:04:05")]
    [InlineData("2024-01-02T03:04:05.12345")]
    [InlineData("2024-01-02T03:04Z")]
    [InlineData("2024-01-02T03:04+01:00")]
    [InlineData("2024-01-02t03:04:05z")]
    [InlineData("2024-01-02 03:04:05Z")]
    [InlineData("2024-01-02")]
    [InlineData("2024-02-29T03:04:05Z")]
    [InlineData("2023-02-29T03:04:05Z")]
    [InlineData("2024-01-02T24:00:00Z")]
    [InlineData("2024-01-02T03:04:60Z")]
    [InlineData("2024-01-02T03:04:05+14:00")]
    [InlineData("2024-01-02T03:04:05+14:30")]
    [InlineData("2024-01-02T03:04:05+01:60")]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("2024-01-02T03:04:05\\u005a")]
    [InlineData("2024-01-02T03:04:05.Z")]
    [InlineData("2024-01-02T03:04:05.+01:00")]
    public void ADateIsWhatAnyOtherWayOfReadingItMakesOfIt(string date)
    {
        var text = JsonSerializer.Deserialize<string>($"\"{date}\"")!;
        var feed = ReadFeed.OfText($$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1","current_release_date":"{{date}}"} } }""", Csaf.Read);
        DateTimeOffset? expected = text[0] == '2' && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var read) ? read : null;
        Assert.Equal((expected, expected?.Offset), (feed.Only.Modified, feed.Only.Modified?.Offset));
        Assert.Equal(expected is null ? [$"document/tracking/current_release_date '{text}' is no date; the rest of it is kept"] : [], feed.Refusals.Select(refusal => $"{refusal.Position} {refusal.Reason}"));
    }

    // A remedy that names a group as often as the group has products: what they make together is the square of the document.
    [Fact]
    public void AGroupThatIsNamedAgainAndAgainTakesNoMemoryForEachTime()
    {
        const int count = 700;
        var ids = string.Join(',', Enumerable.Range(0, count).Select(n => $"\"p{n}\""));
        var names = string.Join(',', Enumerable.Range(0, count).Select(n => $$"""{"product_id":"p{{n}}","name":"p{{n}}"}"""));
        var groups = string.Join(',', Enumerable.Repeat("\"g\"", count));
        var text = $$"""
            {"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1"} },
             "product_tree":{"full_product_names":[{{names}}],"product_groups":[{"group_id":"g","product_ids":[{{ids}}]}]},
             "vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"known_affected":["p0"]},
              "remediations":[{"category":"vendor_fix","details":"d","group_ids":[{{groups}}]}]}]}
            """;
        ReadFeed.OfText(text, Csaf.Read);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Single(ReadFeed.OfText(text, Csaf.Read).Only.Affected);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 3 << 20);
    }

    private static IEnumerable<string> Affected(ReadFeed feed) => feed.Only.Affected.Select(package => string.Join(' ', [package.Product!, .. package.Cves]));

    private static string Vulnerability(int number, string status, string list) => $$"""{"cve":"CVE-2026-{{number:0000}}","product_status":{"{{status}}":{{list}} } }""";

    // Products that are called by their ids.
    private static ReadFeed Read(string ids, params string[] vulnerabilities)
    {
        using var list = JsonDocument.Parse(ids);
        var products = string.Join(',', list.RootElement.EnumerateArray().Select(id => $$"""{"product_id":{{id.GetRawText()}},"name":{{id.GetRawText()}} }"""));
        return ReadFeed.OfText($$"""{"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1"} },"product_tree":{"full_product_names":[{{products}}]},"vulnerabilities":[{{string.Join(',', vulnerabilities)}}]}""", Csaf.Read);
    }
}
