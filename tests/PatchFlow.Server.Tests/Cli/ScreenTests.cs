using PatchFlow.Cli;
using PatchFlow.Cli.Watch;
using PatchFlow.Client;
using Spectre.Console;
using static PatchFlow.Server.Tests.Cli.SnapshotMaker;
using Grid = PatchFlow.Cli.Grid;
using Layout = PatchFlow.Cli.Layout;

namespace PatchFlow.Server.Tests.Cli;

public sealed class ScreenTests
{
    [Fact]
    public void TheScreenSaysWhatIsWaitedForWordForWord()
    {
        var lines = Draw(Of([Change("CHG-1", ChangeState.AwaitingApproval, sentence: "approval: 1 of 2, until Thu 26 Nov 18:00Z")]));
        Assert.Contains("Waits for: CHG-1 approval: 1 of 2, until Thu 26 Nov 18:00Z", lines);
        Assert.Contains(lines, line => line.Contains("Awaiting approval", StringComparison.Ordinal));
    }

    [Fact]
    public void ASandboxRunShowsEachStageWithItsGlyph()
    {
        var run = SandboxRun(new("before", "pass", 3, null), new("patch", "running", 12, null), new("after", "pending", 0, null));
        var lines = Draw(Of([Change("CHG-1", ChangeState.Testing)], null, null, run));
        Assert.Contains(lines, line => line.Contains("before ✓ 3 s  patch ▸ 12 s  after .", StringComparison.Ordinal));
    }

    [Fact]
    public void WithoutUtf8EveryGlyphIsAscii()
    {
        var tasks = Enum.GetValues<HostTaskState>().Select((s, i) => Task($"web-{i}", 0, s)).ToArray();
        var run = SandboxRun(new("before", "pass", 3, null), new("patch", "fail", 1, null), new("x", "running", 1, null), new("y", "inconclusive", 1, null));
        var lines = Draw(Of([Change("CHG-1", ChangeState.RollingOut, wave: 1)], Rollout(ChangeState.RollingOut), tasks, run), utf8: false);
        Assert.All(lines, line => Assert.True(line.All(char.IsAscii), line));
    }

