using System.Text.Json;
using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Cli;

public sealed class OfflineCommandTests
{
    private const string Vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

    [Theory]
    [InlineData("deb", "1.0~rc1-1", "1.0-1", "<")]
    [InlineData("Debian:12", "1:1.0-1", "2.0-1", ">")]
    [InlineData("apk", "1.0-r0", "1.0-r0", "=")]
    [InlineData("semver", "1.10.0", "1.9.0", ">")]
    public async Task TwoVersionsAreCompared(string ecosystem, string a, string b, string order) =>
        Assert.Equal(new Ran(Exit.Ok, $"{order}\n", ""), await RunAsync("", "versions", "compare", ecosystem, a, b));

    [Fact]
    public async Task EachPairOfStandardInputHasItsLine()
    {
        var ran = await RunAsync("1.0\t2.0\n1.0\t1.0-0\r\nx y\n1_0\t1\n3\t2\n", "versions", "compare", "deb");
        Assert.Equal((Exit.Refused, "<\n=\ninvalid\ninvalid\n>\n"), (ran.Exit, ran.Out));
        Assert.Contains("3: 'x y' must be two versions", ran.Error, StringComparison.Ordinal);
        Assert.Contains("4: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnUnknownEcosystemNamesTheKnownOnes()
    {
        var ran = await RunAsync("", "versions", "compare", "cobol", "1", "2");
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.Contains("'cobol'", ran.Error, StringComparison.Ordinal);
        Assert.Contains("deb", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneVersionAloneIsRefused() => Assert.Equal(Exit.Usage, (await RunAsync("", "versions", "compare", "deb", "1")).Exit);

    [Fact]
    public async Task VectorsAreScoredInTheirOrder()
    {
        var ran = await RunAsync("", "cvss", "score", Vector, "AV:N/AC:L/Au:N/C:P/I:P/A:P", Vector + "/A:H");
        Assert.Equal((Exit.Refused, $"9.8\tcritical\t{Vector}\n7.5\thigh\tAV:N/AC:L/Au:N/C:P/I:P/A:P\ninvalid\n"), (ran.Exit, ran.Out));
        Assert.Contains("A is given twice", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VectorsOfStandardInputAreScored() =>
        Assert.Equal(new Ran(Exit.Ok, $"9.8\tcritical\t{Vector}\n", ""), await RunAsync($"9.8/{Vector}\n", "cvss", "score"));

    [Theory]
    [InlineData("cvss score " + Vector, "base environmental problem published score severity temporal vector")]
    [InlineData("versions compare deb 1 2", "a b order problem")]
    public async Task JsonIsAListOfRecords(string line, string keys)
    {
        using var json = JsonDocument.Parse((await RunAsync("", [.. line.Split(' '), "--json"])).Out);
        Assert.Equal(keys, string.Join(' ', json.RootElement[0].EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task NeitherAddressNorTokenIsLookedAt() =>
        Assert.Equal(Exit.Ok, (await RunAsync("", "versions", "compare", "deb", "1", "2", "--url", "nonsense", "--token-file", "/nowhere")).Exit);

    private static async Task<Ran> RunAsync(string input, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        using var reader = new StringReader(input);
        var exit = await CommandLine.RunAsync(args, output, error, reader, TestContext.Current.CancellationToken);
        return new(exit, $"{output}", $"{error}");
    }
}
