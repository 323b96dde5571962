using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Whatever vendors really publish is kept so that matching and ranking find the same in it.</summary>
public sealed class AdvisoryCorpusTests
{
    [Theory]
    [InlineData(DocumentKind.Kev, "kev/known_exploited_vulnerabilities.json")]
    [InlineData(DocumentKind.Epss, "epss/epss-2026-09-29-excerpt.csv")]
    [InlineData(DocumentKind.DebianTracker, "debian/tracker-json/tracker-excerpt-1.json")]
    [InlineData(DocumentKind.DebianTracker, "debian/tracker-json/tracker-excerpt-2.json")]
    [InlineData(DocumentKind.Osv, "osv/debian/DSA-135.json")]
    [InlineData(DocumentKind.AlpineSecdb, "alpine/chainguard-security.json")]
    public void ADocumentIsKeptAsItWasRead(DocumentKind kind, string file)
    {
        var (records, keys) = (0, new HashSet<string>(StringComparer.Ordinal));
        using var document = File.OpenRead(FeedCorpus.PathOf(file));
        AdvisoryReader.Read(kind, document, "document", found =>
        {
            var record = AdvisoryRecord.Of("document", found)!;
            records++;
            keys.Add(record.Key);
            Assert.Equal(Matched(found), Matched(found switch
            {
                Advisory => AdvisoryRecord.Read<Advisory>(record.Body),
                KevEntry => AdvisoryRecord.Read<KevEntry>(record.Body),
                _ => AdvisoryRecord.Read<EpssScore>(record.Body),
            }));
        }, _ => { });
        Assert.True(records > 0);
        // Each has a key of its own by what it says, whatever its place: else the next snapshot would rewrite rows that are the same.
        Assert.Equal(records, keys.Count);
    }

    // What matching and ranking look at.
    private static string Matched(object found) => found switch
    {
        Advisory a => JsonSerializer.Serialize(new
        {
            a.Id,
            a.Revision,
            a.Kind,
            a.Severity,
            a.SeverityText,
            a.Cves,
            a.Scores,
            a.Published,
            a.Modified,
            a.Withdrawn,
            a.RebootSuggested,
            Affected = a.Affected.Select(p => new { p.Platform, p.Name, p.IsSource, p.Arch, p.Module, p.Scheme, p.State, p.Ranges, p.Versions, p.Cves }),
        }),
        KevEntry k => JsonSerializer.Serialize(new { k.Cve, k.Added, k.Due, k.Ransomware, k.Name }),
        // Where a score stands among all others is not kept: it changes every day for nearly all.
        EpssScore e => JsonSerializer.Serialize(e with { Percentile = null }),
        _ => throw new InvalidOperationException($"{found.GetType().Name} is not kept"),
    };
}
