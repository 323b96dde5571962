using System.Diagnostics;
using PatchFlow.Core.Hosts;
using Renci.SshNet;

namespace PatchFlow.Server.Hosts;

/// <summary>One command on an open connection, with limits on time and output.</summary>
internal static class SshRun
{
    /// <summary>Bytes of standard output kept at most; more ends the call.</summary>
    public const int OutputLimitBytes = 8 * 1024 * 1024;

    /// <summary>Bytes of standard error kept at most; more ends the call.</summary>
    public const int ErrorLimitBytes = 1024 * 1024;

    private static readonly TimeSpan _look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(5);

    /// <summary>Runs the command to its end. Input is sent without an end: the command must know how much of it to read.</summary>
    /// <exception cref="TimeoutException">It did not end in time. The connection should be given up.</exception>
    /// <exception cref="EndOfStreamException">The input ended early: the command was broken off.</exception>
    /// <exception cref="IOException">The input could not be sent, or no exit status came.</exception>
    /// <exception cref="InvalidDataException">It says more than the limits allow.</exception>
    public static async Task<HostReply> Async(SshSession session, string text, Stream? input, TimeSpan timeout, CancellationToken cancel)
    {
        using var command = session.Command(text);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        try
        {
            // Opening the channel blocks for a round trip.
            var (run, sender) = await Task.Run(() => Begin(command, input, limit.Token), limit.Token).WaitAsync(limit.Token);
            await EndAsync(command, run, sender, limit.Token);
            return Reply(command);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {timeout.TotalSeconds:0.#} s");
        }
        finally
        {
            // A command may end without reading all of its input: what is left of it is not sent any more.
            await limit.CancelAsync();
        }
    }

    private static (Task Run, Sender Sender) Begin(SshCommand command, Stream? input, CancellationToken cancel)
    {
        // Without the token: cancelling would signal the remote process; leaving the channel is enough.
        var run = command.ExecuteAsync(CancellationToken.None);
        var sender = new Sender();
        Observe(run);
        if (input is not null)
        {
            Observe(Task.Run(() => sender.SendAsync(command, input, cancel), CancellationToken.None));
        }

        return (run, sender);
    }

    private static async Task EndAsync(SshCommand command, Task run, Sender sender, CancellationToken cancel)
    {
        while (!run.IsCompleted)
        {
            if (command.OutputStream.Length > OutputLimitBytes || command.ExtendedOutputStream.Length > ErrorLimitBytes)
            {
                throw new InvalidDataException($"more than {OutputLimitBytes} bytes of output, or {ErrorLimitBytes} of errors");
            }

            sender.ThrowIfTorn();
            sender.ThrowIfStuck();
            await Task.WhenAny(run, Task.Delay(_look, cancel)).WaitAsync(cancel);
            cancel.ThrowIfCancellationRequested();
        }

        sender.ThrowIfTorn();
        await run;
    }

    private static HostReply Reply(SshCommand command)
    {
        var exit = command.ExitStatus
            ?? throw new IOException(command.ExitSignal is { } signal ? $"the command was killed by {HostAnswer.Clean(signal)}" : "the connection was lost before the command's exit status came");
        return new HostReply(exit, Bytes(command.OutputStream, OutputLimitBytes), System.Text.Encoding.UTF8.GetString(Bytes(command.ExtendedOutputStream, ErrorLimitBytes)));
    }

    private static byte[] Bytes(Stream stream, int limitBytes)
    {
        if (stream.Length > limitBytes)
        {
            throw new InvalidDataException($"more than {limitBytes} bytes of output");
        }

        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static void Observe(Task task) => task.ContinueWith(
        static ended => Debug.WriteLine(ended.Exception), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>
    /// Sends the input, and no end of it: every call knows its length or its last line, and the library would send an end that comes
    /// as the command ends after the channel's close, for which sshd ends the whole connection and all other calls on it.
    /// </summary>
    private sealed class Sender
    {
        private volatile Exception? _failure;
        private long _failedAt;

        public async Task SendAsync(SshCommand command, Stream input, CancellationToken cancel)
        {
            try
            {
                // Not disposed of: closing it is what sends the end. The command closes its channel as a whole.
                await input.CopyToAsync(command.CreateInputStream(), 32 * 1024, cancel);
            }
            catch (Exception e)
            {
                _failedAt = Stopwatch.GetTimestamp();
                _failure = e;
                throw;
            }
        }

        public void ThrowIfTorn()
        {
            if (_failure is EndOfStreamException torn)
            {
                throw new EndOfStreamException(torn.Message, torn);
            }
        }

        /// <summary>A command that ended without reading its input says so a moment later; one that still runs waits for what never comes.</summary>
        public void ThrowIfStuck()
        {
            if (_failure is { } failure and not EndOfStreamException && Stopwatch.GetElapsedTime(_failedAt) > _grace)
            {
                throw new IOException($"the input could not be sent: {failure.Message}", failure);
            }
        }
    }
}
