using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Matching;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>Which hosts lack which fix, cut and counted in the database.</summary>
internal sealed class ExposureReads(
    Database database, FeedReads feeds, AdvisoryReads advisories, HostStore hosts, HostFilters filters, FleetExposure fleet, ReportAges ages, TimeProvider time)
{
    /// <summary>The fields that the list can be sorted by.</summary>
    public static readonly string[] Sorts = ["rank", "host", "since"];

    private const int MostBlind = 100;
    private const string NotYet = "what it has now was not matched yet: ask again in a moment";

    // How a deadline stands depends on the time at which one asks.
    private const string Standing = """
        CASE WHEN due IS NULL OR ended_by = 'NoLongerApplies' THEN 'None'
             WHEN ended IS NOT NULL THEN CASE WHEN ended <= due THEN 'Met' ELSE 'Missed' END
             WHEN @now > due THEN 'Missed' WHEN @now >= risk_at THEN 'AtRisk' ELSE 'OnTime' END
        """;

    private static readonly Keyset ByRank = new("rank", "host", "package", "arch", "vulnerability");
    private static readonly Keyset ByHost = new("host", "rank", "package", "arch", "vulnerability");
    private static readonly Keyset BySince = new("since", "rank", "host", "package", "arch", "vulnerability");

    /// <summary>The part that the request asks for.</summary>
    /// <exception cref="RefusedException">There is no such host or group: it must not pass for one that lacks nothing.</exception>
    public ExposurePage Page(ListRequest list)
    {
        filters.RefuseUnknown(list);
        var keyset = list.Sort switch { "host" => ByHost, "since" => BySince, _ => ByRank };
        var (cve, parameters) = (list.Text("cve"), Parameters(list));
        keyset.Bind(list, parameters);
        var where = Where(list);
        var (rows, counts) = database.Read(c => (
            c.Query<Row>(
                $"SELECT {StoredExposure.Columns}, grp, {Standing} AS Deadline FROM exposures JOIN hosts ON id = host WHERE {where} AND {keyset.After(list)} ORDER BY {keyset.Order(list)} LIMIT @limit",
                parameters).AsList(),
            c.Query<(string Standing, long Count)>($"SELECT {Standing}, COUNT(*) FROM exposures JOIN hosts ON id = host WHERE {where} GROUP BY 1", parameters).AsList()));
        var items = rows.Take(list.Limit).ToList();
        var asked = Asked(list);
        return new(
            [.. items.Select(r => r.View())],
            rows.Count > items.Count ? Cursor(list, items[^1]) : null,
            counts.Sum(c => c.Count),
            counts.ToDictionary(c => Enum.Parse<DeadlineStanding>(c.Standing), c => c.Count),
            cve is null ? null : advisories.CountOf(cve),
            [.. Blind().Concat(Apart(list)).Where(b => asked(b.Host)).Take(MostBlind)],
            [.. Old([.. hosts.Matched().Where(h => asked(h.Id))]).Take(MostBlind)],
            [.. feeds.Ill()],
            fleet.LookedAt);
    }

    // Of one that is not matched nothing is open, and nothing is known either.
    private IEnumerable<BlindHost> Apart(ListRequest list) => list.Text("host") is { } id && hosts.Find(id) is { IsMatched: false } host
        ? [new BlindHost(id, $"it is {host.State.ToString().ToLowerInvariant()}, and only hosts that are enrolled or reported on are matched")]
        : [];

    private IEnumerable<BlindHost> Old(IReadOnlyList<HostRow> matched)
    {
        var waiting = fleet.Unmatched(matched).Select(h => h.Id).ToHashSet(StringComparer.Ordinal);
        return matched.Select(h => (h.Id, Why: ages.Stale(h) ?? (waiting.Contains(h.Id) ? NotYet : null))).Where(h => h.Why is not null).Select(h => new BlindHost(h.Id, h.Why!));
    }

    // Of other hosts than those that were asked about nothing is said at all.
    private Func<string, bool> Asked(ListRequest list)
    {
        var (host, group) = (list.Text("host"), list.Text("group"));
        var members = group is null ? null : hosts.All().Where(h => h.Group == group).Select(h => h.Id).ToHashSet(StringComparer.Ordinal);
        return id => (host is null || host == id) && members?.Contains(id) != false;
    }

    private DynamicParameters Parameters(ListRequest list) => new(new
    {
        ids = advisories.Names(list.Text("cve")),
        host = list.Text("host"),
        group = list.Text("group"),
        package = list.Text("package"),
        answer = list.Value<ExposureAnswer>("answer")?.ToString(),
        priority = list.Value<ExposurePriority>("priority")?.ToString(),
        deadline = list.Value<DeadlineStanding>("deadline")?.ToString(),
        now = Utc.Text(time.GetUtcNow()),
        limit = list.Limit + 1,
    });

    private static string Where(ListRequest list) => $"""
        state IN ('Enrolled', 'Reported') AND ended IS {(list.Value<bool>("ended") == true ? "NOT NULL" : "NULL")}
        {(list.Text("cve") is null ? "" : "AND vulnerability IN @ids")}
        {(list.Text("host") is null ? "" : "AND host = @host")}
        AND (@group IS NULL OR grp = @group) AND (@package IS NULL OR package = @package) AND (@answer IS NULL OR answer = @answer)
        AND (@priority IS NULL OR priority = @priority) AND (@deadline IS NULL OR @deadline = {Standing})
        """;

    private static string Cursor(ListRequest list, Row row) => list.Sort switch
    {
        "host" => Keyset.Cursor(list, row.Host, row.Rank, row.Package, row.Arch, row.Vulnerability),
        "since" => Keyset.Cursor(list, row.Since, row.Rank, row.Host, row.Package, row.Arch, row.Vulnerability),
        _ => Keyset.Cursor(list, row.Rank, row.Host, row.Package, row.Arch, row.Vulnerability),
    };

    private IEnumerable<BlindHost> Blind() => hosts.Enrolled().Where(h => h.Inventory is null)
        .Select(h => new BlindHost(h.Id, h.LastError ?? "it has not told what it has yet"))
        .Concat(fleet.Blind.Select(b => new BlindHost(b.Host, b.Why)));

    private sealed class Row
    {
        public string Host { get; set; } = "";

        public string Grp { get; set; } = "";

        public string Package { get; set; } = "";

        public string Arch { get; set; } = "";

        public string Vulnerability { get; set; } = "";

        public string Version { get; set; } = "";

        public string Answer { get; set; } = "";

        public string? Fixed { get; set; }

        public string Advisories { get; set; } = "[]";

        public string? Note { get; set; }

        public long Held { get; set; }

        public string Standing { get; set; } = "";

        public string Priority { get; set; } = "";

        public string Rank { get; set; } = "";

        public string Reasons { get; set; } = "[]";

        public string Since { get; set; } = "";

        public string? FixSince { get; set; }

        public string? Due { get; set; }

        public string? Ended { get; set; }

        public string? EndedBy { get; set; }

        public string Deadline { get; set; } = "";

        public ExposureView View() => new(
            Host,
            Grp,
            Package,
            Arch,
            Vulnerability,
            Version,
            Enum.Parse<ExposureAnswer>(Answer),
            Fixed,
            StoredExposure.Texts(Advisories),
            Note,
            Held == 1,
            Standing == nameof(PackageStanding.RunningOlder),
            Enum.Parse<ExposurePriority>(Priority),
            StoredExposure.Texts(Reasons),
            Utc.Time(Since),
            Utc.TimeOrNull(FixSince),
            Utc.TimeOrNull(Due),
            Enum.Parse<DeadlineStanding>(Deadline),
            Utc.TimeOrNull(Ended),
            EndedBy is null ? null : Enum.Parse<ExposureEnd>(EndedBy));
    }
}
