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
            StartedAt = null,
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

    /// <summary>
    /// The same task before its install: no attempt changed the host, and none is at work there, so it waits for its turn again. Of the
    /// attempts only those count that the host had.
    /// </summary>
    public HostTask Back(DateTimeOffset now, string? detail) => To(HostTaskStatus.Staging, now, detail) with
    {
        InstallAttempt = Seen.GetValueOrDefault(TicketKind.Install),
        Ticket = Seen.ContainsKey(TicketKind.Install) ? Ticket : null,
        IsDelivered = false,
        IsStarted = false,
        StartedAt = null,
        IsDead = false,
        LastExit = null,
        LogCursor = 0,
    };

    /// <summary>
    /// The same task as a person has it tried again: attempts count anew, and the host may have lost files and checks since they were
    /// delivered. A ticket that was given up on while it ran is still owed its tombstone.
    /// </summary>
    public HostTask Anew() => this with
    {
        Repeats = 0,
        IsMending = false,
        IsDelivered = false,
        Uncompleted = Status == HostTaskStatus.NeedsAttention && IsStarted && !IsDead && Ticket is not null && !Uncompleted.Contains(Ticket) ? Uncompleted.Add(Ticket) : Uncompleted,
    };

    // The host has the ticket: its next attempt is another one.
    private HostTask Confirmed(DateTimeOffset now) => IsStarted
        ? this
        : this with { IsStarted = true, StartedAt = now, Seen = Seen.SetItem(TicketId!.Kind, TicketId.Attempt) };
}
