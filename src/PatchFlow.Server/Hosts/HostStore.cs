using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Hosts;

/// <summary>The epoch and plan sequence after overtaking, and the hosts that were ahead.</summary>
internal sealed record Overtaken(long Epoch, long Sequence, ImmutableArray<AheadHost> Hosts);

/// <summary>
/// The hosts. What a person decides (add, enrol, labels, retire) is saved by compare-and-swap with its audit entry in the
/// same transaction; what was merely seen (inventory, last contact) is noted on whatever the row is by then. Rows are never
/// deleted, so that an id is never reused.
/// </summary>
internal sealed class HostStore(Database database, TimeProvider time)
{
    private const int ErrorLimit = 2000;
    private static readonly TimeSpan MostAhead = TimeSpan.FromMinutes(5);

    /// <summary>The host, or null.</summary>
    public HostRow? Find(string id) => database.Read(connection => Find(connection, id));

    /// <inheritdoc cref="Find(string)"/>
    public static HostRow? Find(SqliteConnection connection, string id) =>
        connection.QuerySingleOrDefault<Row>("SELECT revision, body FROM hosts WHERE id = @id", new { id })?.Host;

    /// <summary>The host.</summary>
    /// <exception cref="KeyNotFoundException">There is none with that id.</exception>
    public HostRow Get(string id) => Find(id) ?? throw new KeyNotFoundException(Unknown(id));

    /// <summary>All hosts in order of their ids, retired ones too.</summary>
    public ImmutableArray<HostRow> All() => database.Read(connection => All(connection));

    /// <inheritdoc cref="All()"/>
    public static ImmutableArray<HostRow> All(SqliteConnection connection) =>
        [.. connection.Query<Row>("SELECT revision, body FROM hosts ORDER BY id").Select(row => row.Host)];

    /// <summary>The hosts that are matched against advisories, in order of their ids: the enrolled and the reported ones.</summary>
    public ImmutableArray<HostRow> Matched() => [.. All().Where(host => host.IsMatched)];

    /// <summary>The enrolled hosts in order of their ids.</summary>
    public ImmutableArray<HostRow> Enrolled() => [.. All().Where(host => host.State == HostState.Enrolled)];

    /// <summary>Adds a host. The audit entry is written with it.</summary>
    /// <exception cref="ArgumentException">A value is outside its grammar, or the id is taken (by a retired host, too).</exception>
    public Task<HostRow> AddAsync(HostRow row, Audit audit, CancellationToken cancel = default)
    {
        HostNames.Check(row);
        row = row with { AddedAt = time.GetUtcNow() };
        return database.WriteAsync(
            (connection, transaction) =>
            {
                if (Find(connection, row.Id) is { } taken)
                {
                    throw new ArgumentException($"the id '{row.Id}' is taken ({taken.State}, {taken.Address}): ids are never reused, choose another");
                }

                AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
                connection.Execute(
                    "INSERT INTO hosts (id, revision, state, grp, body) VALUES (@id, 1, @state, @grp, @body)", Columns(row), transaction);
                return row with { Revision = 1 };
            },
            cancel);
    }

    /// <summary>
    /// Saves what a person decided, by compare-and-swap on <see cref="HostRow.Revision"/>, with its audit entry. Answers the
    /// saved row; null where somebody else saved first: nothing was written then, read again.
    /// </summary>
    /// <exception cref="ArgumentException">A value is outside its grammar, or a retired host would come back.</exception>
    public Task<HostRow?> SaveAsync(HostRow row, Audit audit, CancellationToken cancel = default)
    {
        HostNames.Check(row);
        return database.WriteAsync(
            (connection, transaction) =>
            {
                RefuseRetired(Find(connection, row.Id));
                if (!Update(connection, transaction, row))
                {
                    return null;
                }

                AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
                return row with { Revision = row.Revision + 1 };
            },
            cancel);
    }

