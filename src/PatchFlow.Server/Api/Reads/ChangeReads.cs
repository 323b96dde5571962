using System.Collections.Immutable;
using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>The read side of changes.</summary>
internal sealed class ChangeReads(Database database, BoardReads board)
{
    private const int MostCves = 1000;
    private const string CommandColumns = "SELECT id, action, host, subject, reason, at, applied_at AS AppliedAt, answer FROM commands";

    /// <summary>All changes with the number of waves of their plans.</summary>
    public ImmutableArray<(Change Change, int Waves)> All() => database.Read(c =>
        Rows.Changes(c).ToList().Select(change => (change, change.Targets.Length)).ToImmutableArray());

    /// <summary>Resolving and sandbox runs at work now.</summary>
    public ImmutableArray<WorkRun> Running() => database.Read(c =>
        c.Query<RunRow>("SELECT id, revision, body FROM work_runs WHERE status = @status ORDER BY id", new { status = nameof(WorkStatus.Running) })
            .Select(r => StateJson.Read<WorkRun>(r.Body) with { Id = r.Id, Revision = r.Revision }).ToImmutableArray());

    /// <summary>The change with everything about it.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public ChangeFile Get(string id)
    {
        var number = ChangeId.Parse(id);
        return database.Read(c => ChangeFile.Find(c, number)) ?? throw ChangeId.Unknown();
    }

    /// <summary>The change as the board reads it.</summary>
    public ChangeView View(string id, Caller caller)
    {
        var file = Get(id);
        var (change, contents) = (file.Change, file.Contents);
        var upgrades = contents.IsEmpty ? change.Patches.Select(p => p) : contents.SelectMany(c => c.Upgrades);
        return new(
            Wire.Summary(change, file.Plan?.Waves.Length ?? 0),
            change.ProposedBy,
            change.TriggeredBy,
            change.Hosts,
            [.. upgrades.Select(u => new UpgradeView(u.Name, u.Arch, u.From, u.To)).Distinct().OrderBy(u => u.Name, StringComparer.Ordinal).ThenBy(u => u.From, StringComparer.Ordinal)],
            Packages(contents.SelectMany(c => c.Installs)),
            Packages(contents.SelectMany(c => c.Irreversible)),
            [.. contents.SelectMany(c => c.Restarts).Distinct().Order(StringComparer.Ordinal)],
            contents.Any(c => c.Reboot),
            change.Cves,
            file.Plan is { } plan ? Wire.Of(plan, change.Plan!.Value) : null,
            file.Tested is { } run ? Wire.Of(run) : null,
            file.NotTested,
            board.Of(file, caller),
            change.RolloutAt is null ? null : RolloutReads.Of(file),
            RankOf(change));
    }

    // Also of what is mended by now: why the change was urgent stays worth knowing. The database sorts; hosts may be thousands, CVEs are few.
    private RankView? RankOf(Change change)
    {
        if (change.Cves.IsEmpty)
        {
            return null;
        }

        var hosts = change.Hosts.ToHashSet(StringComparer.Ordinal);
        return database.Read(c => c.Query<RankRow>(
            "SELECT host, vulnerability, priority, reasons FROM exposures WHERE vulnerability IN @cves ORDER BY rank, host", new { cves = change.Cves.Take(MostCves) }, buffered: false)
            .Where(r => hosts.Contains(r.Host))
            .Select(r => new RankView(Enum.Parse<ExposurePriority>(r.Priority), r.Vulnerability, r.Host, StoredExposure.Texts(r.Reasons)))
            .FirstOrDefault());
    }

    /// <summary>A document that the change names.</summary>
    /// <exception cref="RefusedException">It has none yet.</exception>
    public byte[] Document(string id, Func<ChangeFile, Digest?> which, string what)
    {
        var file = Get(id);
        return which(file) is { } digest
            ? database.Read(c => Documents.Find(c, digest)) ?? throw new InvalidDataException($"document {digest} is not in the database: restore it from a backup")
            : throw RefusedException.NotFound($"{file.Change.Name} has no {what}: it is {file.Change.Status}");
    }

    /// <summary>The commands to a change, oldest first.</summary>
    public ImmutableArray<CommandView> Commands(long change) => database.Read(c =>
        c.Query<CommandRow>($"{CommandColumns} WHERE change_id = @change ORDER BY id", new { change }).Select(r => r.View).ToImmutableArray());

    /// <summary>The tasks of a host over all changes.</summary>
    public ImmutableArray<HostTask> TasksOf(string host) => database.Read(c =>
        c.Query<TaskRow>("SELECT revision, body FROM host_tasks WHERE host = @host ORDER BY change_id", new { host })
            .Select(r => StateJson.Read<HostTask>(r.Body) with { Revision = r.Revision }).ToImmutableArray());

    /// <summary>What a host's tickets in a change said, each under its name.</summary>
    public byte[] Log(long change, string host)
    {
        using var log = new MemoryStream();
        foreach (var ticket in TicketWords.TicketsOf(database, change, host))
        {
            log.Write(System.Text.Encoding.UTF8.GetBytes($"== {ticket}\n"));
            log.Write(TicketWords.Read(database, ticket) ?? []);
        }

        return log.ToArray();
    }

    private static PackageView[] Packages(IEnumerable<PackageVersion> packages) =>
        [.. packages.Select(p => new PackageView(p.Name, p.Arch, p.Version)).Distinct().OrderBy(p => p.Name, StringComparer.Ordinal)];

    private sealed record RankRow(string Host, string Vulnerability, string Priority, string Reasons);

    private sealed record RunRow(long Id, long Revision, string Body);

    private sealed record TaskRow(long Revision, string Body);

    private sealed record CommandRow(long Id, string Action, string? Host, string Subject, string? Reason, string At, string? AppliedAt, string? Answer)
    {
        private const string Done = "done: ";
        private const string Refused = "refused: ";

        public CommandView View => new(
            Id,
            Enum.Parse<CommandKind>(Action),
            Host,
            Subject,
            Reason,
            Utc.Time(At),
            Utc.TimeOrNull(AppliedAt),
            Answer is null ? null : Answer.StartsWith(Done, StringComparison.Ordinal),
            Answer?.Replace(Answer.StartsWith(Done, StringComparison.Ordinal) ? Done : Refused, "", StringComparison.Ordinal));
    }
}
