using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Hosts of Windows: by product, build and number of update, over the documents of several months.</summary>
public sealed class ProductMatcherTests
{
    private const string P = "Windows 10 Version 22H2 for x64-based Systems";

    // An advisory a word: "A:KB5000001>KB5000000@10.0.19045.100", several updates of one between "|"; "A:" is one without a fix.
    [Theory]
    // By build, on the same branch.
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19045.99", "", "fix KB5000001 (10.0.19045.100) closes A")]
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19045.100", "", "")]
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19045.1000", "", "")]
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19044.999", "KB5000009", "fix KB5000001 (10.0.19045.100) closes A: no document says what KB5000009 replaces, which is installed: look whether it holds the fix")]
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19044.999", "", "Undetermined A: KB5000001 (10.0.19045.100): no installed update is reported, and the build 10.0.19044.999 can't be compared")]
    [InlineData("A:KB5000001@10.0.19045.100", "-", "", "Undetermined A: KB5000001 (10.0.19045.100): no installed update is reported, and the build - can't be compared")]
    // By number, directly and through others.
    [InlineData("A:KB5000001", "-", "KB5000001", "")]
    [InlineData("A:KB5000001 B:KB5000002>KB5000001", "-", "KB5000002", "")]
    [InlineData("A:KB5000001 B:KB5000002>KB5000001 C:KB5000003>KB5000002", "-", "KB5000003", "")]
    [InlineData("A:KB5000001 B:KB5000002>KB5000001", "-", "KB5000001", "fix KB5000002 closes B")]
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19044.999", "KB5000001", "")]
    // Installed, and not running yet.
    [InlineData("A:KB5000001@10.0.19045.100", "10.0.19045.99", "KB5000001", "fix KB5000001 (10.0.19045.100) closes A: the update is installed, but the build is still 10.0.19045.99: restart the host")]
    // What is superseded folds into the newest.
    [InlineData("A:KB5000001@10.0.19045.100 B:KB5000002>KB5000001@10.0.19045.200 C:KB5000003>KB5000002@10.0.19045.300", "10.0.19045.1", "", "fix KB5000003 (10.0.19045.300) closes A B C")]
    [InlineData("A:KB5000001@10.0.19045.100 B:KB5000002>KB5000001@10.0.19045.200", "10.0.19045.150", "", "fix KB5000002 (10.0.19045.200) closes B")]
    [InlineData("A:KB5000001@10.0.19045.100 B:KB5000002@10.0.19045.200", "10.0.19045.1", "", "fix KB5000001 (10.0.19045.100), KB5000002 (10.0.19045.200) closes A B")]
    // Several of one kind are all needed, as the core and the language pack; another kind brings the same again. A hotpatch changes no build.
    [InlineData("A:KB5000001|KB5000002", "-", "KB5000002", "fix KB5000001 closes A: another update of the same kind is installed, and all of a kind are needed")]
    [InlineData("A:KB5000001|KB5000002", "-", "KB5000002 KB5000001", "")]
    [InlineData("A:KB5000001&|KB5000002$", "-", "KB5000002", "")]
    [InlineData("A:KB5000001&|KB5000002$", "-", "KB5000001", "")]
    [InlineData("A:KB5000001&|KB5000002$", "-", "KB5000009", "fix KB5000001 or KB5000002 closes A")]
    [InlineData("A:KB5000001&|KB5000002$|KB5000003$", "-", "KB5000009", "fix KB5000001 or KB5000002 and KB5000003 closes A")]
    [InlineData("A:KB5000001&|KB5000002$|KB5000003$", "-", "KB5000003", "fix KB5000001 or KB5000002 closes A")]
    // A build proves nothing of what holds one month alone, nor on a host that got such or a hotpatch.
    [InlineData("A:KB5000001@6.3.9600.100$ B:KB5000002@6.3.9600.200$", "6.3.9600.200", "KB5000002", "fix KB5000001 (6.3.9600.100) closes A")]
    [InlineData("A:KB5000001@6.3.9600.100&|KB5000003@6.3.9600.100$ B:KB5000002@6.3.9600.200$", "6.3.9600.200", "KB5000002", "fix KB5000001 (6.3.9600.100) or KB5000003 (6.3.9600.100) closes A")]
    [InlineData("A:KB5000001@6.3.9600.100&|KB5000003@6.3.9600.100$", "6.3.9600.200", "KB5000009", "")]
    [InlineData("A:KB5000001@10.0.20348.100 B:KB5000002@10.0.20348.200!", "10.0.20348.200", "KB5000002", "fix KB5000001 (10.0.20348.100) closes A")]
    [InlineData("A:KB5000001|KB5000002 B:KB5000002", "-", "KB5000009", "fix KB5000001 and KB5000002 closes A B: no document says what KB5000009 replaces, which is installed: look whether it holds the fix")]
    [InlineData("A:KB5000001|KB5000002", "-", "KB5000009", "fix KB5000001 and KB5000002 closes A: no document says what KB5000009 replaces, which is installed: look whether it holds the fix")]
    [InlineData("A:KB5000001@10.0.19045.200|KB5000002@10.0.19045.100!", "10.0.19045.150", "", "fix KB5000001 (10.0.19045.200) closes A")]
    [InlineData("A:KB5000001@10.0.19045.200|KB5000002@10.0.19045.100!", "10.0.19045.100", "KB5000002", "")]
    // A circle hides nothing, and is said.
    [InlineData("A:KB5000001>KB5000002 B:KB5000002>KB5000001", "-", "KB5000001", "fix KB5000002 closes B: KB5000002 and KB5000001 are said to replace each other: which is the newest can't be told")]
    [InlineData("A:KB5000001 B:KB5000002>KB5000001>KB5000003 C:KB5000003>KB5000002", "-", "KB5000009", "KB5000002, KB5000003 are said to replace KB5000001 and each other: which is the newest can't be told")]
    // So is a link that is missing.
    [InlineData("A:KB5000001 B:KB5000003>KB5000002", "-", "KB5000003", "fix KB5000001 closes A: no document says what KB5000002 replaced, which an installed update replaces: look whether that holds the fix")]
    // What has no number is compared by its build, or said not to be known.
    [InlineData("A:Release+Notes@17.9.3", "17.9.2", "", "fix Release Notes (17.9.3) closes A")]
    [InlineData("A:Release+Notes@17.9.3", "17.9.4", "", "")]
    [InlineData("A:Release+Notes@17.9.3", "17.8.0", "KB5000009", "Undetermined A: Release Notes (17.9.3): it has no number that could be reported, and the build 17.8.0 can't be compared")]
    [InlineData("A:Release+Notes@https://notes.example/", "1.2.3", "", "Undetermined A: Release Notes (https://notes.example/): it has no number that could be reported, and the build 1.2.3 can't be compared")]
    // Without any.
    [InlineData("A:?NoFixYet", "10.0.19045.1", "", "NoFixYet A")]
    [InlineData("A:?WillNotFix", "10.0.19045.1", "", "WillNotFix A")]
    [InlineData("A:?NotAffected", "10.0.19045.1", "", "")]
    [InlineData("A:?Fixed", "10.0.19045.1", "", "")]
    public void AProductHasAFixByItsBuildOrByAnUpdateThatBringsIt(string advisories, string build, string updates, string expected)
    {
        var found = Text(Verdict(P, build, updates, advisories));
        Assert.True(expected.Length == 0 ? found.Length == 0 : found.Contains(expected, StringComparison.Ordinal), $"'{expected}' expected, found '{found}'");
    }

