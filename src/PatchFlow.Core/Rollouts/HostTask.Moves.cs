using System.Text.Json.Serialization;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Rollouts;

public sealed partial record HostTask
{
    /// <summary>Whether an install was ever begun on the host, so that a rollback has something to do.</summary>
    [JsonIgnore]
    public bool IsTouched => InstallAttempt > 0;

    /// <summary>The ticket it works on, or worked on last.</summary>
    [JsonIgnore]
    public TicketId? TicketId => Ticket is null ? null : Hosts.TicketId.Parse(Ticket);

    /// <summary>The same task in another state. Only what <see cref="Transitions"/> has is possible.</summary>
    /// <exception cref="InvalidOperationException">The table does not have it: a bug.</exception>
    public HostTask To(HostTaskStatus status, DateTimeOffset now, string? detail)
    {
        Transitions.Require(Status, status);
        return this with
        {
            Status = status,
            Since = now,
            Detail = detail,
            NotBefore = null,
            Unreachable = 0,
            IsError = status is HostTaskStatus.Failed or HostTaskStatus.NeedsAttention
                || (IsError && status is not (HostTaskStatus.Succeeded or HostTaskStatus.RolledBack)),
            HealthyAt = status == HostTaskStatus.Succeeded ? now : HealthyAt,
        };
    }

    /// <summary>
    /// The same task with the next ticket of a kind: the one after the last that the host said it has, since a host refuses a gap.
    /// So an attempt of which nobody knows whether it arrived is given out again, and is the same ticket.
    /// </summary>
    public HostTask With(TicketKind kind)
    {
        var attempt = Seen.GetValueOrDefault(kind) + 1;
        var next = this with
        {
            Ticket = Hosts.TicketId.Of(Plan, kind, Host, attempt).ToString(),
            IsStarted = false,
            IsDead = false,
            LastExit = null,
            LogCursor = 0,
            NotBefore = null,
        };
        return kind switch
        {
            TicketKind.Install => next with { InstallAttempt = attempt },
            TicketKind.CheckAfter => next with { CheckAttempt = attempt },
            TicketKind.Rollback => next with { RollbackAttempt = attempt },
            TicketKind.CheckRehearsed => next with { RehearsedAttempt = attempt },
            _ => throw new InvalidOperationException($"a rollout has no tickets of kind {kind}"),
        };
    }

    // The host has the ticket: its next attempt is another one.
    private HostTask Confirmed() => this with { IsStarted = true, Seen = Seen.SetItem(TicketId!.Kind, TicketId.Attempt) };
}
