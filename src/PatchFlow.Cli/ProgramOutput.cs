using System.Diagnostics;

namespace PatchFlow.Cli;

/// <summary>What a program makes of what it is given, as a stream that ends well only if the program does and was given all. Disposing it stops the program.</summary>
internal sealed class ProgramOutput : Stream
{
    private const int MostErrorCharacters = 500;
    private readonly Process _process;
    private readonly string _name;
    private readonly Task<string> _errors;
    private readonly Task<Exception?> _given;

    public ProgramOutput(Process process, string name, Stream input)
    {
        (_process, _name) = (process, name);
        // On a thread of its own: those of the pool are all taken by whoever reads documents.
        _given = Task.Factory.StartNew(() => Give(input, process.StandardInput.BaseStream), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        _errors = ErrorsAsync(process.StandardError);
    }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        var read = _process.StandardOutput.BaseStream.Read(buffer);
        if (read > 0 || buffer.Length == 0)
        {
            return read;
        }

        _process.WaitForExit();
        if (_given.GetAwaiter().GetResult() is { } failure)
        {
            throw new InvalidDataException(failure.Message, failure);
        }

        return _process.ExitCode == 0 ? 0 : throw new InvalidDataException($"it can't be decompressed ({_name}: {_errors.GetAwaiter().GetResult()})");
    }

    public override void Flush()
    {
        // Nothing is written.
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            if (!_process.HasExited)
            {
                _process.Kill();
            }

            _given.Wait();
            _process.Dispose();
        }

        base.Dispose(disposing);
    }

    // Why not all of it could be given; null where it was, or the program wants no more, of which its end tells.
    private static Exception? Give(Stream input, Stream program)
    {
        var buffer = new byte[1 << 16];
        try
        {
            using (input)
            {
                for (int read; (read = input.Read(buffer)) > 0 && TryWrite(program, buffer.AsSpan(0, read));)
                {
                    // It goes on until the one or the other ends.
                }
            }

            return null;
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return e;
        }
        finally
        {
            program.Dispose();
        }
    }

    private static bool TryWrite(Stream program, ReadOnlySpan<byte> bytes)
    {
        try
        {
            program.Write(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // All of it is read, so that the program never waits for a reader; only the beginning is kept.
    private static async Task<string> ErrorsAsync(StreamReader errors)
    {
        var (buffer, kept) = (new char[4096], "");
        for (int read; (read = await errors.ReadAsync(buffer)) > 0;)
        {
            kept += new string(buffer, 0, Math.Min(read, MostErrorCharacters - kept.Length));
        }

        return kept.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is [var first, ..] ? first : "it does not say why";
    }
}
