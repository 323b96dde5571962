using System.Security.Cryptography;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>What is sent of an input, and when no more: on connections that are slow, lost or left.</summary>
public sealed class SshSenderTests(SenderSshd shared) : IClassFixture<SenderSshd>
{
    internal const string Helper = SshStandIn.Beginning + """
        drain) exec cat > /dev/null;;
        esac
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnInputIsReadByOneSenderAtATime()
    {
        await using var sshd = await LoopbackSshd.StartAsync(SshStandIn.Losing + Helper);
        await using var channel = sshd.Channel();
        await channel.WhereAsync(Cancel);
        var file = RandomNumberGenerator.GetBytes(200_000);
        using var slow = new SlowFile(file, TimeSpan.FromMilliseconds(600));
        await new HostProtocol(channel).StageAsync(Digest.Of(file), file.Length, slow, Cancel).WaitAsync(SshStandIn.Patience, Cancel);
        Assert.Equal((1, false), (slow.WentBack, slow.WasReadMeanwhile));
    }

    [Fact]
    public async Task WhatIsLeftOfAnInputNeverComesBehindTheChannelsClose()
    {
        var sshd = shared.Sshd;
        using var line = new SlowLine(sshd, bytesPerSecond: 1_000_000);
        await using var channel = Over(line, sshd);
        var connection = await channel.WhereAsync(Cancel);
        // Less than sshd takes without the command reading it.
        var reply = await channel.CallAsync(new HostCall(["deaf"]), new MemoryStream(new byte[1_900_000]), Cancel);
        Assert.Equal(3, reply.ExitCode);
        await Task.Delay(TimeSpan.FromSeconds(3), Cancel);
        Assert.Equal(connection, await channel.WhereAsync(Cancel));
    }

    [Fact]
    public async Task ThePieceThatIsOnItsWayWhenACallIsCancelledComesBeforeTheChannelsClose()
    {
        var sshd = shared.Sshd;
        using var line = new SlowLine(sshd, bytesPerSecond: 100_000_000);
        await using var channel = Over(line, sshd);
        var connection = await channel.WhereAsync(Cancel);
        using var leave = new CancellationTokenSource();
        var call = channel.CallAsync(new HostCall(["drain"]), new MemoryStream(new byte[50_000_000]), leave.Token);
        await Task.Delay(200, Cancel);
        // The host took what was sent, and that it takes more is still on its way here.
        line.Hold();
        await Task.Delay(500, Cancel);
        await leave.CancelAsync();
        await Task.Delay(300, Cancel);
        line.Release();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call).WaitAsync(SshStandIn.Patience, Cancel);
        await Task.Delay(200, Cancel);
        Assert.Equal(connection, await channel.WhereAsync(Cancel));
    }

    [Fact]
    public async Task CallsThatAreCancelledWhileTheirChannelsOpenLeaveNoneOpen()
    {
        var sshd = shared.Sshd;
        using var line = new SlowLine(sshd, bytesPerSecond: 100_000_000);
        await using var channel = Over(line, sshd);
        var connection = await channel.WhereAsync(Cancel);
        // More than the ten that sshd has open at once on a connection.
        for (var calls = 0; calls < 12; calls++)
        {
            line.Hold();
            using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => channel.CallAsync(new HostCall(["deaf"]), null, soon.Token)).WaitAsync(SshStandIn.Patience, Cancel);
            line.Release();
            await Task.Delay(100, Cancel);
        }

        Assert.Equal(connection, await channel.WhereAsync(Cancel));
    }

    [Fact]
    public async Task AnInputThatCantBeReadIsNoFaultOfTheHosts()
    {
        var sshd = shared.Sshd;
        await using var channel = sshd.Channel();
        var connection = await channel.WhereAsync(Cancel);
        using var broken = new BrokenFile();
        var ours = await Assert.ThrowsAsync<UnreadInputException>(() => channel.CallAsync(new HostCall(["stuck"]), broken, Cancel)).WaitAsync(SshStandIn.Patience, Cancel);
        Assert.Equal("what is sent can't be read: the disk is damaged", ours.Message);
        Assert.Equal(1, broken.Reads);
        Assert.Equal(connection, await channel.WhereAsync(Cancel));
    }

    private static SshChannel Over(SlowLine line, LoopbackSshd sshd) =>
        new(sshd.Target(sshd.HostKey) with { Address = "127.0.0.1", Port = line.Port }, LoopbackSshd.Account, sshd.Key);

    /// <summary>Its reads take a while, and can't be broken off: as a disk's.</summary>
    private sealed class SlowFile(byte[] bytes, TimeSpan delay) : MemoryStream(bytes)
    {
        private bool _isRead;

        public int WentBack { get; private set; }

        public bool WasReadMeanwhile { get; private set; }

        public override long Position { get => base.Position; set => Seek(value, SeekOrigin.Begin); }

        public override long Seek(long offset, SeekOrigin origin)
        {
            WentBack++;
            WasReadMeanwhile |= _isRead;
            return base.Seek(offset, origin);
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            WasReadMeanwhile |= _isRead;
            _isRead = true;
            await Task.Delay(delay, CancellationToken.None);
            _isRead = false;
            return Read(buffer.Span);
        }
    }

    private sealed class BrokenFile : MemoryStream
    {
        public int Reads { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reads++;
            throw new IOException("the disk is damaged");
        }

        public override Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken) => ReadAsync(default, cancellationToken).AsTask();
    }
}
