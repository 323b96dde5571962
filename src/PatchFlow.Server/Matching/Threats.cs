using Dapper;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Matching;

/// <summary>What the configured feeds know of vulnerabilities, asked one by one and remembered: so that it needs memory only for those that hosts have.</summary>
internal sealed class Threats(Database database, FeedList feeds)
{
    private readonly Dictionary<string, Threat> _known = new(StringComparer.Ordinal);

    /// <summary>What is known of a vulnerability.</summary>
    public Threat Of(string vulnerability)
    {
        if (!_known.TryGetValue(vulnerability, out var threat))
        {
            _known[vulnerability] = threat = Read(vulnerability);
        }

        return threat;
    }

    private Threat Read(string vulnerability) => database.Read(c =>
    {
        var names = feeds.Advisories.Select(f => f.Name).ToArray();
        var records = c.Query<(string Kind, string Body)>(
            "SELECT kind, body FROM advisory_records WHERE kind IN ('epss', 'kev') AND id = @vulnerability AND feed IN @names AND body IS NOT NULL ORDER BY feed",
            new { vulnerability, names }).ToLookup(r => r.Kind, r => r.Body);
        var vectors = c.Query<string>("SELECT vector FROM advisory_cves WHERE cve = @vulnerability AND feed IN @names AND vector IS NOT NULL", new { vulnerability, names });
        var exploits = c.Query<string>("SELECT exploits FROM advisory_cves WHERE cve = @vulnerability AND feed IN @names AND exploits IS NOT NULL", new { vulnerability, names });
        return new Threat(
            vulnerability,
            records[RecordKinds.Kev].Select(AdvisoryRecord.Read<KevEntry>).FirstOrDefault(),
            records[RecordKinds.Epss].Select(AdvisoryRecord.Read<EpssScore>).FirstOrDefault(),
            vectors.Select(v => CvssVector.TryParse(v, out var vector, out _) ? vector.Scores : null).OfType<CvssScores>().MaxBy(s => s.Score),
            Exploits: exploits.Select(e => Enum.TryParse<ExploitStatus>(e, out var status) ? status : default).DefaultIfEmpty().Max());
    });
}
