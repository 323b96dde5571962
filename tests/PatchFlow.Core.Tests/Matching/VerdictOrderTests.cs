using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>What is open of a package has an order of its own, whatever that of the advisories: a host's page and what is compared with it depend on it.</summary>
public sealed class VerdictOrderTests
{
    private const int Shuffles = 50;
    private static readonly HostPackage Curl = new("curl", "2", "amd64", "curl", "2");

    // Written as the order wants them: the newest fix first, then by answer; and both by key and note.
    private static readonly (string Key, AffectedPackage Affected)[] InOrder =
    [
        ("m", Before("5")),
        ("b", Before("4")),
        ("c", Before("4")),
        ("a", Before("3") with { State = FixState.NoFixYet }),
        ("d", Before("3")),
        ("z", Open(FixState.NoFixYet, VersionRange.All)),
        ("f", Open(FixState.WillNotFix, VersionRange.All)),
        ("g", Open(FixState.WillNotFix, VersionRange.Before("9"))),
        ("h", Open(FixState.WillNotFix)),
        ("e", Open(FixState.SupportEnded, VersionRange.Before("7"))),
    ];

    [Theory]
    [InlineData("one for each version alone", false)]
    [InlineData("one of which the last affected version is known", true)]
    public void IsTheNewestFixFirstAndThenByAnswer(string which, bool isLastKnown)
    {
        var random = new Random(7);
        var expected = InOrder.Select(o => o.Key).ToList();
        var last = ("k", Open(FixState.Fixed, new VersionRange(null, null, "8")));
        if (isLastKnown)
        {
            expected.Insert(5, "k");
        }

        for (var shuffle = 0; shuffle < Shuffles; shuffle++)
        {
            var advisories = (isLastKnown ? InOrder.Append(last) : InOrder).ToArray();
            random.Shuffle(advisories);
            Assert.True(expected.SequenceEqual(Keys(advisories)), $"{which}, shuffle {shuffle}: {string.Join(' ', Keys(advisories))}, not {string.Join(' ', expected)}");
        }
    }

    // Then none of it is a fix, whatever the ranges say.
    [Fact]
    public void IsByAnswerWhereTheInstalledVersionCantBeRead()
    {
        var random = new Random(7);
        (string Key, AffectedPackage Affected)[] said = [("z", Open(FixState.NoFixYet, VersionRange.All)), ("m", Open(FixState.WillNotFix, VersionRange.All)), ("a", Before("5")), ("b", Before("4"))];
        var expected = said.Select(s => s.Key).ToList();
        for (var shuffle = 0; shuffle < Shuffles; shuffle++)
        {
            random.Shuffle(said);
            Assert.Equal(expected, Keys(said, Curl with { Version = "not a version", SourceVersion = "not a version" }));
        }
    }

    [Fact]
    public void IsByNoteWhereAnAdvisorySaysTwoThings()
    {
        var random = new Random(7);
        AffectedPackage[] said = [.. new[] { "1", "2", "3" }.Select(n => Open(FixState.WillNotFix, VersionRange.All) with { Note = n })];
        for (var shuffle = 0; shuffle < Shuffles; shuffle++)
        {
            random.Shuffle(said);
            var advisory = new Advisory { Id = "A-1", Affected = [.. said] };
            Assert.Equal(["1", "2", "3"], Findings([new IndexedAdvisory("a", advisory)]).Select(f => f.Note));
        }
    }

    private static IEnumerable<string> Keys((string Key, AffectedPackage Affected)[] said, HostPackage? installed = null) =>
        Findings(said.Select(s => new IndexedAdvisory(s.Key, new Advisory { Id = $"A-{s.Key}", Affected = [s.Affected] })), installed).Select(f => f.Advisory.Key);

    private static IEnumerable<Finding> Findings(IEnumerable<IndexedAdvisory> advisories, HostPackage? installed = null)
    {
        var names = new NameTable();
        var match = new Matcher(AdvisoryIndex.Of(names, advisories)).Match(new PackageSets(names).Of(Matched.Debian(installed ?? Curl)));
        return Assert.Single(match.Packages).Verdict.Findings;
    }

    private static AffectedPackage Before(string version) => Open(FixState.Fixed, VersionRange.Before(version));

    private static AffectedPackage Open(FixState state, params VersionRange[] ranges) => Matched.Source("curl", state, ranges);
}
