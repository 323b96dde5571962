using System.Diagnostics;

namespace PatchFlow.Cli;

/// <summary>What a program prints, as a stream that ends well only if the program does. Disposing it stops the program.</summary>
internal sealed class ProgramOutput : Stream
{
    private const int MostErrorCharacters = 500;
    private readonly Process _process;
    private readonly string _name;
    private readonly Task<string> _errors;

    public ProgramOutput(Process process, string name)
    {
        (_process, _name) = (process, name);
        process.StandardInput.Close();
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

            _process.Dispose();
        }

        base.Dispose(disposing);
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