    /// <summary>Changes the host as it is by then, with the audit entry in the same transaction. Answers the saved row.</summary>
    /// <exception cref="ArgumentException">A value is outside its grammar, or the host is retired.</exception>
    public Task<HostRow> ChangeAsync(string id, Func<HostRow, HostRow> change, Audit audit, CancellationToken cancel = default) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var row = Find(connection, id) ?? throw new KeyNotFoundException(Unknown(id));
                RefuseRetired(row);
                var changed = change(row);
                HostNames.Check(changed);
                AuditLog.Append(connection, transaction, audit, time.GetUtcNow());
                Update(connection, transaction, changed);
                return changed with { Revision = row.Revision + 1 };
            },
            cancel);

    /// <summary>Notes an answer: the host was seen, without error.</summary>
    public Task SeenAsync(string id, CancellationToken cancel = default) =>
        NoteAsync(id, row => row with { LastSeen = time.GetUtcNow(), LastError = null }, cancel);

    /// <summary>Notes that the host can't be used, and why.</summary>
    public Task FailedAsync(string id, string error, CancellationToken cancel = default) =>
        NoteAsync(id, row => row with { LastError = error.Length <= ErrorLimit ? error : error[..ErrorLimit] }, cancel);

    /// <summary>
    /// Keeps an inventory's bytes and makes it the host's last one. A host that has seen a higher epoch or plan sequence than this database
    /// has says so, and nothing begins anywhere then. Answers the inventory's digest.
    /// </summary>
    public Task<Digest> InventoryAsync(string id, byte[] bytes, long epoch, long sequence, CancellationToken cancel = default) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var now = time.GetUtcNow();
                var digest = Documents.Put(connection, transaction, "inventory", bytes, now);
                Installation.Compare(connection, transaction, id, epoch, sequence);
                var row = Find(connection, id) ?? throw new KeyNotFoundException(Unknown(id));
                Update(connection, transaction, row with { Inventory = digest, InventoryAt = now, LastSeen = now, LastError = null, Epoch = epoch });
                return digest;
            },
            cancel);

    /// <summary>
    /// Keeps what is reported of a host and makes it its last inventory, with the audit entry; a host that is not known is made known. Answers the
    /// saved row.
    /// </summary>
    /// <param name="id">The host.</param>
    /// <param name="group">Its group; null where it is known.</param>
    /// <param name="report">The report.</param>
    /// <param name="taken">When it was taken on the host; null where that is not told, which is taken for now.</param>
    /// <param name="audit">Who reports.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="ArgumentException">A value is outside its grammar, or the host is another's: enrolled, retired, or of another group.</exception>
    public Task<HostRow> ReportAsync(string id, string? group, byte[] report, DateTimeOffset? taken, Audit audit, CancellationToken cancel = default) => database.WriteAsync(
        (connection, transaction) =>
        {
            var now = time.GetUtcNow();
            var known = Find(connection, id);
            var row = ReportedRow(known, id, group) with
            {
                Inventory = Documents.Put(connection, transaction, "report", report, now),
                InventoryAt = TakenAt(known, id, taken, now),
                LastSeen = now,
                AddedAt = known?.AddedAt ?? now,
            };
            HostNames.Check(row);
            AuditLog.Append(connection, transaction, audit with { Digest = row.Inventory }, now);
            if (known is null)
            {
                connection.Execute("INSERT INTO hosts (id, revision, state, grp, body) VALUES (@id, 1, @state, @grp, @body)", Columns(row), transaction);
                return row with { Revision = 1 };
            }

            Update(connection, transaction, row);
            return row with { Revision = row.Revision + 1 };
        },
        cancel);

    // A report that comes late must not bring back what was mended since, and one from the future would never grow old.
    private static DateTimeOffset TakenAt(HostRow? known, string id, DateTimeOffset? taken, DateTimeOffset now)
    {
        if (taken > now + MostAhead)
        {
            throw new ArgumentException($"the report of {id} was taken at {taken:u}, which is in the future: check the clock of the host, and of this machine");
        }

        // A report without a time is as new as its arrival, to the fraction of a second that times of reports don't have.
        return taken is { } at && known?.InventoryAt is { } before && at < CanonicalTime.ToSeconds(before)
            ? throw new ArgumentException($"the report of {id} was taken at {at:u}, before the one of {before:u} which is known: nothing of it was taken")
            : taken ?? now;
    }

    private static HostRow ReportedRow(HostRow? known, string id, string? group)
    {
        RefuseRetired(known);
        return known switch
        {
            null => new HostRow { Id = id, Address = "", Group = group ?? throw new ArgumentException($"host {id} is not known yet: give the group that it shall be in"), State = HostState.Reported },
            { State: not HostState.Reported } => throw new ArgumentException($"host {id} is {known.State.ToString().ToLowerInvariant()}, and says itself what it has: choose another id for what is reported"),
            _ when group is not null && group != known.Group => throw new ArgumentException($"host {id} is in group {known.Group}: leave the group out; an administrator can change it"),
            _ => known,
        };
    }

    /// <summary>
    /// Goes on from what hosts have seen, with a higher epoch and its audit entry. Answers the new numbers and the hosts that were ahead;
    /// null where none was: nothing was written then.
    /// </summary>
    public Task<Overtaken?> OvertakeAsync(Audit audit, CancellationToken cancel = default) => database.WriteAsync(
        (connection, transaction) =>
        {
            if (Installation.Beyond(connection) is [var (host, seenEpoch, seenSequence), ..])
            {
                throw new ArgumentException(
                    $"{host} says that it has seen epoch {seenEpoch} and plan sequence {seenSequence}: no copy of this installation came that far, so it is not overtaken; retire {host}, and look at who was on it");
            }

            RefuseOpen(Installation.Undecided(connection));
            var hosts = Installation.Overtake(connection, transaction);
            if (hosts.IsEmpty)
            {
                return null;
            }

            var (epoch, sequence) = (Installation.Epoch(connection), Installation.Sequence(connection));
            var details = audit.Details.Add($"epoch {epoch} sequence {sequence}").AddRange(Note.List("host", hosts.Select(h => $"{h.Host} had epoch {h.Epoch} sequence {h.Sequence}")));
            AuditLog.Append(connection, transaction, audit with { Details = details }, time.GetUtcNow());
            return new Overtaken(epoch, sequence, hosts);
        },
        cancel);

    private Task NoteAsync(string id, Func<HostRow, HostRow> note, CancellationToken cancel) =>
        database.WriteAsync(
            (connection, transaction) =>
            {
                var row = Find(connection, id) ?? throw new KeyNotFoundException(Unknown(id));
                Update(connection, transaction, note(row));
            },
            cancel);

    // The copy knows them as they were then. Since, they may have been rejected, halted, aborted or finished.
    private static void RefuseOpen(ImmutableArray<string> changes)
    {
        if (!changes.IsEmpty)
        {
            throw new ArgumentException(
                $"{string.Join(", ", changes.Take(5))}{(changes.Length > 5 ? $" and {changes.Length - 5} more" : "")} would go on as this old copy knows them, whatever was decided since: cancel them with 'patchflow rollout cancel', or abort those that roll out with 'patchflow rollout abort'; what still applies is proposed anew afterwards");
        }
    }

    private static void RefuseRetired(HostRow? row)
    {
        if (row is { State: HostState.Retired })
        {
            throw new ArgumentException($"host {row.Id} is retired, which is for good: add it under another id");
        }
    }

    private static bool Update(SqliteConnection connection, SqliteTransaction transaction, HostRow row) =>
        1 == connection.Execute(
            "UPDATE hosts SET revision = revision + 1, state = @state, grp = @grp, body = @body WHERE id = @id AND revision = @revision",
            Columns(row),
            transaction);

    private static object Columns(HostRow row) => new
    {
        id = row.Id,
        revision = row.Revision,
        state = row.State.ToString(),
        grp = row.Group,
        body = HostJson.Write(row),
    };

    private static string Unknown(string id) => $"there is no host '{HostAnswer.Clean(id)}': see 'patchflow hosts list'";

    private sealed record Row(long Revision, string Body)
    {
        public HostRow Host => HostJson.Read(Body, Revision);
    }
}
