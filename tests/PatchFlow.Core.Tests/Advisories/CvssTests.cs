using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class CvssTests
{
    private const string Worst31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
    private const string Some40 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L";

    [Theory]
    [InlineData("cvss/cvss-v2-scores.tsv", 398)]
    [InlineData("cvss/cvss-v3-scores.tsv", 2654)]
    public void EveryRowOfTheTablesIsComputed(string file, int rows)
    {
        var wrong = new List<string>();
        var fields = Table.Rows(file).ToList();
        foreach (var row in fields)
        {
            var scores = Read(row[0]).Scores;
            var found = string.Join(' ', Shown(scores.Base), Shown(scores.Temporal), Shown(scores.Environmental));
            if (found != string.Join(' ', row[1], row[2], row[3]))
            {
                wrong.Add($"{row[0]}: {row[1]} {row[2]} {row[3]}, found {found}");
            }
        }

        Assert.Empty(wrong);
        Assert.Equal(rows, fields.Count);
    }

    [Fact]
    public void EveryRowOfVersionFourIsComputed()
    {
        var wrong = Table.Rows("cvss/cvss-v4-scores.tsv").Select(row => (row, Found: Shown(Read(row[0]).Scores.Score))).Where(r => r.Found != r.row[1]).ToList();
        Assert.Empty(wrong.Select(r => $"{r.row[0]}: {r.row[1]}, found {r.Found}"));
        Assert.Equal(860, Table.Rows("cvss/cvss-v4-scores.tsv").Count());
    }

    [Fact]
    public void EveryInvalidVectorOfTheTableIsRefusedWithAReason()
    {
        var rows = Table.Rows("cvss/cvss-invalid.tsv").ToList();
        Assert.Equal(7, rows.Count);
        Assert.All(rows, row => Assert.False(CvssVector.TryParse(row[0], out _, out var problem) || problem.Length == 0, row[0]));
    }

    [Theory]
    [InlineData("", "1 to 1000")]
    [InlineData("CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "no version that is known")]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H", "A must be given")]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U", "C, I, A must be given")]
    [InlineData(Worst31 + "/A:N", "A is given twice")]
    [InlineData(Worst31 + "/A:H", "A is given twice")]
    [InlineData(Worst31 + "/AT:N", "of CVSS 4.0")]
    [InlineData(Worst31 + "/Au:N", "of CVSS 2.0")]
    [InlineData(Worst31 + "/Q:1", "'Q' is no metric")]
    [InlineData(Worst31 + "/", "nothing between two slashes")]
    [InlineData(Worst31 + "/E:Z", "E can't be 'Z'")]
    [InlineData(Worst31 + "/E:", "not METRIC:VALUE")]
    [InlineData("cvss:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "'cvss' is no metric")]
    [InlineData("CVSS:3.1/av:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "'av' is no metric")]
    [InlineData("AV:N/AC:L/Au:N/C:P/I:P", "A must be given")]
    [InlineData("AC:L/AV:N/Au:N/C:P/I:P/A:P", "AV stands after AC")]
    [InlineData("CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:H/SA:L", "AV stands after AC")]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:S/VA:L/SC:N/SI:H/SA:L", "VI can't be 'S'")]
    [InlineData("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:H/VA:L/SC:N/SI:S/SA:L", "SI can't be 'S'")]
    [InlineData("10.1/" + Worst31, "neither METRIC:VALUE")]
    [InlineData("9.85/" + Worst31, "neither METRIC:VALUE")]
    [InlineData("9.8", "a score and no vector")]
    [InlineData("9.8/", "is no metric|nothing between")]
    public void WhatIsNoVectorIsRefusedWithItsReason(string text, string reason)
    {
        Assert.False(CvssVector.TryParse(text, out _, out var problem));
        Assert.Contains(reason.Split('|'), part => problem.Contains(part, StringComparison.Ordinal));
    }

    [Fact]
    public void AVectorOfAnyLengthIsRefusedAtOnce() => Assert.False(CvssVector.TryParse(Worst31 + new string('/', 1_000_000), out _, out _));

    [Theory]
    [InlineData("9.8/" + Worst31, "9.8")]
    [InlineData("10/AV:N/AC:L/Au:N/C:C/I:C/A:C", "10")]
    [InlineData(Worst31, null)]
    public void AScoreBeforeTheVectorIsKeptApart(string text, string? score)
    {
        var vector = Read(text);
        Assert.Equal(score is null ? null : decimal.Parse(score, CultureInfo.InvariantCulture), vector.PublishedScore);
        Assert.DoesNotContain("9.8", vector.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void TheOrderOfMetricsIsFreeInVersionThree() =>
        Assert.Equal(9.8m, Read("CVSS:3.1/A:H/I:H/C:H/S:U/UI:N/PR:N/AC:L/AV:N").Scores.Base);

    [Fact]
    public void TheDatabasesBracketsAroundVersionTwoAreTakenOff() => Assert.Equal(7.5m, Read("(AV:N/AC:L/Au:N/C:P/I:P/A:P)").Scores.Base);

    // The modified impact of a changed scope has other constants in 3.1.
    [Theory]
    [InlineData("CVSS:3.0", "9.6", "9.6")]
    [InlineData("CVSS:3.1", "9.6", "9.7")]
    public void TheEnvironmentalScoreOfAChangedScopeDiffersBetweenVersions(string version, string lowest, string environmental)
    {
        var scores = Read($"{version}/AV:N/AC:L/PR:N/UI:R/S:C/C:H/I:H/A:H").Scores;
        Assert.Equal((lowest, environmental), (Shown(scores.Base), Shown(scores.Environmental)));
    }

    [Theory]
    [InlineData(Worst31, Severity.Critical, "9.8")]
    [InlineData("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", Severity.None, "0.0")]
    [InlineData(Worst31 + "/E:U", Severity.Critical, "9.0")]
    [InlineData(Worst31 + "/E:U/RL:O", Severity.High, "8.5")]
    [InlineData(Worst31 + "/E:X/MC:X", Severity.Critical, "9.8")]
    [InlineData("AV:N/AC:L/Au:N/C:C/I:C/A:C", Severity.High, "10.0")]
    [InlineData("AV:N/AC:L/Au:N/C:N/I:N/A:N", Severity.Low, "0.0")]
    [InlineData(Some40, Severity.Critical, "9.2")]
    [InlineData(Some40 + "/S:P/AU:Y/R:A/V:C/RE:H/U:Red", Severity.Critical, "9.2")]
    public void TheScoreIsOfAllMetricsGivenAndRated(string vector, Severity severity, string score) =>
        Assert.Equal((severity, score), (Read(vector).Scores.Severity, Shown(Read(vector).Scores.Score)));

    [Theory]
    [InlineData(0, Severity.None)]
    [InlineData(0.1, Severity.Low)]
    [InlineData(3.9, Severity.Low)]
    [InlineData(4.0, Severity.Medium)]
    [InlineData(6.9, Severity.Medium)]
    [InlineData(7.0, Severity.High)]
    [InlineData(8.9, Severity.High)]
    [InlineData(9.0, Severity.Critical)]
    [InlineData(10, Severity.Critical)]
    public void TheRatingHasFiveSteps(double score, Severity severity) => Assert.Equal(severity, CvssScores.RatingOf((decimal)score, CvssVersion.V31));

    private static CvssVector Read(string text) => CvssVector.TryParse(text, out var vector, out var problem) ? vector : throw new InvalidOperationException($"{text}: {problem}");

    private static string Shown(decimal? score) => score?.ToString("0.0", CultureInfo.InvariantCulture) ?? "";
}
