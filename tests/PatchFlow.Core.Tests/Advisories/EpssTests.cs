using System.Globalization;
using System.IO.Compression;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class EpssTests
{
    private readonly List<EpssScore> _scores = [];
    private readonly List<Refusal> _refusals = [];

    [Theory]
    [InlineData("epss/epss_scores-2021-04-14.csv.gz", null, null, 2, "CVE-2020-5902", "0.65117", null)]
    [InlineData("epss/epss_scores-2022-02-04.csv.gz", "v2022.01.01", "2022-02-04T00:00:00Z", 2, "CVE-2020-5902", "0.96817", "0.99999")]
    [InlineData("epss/epss-2024-10-25-excerpt.csv", "v2023.03.01", "2024-10-25T00:00:00Z", 29, "CVE-2024-9987", "0.00043", "0.09778")]
    [InlineData("epss/epss-2026-09-29-excerpt.csv", "v2026.06.15", "2026-09-29T12:00:22Z", 40, "CVE-1999-0016", "0.95739", "0.99871")]
    public void EachGenerationHasTheFactsOfTheCorpus(string file, string? model, string? date, int rows, string cve, string probability, string? percentile)
    {
        using var stream = Corpus.Open(file);
        using var csv = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : stream;
        var release = Epss.Read(csv, file, _scores.Add, _refusals.Add);
        Assert.Empty(_refusals);
        Assert.Equal(new EpssRelease(model, date is null ? null : DateTimeOffset.Parse(date, CultureInfo.InvariantCulture), rows), release);
        Assert.Equal(rows, _scores.Count);
        Assert.Equal(new EpssScore(cve, Number(probability), percentile is null ? null : Number(percentile)), Assert.Single(_scores, s => s.Cve == cve));
    }

    [Fact]
    public void TrailingZerosMayBeStripped()
    {
        using var stream = Corpus.Open("epss/epss-2026-09-29-excerpt.csv");
        Epss.Read(stream, "epss", _scores.Add, _refusals.Add);
        Assert.Equal(0.003m, Assert.Single(_scores, s => s.Cve == "CVE-1999-0123").Probability);
    }

    // The generation of September 2021, of which the corpus has no document.
    [Fact]
    public void ThreeColumnsWithoutACommentAreRead()
    {
        Assert.Equal(new EpssRelease(null, null, 1), Read("cve,epss,percentile\nCVE-2020-5902,0.65117,0.9899998748654321\n"));
        Assert.Equal(0.9899998748654321m, _scores[0].Percentile);
    }

    [Theory]
    [InlineData("9.7e-04", "0.00097")]
    [InlineData("1E-5", "0.00001")]
    [InlineData("1", "1")]
    [InlineData("0", "0")]
    public void AnExponentIsRead(string text, string number)
    {
        Read($"cve,epss\nCVE-2020-5902,{text}\n");
        Assert.Equal(Number(number), Assert.Single(_scores).Probability);
    }

    [Fact]
    public void TheCultureOfTheMachineChangesNothing()
    {
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            commas.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", NumberGroupSeparator = "." };
            CultureInfo.CurrentCulture = commas;
            Read("#model_version:v1,score_date:2022-02-04T00:00:00+0000\ncve,epss,percentile\nCVE-2020-5902,0.5,0.25\n");
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        Assert.Equal(new EpssScore("CVE-2020-5902", 0.5m, 0.25m), Assert.Single(_scores));
        Assert.Empty(_refusals);
    }

    [Fact]
    public void AnUnknownHeaderIsRefusedAsAWhole()
    {
        using var stream = Corpus.Open("epss/invalid/invalid-header.csv");
        Assert.Null(Epss.Read(stream, "epss", _scores.Add, _refusals.Add));
        Assert.Contains("the columns must be", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
        Assert.Empty(_scores);
    }

    [Theory]
    [InlineData("CVE-2020-5902,1.1,0.5")]
    [InlineData("CVE-2020-5902,-0.1,0.5")]
    [InlineData("CVE-2020-5902,\"0,1\",0.5")]
    [InlineData("CVE-2020-5902,0.1")]
    [InlineData("CVE-2020-5902,0.1,0.5,1")]
    [InlineData("CVE-20-1,0.1,0.5")]
    [InlineData("CVE-2020-5902,NaN,0.5")]
    [InlineData("CVE-2020-5902,,0.5")]
    [InlineData("CVE-2020-5902,1e999999999999,0.5")]
    public void ABadRowIsRefusedAloneWithItsLine(string row)
    {
        Assert.Equal(2, Read($"cve,epss,percentile\nCVE-2020-0001,0.1,0.2\r\n{row}\nCVE-2020-0003,0.1,0.2")!.Scores);
        Assert.Equal("line 3", Assert.Single(_refusals).Position);
    }

    [Fact]
    public void ALineWithoutEndIsRefusedAndTheRestIsRead()
    {
        Assert.Equal(1, Read($"cve,epss\n{new string('x', 1_000_000)}\nCVE-2020-0003,0.1\n")!.Scores);
        Assert.Equal("line 2", Assert.Single(_refusals).Position);
    }

    [Fact]
    public void ADocumentOfBadRowsIsGivenUp()
    {
        Assert.Null(Read("cve,epss\n" + string.Concat(Enumerable.Repeat("x\n", 5000))));
        Assert.Equal(1001, _refusals.Count);
    }

    [Fact]
    public void ACommentThatCantBeReadCostsItsFactsAndNotTheScores()
    {
        Assert.Equal(new EpssRelease(null, null, 1), Read("#hello\ncve,epss\nCVE-2020-0003,0.1\n"));
        Assert.Contains("model and date", Assert.Single(_refusals).Reason, StringComparison.Ordinal);
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private EpssRelease? Read(string text)
    {
        using var bytes = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Epss.Read(bytes, "epss", _scores.Add, _refusals.Add);
    }
}
