using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Reconcile;

/// <summary>The effects on hosts. Each can be repeated at will: what a host has is not sent twice, what it runs is a ticket.</summary>
internal sealed class HostEffects(Database database, Documents documents, HostStore hosts, ReconcileSources sources, TimeProvider time)
{
    // A status answers at most this many bytes of log; a full one means that there may be more.
    private const int StatusBytes = 256 * 1024;
    private const int LaunchFailed = 62;
    private const int WaitingAtOnce = 16;
    private const int WaitSeconds = 5;
    private int _waiting;

    /// <summary>Compares the host with the plan, and delivers what it lacks.</summary>
    public async Task<HostOutcome> DeliverAsync(HostTask task, Loaded from, CancellationToken cancel)
    {
        var protocol = new HostProtocol(sources.Channel(task.Host));
        var (bytes, inventory) = await protocol.InventoryAsync(cancel);
        var content = ContentPart.Parse(documents.Get(task.Content));
        if (HostFit.WhyAlarming(inventory, task.Host, database.Read(Installation.Epoch), database.Read(Installation.Sequence)) is { } alarm)
        {
            if (inventory.Host == task.Host)
            {
                await database.WriteAsync((c, t) => Installation.Compare(c, t, task.Host, inventory.Epoch, inventory.Sequence), cancel);
            }

            return new(new Outcome.Failed(FailureKind.Alarming, alarm), null);
        }

        await hosts.InventoryAsync(task.Host, bytes, inventory.Epoch, inventory.Sequence, cancel);
        if (HostFit.WhyDrifted(inventory, content) is { } drift)
        {
            return new(new Outcome.Drifted(drift), null);
        }

        return await UploadAsync(protocol, task, content.Files, from.Facts.Plan!, cancel) is { } missing
            ? new(new Outcome.Failed(FailureKind.Permanent, missing), null)
            : new(new Outcome.Delivered(), null);
    }

    /// <summary>Gives the host its ticket; null where nothing may begin any more, and nothing was sent.</summary>
    public async Task<HostOutcome?> StartAsync(HostTask task, Loaded from, CancellationToken cancel)
    {
        var protocol = new HostProtocol(sources.Channel(task.Host));
        var ticket = task.TicketId!;
        var content = documents.Get(task.Content);
        var targets = Targets.Parse(documents.Get(from.Change.Targets[task.Wave]));
        // The row says which targets; only the head, which the board approved, says that they are the right ones.
        from.Facts.Plan!.RequireTargets(task.Wave, targets);
        // What was delivered may be gone since: a damaged file is removed where it is found. Checks are small enough to look each time.
        var needsFiles = ticket.Kind == TicketKind.Rollback || !task.IsDelivered;
        if (needsFiles || ticket.Kind != TicketKind.Install)
        {
            var files = needsFiles ? ContentPart.Parse(content).Files : [];
            if (await UploadAsync(protocol, task, files, from.Facts.Plan!, cancel) is { } missing)
            {
                return new(new Outcome.Failed(FailureKind.Permanent, missing), null);
            }
        }

        var parts = new PlanParts(documents.Get(task.Plan), content, documents.Get(from.Facts.Plan!.Checks));
        var start = StartInput.ForHost(ticket, database.Read(Installation.Epoch), parts, task.Wave, targets.Hosts[task.Leaf], targets.ProofFor(task.Leaf));
        // The last look before it goes out: an upload may have taken minutes. What is on its way can't be called back (ADR 7).
        if (ticket.Kind == TicketKind.Install && !task.IsMending && !MayStillBegin(from))
        {
            return null;
        }

        try
        {
            await protocol.StartAsync(ticket, start.ToBytes(), cancel);
        }
        catch (HostRefusedException e) when (e.ExitCode == LaunchFailed)
        {
            // The host has the ticket, and has fenced it: its state says so.
        }

        return new(new Outcome.Started(), null);
    }

    // An approval may have expired meanwhile, or a host have said that this server is an old copy.
    private bool MayStillBegin(Loaded from)
    {
        var (stands, behind) = database.Read(c => (ChangeStore.Stands(c, null, from), Installation.WhyBehind(c)));
        var pipeline = PipelineFile.Parse($"{from.Change.Pipeline}.yaml", documents.Get(from.Change.Policy!.Value));
        return stands && Planner.MayBegin(from.Change, from.Facts with { Behind = behind }, pipeline, time.GetUtcNow());
    }

