using System.Text;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class BundleTests
{
    [Fact]
    public void ABundleIsTextThatAPersonCanRead() => Assert.Equal(
        $"""
        patchflow-bundle 1
        profile web-debian-12-amd64-5d1c77e0
        plan {SandboxSamples.Plan.Hex}
        run 7
        image sha256:00
        base sha256:01
        fidelity network: none
        fidelity kernel: another
        stage replica pass 2026-11-23T18:00:01.250Z 3.2 - - kept image
        stage patch fail 2026-11-23T18:00:05.000Z 21.0 aabbccddeeff.install.replica.a1 20 apt-get ended with 100
        stage after pending - 0.0 - - -
        finding new: listening tcp 0100007F 8080
        verdict fail the patch: apt-get ended with 100
        log replica 0 0
        log patch 0 10
        E: broken

        """,
        Encoding.UTF8.GetString(SandboxSamples.Bundle.ToBytes()));

    [Fact]
    public void WhatIsReadIsWhatWasWritten()
    {
        var bytes = SandboxSamples.Bundle.ToBytes();
        var read = Bundle.Parse(bytes);
        Assert.Equal(bytes, read.ToBytes());
        Assert.Equal(SandboxSamples.Bundle.Stages, read.Stages);
        Assert.Equal(SandboxSamples.Bundle.Findings, read.Findings);
    }

    [Theory]
    [InlineData("patchflow-bundle 1", "patchflow-bundle 2")]
    [InlineData("run 7", "run seven")]
    [InlineData("verdict fail", "verdict maybe")]
    [InlineData("log patch 0 10", "log patch 0 11")]
    [InlineData("log patch 0 10", "log patch 0 -1")]
    [InlineData("fidelity kernel: another", "fidelity kernel: another ")]
    [InlineData("stage after pending -", "stage after pending")]
    [InlineData("finding new", "extra line\nfinding new")]
    public void AnythingElseIsRefused(string what, string by)
    {
        var text = Encoding.UTF8.GetString(SandboxSamples.Bundle.ToBytes());
        Assert.Contains(what, text, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => Bundle.Parse(Encoding.UTF8.GetBytes(text.Replace(what, by, StringComparison.Ordinal))));
    }

    [Fact]
    public void AHostsWordsCanNotBecomeALine()
    {
        var bundle = SandboxSamples.Bundle with { Summary = "broken\nverdict pass all is well", Findings = ["a\nlog patch 0 0"] };
        var read = Bundle.Parse(bundle.ToBytes());
        Assert.Equal(PatchFlow.Core.Changes.Verdict.Fail, read.Verdict);
        Assert.Equal("broken verdict pass all is well", read.Summary);
    }

    [Fact]
    public void ALongLogLosesItsMiddleAndSaysHowMuch()
    {
        var log = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i:000000}\n")));
        var cut = Bundle.Cut("patch", log);
        var text = Encoding.UTF8.GetString(cut.Bytes.Span);
        Assert.InRange(cut.Bytes.Length, Bundle.LogLimitBytes - 100, Bundle.LogLimitBytes);
        Assert.Equal(log.Length, cut.Bytes.Length + cut.Cut);
        Assert.StartsWith("line 000000\n", text, StringComparison.Ordinal);
        Assert.EndsWith("line 099999\n", text, StringComparison.Ordinal);
        Assert.All(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Equal(11, line.Length));
    }

    [Fact]
    public void TheLargestLogsAndListsStillFit()
    {
        var log = Bundle.Cut("patch", new byte[5_000_000]);
        var lines = Enumerable.Range(0, 600).Select(i => $"{i} {new string('x', 900)}").ToArray();
        var bundle = SandboxSamples.Bundle with { Logs = [log, log, log, log, log], Findings = [.. lines], Fidelity = [.. lines.Take(200)] };
        Assert.InRange(bundle.ToBytes().Length, 1, Bundle.LimitBytes);
    }
}
