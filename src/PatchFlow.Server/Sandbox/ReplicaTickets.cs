using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Sandbox;

/// <summary>How a ticket ended in a replica.</summary>
/// <param name="Ticket">The ticket.</param>
/// <param name="State">Its last state.</param>
/// <param name="ExitCode">Its exit status where it has one.</param>
/// <param name="Log">What it printed.</param>
internal sealed record TicketEnd(TicketId Ticket, TicketState State, int? ExitCode, byte[] Log)
{
    /// <summary>Whether everything that had to hold, holds.</summary>
    public bool IsGood => State == TicketState.Exited && ExitCode == 0;

    /// <summary>The lines that the helper meant for programs and people: <c>@check …</c>, <c>@verify …</c>, <c>@fail …</c>.</summary>
    public IEnumerable<string> Marks(string word) => System.Text.Encoding.UTF8.GetString(Log).Split('\n')
        .Where(l => l.StartsWith('@') && l.AsSpan(1).StartsWith(word) && (l.Length == word.Length + 1 || l[word.Length + 1] == ' '))
        .Select(l => l[1..]);
}

/// <summary>Runs a plan's tickets in a replica through the helper, as production does: start, ask until it has ended, read its log.</summary>
internal sealed class ReplicaTickets(HostProtocol protocol, PlanParts parts, SandboxOptions options)
{
    private const int LogLimitBytes = 4 * 1024 * 1024 + 1024;
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(500);
    private readonly Digest _plan = Digest.Of(parts.Head.Span);

    /// <summary>The ticket of a kind; a replica has no past, so each is the first.</summary>
    public TicketId Of(TicketKind kind) => TicketId.Of(_plan, kind, "replica", 1);

    /// <summary>Starts the work and waits for its end.</summary>
    /// <exception cref="InconclusiveException">It did not end in time.</exception>
    /// <exception cref="HostRefusedException">The helper refused it.</exception>
    /// <exception cref="HostUnreachableException">The replica or the engine is gone.</exception>
    public async Task<TicketEnd> RunAsync(TicketKind kind, CancellationToken cancel)
    {
        var ticket = Of(kind);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(options.TicketSeconds));
        try
        {
            await protocol.StartAsync(ticket, StartInput.ForReplica(ticket, 0, parts).ToBytes(), limit.Token);
            return await FollowAsync(ticket, limit.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new InconclusiveException($"{ticket} had not ended after {options.TicketSeconds} s: a package script or a check waits for something that does not come, or the machine is overloaded");
        }
    }

    private async Task<TicketEnd> FollowAsync(TicketId ticket, CancellationToken cancel)
    {
        using var log = new MemoryStream();
        while (true)
        {
            // Asking costs what it asks about, since each call starts programs in a replica that has few processors: so it waits there.
            var status = await protocol.StatusAsync(ticket, log.Length, HostProtocol.WaitLimitSeconds, cancel);
            log.Write(status.Log.Span);
            // The state is read before the log's size: a log that ends after an exit status is whole.
            var isEnd = status.State is not (TicketState.Pending or TicketState.Running) && status.Log.IsEmpty;
            if (isEnd || log.Length > LogLimitBytes)
            {
                return new TicketEnd(ticket, status.State, status.ExitCode, log.ToArray());
            }

            if (status.State is TicketState.Pending or TicketState.Running)
            {
                // Where the answer did not wait: not yet launched, or only what it began still lives.
                await Task.Delay(_pause, cancel);
            }
        }
    }
}