    /// <summary>Asks how the ticket stands.</summary>
    public async Task<HostOutcome> AskAsync(HostTask task, CancellationToken cancel)
    {
        var status = await StatusAsync(task, cancel);
        var words = status.Log.IsEmpty ? null : new TicketWords(task.Ticket!, status.Log);
        var isMore = status.Log.Length >= StatusBytes;
        var standing = isMore && status.State == TicketState.Exited ? TicketStanding.Running : Standing(status.State);
        if (standing == TicketStanding.Exited && task.TicketId!.Kind is TicketKind.Install or TicketKind.Rollback)
        {
            await sources.Drop(task.Host);
        }

        return new(new Outcome.Told(standing, status.ExitCode, status.NextCursor, Said(task, status)), words);
    }

    // A host that runs a ticket is asked to answer at its end: asking each second would cost it more than the answer is worth. Only some
    // wait at once, since each of them holds a place that another host's step may need.
    private async Task<TicketStatus> StatusAsync(HostTask task, CancellationToken cancel)
    {
        var protocol = new HostProtocol(sources.Channel(task.Host));
        try
        {
            var wait = Interlocked.Increment(ref _waiting) <= WaitingAtOnce ? WaitSeconds : 0;
            return await protocol.StatusAsync(task.TicketId!, task.LogCursor, wait, cancel);
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    /// <summary>Lets the host leave a tombstone; after the last one it says once more what it has now.</summary>
    public async Task<HostOutcome> CompleteAsync(CompleteTicket step, CancellationToken cancel)
    {
        var protocol = new HostProtocol(sources.Channel(step.Task.Host));
        await protocol.CompleteAsync(TicketId.Parse(step.Ticket), cancel);
        if (step.Task.Uncompleted.Length == 1)
        {
            var (bytes, inventory) = await protocol.InventoryAsync(cancel);
            await hosts.InventoryAsync(step.Task.Host, bytes, inventory.Epoch, inventory.Sequence, cancel);
        }

        return new(new Outcome.Completed(step.Ticket), null);
    }

    private string? Said(HostTask task, TicketStatus status) => status is { State: TicketState.Exited, ExitCode: not 0 }
        ? TicketWords.LastComplaint([.. TicketWords.Read(database, task.Ticket!) ?? [], .. status.Log.Span])
        : null;

    // Null when everything is there, else what this server lacks itself.
    private async Task<string?> UploadAsync(HostProtocol protocol, HostTask task, ImmutableArray<PackageFile> files, SealedPlan plan, CancellationToken cancel)
    {
        var staged = await protocol.StagedAsync(cancel);
        foreach (var file in files.Where(f => !staged.Contains(f.Digest)))
        {
            if (sources.File(file.Digest) is not { } path)
            {
                return $"{file.Name} {file.Version} ({file.Digest.Short}) of the plan is not kept here any more: restore the data directory, or propose the change again";
            }

            await using var bytes = File.OpenRead(path);
            await protocol.StageAsync(file.Digest, file.SizeBytes, bytes, cancel);
        }

        var checks = ChecksPart.Parse(documents.Get(plan.Checks)).Checks.Where(c => c.Profile == task.Profile && !staged.Contains(c.Digest));
        foreach (var check in checks.DistinctBy(c => c.Digest))
        {
            var bytes = documents.Get(check.Digest);
            await protocol.StageAsync(check.Digest, bytes.Length, new MemoryStream(bytes, writable: false), cancel);
        }

        return null;
    }

    private static TicketStanding Standing(TicketState state) => state switch
    {
        TicketState.Absent => TicketStanding.Absent,
        TicketState.Pending => TicketStanding.Pending,
        TicketState.Running => TicketStanding.Running,
        TicketState.Exited => TicketStanding.Exited,
        TicketState.Interrupted => TicketStanding.Interrupted,
        TicketState.Lost => TicketStanding.Lost,
        TicketState.Done => TicketStanding.Done,
        _ => throw new InvalidOperationException($"unknown state {state}"),
    };
}
