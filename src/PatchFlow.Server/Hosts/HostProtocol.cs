using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// The calls of <c>patchflow-host</c> (docs/formats.md, "Ticket and host protocol") with typed answers. An answer that is not
/// in the grammar is refused, never guessed at: <see cref="HostRefusedException"/>. No answer at all is
/// <see cref="HostUnreachableException"/>, thrown by the channel.
/// </summary>
internal sealed class HostProtocol(IHostChannel channel)
{
    /// <summary>The version of the protocol that this program speaks.</summary>
    public const int Version = 1;

    /// <summary>Bytes of a start document that are sent at most: the helper takes no more.</summary>
    public const int StartLimitBytes = 6 * 1024 * 1024;

    /// <summary>Seconds that a host waits at most before it answers how a ticket stands.</summary>
    public const int WaitLimitSeconds = 30;

    private const int StagedLimit = 100_000;

    /// <summary>The helper's version and the digest of its own file.</summary>
    public async Task<HelperVersion> VersionAsync(CancellationToken cancel)
    {
        const string expected = "'patchflow-host NUMBER' and a SHA-256 digest";
        var words = HostAnswer.Text(await AskAsync(cancel, "version"), "version", expected)
            .Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words is ["patchflow-host", var number, var hex]
            && Numerals.TryRead(number, out int version)
            && Digest.TryParse(hex, out var digest)
            ? new HelperVersion(version, digest)
            : throw HostRefusedException.Garbage("version", expected, string.Join(' ', words));
    }

    /// <summary>What the host says of itself: the bytes as they came, and as they read.</summary>
    public async Task<HostInventory> InventoryAsync(CancellationToken cancel)
    {
        var output = (await AskAsync(cancel, "inventory")).Output;
        try
        {
            return new HostInventory(output.ToArray(), Inventory.Parse(output.Span));
        }
        catch (DocumentException e)
        {
            throw HostRefusedException.Garbage("inventory", $"a canonical inventory ({HostAnswer.Clean(e.Message)})", HostAnswer.Glimpse(output));
        }
    }

    /// <summary>Clock, space and package manager, as the host sees them.</summary>
    public async Task<HostHealth> DoctorAsync(CancellationToken cancel) =>
        HostHealth.Parse(HostAnswer.Text(await AskAsync(cancel, "doctor"), "doctor", "four lines"));

    /// <summary>Delivers one file; the host hashes it and keeps it by digest. A file it has already is accepted again.</summary>
    /// <param name="digest">The digest that the host must find.</param>
    /// <param name="length">Exact length in bytes; a stream that is shorter fails the call, of a longer one no more is sent.</param>
    /// <param name="file">The file, from its current position.</param>
    /// <param name="cancel">Ends the call; the host then keeps nothing.</param>
    public async Task StageAsync(Digest digest, long length, Stream file, CancellationToken cancel)
    {
        using var exact = new ExactStream(file, length);
        await AskAsync(Call("stage", digest.Hex, Number(length)), exact, cancel);
    }

    /// <summary>The digests of the files that the host keeps.</summary>
    public async Task<ImmutableHashSet<Digest>> StagedAsync(CancellationToken cancel)
    {
        const string expected = "one SHA-256 digest a line";
        var lines = HostAnswer.Text(await AskAsync(cancel, "staged"), "staged", expected).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var digests = lines.Take(StagedLimit).Select(line => Digest.TryParse(line, out var digest)
            ? digest
            : throw HostRefusedException.Garbage("staged", expected, line));
        return [.. digests];
    }

    /// <summary>Starts the work of a ticket, once: the same call again answers <see cref="StartAnswer.Exists"/>.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="document">The start document: the host checks its length and digest before it runs anything.</param>
    /// <param name="cancel">Ends the call, not the work.</param>
    public async Task<StartAnswer> StartAsync(TicketId ticket, byte[] document, CancellationToken cancel)
    {
        const string expected = "'started' or 'exists'";
        if (document.Length > StartLimitBytes)
        {
            throw new HostRefusedException("start", 0, $"the start document has {document.Length} bytes, the limit is {StartLimitBytes}");
        }

        using var input = new MemoryStream(document, writable: false);
        var call = Call("start", ticket.ToString(), Number(document.Length), Digest.Of(document).Hex);
        return HostAnswer.Text(await AskAsync(call, input, cancel), "start", expected).TrimEnd('\n') switch
        {
            "started" => StartAnswer.Started,
            "exists" => StartAnswer.Exists,
            var other => throw HostRefusedException.Garbage("start", expected, other),
        };
    }

