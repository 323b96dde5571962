using System.ComponentModel;
using System.Runtime.InteropServices;

namespace PatchFlow.Cli;

/// <summary>
/// Standard output or standard error, written as the system says. .NET's own stream takes a reader that has gone away for a success, so that a command
/// whose output nobody reads any more would go on for ever, and calls a full disk by nothing that tells which file was meant.
/// </summary>
internal sealed class StandardOutput : Stream
{
    // errno(3) and poll(2), the same numbers on every architecture of Linux that .NET runs on.
    private const int Interrupted = 4, Again = 11, NoReader = 32;
    private const short CanBeWritten = 4;

    private readonly int _descriptor;
    private readonly bool _mustArrive;
    private bool _isOpen;

    /// <summary>A stream over a descriptor.</summary>
    /// <param name="descriptor">Its number.</param>
    /// <param name="isOpen">Whether the program was started with it: another file may have its number otherwise.</param>
    /// <param name="mustArrive">Whether what can't be written is an <see cref="OutputLostException"/>; it is dropped otherwise.</param>
    public StandardOutput(int descriptor, bool isOpen, bool mustArrive) => (_descriptor, _isOpen, _mustArrive) = (descriptor, isOpen, mustArrive);

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="OutputLostException">It can't be written, and must arrive.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0 && Written(buffer) is { } written)
        {
            buffer = buffer[written..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
        // Nothing is kept back.
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    // How many bytes were taken; null where no more are wanted.
    private int? Written(ReadOnlySpan<byte> buffer)
    {
        if (!_isOpen)
        {
            return Lost("it is closed", false);
        }

        if (Write(_descriptor, in MemoryMarshal.GetReference(buffer), (nuint)buffer.Length) is var count and >= 0)
        {
            return (int)count;
        }

        var error = Marshal.GetLastPInvokeError();
        if (error == Again)
        {
            // Whoever shares a terminal or a pipe may have said that nobody is to wait for it.
            var asked = new Asked { Descriptor = _descriptor, Events = CanBeWritten };
            _ = Poll(ref asked, 1, -1);
        }

        return error is Interrupted or Again ? 0 : Lost(new Win32Exception(error).Message, error == NoReader);
    }

    private int? Lost(string reason, bool readerLeft)
    {
        _isOpen = false;
        return _mustArrive ? throw new OutputLostException(reason, readerLeft) : null;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Asked
    {
        public int Descriptor;
        public short Events;
        public short Happened;
    }

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern nint Write(int descriptor, in byte first, nuint count);

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Asked asked, nuint count, int milliseconds);
}

/// <summary>The command's answer can't be written: it ends, since nobody has it.</summary>
internal sealed class OutputLostException(string reason, bool readerLeft) : Exception($"standard output can't be written: {reason}")
{
    /// <summary>Whether who read it has gone away, as <c>head</c> does: that is no fault, and nothing is said of it.</summary>
    public bool ReaderLeft { get; } = readerLeft;
}
