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
    private static readonly TimeSpan _leaving = TimeSpan.FromSeconds(1);

    /// <summary>Runs the command to its end. Input is sent without an end: the command must know how much of it to read.</summary>
    /// <exception cref="TimeoutException">It did not end in time. The connection should be given up.</exception>
    /// <exception cref="UnreadInputException">The input ended early, or can't be read: the command was broken off.</exception>
    /// <exception cref="IOException">The input could not be sent, or no exit status came.</exception>
    /// <exception cref="InvalidDataException">It says more than the limits allow.</exception>
    public static async Task<HostReply> Async(SshSession session, string text, Stream? input, TimeSpan timeout, CancellationToken cancel)
    {
        var command = session.Command(text);
        var sender = input is null ? null : new SshSender(command, input);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(timeout);
        // Opening the channel blocks for a round trip.
        var begun = Task.Run(() => Begin(command, sender, limit.Token), CancellationToken.None);
        try
        {
            var (run, _) = await begun.WaitAsync(limit.Token);
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
            await (sender?.LeaveInputAsync() ?? Task.CompletedTask);
            await CloseAsync(command, begun);
        }
    }

    private static (Task Run, Task Sending) Begin(SshCommand command, SshSender? sender, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        // Without the token: cancelling would signal the remote process; leaving the channel is enough.
        var run = command.ExecuteAsync(CancellationToken.None);
        Observe(run);
        return (run, sender is null ? Task.CompletedTask : Task.Run(() => sender.SendAsync(cancel), CancellationToken.None));
    }

    private static async Task EndAsync(SshCommand command, Task run, SshSender? sender, CancellationToken cancel)
    {
        while (!run.IsCompleted)
        {
            if (command.OutputStream.Length > OutputLimitBytes || command.ExtendedOutputStream.Length > ErrorLimitBytes)
            {
                throw new InvalidDataException($"more than {OutputLimitBytes} bytes of output, or {ErrorLimitBytes} of errors");
            }

            sender?.ThrowIfFailed(hasEnded: false);
            await Task.WhenAny(run, Task.Delay(_look, cancel)).WaitAsync(cancel);
            cancel.ThrowIfCancellationRequested();
        }

        sender?.ThrowIfFailed(hasEnded: true);
        await run;
    }

    private static async Task CloseAsync(SshCommand command, Task<(Task Run, Task Sending)> begun)
    {
        if (!begun.IsCompleted)
        {
            // A channel that opens behind our back would stay open as long as the connection.
            _ = begun.ContinueWith(opened => CloseAsync(command, opened), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return;
        }

        if (begun.IsCompletedSuccessfully && !begun.Result.Run.IsCompleted)
        {
            // The piece that is on its way now must not come behind the channel's close.
            await Task.WhenAny(begun.Result.Sending, Task.Delay(_leaving));
        }

        _ = begun.Exception;
        command.Dispose();
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
}
