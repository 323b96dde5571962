using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class HostProtocolTests
{
    private static readonly Digest _some = Digest.Of("x"u8);
    private static readonly TicketId _ticket = TicketId.Of(_some, TicketKind.CheckBefore, "kms-2", 1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task VersionIsANumberAndADigest()
    {
        var version = await new HostProtocol(ScriptedChannel.Saying($"patchflow-host 1\n{_some}\n")).VersionAsync(Cancel);
        Assert.Equal(new HelperVersion(1, _some), version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("patchflow-host one 00")]
    [InlineData("bash: patchflow-host: command not found")]
    public async Task WhatIsNotAVersionIsRefusedWithWhatWasExpected(string output)
    {
        var refused = await Assert.ThrowsAsync<HostRefusedException>(() => new HostProtocol(ScriptedChannel.Saying(output)).VersionAsync(Cancel));
        Assert.Contains("expected 'patchflow-host NUMBER'", refused.Message);
    }

    [Fact]
    public async Task ARefusalCarriesTheHostsReasonWithoutControlCharactersAndBounded()
    {
        var host = new ScriptedChannel((_, _) => new HostReply(3, default, "no \u001b[31msuch\r\n\u202eticket" + new string('x', 9000)));
        var refused = await Assert.ThrowsAsync<HostRefusedException>(() => new HostProtocol(host).CancelAsync(_ticket, Cancel));
        Assert.Equal(3, refused.ExitCode);
        Assert.StartsWith("no [31msuch ticket", refused.Reason);
        Assert.True(refused.Reason.Length <= HostAnswer.ShownLimit + 1);
        Assert.DoesNotContain(refused.Reason, char.IsControl);
    }

    [Fact]
    public async Task StageSendsExactlyTheLengthThatItNames()
    {
        var host = ScriptedChannel.Saying("");
        await new HostProtocol(host).StageAsync(_some, 3, new MemoryStream("abcdef"u8.ToArray()), Cancel);
        Assert.Equal("abc"u8.ToArray(), host.LastInput);
        Assert.Equal([$"stage {_some} 3"], host.Calls);
    }

    [Fact]
    public async Task AFileThatIsShorterThanItsLengthFailsTheCall() => await Assert.ThrowsAsync<EndOfStreamException>(
        () => new HostProtocol(ScriptedChannel.Saying("")).StageAsync(_some, 4, new MemoryStream("abc"u8.ToArray()), Cancel));

    [Fact]
    public async Task StagedIsASetOfDigests() =>
        Assert.Equal([_some], await new HostProtocol(ScriptedChannel.Saying($"{_some}\n")).StagedAsync(Cancel));

    [Fact]
    public async Task StagedRefusesALineThatIsNoDigest() => await Assert.ThrowsAsync<HostRefusedException>(
        () => new HostProtocol(ScriptedChannel.Saying($"{_some}\nyes\n")).StagedAsync(Cancel));

    [Theory]
    [InlineData("started\n", 0)]
    [InlineData("exists\n", 1)]
    public async Task StartIsStartedOrExists(string output, int expected)
    {
        var host = ScriptedChannel.Saying(output);
        Assert.Equal((StartAnswer)expected, await new HostProtocol(host).StartAsync(_ticket, [1, 2], Cancel));
        Assert.Equal([$"start {_some.Short}.check-before.kms-2.a1 2 {Digest.Of([1, 2])}"], host.Calls);
    }

    [Fact]
    public async Task AStartThatAnswersAnythingElseIsRefused() => await Assert.ThrowsAsync<HostRefusedException>(
        () => new HostProtocol(ScriptedChannel.Saying("started twice\n")).StartAsync(_ticket, [1], Cancel));

    [Theory]
    [InlineData("absent\nlog 0\n", 0, 0, null, "")]
    [InlineData("pending\nlog 0\n", 0, 1, null, "")]
    [InlineData("running\nlog 7\nabc", 4, 2, null, "abc")]
    [InlineData("exited 100\nlog 3\na\nb", 0, 3, 100, "a\nb")]
    [InlineData("interrupted\nlog 0\n", 0, 4, null, "")]
    [InlineData("lost\nlog 0\n", 0, 5, null, "")]
    [InlineData("done\nlog 9\n", 9, 6, null, "")]
    public async Task StatusIsAStateACursorAndTheLogSince(string output, long cursor, int state, int? exit, string log)
    {
        var status = await new HostProtocol(ScriptedChannel.Saying(output)).StatusAsync(_ticket, cursor, 0, Cancel);
        Assert.Equal(((TicketState)state, exit, log), (status.State, status.ExitCode, Encoding.UTF8.GetString(status.Log.Span)));
        Assert.Equal(cursor + log.Length, status.NextCursor);
    }

    [Fact]
    public async Task ATombstoneThatKeptNoLogIsReadWithAnyCursor()
    {
        var status = await new HostProtocol(ScriptedChannel.Saying("done\nlog 0\n")).StatusAsync(_ticket, 500, 0, Cancel);
        Assert.Equal((TicketState.Done, 0L), (status.State, status.NextCursor));
    }

    [Theory]
    [InlineData("")]
    [InlineData("running")]
    [InlineData("running\n")]
    [InlineData("running\nlog x\n")]
    [InlineData("running\nlog -1\n")]
    [InlineData("running\nlog 99\nabc")]
    [InlineData("running 1\nlog 0\n")]
    [InlineData("exited\nlog 0\n")]
    [InlineData("exited 256\nlog 0\n")]
    [InlineData("exited -1\nlog 0\n")]
    [InlineData("ok\nlog 0\n")]
    public async Task AStatusOutsideTheGrammarIsRefusedAndNeverTakenForAnExit(string output) => await Assert.ThrowsAsync<HostRefusedException>(
        () => new HostProtocol(ScriptedChannel.Saying(output)).StatusAsync(_ticket, 0, 0, Cancel));

    [Fact]
    public async Task AnInventoryIsKeptAsItCameAndRead()
    {
        var answer = await new HostProtocol(ScriptedChannel.Saying(SmallInventory)).InventoryAsync(Cancel);
        Assert.Equal(Encoding.UTF8.GetBytes(SmallInventory), answer.Bytes);
        Assert.Equal(("kms-2", 3L), (answer.Inventory.Host, answer.Inventory.Epoch));
    }

    [Theory]
    [InlineData("motd\n" + SmallInventory)]
    [InlineData("")]
    [InlineData(SmallInventory + "and more")]
    public async Task AnInventoryThatIsNotCanonicalIsRefused(string output)
    {
        var refused = await Assert.ThrowsAsync<HostRefusedException>(() => new HostProtocol(ScriptedChannel.Saying(output)).InventoryAsync(Cancel));
        Assert.Contains("patchflow-inventory", refused.Message);
    }

    internal const string SmallInventory =
        "patchflow-inventory 1\nhost kms-2\nos debian 12\narch amd64\nkernel 6.1.0-49-amd64\n"
        + "boot 0b7f9a52-1c1e-4f0e-9d53-0b6e2c1c9d10 1764000000\nepoch 3\nsequence 16\nreboot-needed no\n";
}