    /// <summary>How a ticket stands, and its log from <paramref name="cursor"/> (bytes from the beginning) on.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="cursor">Bytes of the log that are known.</param>
    /// <param name="wait">Seconds that the host may wait for the end of a ticket that runs, 0 to <see cref="WaitLimitSeconds"/>.</param>
    /// <param name="cancel">Ends the call.</param>
    public async Task<TicketStatus> StatusAsync(TicketId ticket, long cursor, int wait, CancellationToken cancel)
    {
        ImmutableArray<string> call = ["status", ticket.ToString(), Number(cursor), .. wait > 0 ? [Number(wait)] : Array.Empty<string>()];
        return TicketStatus.Parse((await AskAsync(cancel, call)).Output, cursor);
    }

    /// <summary>Stops what has not begun; never signals the package manager.</summary>
    public Task CancelAsync(TicketId ticket, CancellationToken cancel) => AskAsync(cancel, "cancel", ticket.ToString());

    /// <summary>Says that the ticket's outcome is recorded here: the host leaves a tombstone, so that it can't run again.</summary>
    public Task CompleteAsync(TicketId ticket, CancellationToken cancel) => AskAsync(cancel, "complete", ticket.ToString());

    private Task<HostReply> AskAsync(CancellationToken cancel, params ImmutableArray<string> words) => AskAsync(new HostCall(words), null, cancel);

    private async Task<HostReply> AskAsync(HostCall call, Stream? input, CancellationToken cancel)
    {
        var reply = await channel.CallAsync(call, input, cancel);
        return reply.ExitCode == 0 ? reply : throw new HostRefusedException(call.Words[0], reply.ExitCode, HostAnswer.Clean(reply.Error));
    }

    private static HostCall Call(params ImmutableArray<string> words) => new(words);

    private static string Number(long value) => value >= 0
        ? value.ToString(CultureInfo.InvariantCulture)
        : throw new ArgumentOutOfRangeException(nameof(value), value, "a length or cursor is never negative");
}

/// <summary>What <c>version</c> answered.</summary>
/// <param name="Protocol">The protocol's number.</param>
/// <param name="File">The digest of the helper's own file.</param>
internal sealed record HelperVersion(int Protocol, Digest File);

/// <summary>What <c>inventory</c> answered.</summary>
/// <param name="Bytes">As it came; canonical.</param>
/// <param name="Inventory">As it reads.</param>
internal sealed record HostInventory(byte[] Bytes, Inventory Inventory);

/// <summary>What <c>start</c> answered.</summary>
internal enum StartAnswer
{
    /// <summary>The ticket is new, its work has begun.</summary>
    Started,

    /// <summary>The ticket was started before; nothing was done now.</summary>
    Exists,
}

/// <summary>The host answered, and refused; or answered what the protocol does not know. Nothing was done, or it is in the ticket.</summary>
internal sealed class HostRefusedException(string verb, int exitCode, string reason)
    : Exception(exitCode == 0 ? $"{verb}: {reason}" : $"{verb}: refused with exit {exitCode}: {reason}")
{
    /// <summary>The call.</summary>
    public string Verb { get; } = verb;

    /// <summary>The helper's exit status; 0 where the answer itself was refused here.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>What the helper wrote to standard error: bounded, without control characters.</summary>
    public string Reason { get; } = reason;

    internal static HostRefusedException Garbage(string verb, string expected, string got) =>
        new(verb, 0, $"expected {expected}, got '{HostAnswer.Clean(got)}': the helper on the host is another version, or its output was altered; run doctor on the host");
}
