using System.Buffers.Text;
using System.Text;

namespace PatchFlow.Server.Hosts;

/// <summary>The states of a ticket on its host (docs/formats.md).</summary>
internal enum TicketState
{
    /// <summary>No such ticket.</summary>
    Absent,

    /// <summary>Accepted, not launched yet.</summary>
    Pending,

    /// <summary>The work goes on.</summary>
    Running,

    /// <summary>Ended, with an exit status.</summary>
    Exited,

    /// <summary>Launched, the process is dead, and left no exit status: the package database decides.</summary>
    Interrupted,

    /// <summary>Never launched: the package database decides.</summary>
    Lost,

    /// <summary>A tombstone: completed before.</summary>
    Done,
}

/// <summary>What <c>status</c> answered.</summary>
/// <param name="State">How the ticket stands.</param>
/// <param name="ExitCode">The exit status where <paramref name="State"/> is <see cref="TicketState.Exited"/>.</param>
/// <param name="NextCursor">Where the next call goes on in the log.</param>
/// <param name="Log">Log bytes from the cursor asked for to <paramref name="NextCursor"/>.</param>
internal sealed record TicketStatus(TicketState State, int? ExitCode, long NextCursor, ReadOnlyMemory<byte> Log)
{
    private const string Expected =
        "'absent|pending|running|exited CODE|interrupted|lost|done', then 'log CURSOR', then that log";

    /// <summary>
    /// Reads the answer to <c>status TICKET cursor</c>: two lines, then raw log bytes. A log that is shorter than the cursor
    /// (a tombstone keeps none) is told by a cursor that goes back.
    /// </summary>
    /// <exception cref="HostRefusedException">It is anything else.</exception>
    public static TicketStatus Parse(ReadOnlyMemory<byte> output, long cursor)
    {
        var rest = output;
        return Line(ref rest) is { } state && Line(ref rest) is { } log
            && Known(state) is var (known, exit)
            && log.StartsWith("log ", StringComparison.Ordinal)
            && Number(log[4..]) is { } next
            && (next - cursor == rest.Length || (rest.IsEmpty && next < cursor))
            ? new TicketStatus(known, exit, next, rest)
            : throw HostRefusedException.Garbage("status", Expected, HostAnswer.Glimpse(output));
    }

    private static (TicketState State, int? Exit)? Known(string line) => line switch
    {
        "absent" => (TicketState.Absent, null),
        "pending" => (TicketState.Pending, null),
        "running" => (TicketState.Running, null),
        "interrupted" => (TicketState.Interrupted, null),
        "lost" => (TicketState.Lost, null),
        "done" => (TicketState.Done, null),
        _ when line.StartsWith("exited ", StringComparison.Ordinal) && Number(line[7..]) is { } code and <= 255 => (TicketState.Exited, (int)code),
        _ => null,
    };

    private static string? Line(ref ReadOnlyMemory<byte> rest)
    {
        var end = rest.Span[..Math.Min(rest.Length, 64)].IndexOf((byte)'\n');
        if (end < 0)
        {
            return null;
        }

        var line = Encoding.ASCII.GetString(rest.Span[..end]);
        rest = rest[(end + 1)..];
        return line;
    }

    private static long? Number(string text) =>
        text.Length is > 0 and <= 18 && text.All(char.IsAsciiDigit)
        && Utf8Parser.TryParse(Encoding.ASCII.GetBytes(text), out long value, out _) ? value : null;
}
