using System.Security.Cryptography;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

public sealed class SshChannelTests(ChannelSshd shared) : IClassFixture<ChannelSshd>
{
    internal const string Helper = SshStandIn.Beginning + """
        version) echo "patchflow-host 1"; sha256sum "$0" | cut -c1-64;;
        status) printf 'running\nlog 0\n';;
        sleep) sleep 30;;
        flood) exec cat /dev/zero;;
        fail) printf 'no \033[31mway\n' >&2; exit 7;;
        ended) { timeout 1 cat; echo $? >&3; } 3> "$0.exit" | wc -c; cat "$0.exit";;
        *) echo "unknown call '$1'" >&2; exit 64;;
        esac
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AHostWhoseKeyIsNotPinnedIsRefusedWithItsFingerprintAndTheRemedy()
    {
        var sshd = shared.Sshd;
        await using var channel = new SshChannel(sshd.Target(), LoopbackSshd.Account, sshd.Key);
        var refused = await Assert.ThrowsAsync<HostKeyException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel));
        Assert.Equal(sshd.HostKey, refused.Shown);
        Assert.Contains($"host web-1 ({sshd.Address}:{sshd.Port}) shows the key ssh-ed25519 {sshd.HostKey.Fingerprint}, and none is pinned", refused.Message);
        Assert.Contains("--fingerprint", refused.Message);
        var (_, listed) = await LoopbackSshd.ProcessAsync("ssh-keygen", "-lf", Path.Combine(Path.GetDirectoryName(sshd.KeyPath)!, "host_key.pub"));
        Assert.Contains(sshd.HostKey.Fingerprint, listed);
    }

    [Fact]
    public async Task AHostWhoseKeyChangedIsRefusedWithBothFingerprints()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        var pinned = sshd.HostKey;
        await using var channel = sshd.Channel();
        await new HostProtocol(channel).VersionAsync(Cancel);
        await sshd.RestartAsync(newHostKey: true);
        var refused = await Assert.ThrowsAsync<HostKeyException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel));
        Assert.Contains(pinned.Fingerprint, refused.Message);
        Assert.Contains(sshd.HostKey.Fingerprint, refused.Message);
    }

    [Fact]
    public async Task AnUnreachableHostIsAClearError()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        await sshd.KillAsync();
        await using var channel = sshd.Channel();
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel));
        Assert.Contains($"host web-1 ({sshd.Address}:{sshd.Port}): connection refused", error.Message);
    }

    [Fact]
    public async Task AHostThatAcceptsAndNeverSpeaksIsGivenUpAfterTheConnectTimeout()
    {
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        var sshd = shared.Sshd;
        var target = sshd.Target(sshd.HostKey) with { Address = "127.0.0.1", Port = ((System.Net.IPEndPoint)silent.LocalEndpoint).Port, ConnectTimeout = TimeSpan.FromSeconds(1) };
        await using var channel = new SshChannel(target, LoopbackSshd.Account, sshd.Key);
        await Assert.ThrowsAsync<HostUnreachableException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel)).WaitAsync(SshStandIn.Patience, Cancel);
    }

    [Fact]
    public async Task AKeyThatTheHostDoesNotKnowIsAClearError()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        await using var channel = new SshChannel(sshd.Target(sshd.HostKey), LoopbackSshd.Account, SshKeyFile.Open(sshd.KeyPath + ".other"));
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel));
        Assert.Contains("login as", error.Message);
        Assert.Contains("enrol the host again", error.Message);
    }

    [Fact]
    public async Task AKeyFileThatOthersCouldReadMeanwhileIsNotUsed()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        await using var channel = sshd.Channel();
        await LoopbackSshd.ProcessAsync("chmod", "644", sshd.KeyPath);
        var error = await Assert.ThrowsAsync<HostUnreachableException>(() => channel.CallAsync(new HostCall(["version"]), null, Cancel));
        Assert.Contains("chmod 600", error.Message);
    }

    [Fact]
    public async Task AFileArrivesWithExactlyItsBytes()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var file = RandomNumberGenerator.GetBytes(5_000_000);
        await new HostProtocol(channel).StageAsync(Digest.Of(file), file.Length, new MemoryStream(file), Cancel);
        await new HostProtocol(channel).StageAsync(Digest.Of(file.AsSpan(0, 1000)), 1000, new MemoryStream(file), Cancel);
        await Assert.ThrowsAsync<HostRefusedException>(
            () => new HostProtocol(channel).StageAsync(Digest.Of("other"u8), file.Length, new MemoryStream(file), Cancel));
    }

    [Fact]
    public async Task NoEndOfInputIsSentThatCouldComeBehindTheChannelsClose()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var reply = await channel.CallAsync(new HostCall(["ended"]), new MemoryStream(new byte[1000]), Cancel);
        Assert.Equal("1000\n124\n", System.Text.Encoding.ASCII.GetString(reply.Output.Span));
    }

    [Fact]
    public async Task AFileIsSentOnceMoreWhenTheConnectionIsLostMeanwhile()
    {
        await using var sshd = await LoopbackSshd.StartAsync(SshStandIn.Losing + Helper);
        await using var channel = sshd.Channel();
        var connection = await channel.WhereAsync(Cancel);
        var file = RandomNumberGenerator.GetBytes(3_000_000);
        using var inside = new MemoryStream([1, 2, 3, .. file, 9]) { Position = 3 };
        await new HostProtocol(channel).StageAsync(Digest.Of(file), file.Length, inside, Cancel);
        Assert.NotEqual(connection, await channel.WhereAsync(Cancel));
    }

    [Fact]
    public async Task AnInputThatTheHostNeverTakesIsGivenUp()
    {
        var sshd = shared.Sshd;
        var target = sshd.Target(sshd.HostKey) with { ConnectTimeout = TimeSpan.FromSeconds(2) };
        await using var channel = new SshChannel(target, LoopbackSshd.Account, sshd.Key);
        var error = await Assert.ThrowsAsync<HostUnreachableException>(
            () => channel.CallAsync(new HostCall(["stuck"]), new MemoryStream(new byte[20_000_000]), Cancel)).WaitAsync(SshStandIn.Patience, Cancel);
        Assert.Contains("the input could not be sent", error.Message);
    }

    [Fact]
    public async Task AnInputThatEndsEarlyBreaksTheCallOffAndTheNextCallWorks()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        await Assert.ThrowsAsync<UnreadInputException>(
            () => new HostProtocol(channel).StageAsync(Digest.Of("x"u8), 100, new MemoryStream(new byte[50]), Cancel));
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Fact]
    public async Task ACommandThatNeverReadsItsInputStillEnds()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var reply = await channel.CallAsync(new HostCall(["deaf"]), new MemoryStream(new byte[20_000_000]), Cancel);
        Assert.Equal(3, reply.ExitCode);
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Fact]
    public async Task ARefusalCarriesExitAndReason()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var reply = await channel.CallAsync(new HostCall(["fail"]), null, Cancel);
        Assert.Equal((7, 0, "no \u001b[31mway\n"), (reply.ExitCode, reply.Output.Length, reply.Error));
    }

    [Fact]
    public async Task OutputBeyondTheLimitEndsTheCall()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var refused = await Assert.ThrowsAsync<HostRefusedException>(() => channel.CallAsync(new HostCall(["flood"]), null, Cancel));
        Assert.Contains("more than", refused.Message);
        Assert.True(GC.GetTotalMemory(forceFullCollection: true) - before < 200_000_000);
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Fact]
    public async Task AConnectionLostDuringACallIsUnreachableAndALaterCallConnectsAnew()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        await using var channel = sshd.Channel();
        var call = channel.CallAsync(new HostCall(["sleep"]), null, Cancel);
        await Task.Delay(500, Cancel);
        await sshd.KillAsync();
        await Assert.ThrowsAsync<HostUnreachableException>(() => call).WaitAsync(SshStandIn.Patience, Cancel);
        await sshd.RestartAsync();
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Fact]
    public async Task AConnectionThatDiedBetweenTwoCallsIsReplacedWithoutAnError()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        await using var channel = sshd.Channel();
        await new HostProtocol(channel).VersionAsync(Cancel);
        await sshd.RestartAsync();
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Fact]
    public async Task ACancelledCallEndsAndLeavesTheConnectionUsable()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        await new HostProtocol(channel).VersionAsync(Cancel);
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.CallAsync(new HostCall(["sleep"]), null, soon.Token)).WaitAsync(SshStandIn.Patience, Cancel);
        Assert.Equal(1, (await new HostProtocol(channel).VersionAsync(Cancel)).Protocol);
    }

    [Theory]
    [InlineData("status;id")]
    [InlineData("a b")]
    [InlineData("$(id)")]
    [InlineData("~root")]
    [InlineData("")]
    public async Task AWordThatAShellCouldReadIsNeverSent(string word)
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        await Assert.ThrowsAsync<ArgumentException>(() => channel.CallAsync(new HostCall(["status", word]), null, Cancel));
    }

    [Fact]
    public async Task TwentyCallsAtOnceToOneHostAllAnswer()
    {
        await using var sshd = await LoopbackSshd.StartAsync(Helper);
        var log = Path.Combine(Path.GetDirectoryName(sshd.KeyPath)!, "channel.jsonl");
        using var channelLog = new ChannelLog(log, TimeProvider.System);
        var made = 0;
        await using var channels = new HostChannels(sshd.Row, _ => { made++; return sshd.Channel(); }, channelLog, TimeProvider.System);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => channels.Protocol("web-1").VersionAsync(Cancel)));
        Assert.Equal(20, answers.Length);
        Assert.Equal(1, made);
        Assert.Equal(20, ChannelLog.Read(log).Count(entry => entry is { Host: "web-1", Verb: "version", Exit: 0, Milliseconds: not null }));
    }

    [Fact]
    public async Task TheKeyIsLimitedToTheHelper()
    {
        var sshd = shared.Sshd;
        string[] login = ["-i", sshd.KeyPath, "-p", $"{sshd.Port}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR"];
        var host = $"{LoopbackSshd.Account}@{sshd.Address}";
        var (exit, output) = await LoopbackSshd.ProcessAsync("ssh", [.. login, host, "id"]);
        Assert.Equal((64, "unknown call 'id'\n"), (exit, output));
        var (forwarded, greeting) = await LoopbackSshd.ProcessAsync("ssh", [.. login, "-W", $"{sshd.Address}:{sshd.Port}", host]);
        Assert.Equal((255, false), (forwarded, greeting.Contains("SSH-2.0", StringComparison.Ordinal)));
        var (_, pty) = await LoopbackSshd.ProcessAsync("ssh", [.. login, "-tt", host, "version"]);
        Assert.Contains("PTY allocation request failed", pty);
        var (subsystem, _) = await LoopbackSshd.ProcessAsync("ssh", [.. login, "-s", host, "sftp"]);
        Assert.Equal(64, subsystem);
    }
}
