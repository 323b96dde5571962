using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace PatchFlow.Core.Advisories;

/// <summary>Makes the advisory of a CVRF document that is one.</summary>
internal sealed class CvrfAdvisory(CvrfDocument document, CvrfProducts products, AdvisorySink sink)
{
    /// <summary>The advisory on these vulnerabilities.</summary>
    public Advisory Of(List<CvrfVulnerability> vulnerabilities)
    {
        var names = new VulnerabilityNames(document.Id);
        var statements = new ProductStatements(products.Tree, sink);
        for (var number = 0; number < vulnerabilities.Count; number++)
        {
            Add(statements, vulnerabilities[number], NameOf(vulnerabilities[number], number, names));
        }

        var severity = document.Severity ?? SeverityOf(vulnerabilities);
        return new Advisory
        {
            Id = document.Id,
            Revision = document.Version,
            Title = document.Title,
            Description = document.Summary,
            Severity = Severities.Of(severity),
            SeverityText = severity,
            Cves = names.Cves,
            Aliases = [.. document.Aliases.Concat(vulnerabilities.SelectMany(v => v.Ids).Where(id => id.StartsWith("GHSA-", StringComparison.Ordinal))).Where(id => id != document.Id).Distinct()],
            Scores = [.. vulnerabilities.SelectMany(v => ScoresOf(v, VulnerabilityNames.CveOf(v.Cve), sink)).Distinct()],
            Published = document.Published,
            Modified = document.Modified,
            Status = document.Status,
            References = document.References,
            Affected = statements.All(names),
        };
    }

    /// <summary>The vectors and base scores of a vulnerability; a score that is none is refused alone.</summary>
    public static IEnumerable<PublishedScore> ScoresOf(CvrfVulnerability vulnerability, string? cve, AdvisorySink sink)
    {
        foreach (var (vector, text) in vulnerability.Scores.Distinct())
        {
            var score = CvrfWords.ScoreOf(text);
            if (score is null && text is { Length: > 0 })
            {
                sink.Refuse(vulnerability.Position, $"'{XmlWalk.Shown(text)}' is no base score from 0 to 10; the rest of it is kept");
            }

            if (score is not null || vector is { Length: > 0 })
            {
                yield return new PublishedScore(vector is { Length: > 0 } ? vector : null, score, cve);
            }
        }
    }

    // SUSE and openEuler state it for each vulnerability, as its impact.
    private static string? SeverityOf(List<CvrfVulnerability> vulnerabilities) =>
        vulnerabilities.SelectMany(v => v.Threats).Where(t => t.Type == "impact" && Severities.Of(t.Text) != Severity.Unknown).MaxBy(t => Severities.Of(t.Text))?.Text;

    private string NameOf(CvrfVulnerability vulnerability, int number, VulnerabilityNames names)
    {
        if (VulnerabilityNames.CveOf(vulnerability.Cve) is { } cve)
        {
            names.Add(cve);
            return cve;
        }

        var stated = vulnerability.Cve is { Length: > 0 } misspelt ? misspelt : null;
        var name = names.AddOther(stated ?? vulnerability.Ids.FirstOrDefault(), number);
        if (stated is not null)
        {
            sink.Refuse(vulnerability.Position, $"'{XmlWalk.Shown(stated)}' is no CVE id (CVRF 1.2, 6.7): what is said of it is kept under the name '{XmlWalk.Shown(name)}'");
        }

        return name;
    }

    private void Add(ProductStatements statements, CvrfVulnerability vulnerability, string name)
    {
        var (position, tree) = (vulnerability.Position, products.Tree);
        var ids = new Dictionary<string, List<NamedProduct>>();
        foreach (var (word, scope) in vulnerability.Statuses)
        {
            if (CvrfWords.StatusOf(word) is not { } status)
            {
                sink.Refuse(position, $"'{XmlWalk.Shown(word)}' is no product status that is known (CVRF 1.2, 6.9.1): its products are left out");
                continue;
            }

            ids.TryAdd(status, []);
            ids[status].AddRange(scope.Named(tree, position).SelectMany(products.Meant));
        }

        statements.Next();
        ReadRemedies(statements, vulnerability, ids.Values.SelectMany(all => all));
        ReadReasons(statements, vulnerability, ids);
        statements.Add(number => CollectionsMarshal.AsSpan(ids.GetValueOrDefault(ProductStatements.Statuses[number])), name, position);
    }

    // A fix outranks the other remediations, and one for a product those for all.
    private void ReadRemedies(ProductStatements statements, CvrfVulnerability vulnerability, IEnumerable<NamedProduct> all)
    {
        CvrfRemedy? ofAll = null;
        foreach (var remedy in vulnerability.Remedies.OrderBy(Rank))
        {
            ofAll ??= remedy.Scope.IsAll ? remedy : null;
            foreach (var product in remedy.Scope.Named(products.Tree, vulnerability.Position).SelectMany(products.Meant))
            {
                Say(product, remedy);
            }
        }

        foreach (var product in ofAll is null ? [] : all)
        {
            Say(product, ofAll!);
        }

        void Say(NamedProduct product, CvrfRemedy remedy)
        {
            var said = statements.SaidOf(product);
            (said.Remedy, said.RemedyText) = said.Remedy is null ? (remedy.Type, remedy.Text) : (said.Remedy, said.RemedyText);
        }
    }

    private static int Rank(CvrfRemedy remedy) => remedy.Type switch
    {
        "vendor_fix" => 0,
        "no_fix_planned" => 1,
        "none_available" => 2,
        _ => 3,
    };

    // An impact of an affected product is a severity, not a reason why it is not affected.
    private void ReadReasons(ProductStatements statements, CvrfVulnerability vulnerability, Dictionary<string, List<NamedProduct>> ids)
    {
        var unaffected = (ids.GetValueOrDefault("known_not_affected") ?? []).ToHashSet();
        foreach (var threat in vulnerability.Threats.Where(t => t.Type == "impact"))
        {
            foreach (var product in (threat.Scope.IsAll ? unaffected : threat.Scope.Named(products.Tree, vulnerability.Position)).Where(unaffected.Contains))
            {
                statements.SaidOf(product).Reason ??= threat.Text;
            }

            // All have one now, and the first is kept.
            if (threat.Scope.IsAll)
            {
                return;
            }
        }
    }
}
