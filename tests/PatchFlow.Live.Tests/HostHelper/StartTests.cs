using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>What a host refuses, and that refusing leaves nothing behind.</summary>
[Collection(HostTicketCollection.Name)]
public sealed class StartTests(SharedHost shared)
{
    private LiveHost Host => shared.Host;

    private TestPlan Plan => new(Host.Id) { Upgrades = [shared.Pair] };

    [Fact]
    public async Task ATornUploadRunsNothing()
    {
        var start = Plan.Start(TicketKind.Install);
        var document = start.ToBytes();
        await RefusedAsync(51, "torn", () => Host.CallAsync(document[..^100], "start", $"{start.Ticket}", $"{document.Length}", Digest.Of(document).Hex));
    }

    [Fact]
    public async Task AnotherDigestThanAnnouncedRunsNothing()
    {
        var start = Plan.Start(TicketKind.Install);
        await RefusedAsync(51, "SHA-256", () => Host.CallAsync(start.ToBytes(), "start", $"{start.Ticket}", $"{start.ToBytes().Length}", Digest.Of("other"u8).Hex));
    }

    [Fact]
    public async Task ATicketOfAnotherPlanIsRefused() =>
        await RefusedAsync(53, "another plan", Plan.Start(TicketKind.Install), "head", text => text.Replace("change 1\n", "change 2\n", StringComparison.Ordinal));

    [Fact]
    public async Task ATicketForAnotherHostIsRefused() =>
        await RefusedAsync(54, "this host is 'web-1'", (Plan with { Host = "web-2" }).Start(TicketKind.Install));

    [Fact]
    public async Task ATargetThatIsNotInTheWaveIsRefused() =>
        await RefusedAsync(58, "another root", Plan.Start(TicketKind.Install), "path", text => Flip(text, "path L "));

    [Fact]
    public async Task APathOnTheWrongSideIsRefused() =>
        await RefusedAsync(58, "another root", Plan.Start(TicketKind.Install), "path", text => text.Replace("path L ", "path R ", StringComparison.Ordinal));

    [Fact]
    public async Task AnotherLeafCountThanTheWavesIsRefused() =>
        await RefusedAsync(58, "hosts", Plan.Start(TicketKind.Install), "leaf", text => text.Replace("leaf 1 3", "leaf 1 4", StringComparison.Ordinal));

    [Fact]
    public async Task ContentThatTheTargetDoesNotNameIsRefused() =>
        await RefusedAsync(58, "the content is not the one", Plan.Start(TicketKind.Install), "content", text => text.Replace("platform debian", "platform debiam", StringComparison.Ordinal));

    [Fact]
    public async Task AnotherPlatformIsRefused() =>
        await RefusedAsync(58, "the content is for 'debian 12 arm64'", (Plan with { Platform = "arm64" }).Start(TicketKind.Install));

