using System.Runtime.InteropServices;

namespace PatchFlow.Cli;

/// <summary>
/// The streams that the program was started with, or what stands for those that it was not. Of a program that is started without one of them .NET gives its
/// number to a file of its own, for instance the pipe by which it wakes itself: reading there waits for ever, and writing there ends the program.
/// </summary>
internal static class StandardStreams
{
    private const int Input = 0, Output = 1, Error = 2;

    // F_GETFD and FD_CLOEXEC (fcntl(2)).
    private const int GetFlags = 1, ClosedByExec = 1;
    private const int BufferCharacters = 256;

    /// <summary>Has <see cref="Console"/> use them. What can't be written on standard error is lost: there is nobody left to be told.</summary>
    public static void Take()
    {
        Console.SetOut(Writer(Output, mustArrive: true));
        Console.SetError(Writer(Error, mustArrive: false));
        if (!IsOpen(Input))
        {
            Console.SetIn(new ClosedInput());
        }
    }

    /// <summary>Standard input as bytes.</summary>
    /// <exception cref="UsageException">It is closed.</exception>
    public static Stream OpenInput() => IsOpen(Input) ? Console.OpenStandardInput() : throw Closed();

    private static StreamWriter Writer(int descriptor, bool mustArrive) =>
        new(new StandardOutput(descriptor, IsOpen(descriptor), mustArrive), Console.OutputEncoding, BufferCharacters) { AutoFlush = true };

    // What a program is started with outlived execve(2), so it can't be marked to be closed by that, as all files are that .NET opens.
    private static bool IsOpen(int descriptor) => Control(descriptor, GetFlags) is var flags and not -1 && (flags & ClosedByExec) == 0;

    private static UsageException Closed() => new("standard input is closed", "give it something to read, or name what is meant on the command line");

    private sealed class ClosedInput : TextReader
    {
        public override int Peek() => throw Closed();

        public override int Read() => throw Closed();
    }

    [DllImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(int descriptor, int command);
}
