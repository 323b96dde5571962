using System.ComponentModel;
using System.Globalization;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class RpmVersionRpmTests
{
    // One run of rpm's own Lua, since each start of rpm takes longer than all comparisons. A percent sign would begin a macro.
    private const string Compare = """%{lua: for line in io.stdin:lines() do local at = string.find(line, " ", 1, true) print(rpm.vercmp(string.sub(line, 1, at - 1), string.sub(line, at + 1)) .. "\n") end}""";

    // Short versions over the characters that matter, half of them beside one that differs in little, so that ties and near-ties are frequent.
    // The seed is fixed: a failure repeats.
    [Fact]
    public void GeneratedVersionsCompareAsRpmComparesThem()
    {
        var random = new Random(20261126);
        var pairs = Enumerable.Range(0, 20_000).Select(i => Version(random) is var a && i % 2 == 0 ? (A: a, B: Version(random)) : (A: a, B: Near(random, a))).ToList();
        var answers = Answers(string.Concat(pairs.Select(p => $"{p.A} {p.B}\n")));
        Assert.Equal(pairs.Count, answers.Length);
        Assert.All(["-1", "0", "1"], answer => Assert.InRange(answers.Count(a => a == answer), 500, pairs.Count));
        foreach (var (pair, answer) in pairs.Zip(answers))
        {
            var (a, b) = (RpmVersion.Parse(pair.A), RpmVersion.Parse(pair.B));
            Assert.True(Math.Sign(a.CompareTo(b)).ToString(CultureInfo.InvariantCulture) == answer, $"{pair.A} and {pair.B}: rpm says {answer}");
            Assert.True(answer != "0" || a.GetHashCode() == b.GetHashCode(), $"{pair.A} and {pair.B} are equal, their hashes are not");
        }
    }

    private static string[] Answers(string lines)
    {
        try
        {
            return Tool.Run("rpm", lines, ["--eval", Compare]).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Win32Exception)
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "rpm is not installed: its order can't be asked");
            throw;
        }
    }

    private static string Version(Random random)
    {
        var epoch = random.Next(4) == 0 ? $"{random.Next(3)}:" : "";
        var release = random.Next(3) == 0 ? "" : "-" + Text(random, 4);
        return $"{epoch}{random.Next(3)}{Text(random, 4)}{release}";
    }

    // Another separator, a zero before a number and a separator too many change nothing; another character changes something.
    private static string Near(Random random, string version)
    {
        var at = random.Next(version.Length);
        return random.Next(4) switch
        {
            0 => version.Replace('.', '_').Replace('+', '.'),
            1 when char.IsAsciiDigit(version[at]) && (at == 0 || !char.IsAsciiDigit(version[at - 1])) => version.Insert(at, "0"),
            2 when version[at] is '.' or '_' or '+' => version.Insert(at, "."),
            3 => version[..at] + Text(random, 1) + version[(at + 1)..],
            _ => version,
        };
    }

    private static string Text(Random random, int most)
    {
        const string Alphabet = "001129abZ.._+~~^^";
        return new([.. Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => Alphabet[random.Next(Alphabet.Length)])]);
    }
}
