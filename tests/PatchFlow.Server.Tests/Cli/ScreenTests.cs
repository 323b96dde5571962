using PatchFlow.Cli.Watch;
using PatchFlow.Client;
using Spectre.Console;
using static PatchFlow.Server.Tests.Cli.SnapshotMaker;

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

    private static List<string> Draw(Snapshot snapshot, bool utf8 = true, int height = 50) =>
        [.. Screen.Draw(snapshot, "PatchFlow", TimeSpan.FromSeconds(161), utf8, 100, height).Select(Markup.Remove)];
}
