using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Planning;

/// <summary>What is to be done now. No step blocks: anything long is a start and a poll.</summary>
public abstract record Step
{
    private protected Step()
    {
    }

    /// <summary>At most one step with this key is at work at once.</summary>
    public abstract string Key { get; }

    private protected static string KeyOf(long change) => $"change:{change}";

    private protected static string KeyOf(HostTask task) => $"change:{task.Change}/{task.Host}";
}

/// <summary>What the audit log gets, in the same transaction.</summary>
/// <param name="Action">For example <c>change.seal</c>.</param>
/// <param name="Details">Free text.</param>
/// <param name="Digest">What it is about.</param>
/// <param name="Actor"><c>system</c>, or the person whose command it carries out.</param>
public sealed record Note(string Action, ImmutableArray<string> Details, Digest? Digest = null, string Actor = "system")
{
    private const int Shown = 20;

    /// <summary>
    /// Details that name each item, or, of more than an entry has room for, how many they are with the digest of the lines: an entry has
    /// a limit, and nothing of it is cut silently. The digest is over the items in bytewise order, each ended by LF.
    /// </summary>
    /// <param name="name">What one item is, for example <c>host</c>.</param>
    /// <param name="items">The items.</param>
    public static ImmutableArray<string> List(string name, IEnumerable<string> items)
    {
        var sorted = items.Order(StringComparer.Ordinal).ToList();
        return sorted.Count <= Shown
            ? [.. sorted.Select(item => $"{name} {item}")]
            : [$"{name}s {sorted.Count} {Documents.Digest.Of(Encoding.UTF8.GetBytes(string.Concat(sorted.Select(item => $"{item}\n"))))}"];
    }
}

/// <summary>A document to keep in the same transaction.</summary>
public sealed record KeptDocument(string Kind, byte[] Bytes);

/// <summary>The change goes on; nothing but the database is touched.</summary>
public sealed record SaveChange(Change Next, Note Note) : Step
{
    /// <summary>Documents that belong to it.</summary>
    public ImmutableArray<KeptDocument> Documents { get; init; } = [];

    /// <summary>Host tasks that change with it.</summary>
    public ImmutableArray<HostTask> Tasks { get; init; } = [];

    /// <summary>The command that it carries out, with the answer to it.</summary>
    public CommandAnswer? Answer { get; init; }

    /// <summary>Whether it lets something begin on a host: then no decision may have come in since it was planned.</summary>
    public bool Begins { get; init; }

    /// <inheritdoc/>
    public override string Key => KeyOf(Next.Id);
}

/// <summary>A command is answered; the change stays as it is.</summary>
public sealed record AnswerCommand(long Change, CommandAnswer Answer, Note Note) : Step
{
    /// <summary>The host task that it changes; null where it only refuses.</summary>
    public HostTask? Task { get; init; }

    /// <inheritdoc/>
    public override string Key => KeyOf(Change);
}

/// <summary>A host's task goes on; nothing but the database is touched.</summary>
/// <param name="Next">The task.</param>
/// <param name="Note">The audit entry: it precedes the effect that follows.</param>
/// <param name="Begins">Whether it lets something begin on a host: then nothing that it was planned from may have changed meanwhile.</param>
public sealed record SaveTask(HostTask Next, Note Note, bool Begins) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Next);
}

/// <summary>A run of long work begins inside the server.</summary>
public sealed record BeginWork(Change Next, WorkKind Kind, int Number, Note Note) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Next.Id);
}

/// <summary>A run whose worker is gone counts for nothing.</summary>
public sealed record LoseWork(WorkRun Run, Note Note) : Step
{
    /// <summary>Whether it is lost since nobody works on it, and not since nobody wants it.</summary>
    public bool IsWorkerGone { get; init; }

    /// <inheritdoc/>
    public override string Key => KeyOf(Run.Change);
}

/// <summary>The plan is sealed from what resolving found and the pipeline as it is now.</summary>
public sealed record SealPlan(Change Change, Digest Found) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Change.Id);
}

/// <summary>The host's state is compared with the plan, and the files that it lacks are delivered.</summary>
public sealed record Deliver(HostTask Task) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Task);
}

/// <summary>The host is given the task's ticket; a second time changes nothing.</summary>
public sealed record StartTicket(HostTask Task) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Task);
}

/// <summary>The host is asked how the task's ticket stands.</summary>
public sealed record AskTicket(HostTask Task) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Task);
}

/// <summary>The host is told that a ticket's outcome is kept.</summary>
public sealed record CompleteTicket(HostTask Task, string Ticket) : Step
{
    /// <inheritdoc/>
    public override string Key => KeyOf(Task);
}
