using System.Diagnostics;
using Renci.SshNet;

namespace PatchFlow.Server.Hosts;

/// <summary>The input of a call could not be read: the fault is this server's, never the host's.</summary>
internal sealed class UnreadInputException(string message, Exception inner) : IOException(message, inner);

/// <summary>
/// Sends a call's input, and no end of it: every call knows its length or its last line. The library would send an end, or what is left
/// of a long piece, after the channel's close, for which sshd ends the whole connection and all other calls on it.
/// </summary>
internal sealed class SshSender(SshCommand command, Stream input)
{
    // One packet of sshd's: the library looks before each piece, and only then, whether the channel is still open.
    private const int PieceBytes = 32 * 1024;
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private Task _reading = Task.CompletedTask;
    private bool _hasLeft;
    private volatile Exception? _failure;
    private long _failedAt;

    /// <summary>Sends the input until it ends, the command ends, or it is cancelled. What goes wrong is told by <see cref="ThrowIfFailed"/>.</summary>
    public async Task SendAsync(CancellationToken cancel)
    {
        try
        {
            // Not disposed of: closing it is what sends the end. The command closes its channel as a whole.
            var to = command.CreateInputStream();
            var piece = new byte[PieceBytes];
            while (command.ExitStatus is null && await ReadAsync(piece, cancel) is > 0 and var read)
            {
                to.Write(piece, 0, read);
            }
        }
        catch (Exception e)
        {
            _failedAt = Stopwatch.GetTimestamp();
            _failure = e;
        }
    }

    /// <summary>Reads the input no more: once this returns, its owner may close it, or send it once more.</summary>
    public async Task LeaveInputAsync()
    {
        Task reading;
        lock (_gate)
        {
            (_hasLeft, reading) = (true, _reading);
        }

        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Throws when there is no use in waiting for the command any longer.</summary>
    /// <exception cref="UnreadInputException">The command waits for what never comes.</exception>
    /// <exception cref="IOException">It could not be sent, and the command did not end for that a moment later.</exception>
    public void ThrowIfFailed(bool hasEnded)
    {
        switch (_failure)
        {
            case UnreadInputException unread:
                throw new UnreadInputException(unread.Message, unread);
            case { } failure when !hasEnded && Stopwatch.GetElapsedTime(_failedAt) > _grace:
                throw new IOException($"the input could not be sent: {failure.Message}", failure);
        }
    }

    private async Task<int> ReadAsync(byte[] piece, CancellationToken cancel)
    {
        try
        {
            return await BeginRead(piece, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new UnreadInputException($"what is sent can't be read: {e.Message}", e);
        }
    }

    private Task<int> BeginRead(byte[] piece, CancellationToken cancel)
    {
        lock (_gate)
        {
            var read = _hasLeft ? Task.FromResult(0) : input.ReadAsync(piece, cancel).AsTask();
            _reading = read;
            return read;
        }
    }
}
