using System.Collections.Immutable;
using Dapper;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Matching;

/// <summary>Which host lacks which fix, and since when. What is open begins once and for all: that is why it is kept.</summary>
internal sealed class ExposureStore(Database database)
{
    /// <summary>How long it is kept that something was closed.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(400);

    private const int MostNames = 500;

    /// <summary>All rows of a host, also those that have ended.</summary>
    public ImmutableArray<StoredExposure> Of(string host) =>
        [.. database.Read(c => c.Query<StoredExposure>($"SELECT {StoredExposure.Columns} FROM exposures WHERE host = @host", new { host }).ToList())];

    /// <summary>The hosts that are open to one of these vulnerabilities.</summary>
    public IReadOnlyCollection<string> HostsWith(IEnumerable<string> vulnerabilities) => database.Read(c => vulnerabilities.Chunk(MostNames)
        .SelectMany(some => c.Query<string>("SELECT DISTINCT host FROM exposures WHERE ended IS NULL AND vulnerability IN @some", new { some }))
        .ToHashSet(StringComparer.Ordinal));

    /// <summary>The vulnerabilities that are open on any host.</summary>
    public IReadOnlyCollection<string> OpenVulnerabilities() => database.Read(c => c.Query<string>("SELECT DISTINCT vulnerability FROM exposures WHERE ended IS NULL").AsList());

    /// <summary>Writes rows.</summary>
    public Task SaveAsync(IReadOnlyCollection<StoredExposure> rows, CancellationToken cancel) => rows.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        (c, t) => c.Execute(
            """
            INSERT INTO exposures (host, package, arch, vulnerability, version, answer, fixed, advisories, note, held, standing, priority, rank, reasons,
              since, fix_since, due, risk_at, ended, ended_by)
            VALUES (@Host, @Package, @Arch, @Vulnerability, @Version, @Answer, @Fixed, @Advisories, @Note, @Held, @Standing, @Priority, @Rank, @Reasons,
              @Since, @FixSince, @Due, @RiskAt, @Ended, @EndedBy)
            ON CONFLICT (host, package, arch, vulnerability) DO UPDATE SET version = excluded.version, answer = excluded.answer, fixed = excluded.fixed,
              advisories = excluded.advisories, note = excluded.note, held = excluded.held, standing = excluded.standing, priority = excluded.priority,
              rank = excluded.rank, reasons = excluded.reasons, since = excluded.since, fix_since = excluded.fix_since, due = excluded.due,
              risk_at = excluded.risk_at, ended = excluded.ended, ended_by = excluded.ended_by
            """,
            rows,
            t),
        cancel);

    /// <summary>Removes what is kept of other hosts than these, and what was closed long ago.</summary>
    public Task ForgetAsync(IReadOnlyCollection<string> hosts, DateTimeOffset now, CancellationToken cancel)
    {
        var gone = database.Read(c => c.Query<string>("SELECT DISTINCT host FROM exposures").ToList()).Except(hosts, StringComparer.Ordinal).ToList();
        return database.WriteAsync(
            (c, t) =>
            {
                c.Execute("DELETE FROM exposures WHERE host = @host", gone.Select(host => new { host }), t);
                c.Execute("DELETE FROM exposures WHERE ended < @before", new { before = Utc.Text(now - Kept) }, t);
            },
            cancel);
    }
}