    [Fact]
    public async Task ChecksThatAreNotThePlansAreRefused()
    {
        const string None = "patchflow-checks 1\n";
        var one = $"{None}check {Plan.Profile} page {Digest.Of("check"u8)} must production\n";
        await RefusedAsync(58, "the checks are not the plan's", Plan.Start(TicketKind.Install), "checks", text =>
            text.Replace($"part checks {None.Length}\n{None}", $"part checks {one.Length}\n{one}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AReplicasTargetIsRefusedInProduction() =>
        await RefusedAsync(54, "replica", (Plan with { Host = "replica" }).Start(TicketKind.Install));

    [Fact]
    public async Task AReplicaThatIsGivenAPathRefusesIt()
    {
        await using var replica = await LiveHost.StartReplicaAsync();
        var start = (Plan with { Host = "replica" }).Start(TicketKind.CheckBefore);
        var document = Encoding.UTF8.GetString(start.ToBytes());
        var withPath = document.Replace("leaf 0 1\n", $"leaf 0 1\npath R {Digest.Of("other"u8)}\n", StringComparison.Ordinal);
        Assert.NotEqual(document, withPath);
        var ran = await replica.StartTicketAsync(start.Ticket, Encoding.UTF8.GetBytes(withPath));
        Assert.Equal(59, ran.Exit);
        Assert.Contains("without a path", ran.Error, StringComparison.Ordinal);
        Assert.Equal("", await replica.MustAsync("ls /var/lib/patchflow/tickets"));
    }

    [Fact]
    public async Task APlanIsNotInstalledAfterItsTime() =>
        await RefusedAsync(57, "2020-01-01", (Plan with { NotAfter = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) }).Start(TicketKind.Install));

    [Fact]
    public async Task AStatusThatMayWaitAnswersAtTheEnd()
    {
        var plan = await (Plan with { NotAfter = new(2031, 1, 1, 0, 0, 0, TimeSpan.Zero) }).StagedAsync(Host);
        var rollback = plan.Start(TicketKind.Rollback);
        Assert.Equal("started", (await Host.StartTicketAsync(rollback)).Text);
        Assert.Equal("exited 0", (await Host.StatusAsync(rollback.Ticket, wait: 30)).State);
        Assert.Equal(50, (await Host.CallAsync("status", $"{rollback.Ticket}", "0", "31")).Exit);
    }

    [Fact]
    public async Task ARollbackIsAllowedAfterThePlansTime()
    {
        var plan = await (Plan with { NotAfter = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero) }).StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Rollback))).State);
        await RefusedAsync(57, "2020-01-01", plan.Start(TicketKind.Install));
        await Host.MustAsync($"dpkg -i ~root/debs/{shared.Pair.To.Name}_{shared.Pair.To.Version}.deb");
    }

    [Fact]
    public async Task KindsThatAreNotBuiltYetAreRefused()
    {
        foreach (var kind in (TicketKind[])[TicketKind.Stage, TicketKind.Reboot, TicketKind.Hook])
        {
            await RefusedAsync(61, "not supported yet", Plan.Start(kind));
        }
    }

    [Fact]
    public async Task ASecondAttemptWithoutAFirstIsRefused() => await RefusedAsync(60, "attempt 1 is not known", Plan.Start(TicketKind.Install, 2));

    [Fact]
    public async Task ALowerEpochOrSequenceIsRefusedButARollbackMayBeOld()
    {
        var plan = await (Plan with { Epoch = 7 }).StagedAsync(Host);
        Assert.Equal("exited 0", (await Host.WorkAsync(plan.Start(TicketKind.Install))).State);
        await RefusedAsync(55, "old copy", (Plan with { Epoch = 6 }).Start(TicketKind.Rollback));
        await RefusedAsync(56, "lower", (Plan with { Epoch = 7, Sequence = 1 }).Start(TicketKind.Install));
        Assert.Equal("exited 0", (await Host.WorkAsync((Plan with { Epoch = 7, Sequence = 1 }).Start(TicketKind.Rollback))).State);
        await Host.MustAsync("rm /var/lib/patchflow/epoch");
    }

    [Theory]
    [InlineData("patchflow-start 1", "patchflow-start 2")]
    [InlineData("epoch 1", "epoch 01")]
    [InlineData("wave 0", "wave 0\nwave 0")]
    [InlineData("kind normal", "kind normal\nunknown x")]
    [InlineData("sequence ", "sequence  ")]
    [InlineData("reboot no", "reboot $(id)")]
    [InlineData("part target", "part decision")]
    [InlineData("proposed-by system", "proposed-by system;id")]
    public async Task ADocumentThatIsNotCanonicalIsRefused(string good, string bad)
    {
        var start = Plan.Start(TicketKind.Install);
        var text = Encoding.UTF8.GetString(start.ToBytes());
        Assert.Contains(good, text, StringComparison.Ordinal);
        await RefusedAsync(52, "", () => Host.StartTicketAsync(start.Ticket, Encoding.UTF8.GetBytes(text.Replace(good, bad, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("start", "../../etc/x.install.web-1.a1", "1", "0")]
    [InlineData("status", "01bf2d21334d.install.web-1.a01", "0")]
    [InlineData("status", "01bf2d21334d.install.web-1.a1", "-1")]
    [InlineData("status", "01bf2d21334d.install.web-1.a1", "1e9")]
    [InlineData("status", "01bf2d21334d.explode.web-1.a1", "0")]
    [InlineData("complete", "01bf2d21334d.install.web-1.a1\nx")]
    [InlineData("stage", "0", "1")]
    [InlineData("version", "extra")]
    [InlineData("sh")]
    public async Task AWordOutsideItsGrammarIsRefused(params string[] words) => await RefusedAsync(50, "", () => Host.CallAsync(words));

    [Fact]
    public async Task WhatTheHelperReadsIsWhatTheServerWrites()
    {
        // The golden document is for kms-2: this host gives itself that name for the time of the call.
        var golden = await File.ReadAllBytesAsync(Path.Combine(EndToEnd.Repository.Root, "tests/PatchFlow.Core.Tests/golden/start-kms-2.txt"));
        var ticket = TicketId.Parse("01bf2d21334d.check-after.kms-2.a1");
        var document = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(golden).Replace(".install.", ".check-after.", StringComparison.Ordinal));
        await Host.MustAsync("echo kms-2 > /etc/patchflow/host");
        try
        {
            Assert.Equal("started", (await Host.StartTicketAsync(ticket, document)).Text);
            Assert.Equal("exited 30", (await Host.UntilAsync(ticket, s => s.State.StartsWith("exited", StringComparison.Ordinal))).State);
        }
        finally
        {
            await Host.MustAsync($"echo {Host.Id} > /etc/patchflow/host; rm -f /var/lib/patchflow/epoch");
        }
    }

    private Task RefusedAsync(int code, string expected, StartInput start) =>
        RefusedAsync(code, expected, () => Host.StartTicketAsync(start));

    private async Task RefusedAsync(int code, string expected, StartInput start, string part, Func<string, string> change)
    {
        var text = Encoding.UTF8.GetString(start.ToBytes());
        var changed = change(text);
        Assert.True(text != changed, $"the test does not change {part}");
        await RefusedAsync(code, expected, () => Host.StartTicketAsync(start.Ticket, Encoding.UTF8.GetBytes(changed)));
    }

    private async Task RefusedAsync(int code, string expected, Func<Task<Ran>> call)
    {
        var before = await Host.FingerprintAsync();
        var ran = await call();
        Assert.Equal((code, ""), (ran.Exit, ran.Text));
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Equal(before, await Host.FingerprintAsync());
        Assert.Equal("", await Host.MustAsync("ls /var/lib/patchflow/tmp"));
    }

    private static string Flip(string text, string after)
    {
        var at = text.IndexOf(after, StringComparison.Ordinal) + after.Length;
        return text[..at] + (text[at] == '0' ? '1' : '0') + text[(at + 1)..];
    }
}
