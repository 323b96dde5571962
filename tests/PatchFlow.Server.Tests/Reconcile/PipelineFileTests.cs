using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Tests.Reconcile;

public sealed class PipelineFileTests
{
    [Fact]
    public void APipelineIsReadWhole()
    {
        var pipeline = Parse(Ground.Pipeline);
        Assert.Equal(("normal", ChangeKind.Normal, "change-board", 2, true, 3, 3, false), (
            pipeline.Name, pipeline.Kind, pipeline.Gate, pipeline.Approvals, pipeline.StartsByItself, pipeline.InstallAttempts, pipeline.InconclusiveRuns, pipeline.AllowIrreversible));
        Assert.Equal([new WavePolicy("canary", 1, null, 0, TimeSpan.FromMinutes(1), 1), new WavePolicy("rest", null, 100, 0, TimeSpan.Zero, 2)], pipeline.Waves);
        Assert.Equal("web-port", Assert.Single(pipeline.Checks).Name);
    }

    [Theory]
    [InlineData("approvals: 2", "approvals: two", "p/normal.yaml line 3: 'approvals' must be a number from 0 to 20, not 'two'")]
    [InlineData("approvals: 2", "approvals: 0", "p/normal.yaml line 1: 'approvals' must be at least 1: only a standard change is approved beforehand")]
    [InlineData("approvals: 2\n", "", "p/normal.yaml line 1: 'approvals' is missing: add it")]
    [InlineData("approvals: 2", "approvals: 2\nquorum: 1", "p/normal.yaml line 4: 'quorum' is not a known key: remove it, or mend its spelling")]
    [InlineData("errors: 0, soak: PT1M", "error: 0, soak: PT1M", "'errors' is missing")]
    [InlineData("soak: PT1M", "soak: 60s", "'soak' must be an ISO 8601 duration")]
    [InlineData("hosts: 1,", "hosts: 1, percent: 5,", "'hosts' or 'percent' must be given, and not both")]
    [InlineData("percent: 100", "percent: 90", "'waves' must be 1 to 20, and the last must have 'percent: 100'")]
    [InlineData("kind: normal", "kind: urgent", "'kind' must be one of standard, normal, emergency, not 'urgent'")]
    [InlineData("must: true", "must: yes", "'must' must be one of false, true, not 'yes'")]
    [InlineData("gate: change-board", "gate: Change Board", "'gate' must be an id")]
    [InlineData("gate: change-board", "gate: [a]", "'gate' must be a single value")]
    [InlineData("groups: [web]", "groups: web", "'groups' must be a list")]
    [InlineData("kind: normal", "kind: normal\nkind: standard", "is not YAML")]
    [InlineData("kind: normal", "kind: normal\n---\nkind: normal", "must be exactly one YAML document")]
    public void WhatIsWrongIsRefusedWithFileLineKeyAndRemedy(string good, string bad, string message)
    {
        Assert.Contains(good, Ground.Pipeline, StringComparison.Ordinal);
        var e = Assert.Throws<PipelineException>(() => Parse(Ground.Pipeline.Replace(good, bad, StringComparison.Ordinal)));
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DeadlinesMayBeLeftOutAndAreReadByClass()
    {
        Assert.Null(Parse(Ground.Pipeline).Deadlines.SpanOf(PriorityClass.Kev));
        var deadlines = Parse(Ground.Pipeline + "deadlines:\n  kev: P3D\n  critical: P7D\n").Deadlines;
        Assert.Equal((TimeSpan.FromDays(3), TimeSpan.FromDays(7), null), (deadlines.SpanOf(PriorityClass.Kev), deadlines.SpanOf(PriorityClass.Critical), deadlines.SpanOf(PriorityClass.High)));
    }

    [Theory]
    [InlineData("deadlines: {kev: soon}", "'deadlines' kev: 'soon' must be an ISO 8601 duration")]
    [InlineData("deadlines: {urgent: P1D}", "'urgent' has no deadline")]
    [InlineData("deadlines: {kev: P9D, low: P1D}", "must not have longer than")]
    [InlineData("deadlines: [kev]", "'deadlines' must be keys with values")]
    [InlineData("deadlines: {kev: [P1D]}", "'deadlines' must be a single value")]
    public void WrongDeadlinesAreRefused(string line, string message) =>
        Assert.Contains(message, Assert.Throws<PipelineException>(() => Parse(Ground.Pipeline + line + "\n")).Message, StringComparison.Ordinal);

    [Fact]
    public void AnEmptyFileIsRefused() => Assert.Throws<PipelineException>(() => Parse(""));

    [Fact]
    public void AFileThatIsNotUtf8IsRefused() => Assert.Throws<PipelineException>(() => PipelineFile.Parse("p/normal.yaml", [0xff, 0xfe]));

    [Theory]
    [InlineData("normal", 2)]
    [InlineData("standard", 0)]
    [InlineData("emergency", 1)]
    public void ThePipelinesThatShipAreRead(string name, int approvals)
    {
        var policy = new Pipelines(new PipelineOptions { Directory = Path.Combine(Tidy.SourceTree.Root, "pipelines") }).Current(name);
        Assert.Null(policy.Error);
        Assert.Equal(approvals, policy.Pipeline?.Approvals);
        Assert.NotNull(policy.Pipeline?.Deadlines.SpanOf(PriorityClass.Kev));
        Assert.All(policy.Pipeline!.Checks, c => Assert.True(File.Exists(Path.Combine(Tidy.SourceTree.Root, "sandbox", "checks", $"{c.Name}.check"))));
    }

    [Fact]
    public void AMissingPipelineIsSaidByItsPath() =>
        Assert.Contains("there is no pipeline", new Pipelines(new PipelineOptions { Directory = "/nonexistent" }).Current("normal").Error, StringComparison.Ordinal);

    private static Pipeline Parse(string text) => PipelineFile.Parse("p/normal.yaml", Encoding.UTF8.GetBytes(text));
}
