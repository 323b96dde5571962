using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>An option that takes one of a few words says which.</summary>
public sealed class ChoiceTests
{
    [Theory]
    [InlineData("advisories --severity", "unknown, none, low, medium, high, critical")]
    [InlineData("exposure --answer", "fixAvailable, noFixYet, willNotFix, supportEnded, underInvestigation, undetermined")]
    [InlineData("exposure --priority", "none, low, medium, high, critical, kev")]
    [InlineData("exposure --deadline", "none, onTime, atRisk, met, missed")]
    public async Task AWrongWordIsToldWhatMayStandThere(string line, string words)
    {
        foreach (var wrong in new[] { "nope", "2", "low,high" })
        {
            var error = await ErrorAsync($"{line} {wrong}");
            Assert.StartsWith($"patchflow: {line.Split(' ')[1]} must be one of {words}, and not '{wrong}'\n", error, StringComparison.Ordinal);
            Assert.DoesNotContain("PatchFlow.Client", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("exposure --deadline atRisk")]
    [InlineData("exposure --deadline atrisk")]
    [InlineData("exposure --deadline AtRisk")]
    public void ARightWordMayBeWrittenSmallOrLarge(string line) => Assert.Empty(CommandLine.Tree().Parse(line).Errors);

    [Fact]
    public async Task AnOptionWithoutItsWordIsRefused() => Assert.Contains("--severity", await ErrorAsync("advisories --severity"), StringComparison.Ordinal);

    private static async Task<string> ErrorAsync(string line)
    {
        using var error = new StringWriter();
        Assert.Equal(Exit.Usage, await CommandLine.RunAsync(line.Split(' '), TextWriter.Null, error));
        return $"{error}";
    }
}
