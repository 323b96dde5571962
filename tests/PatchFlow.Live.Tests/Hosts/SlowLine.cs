using System.Net;
using System.Net.Sockets;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>A line to a loopback sshd that takes only so much a second, and holds up what the host says for as long as a test wants.</summary>
internal sealed class SlowLine : IDisposable
{
    private const int PieceBytes = 16 * 1024;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _host;
    private readonly int _bytesPerSecond;
    private readonly CancellationTokenSource _end = new();
    private volatile TaskCompletionSource _open = Opened();

    public SlowLine(LoopbackSshd sshd, int bytesPerSecond)
    {
        (_host, _bytesPerSecond) = (new IPEndPoint(IPAddress.Parse(sshd.Address), sshd.Port), bytesPerSecond);
        _listener.Server.ReceiveBufferSize = 4 * PieceBytes;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing that the host says arrives.</summary>
    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>All of it arrives.</summary>
    public void Release() => _open.TrySetResult();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _end.Dispose();
    }

    private static TaskCompletionSource Opened()
    {
        var open = new TaskCompletionSource();
        open.SetResult();
        return open;
    }

    private async Task AcceptAsync()
    {
        var end = _end.Token;
        while (!end.IsCancellationRequested)
        {
            var near = await _listener.AcceptTcpClientAsync(end);
            var far = new TcpClient { NoDelay = true };
            await far.ConnectAsync(_host, end);
            _ = PumpAsync(near, far, isUp: true, end);
            _ = PumpAsync(far, near, isUp: false, end);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isUp, CancellationToken end)
    {
        try
        {
            var piece = new byte[PieceBytes];
            while (await from.GetStream().ReadAsync(piece, end) is > 0 and var read)
            {
                await (isUp ? Task.Delay(TimeSpan.FromSeconds((double)read / _bytesPerSecond), end) : _open.Task.WaitAsync(end));
                await to.GetStream().WriteAsync(piece.AsMemory(0, read), end);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side is gone, and so is the other.
        }
        finally
        {
            from.Dispose();
            to.Dispose();
        }
    }
}