    [Theory]
    [InlineData("windows 10 version 22H2 for x64-based systems", true)]
    [InlineData("Windows 10 Version 21H2 for x64-based Systems", false)]
    [InlineData("Windows 10 Version 22H2 for ARM64-based Systems", false)]
    public void AProductIsTheOneOfThatName(string product, bool isOpen)
    {
        Assert.Equal(isOpen, !Verdict(product, "10.0.19045.1", "", "A:KB5000001@10.0.19045.100").IsNone);
        Assert.Equal(isOpen, Index("A:KB5000001").SpeaksOf(product));
    }

    // A later month's document comes by itself, and one that is gone says nothing more.
    [Fact]
    public void MonthsComeAndGoOneByOne()
    {
        var index = Index("A:KB5000001@10.0.19045.100");
        Assert.True(index.Put(Advisory("B:KB5000002>KB5000001@10.0.19045.200")));
        Assert.Equal("fix KB5000002 (10.0.19045.200) closes A B", Text(ProductMatcher.VerdictOf(P, "10.0.19045.1", [], index)));
        Assert.True(index.Remove("B"));
        Assert.Equal("fix KB5000001 (10.0.19045.100) closes A", Text(ProductMatcher.VerdictOf(P, "10.0.19045.1", [], index)));
        Assert.False(index.Put(new IndexedAdvisory("linux", Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")))));
        Assert.True(index.Put(Advisory("A:KB5000001") with { Advisory = Advisory("A:KB5000001").Advisory with { Withdrawn = DateTimeOffset.UnixEpoch } }));
        Assert.Equal(0, index.Count);
    }

    // Months often leave out what an update replaces; lists of updates say it, for one product or, as a catalogue does, for all.
    [Theory]
    [InlineData(P, "KB5000009", "", true)]
    [InlineData("windows 10 version 22h2 for x64-based Systems", "KB5000009", "", true)]
    [InlineData(null, "KB5000009", "", true)]
    [InlineData("Windows 11", "KB5000009", "fix KB5000001 closes A", false)]
    [InlineData(P, "KB5000008", "fix KB5000009 (10.0.19045.900) closes A", true)]
    public void AListOfUpdatesSaysWhatReplacesWhat(string? product, string installed, string expected, bool replaces)
    {
        var index = Index("A:KB5000001");
        var listed = new VendorUpdate { Id = "KB5000009", Product = product, Supersedes = ["KB5000001"], FixedBuild = "10.0.19045.900" };
        Assert.True(index.Put("list/1", listed));
        Assert.False(index.Put("list/1", listed with { Supersedes = ["KB5000001"] }));
        Assert.StartsWith(expected, Text(ProductMatcher.VerdictOf(P, "-", [installed], index)), StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0, ProductMatcher.VerdictOf(P, "-", [installed], index).IsNone);
        Assert.Equal(replaces, index.Place(P, "KB5000001").IsSuperseded);
        Assert.True(index.Put("list/1", null));
        Assert.False(index.Put("list/1", null));
        Assert.False(ProductMatcher.VerdictOf(P, "-", [installed], index).IsNone);
        Assert.False(index.Place(P, "KB5000001").IsSuperseded);
    }

    // The month of the corpus: a host that has none of its updates, and one that has the one that replaces nothing that is stated.
    [Theory]
    [InlineData("Windows 10 for x64-based Systems", "KB3000001", "fix KB3147461 closes CVE-2016-0088")]
    [InlineData("Windows 10 for x64-based Systems", "KB3147461", "")]
    [InlineData("Windows Server 2012 R2", "KB3135456", "")]
    public void AMonthOfMicrosofts(string product, string updates, string expected)
    {
        var index = new ProductIndex();
        foreach (var advisory in Advisories.ReadFeed.Of("msrc/cvrf/2016-Apr.xml", MsrcCvrf.Read).Advisories)
        {
            index.Put(new IndexedAdvisory(advisory.Id, advisory));
        }

        Assert.True(index.SpeaksOf(product));
        Assert.StartsWith(expected, Text(ProductMatcher.VerdictOf(product, "-", [updates], index)), StringComparison.Ordinal);
        Assert.Equal(expected.Length == 0, ProductMatcher.VerdictOf(product, "-", [updates], index).IsNone);
    }

    private static Verdict Verdict(string product, string build, string updates, string advisories) =>
        ProductMatcher.VerdictOf(product, build, updates.Split(' ', StringSplitOptions.RemoveEmptyEntries), Index(advisories));

    private static ProductIndex Index(string advisories)
    {
        var index = new ProductIndex();
        Assert.All(advisories.Split(' '), text => Assert.True(index.Put(Advisory(text))));
        return index;
    }

    private static IndexedAdvisory Advisory(string text)
    {
        var (id, fixes) = (text.Split(':', 2)[0], text.Split(':', 2)[1]);
        AffectedPackage On(FixState state, VendorUpdate? update) => new() { Platform = "Windows:10 Version 22H2", Name = "Windows", Arch = "x64", Product = P, State = state, Update = update };
        return new IndexedAdvisory(id, new Advisory
        {
            Id = id,
            Affected = fixes[0] == '?' ? [On(Enum.Parse<FixState>(fixes[1..]), null)] : [.. fixes.Split('|').Select(f => On(FixState.Fixed, Update(f)))],
        });
    }

    private static VendorUpdate Update(string text)
    {
        var parts = text.TrimEnd('!', '&', '$').Split('@');
        var numbers = parts[0].Split('>');
        return new VendorUpdate
        {
            Id = numbers[0].Replace('+', ' '),
            Supersedes = [.. numbers.Skip(1)],
            FixedBuild = parts.ElementAtOrDefault(1),
            Kind = text[^1] switch { '!' => "AzureHotpatch", '&' => "Monthly Rollup", '$' => "Security Only", _ => "Security Update" },
        };
    }

    private static string Text(Verdict verdict)
    {
        var notes = verdict.Findings.Where(f => f.Answer == Answer.FixAvailable).Select(f => f.Note).OfType<string>().Distinct().ToList();
        var fix = verdict.Fix is { } found ? $"fix {found.Version} closes {string.Join(' ', found.Vulnerabilities)}{(notes.Count > 0 ? $": {string.Join("; ", notes)}" : "")}" : "";
        var others = verdict.Findings.Where(f => f.Answer != Answer.FixAvailable).Select(f => $"{f.Answer} {string.Join(' ', f.Vulnerabilities)}{(f.Note is null ? "" : $": {f.Note}")}");
        return string.Join("; ", others.Prepend(fix).Where(t => t.Length > 0));
    }
}