    [Fact]
    public void WavesShowErrorsAndTheirLimit()
    {
        var lines = Draw(Of([Change("CHG-1", ChangeState.RollingOut, wave: 1)], Rollout(ChangeState.RollingOut), [Task("web-2", 1, HostTaskState.Running)]));
        Assert.Contains(lines, line => line.Contains("W0 canary     1/1   ✓ gate passed: errors 0 of 0 tolerated", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("errors 1 of 1 tolerated  ##########..........", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("▸ web-2 running", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatAHostSaysCanNeitherMoveTheCursorNorBeMarkup()
    {
        var failed = Task("web-2", 1, HostTaskState.NeedsAttention, "\u001b[2J[red]postinst\u202E exit 1[/]\r\n");
        var lines = Draw(Of([Change("CHG-1", ChangeState.Halted, wave: 1)], Rollout(ChangeState.Halted, failed), [failed]));
        var said = Assert.Single(lines, line => line.Contains("postinst", StringComparison.Ordinal));
        Assert.DoesNotContain(said, c => char.IsControl(c) || c == '\u202E');
        Assert.Contains("[red]postinst", said, StringComparison.Ordinal);
    }

    [Fact]
    public void ATallScreenIsCutToItsHeightAndFinishedChangesFoldFirst()
    {
        var changes = Enumerable.Range(1, 30).Select(i => Change($"CHG-{i}", i < 29 ? ChangeState.Completed : ChangeState.Testing, wave: i == 1 ? 1 : -1)).ToList();
        var lines = Draw(Of(changes, Rollout(ChangeState.Completed), [Task("web-1", 0, HostTaskState.Succeeded)]), height: 24);
        Assert.True(lines.Count < 24, $"{lines.Count} lines");
        Assert.DoesNotContain(lines, line => line.Contains("gate passed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void NoLineIsWiderThanEightyCellsAndNoScreenTallerThanTheTerminal(bool utf8)
    {
        var tasks = Enumerable.Range(1, 12).Select(i => Task($"web-production-{i}", 1, HostTaskState.NeedsAttention, new string('x', 300) + " [y] " + new string('é', 99))).ToArray();
        var run = SandboxRun([.. Enumerable.Range(1, 6).Select(i => new StageView($"stage-{i}", "running", 100, null))]);
        var snapshot = Of([Change("CHG-1", ChangeState.Halted, wave: 1, sentence: string.Join(' ', Enumerable.Repeat("an operator to retry,", 30)))], Rollout(ChangeState.Halted, tasks), tasks, run);
        var feed = snapshot.Status.Feeds[0] with { State = FeedState.Failing, LastError = string.Join(' ', Enumerable.Repeat("漢字 no answer", 40)) };
        var lines = Draw(snapshot with { Status = snapshot.Status with { Feeds = [feed] } }, utf8, height: 40, width: 80);
        Assert.All(lines, line => Assert.True(Layout.Width(Markup.Escape(line)) <= 80, line));
        Assert.True(lines.Count < 40, $"{lines.Count} lines");
        Assert.Contains(lines, line => line.Contains("web-production-12", StringComparison.Ordinal));
        Assert.Equal(2, lines.SkipWhile(line => !line.StartsWith("Waits for", StringComparison.Ordinal)).Count());
    }

    [Fact]
    public void ACutLineKeepsItsColoursClosedAndItsBracketsEscaped()
    {
        var cut = Layout.Cut($"[red]{Markup.Escape("[abc] def ghi")}[/]", 8, utf8: true);
        Assert.Equal("[abc] d…", Markup.Remove(cut));
        Assert.Equal("[abc]...", Markup.Remove(Layout.Cut($"[red]{Markup.Escape("[abc] def ghi")}[/]", 8, utf8: false)));
    }

    [Fact]
    public void ALongLineIsWrappedAtSpacesUnderItsLabel()
    {
        using var text = new StringWriter();
        new Terminal("never", text, TextWriter.Null, 30).Field("CVEs", "CVE-2026-0001, CVE-2026-0002, CVE-2026-0003");
        Assert.Equal("CVEs       CVE-2026-0001,\n           CVE-2026-0002,\n           CVE-2026-0003\n", $"{text}");
    }

    [Fact]
    public void ATableHasNoSpacesAtItsEndsAndWrapsItsLastColumn()
    {
        var grid = new Grid("Change", "Waits for");
        grid.AddRow("CHG-1", "two words and then some more of them");
        grid.AddRow("CHG-2", "-");
        Assert.Equal(["Change  Waits for", "CHG-1   two words and then some", "        more of them", "CHG-2   -"], grid.Lines(32).Select(Markup.Remove));
    }

    [Theory]
    [InlineData("never", false, AnsiSupport.Detect, ColorSystemSupport.NoColors)]
    [InlineData("auto", false, AnsiSupport.Detect, ColorSystemSupport.NoColors)]
    [InlineData("auto", true, AnsiSupport.No, ColorSystemSupport.NoColors)]
    [InlineData("always", true, AnsiSupport.Yes, ColorSystemSupport.Standard)]
    public void WithoutColoursATerminalKeepsItsCursor(string colour, bool isPipe, AnsiSupport ansi, ColorSystemSupport colours) =>
        Assert.Equal((ansi, colours), Terminal.Support(colour, isPipe, isDumb: false, noColour: true));

    private static List<string> Draw(Snapshot snapshot, bool utf8 = true, int height = 50, int width = 100) =>
        [.. Screen.Draw(snapshot, "PatchFlow", TimeSpan.FromSeconds(161), utf8, width, height).Select(Markup.Remove)];
}
