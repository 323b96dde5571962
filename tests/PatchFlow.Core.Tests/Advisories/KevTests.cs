using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class KevTests
{
    private const string Whole = "kev/known_exploited_vulnerabilities.json";
    private const string Header = "cveID,vendorProject,dateAdded,cwes\n";
    private readonly List<Refusal> _refusals = [];

    [Fact]
    public void TheCatalogueHasTheFactsOfTheCorpus()
    {
        var kev = Open(Whole);
        Assert.Equal(("2025.08.25", 1404), (kev.Version, kev.Entries.Length));
        var (first, last) = (kev.Entries[0], kev.Entries[^1]);
        Assert.Equal(("CVE-2025-48384", "Git", new DateOnly(2025, 8, 25), (DateOnly?)new DateOnly(2025, 9, 15)), (first.Cve, first.Vendor, first.Added, first.Due));
        Assert.Equal(["CWE-59", "CWE-436"], first.Cwes);
        Assert.Equal("CVE-2020-29583", last.Cve);
        Assert.Equal((293, 1111), (kev.Entries.Count(e => e.Ransomware == RansomwareUse.Known), kev.Entries.Count(e => e.Ransomware == RansomwareUse.Unknown)));
        Assert.Equal(152, kev.Entries.Count(e => e.Cwes.IsEmpty));
        Assert.DoesNotContain(kev.Entries, e => e.Notes.Contains("\\/", StringComparison.Ordinal));
        Assert.Contains("https://github.com/git/git/security/advisories/GHSA-vwqx-4fm8-6qc9", first.References);
        Assert.Empty(_refusals);
    }

    [Fact]
    public void TheTrimmedCatalogueIsRead()
    {
        var kev = Open("kev/samples/claircore-kev.json");
        Assert.Equal(["CVE-2017-3066", "CVE-2021-44228"], kev.Entries.Select(e => e.Cve));
        Assert.Equal(RansomwareUse.Known, kev.Entries[1].Ransomware);
        Assert.Equal(new DateTimeOffset(2025, 2, 24, 17, 55, 31, TimeSpan.Zero).AddTicks(6_365_000), kev.Released);
    }

    [Fact]
    public void TheCsvHasTheSameEntriesAsTheJson()
    {
        using var csv = Corpus.Open("kev/known_exploited_vulnerabilities.csv");
        var entries = KevCsv.Read(csv, "csv", _refusals.Add)!.Value;
        Assert.Empty(_refusals);
        var json = Open(Whole).Entries;
        Assert.Equal(1404, entries.Length);
        var changes = KevChanges.Between(json, entries);
        Assert.Equal((0, 0), (changes.Added.Length, changes.Removed.Length));
        Assert.Empty(changes.Changed.Select(c => $"{c.Before} / {c.After}"));
    }

    // Documents of 2022 had fewer fields.
    [Fact]
    public void FieldsThatOldDocumentsLackAreNotStated()
    {
        var entry = Assert.Single(Json(1, """{"cveID":"CVE-2021-27104","vendorProject":"Accellion","dateAdded":"2021-11-03","dueDate":"2021-11-17"}""")!.Entries);
        Assert.Equal((RansomwareUse.NotStated, "", true, true), (entry.Ransomware, entry.Notes, entry.Cwes.IsEmpty, entry.References.IsEmpty));
    }

    [Theory]
    [InlineData("""{"catalogVersion":"1","dateReleased":"2025-02-24T17:55:31.6365Z","count":2,"vulnerabilities":[]}""", "says 2, and there are 0 entries")]
    [InlineData("""{"catalogVersion":"1","dateReleased":"2025-02-24T17:55:31.6365Z","vulnerabilities":[]}""", "says nothing")]
    [InlineData("""{"dateReleased":"2025-02-24T17:55:31.6365Z","count":0,"vulnerabilities":[]}""", "is missing")]
    [InlineData("""{"catalogVersion":"1","dateReleased":"yesterday","count":0,"vulnerabilities":[]}""", "'yesterday' is no time")]
    [InlineData("""{"count":0}""", "no list 'vulnerabilities'")]
    [InlineData("[]", "no list 'vulnerabilities'")]
    [InlineData("<html>", "not JSON")]
    public void ACatalogueThatIsNotWholeIsRefusedAsAWhole(string text, string reason)
    {
        Assert.Null(Read(text));
        Assert.Contains(reason, Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"cveID":"CVE-1","dateAdded":"2021-11-03"}""", "'CVE-1' is no CVE")]
    [InlineData("""{"cveID":"CVE-2021-0002","dateAdded":"03.11.2021"}""", "no date")]
    [InlineData("""{"cveID":"CVE-2021-0001","dateAdded":"2021-11-03"}""", "listed twice")]
    [InlineData("7", "is no CVE")]
    public void ABadEntryIsRefusedAloneWithItsPlace(string entry, string reason)
    {
        var kev = Json(2, $$"""{"cveID":"CVE-2021-0001","dateAdded":"2021-11-03"},{{entry}}""");
        Assert.Equal("CVE-2021-0001", Assert.Single(kev!.Entries).Cve);
        var refusal = Assert.Single(_refusals);
        Assert.Equal("vulnerabilities[1]", refusal.Position);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEditionIsToldByVersionAndTimeOfRelease()
    {
        var kev = Open("kev/samples/claircore-kev.json");
        Assert.True(kev.IsSameEdition(kev with { Entries = [] }));
        Assert.False(kev.IsSameEdition(kev with { Released = kev.Released.AddSeconds(1) }));
        Assert.False(kev.IsSameEdition(kev with { Version = "2025.02.25" }));
    }

    [Fact]
    public void WhatChangedBetweenTwoCataloguesIsFound()
    {
        var one = new KevEntry { Cve = "CVE-2021-0001", Added = new(2021, 11, 3), Cwes = ["CWE-1"], Ransomware = RansomwareUse.Unknown };
        var (two, three) = (one with { Cve = "CVE-2021-0002" }, one with { Cve = "CVE-2021-0003" });
        var known = two with { Ransomware = RansomwareUse.Known };
        var changes = KevChanges.Between([one, two, three], [one with { Cwes = ["CWE-1"] }, known, one with { Cve = "CVE-2021-0004" }]);
        Assert.Equal("CVE-2021-0004", Assert.Single(changes.Added).Cve);
        Assert.Equal(new KevChange(two, known), Assert.Single(changes.Changed));
        Assert.Equal("CVE-2021-0003", Assert.Single(changes.Removed).Cve);
        Assert.Single(KevChanges.Between([one], [one with { Cwes = ["CWE-2"] }]).Changed);
    }

    [Theory]
    [InlineData("CVE-2021-0001,\"a, \"\"b\"\"\r\nc\",2021-11-03,\"CWE-1, CWE-2\"\r\n", "a, \"b\"\r\nc")]
    [InlineData("CVE-2021-0001,x,2021-11-03,", "x")]
    [InlineData("\n\nCVE-2021-0001,,2021-11-03,\n\n", "")]
    public void QuotesAndLineEndsOfTheCsvAreRead(string row, string vendor)
    {
        Assert.Equal(vendor, Assert.Single(Csv(Header + row)!.Value).Vendor);
        Assert.Empty(_refusals);
    }

    [Theory]
    [InlineData("CVE-2021-0002,x\n", "has 2 fields, and there are 4 columns")]
    [InlineData("CVE-2021-0002,x\"y\",2021-11-03,\n", "a quote within a field")]
    [InlineData("CVE-2021-0002,x,2021-13-03,\n", "no date")]
    [InlineData("x,x,2021-11-03,\n", "is no CVE")]
    public void ABadRowIsRefusedAloneWithItsLine(string row, string reason)
    {
        var entries = Csv($"{Header}CVE-2021-0001,\"a\nb\",2021-11-03,\n{row}CVE-2021-0003,x,2021-11-03,\n")!.Value;
        Assert.Equal(["CVE-2021-0001", "CVE-2021-0003"], entries.Select(e => e.Cve));
        var refusal = Assert.Single(_refusals);
        Assert.Equal("line 4", refusal.Position);
        Assert.Contains(reason, refusal.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void AQuoteThatIsNotClosedIsRefused()
    {
        Assert.Empty(Csv(Header + "CVE-2021-0001,\"x,2021-11-03,\n")!.Value);
        Assert.Contains("not closed", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ARecordWithoutEndTakesNoMemoryAndIsRefused()
    {
        Assert.Empty(Csv(Header + new string(',', 2_000_000))!.Value);
        Assert.Contains("more than 262144 characters", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cve,date\n")]
    public void ACsvWithoutItsColumnsIsRefusedAsAWhole(string text)
    {
        Assert.Null(Csv(text));
        Assert.Contains("no column 'cveID'", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ACsvThatIsNotUtf8IsRefused()
    {
        using var bytes = new MemoryStream([.. Encoding.UTF8.GetBytes(Header), 0xff, 0xfe]);
        Assert.Null(KevCsv.Read(bytes, "csv", _refusals.Add));
        Assert.Contains("not UTF-8", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    private KevCatalogue? Json(int count, string entries) =>
        Read($$"""{"catalogVersion":"1","dateReleased":"2025-02-24T17:55:31.6365Z","count":{{count}},"vulnerabilities":[{{entries}}]}""");

    private KevCatalogue? Read(string text)
    {
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Kev.Read(bytes, "json", _refusals.Add);
    }

    private System.Collections.Immutable.ImmutableArray<KevEntry>? Csv(string text)
    {
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return KevCsv.Read(bytes, "csv", _refusals.Add);
    }

    private KevCatalogue Open(string file)
    {
        using var stream = Corpus.Open(file);
        return Kev.Read(stream, file, _refusals.Add)!;
    }
}
