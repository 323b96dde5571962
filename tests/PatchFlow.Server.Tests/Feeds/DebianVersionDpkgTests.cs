using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class DebianVersionDpkgTests
{
    // Short versions over the characters that matter, so that ties and near-ties are frequent. The seed is fixed: a failure repeats.
    [Fact]
    public void GeneratedVersionsCompareAsDpkgComparesThem()
    {
        var random = new Random(20261123);
        var pairs = Enumerable.Range(0, 600).Select(_ => (A: Version(random), B: Version(random))).ToList();
        var script = string.Concat(pairs.Select(p =>
            $"if dpkg --compare-versions '{p.A}' lt '{p.B}'; then echo -1; elif dpkg --compare-versions '{p.A}' eq '{p.B}'; then echo 0; else echo 1; fi\n"));
        var answers = Tool.Run("sh", script, ["-s"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(pairs.Count, answers.Length);
        foreach (var (pair, answer) in pairs.Zip(answers))
        {
            var (a, b) = (DebianVersion.Parse(pair.A), DebianVersion.Parse(pair.B));
            Assert.True(Math.Sign(a.CompareTo(b)).ToString(System.Globalization.CultureInfo.InvariantCulture) == answer, $"{pair.A} and {pair.B}: dpkg says {answer}");
            Assert.True(answer != "0" || a.GetHashCode() == b.GetHashCode(), $"{pair.A} and {pair.B} are equal, their hashes are not");
        }
    }

    // Two differences are meant: dpkg trims white space, and reads an epoch with a plus sign.
    [Fact]
    public void GeneratedTextIsAVersionWhereDpkgSaysSo()
    {
        var random = new Random(1123);
        var texts = Enumerable.Range(0, 300).Select(_ => Text(random, "0129aZ.+~-:_ ", 6)).Append("1.0-").Append("0:").ToList();
        var script = string.Concat(texts.Select(t => $"dpkg --validate-version -- '{t}' 2>/dev/null; echo $?\n"));
        var answers = Tool.Run("sh", script, ["-s"]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (var (text, answer) in texts.Zip(answers).Where(p => p.First.Trim() == p.First && !p.First.StartsWith('+')))
        {
            Assert.True(DebianVersion.TryParse(text, out _) == (answer == "0"), $"'{text}': dpkg ends with {answer}");
        }
    }

    private static string Version(Random random)
    {
        var epoch = random.Next(4) == 0 ? $"{random.Next(3)}:" : "";
        var revision = random.Next(3) == 0 ? "" : "-" + Text(random, "012aZ.+~", 4, least: 1);
        return $"{epoch}{random.Next(3)}{Text(random, revision.Length > 0 ? "00129aZ.+~-" : "00129aZ.+~", 5)}{revision}";
    }

    private static string Text(Random random, string alphabet, int most, int least = 0) =>
        new([.. Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => alphabet[random.Next(alphabet.Length)])]);
}
