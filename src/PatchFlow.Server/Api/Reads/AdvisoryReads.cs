using Dapper;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api.Reads;

/// <summary>What vendors say, in the snapshots in use of the feeds that are configured.</summary>
internal sealed class AdvisoryReads(Database database, FeedList feeds)
{
    /// <summary>The fields that the list can be sorted by.</summary>
    public static readonly string[] Sorts = ["id"];

    private const string Ghsa = "GHSA-";
    private const int MostAffected = 20;
    private const int MostCves = 50;
    private const int MostNames = 500;

    // CROSS JOIN fixes the order (SQLite): each advisory's few CVEs are looked up in the catalogue. Left to itself it goes through the whole catalogue for each.
    internal const string Where = """
        r.kind = 'advisory' AND r.body IS NOT NULL AND r.feed IN @names AND (@feed IS NULL OR r.feed = @feed)
        AND (@severity IS NULL OR r.severity = @severity)
        AND (@cve IS NULL OR r.id IN @ids OR EXISTS (SELECT 1 FROM advisory_cves c WHERE c.cve IN @ids AND c.feed = r.feed AND c.key = r.key))
        AND (@kev IS NULL OR @kev = EXISTS (
          SELECT 1 FROM advisory_cves c CROSS JOIN advisory_records k ON k.kind = 'kev' AND k.id = c.cve
          WHERE c.feed = r.feed AND c.key = r.key AND k.body IS NOT NULL AND k.feed IN @names))
        """;

    private static readonly Keyset ById = new("r.id", "r.feed", "r.key");

    /// <summary>The part that the request asks for.</summary>
    /// <exception cref="RefusedException">There is no such feed.</exception>
    public Page<AdvisoryView> Page(ListRequest list)
    {
        if (list.Text("feed") is { } feed && feeds.FindAdvisories(feed) is null)
        {
            throw RefusedException.NotFound($"there is no feed '{feed}' of vendors' documents: see 'patchflow feeds list'");
        }

        var parameters = new DynamicParameters(new
        {
            names = feeds.Advisories.Select(f => f.Name).ToArray(),
            feed = list.Text("feed"),
            severity = list.Value<AdvisorySeverity>("severity")?.ToString(),
            cve = list.Text("cve"),
            ids = Forms(list.Text("cve")),
            kev = list.Value<bool>("kev"),
            limit = list.Limit + 1,
        });
        ById.Bind(list, parameters);
        var (rows, total) = database.Read(c => (
            c.Query<Row>($"SELECT r.id, r.feed, r.key, r.body FROM advisory_records r WHERE {Where} AND {ById.After(list)} ORDER BY {ById.Order(list)} LIMIT @limit", parameters).AsList(),
            c.ExecuteScalar<long>($"SELECT COUNT(*) FROM advisory_records r WHERE {Where}", parameters)));
        var (items, threats) = (rows.Take(list.Limit).ToList(), new Threats(database, feeds));
        return new([.. items.Select(row => View(row, threats))], rows.Count > items.Count ? Keyset.Cursor(list, items[^1].Id, items[^1].Feed, items[^1].Key) : null, total);
    }

    /// <summary>How many advisories speak of a CVE.</summary>
    public long CountOf(string cve) => database.Read(c => c.ExecuteScalar<long>(
        $"SELECT COUNT(*) FROM advisory_records r WHERE {Where}",
        new { names = feeds.Advisories.Select(f => f.Name).ToArray(), feed = (string?)null, severity = (string?)null, cve, ids = Forms(cve), kev = (bool?)null }));

    /// <summary>
    /// How vendors may write the id that somebody asks for: as it was typed, in capitals as CVEs are, and <c>GHSA-</c> with small letters behind it. Other
    /// ids (<c>openSUSE-SU-…</c>, <c>cisco-sa-…</c>) have no rule but that of their vendor.
    /// </summary>
    public static string[] Forms(string? id) =>
        id is null ? [] : [.. new[] { id, id.ToUpperInvariant(), id.StartsWith(Ghsa, StringComparison.OrdinalIgnoreCase) ? Ghsa + id[Ghsa.Length..].ToLowerInvariant() : id }.Distinct()];

    /// <summary>
    /// What the vulnerability that somebody asks for is called in what hosts lack: as it was asked for, and where that is an id of GitHub's, by the CVEs of
    /// the advisories that have it. Of one that has several CVEs nobody can tell which is meant: those count only where no other says it.
    /// </summary>
    public string[] Names(string? id)
    {
        var forms = Forms(id);
        if (id?.StartsWith(Ghsa, StringComparison.OrdinalIgnoreCase) != true)
        {
            return forms;
        }

        var named = database.Read(c => c.Query<(string Feed, string Key, string Name)>(
            """
            SELECT n.feed, n.key, n.cve
            FROM (SELECT feed, key FROM advisory_cves WHERE cve IN @forms UNION SELECT feed, key FROM advisory_records WHERE kind = 'advisory' AND id IN @forms) hit
            JOIN advisory_records r ON r.feed = hit.feed AND r.key = hit.key JOIN advisory_cves n ON n.feed = hit.feed AND n.key = hit.key
            WHERE r.body IS NOT NULL AND r.feed IN @names AND n.cve LIKE 'CVE-%' LIMIT @most
            """,
            new { names = feeds.Advisories.Select(f => f.Name).ToArray(), forms, most = MostNames }).GroupBy(n => (n.Feed, n.Key), n => n.Name).ToList());
        var sure = named.Where(n => n.Count() == 1).ToList();
        return [.. forms.Concat((sure.Count > 0 ? sure : named).SelectMany(n => n)).Distinct()];
    }

    private static AdvisoryView View(Row row, Threats threats)
    {
        var advisory = AdvisoryRecord.Read<Advisory>(row.Body);
        var known = advisory.Cves.Take(MostCves).Select(threats.Of).ToList();
        return new(
            row.Feed,
            advisory.Id,
            Wire.Same<AdvisorySeverity>(advisory.Severity),
            advisory.SeverityText,
            advisory.Title,
            advisory.Cves,
            advisory.Published,
            advisory.Modified,
            advisory.Withdrawn,
            known.Select(t => t.Kev).OfType<KevEntry>().Select(k => new ExploitedView(k.Cve, k.Added, k.Ransomware == RansomwareUse.Known)).FirstOrDefault(),
            known.Max(t => t.Epss?.Probability),
            [.. advisory.Affected.Take(MostAffected).Select(View)],
            advisory.Affected.Length);
    }

    private static AffectedView View(AffectedPackage affected) => new(
        affected.Platform,
        affected.Name,
        System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(affected.State.ToString()),
        affected.Ranges.Select(r => r.Fixed).FirstOrDefault(v => v is not null),
        affected.Note);

    private sealed record Row(string Id, string Feed, string Key, string Body);
}
