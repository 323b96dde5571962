using PatchFlow.Server.Tests.Cli;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>The documentation shows what is run, and nothing that is not there. Each rule is fed a breach too.</summary>
public sealed class DocsTests
{
    // Run by the demo, which ./check runs to its end; a test sees that its scripts still do.
    private static readonly string[] ByTheDemo =
        ["setup", "users add", "tokens create", "hosts add", "hosts enrol", "approve", "rollout start", "watch", "show", "plan"];

    private static readonly HashSet<string> Executed =
        [.. ByTheDemo, .. CommandTests.Lines.Where(line => line.Exit == PatchFlow.Cli.Exit.Ok).Select(line => DocsRules.PathOf(line.Line))];

    private static readonly string[] Docs =
        [.. SourceTree.Files.Where(file => file == "README.md" || (file.EndsWith(".md", StringComparison.Ordinal) && Path.GetDirectoryName(file) == "docs"))];

    private static IEnumerable<string> DocsAndDecisions =>
        Docs.Concat(SourceTree.Files.Where(file => file.StartsWith("docs/adr/", StringComparison.Ordinal)));

    [Fact]
    public void CommandsInTheDocsParseAndThoseToCopyAreExecuted() =>
        AssertNone(Docs.SelectMany(file => DocsRules.CheckCommands(file, SourceTree.Read(file), Executed)));

    [Fact]
    public void TheDemoRunsWhatIsCountedAsRunByIt()
    {
        var board = SourceTree.Read("sandbox/demo/board.sh");
        Assert.All(ByTheDemo, path => Assert.Matches($@"\bcli \S+ {path}\b", board));
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("check")]
    public void TheScriptsKnowWhatTheDocsTellThem(string name) =>
        AssertNone(Docs.SelectMany(file => DocsRules.CheckScript(file, SourceTree.Read(file), name, SourceTree.Read(name))));

    [Fact]
    public void LinksLeadToFiles() =>
        AssertNone(DocsAndDecisions.SelectMany(file => DocsRules.CheckLinks(file, SourceTree.Read(file), SourceTree.Files.ToHashSet())));

    [Fact]
    public void TheTableOfCommandsIsTheTree() => AssertNone(DocsRules.CheckTable("docs/cli.md", SourceTree.Read("docs/cli.md")));

    [Theory]
    [InlineData("```sh\nartifacts/bin/patchflow hosts enrol web-1 --user root --key FILE # once\n```", 0)]
    [InlineData("```sh\npatchflow hosts list && sudo patchflow hosts \\\n  doctor\n```", 1)]
    [InlineData("```sh\npatchflow tokens revoke ID\n```", 1)]
    [InlineData("```text\npatchflow nonsense\n```", 0)]
    [InlineData("say `patchflow tokens revoke ID`, then `patchflow rollout\nretry CHG-n HOST`; `patchflow-server`", 0)]
    [InlineData("say `patchflow show CHG-n --colour`", 1)]
    [InlineData("say `patchflow reject`", 2)]
    [InlineData("`patchflow COMMAND --help`", 0)]
    public void ACommandThatIsNotThereOrNotRunIsFound(string text, int findings) =>
        Assert.Equal(findings, DocsRules.CheckCommands("a.md", text, Executed).Count());

    [Theory]
    [InlineData("`./demo --yes --hosts 2`, `./demo [--feed own]`, `./demo down --keep-images`", 0)]
    [InlineData("`./demo --fast`", 1)]
    [InlineData("`./demo --feed vendor`", 1)]
    [InlineData("`./demo --hosts many`", 1)]
    [InlineData("`./demo --keep-images`", 1)]
    [InlineData("`./demo up`", 1)]
    [InlineData("```sh\n./demo --no # really\n```", 1)]
    public void AnOptionThatTheScriptDoesNotKnowIsFound(string text, int findings) =>
        Assert.Equal(findings, DocsRules.CheckScript("a.md", text, "demo", "#!/bin/sh\n#   ./demo [--yes] [--feed archive|own] [--hosts N]\n#   ./demo down [--keep-images]\n").Count());

    [Theory]
    [InlineData("`./check`, `./check --campaign crash`, `./check --campaign NAME`", 0)]
    [InlineData("`./check --campaign soak`", 1)]
    [InlineData("`./check --campaign`", 1)]
    public void ACampaignThatTheScriptDoesNotKnowIsFound(string text, int findings) =>
        Assert.Equal(findings, DocsRules.CheckScript("a.md", text, "check", "#   ./check        ends\n#   ./check --campaign NAME    longer\n\ncampaigns='crash x'\n").Count());

    [Theory]
    [InlineData("[a](b.md#x) [c](../README.md) [d](adr) [e](https://example.org/x) [f](#here)", 0)]
    [InlineData("[a](README.md)", 1)]
    [InlineData("[a](adr/0099-x.md)", 1)]
    public void ALinkThatLeadsNowhereIsFound(string text, int findings) =>
        Assert.Equal(findings, DocsRules.CheckLinks("docs/a.md", text, ["README.md", "docs/b.md", "docs/adr/0001-x.md"]).Count());

    [Fact]
    public void ACommandThatTheTableLacksOrMakesUpIsFound()
    {
        var table = SourceTree.Read("docs/cli.md");
        Assert.Contains("lacks 'hosts doctor'", Assert.Single(Found("`hosts doctor`, ", "")).Message, StringComparison.Ordinal);
        Assert.Contains("'hosts heal'", Assert.Single(Found("`hosts doctor`", "`hosts doctor`, `hosts heal`")).Message, StringComparison.Ordinal);

        IEnumerable<Finding> Found(string old, string other) => DocsRules.CheckTable("a.md", table.Replace(old, other, StringComparison.Ordinal));
    }

    private static void AssertNone(IEnumerable<Finding> findings)
    {
        var all = findings.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all.Select(finding => finding.ToString())));
    }
}
