using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>How a program ended.</summary>
/// <param name="ExitCode">Its exit code; -1 where it was stopped because its reader had enough.</param>
/// <param name="Errors">The first 16 KiB of standard error.</param>
internal sealed record ProgramEnd(int ExitCode, string Errors);

/// <summary>Runs a program of this machine: an argument list and never a shell, a bare environment, a time limit, and no child left behind.</summary>
internal static class ExternalProgram
{
    private const int MaxErrorBytes = 16 << 10;

    /// <summary>Runs the program; <paramref name="read"/> reads its output and says whether it wants all of it.</summary>
    /// <exception cref="FeedException">It is not installed, or took too long.</exception>
    public static async Task<ProgramEnd> RunAsync(
        string program, string[] arguments, TimeSpan time, Stream? input, Func<Stream, CancellationToken, Task<bool>> read, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        using var process = Start(program, arguments);
        // What a process was asked for it leaves open.
        using var output = process.StandardOutput;
        using var complaints = process.StandardError;
        try
        {
            var feeding = FeedAsync(process, input, limit.Token);
            var errors = ErrorsAsync(process, limit.Token);
            if (!await read(output.BaseStream, limit.Token))
            {
                return new ProgramEnd(-1, "");
            }

            await feeding;
            var text = await errors;
            await process.WaitForExitAsync(limit.Token);
            return new ProgramEnd(process.ExitCode, text);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new FeedException(FeedFault.TooSlow, $"{program} took longer than {time.TotalSeconds:0} s and was stopped: look at the load of this machine");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            Close(process.StandardInput);
        }
    }

    /// <summary>Runs the program and answers its output, at most <paramref name="maxBytes"/>.</summary>
    public static async Task<(ProgramEnd End, byte[] Output)> OutputAsync(
        string program, string[] arguments, TimeSpan time, long maxBytes, Stream? input, CancellationToken cancel)
    {
        using var output = new MemoryStream();
        var end = await RunAsync(
            program,
            arguments,
            time,
            input,
            async (stream, token) =>
            {
                var limited = new LimitedStream(stream, maxBytes, () => new FeedException(FeedFault.TooLarge, $"{program} wrote more than {maxBytes} bytes: it was stopped"));
                await limited.CopyToAsync(output, token);
                return true;
            },
            cancel);
        return (end, output.ToArray());
    }

    private static Process Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        start.Environment["LC_ALL"] = "C.UTF-8";
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new FeedException(FeedFault.Local, $"{program} can't be started on this machine ({e.Message}): install the package that it belongs to", e);
        }
    }

    private static void Close(StreamWriter fed)
    {
        try
        {
            fed.Dispose();
        }
        catch (IOException)
        {
            // It had something left for a program that has ended: what that made of it is in its exit code.
        }
    }

    private static async Task FeedAsync(Process process, Stream? input, CancellationToken cancel)
    {
        try
        {
            if (input is not null)
            {
                await input.CopyToAsync(process.StandardInput.BaseStream, cancel);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The program stopped reading: what it made of that is in its exit code, which the caller judges.
        }
    }

    private static async Task<string> ErrorsAsync(Process process, CancellationToken cancel)
    {
        var (buffer, kept) = (new byte[4096], new MemoryStream());
        int read;
        while ((read = await process.StandardError.BaseStream.ReadAsync(buffer, cancel)) > 0)
        {
            kept.Write(buffer, 0, (int)Math.Min(read, MaxErrorBytes - kept.Length));
        }

        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
