using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>Makes advisories of the vulnerabilities of a month of Microsoft's, one each: a month is a heap, and a vulnerability is revised by itself.</summary>
internal sealed class MsrcAdvisory(CvrfProducts products, AdvisorySink sink)
{
    private const int LongestId = 40;

    /// <summary>The advisory of a vulnerability; null where it was refused.</summary>
    public Advisory? Of(CvrfVulnerability vulnerability, CvrfDocument month)
    {
        // Microsoft's own advisories, ADV990001, stand where the CVE does.
        if (vulnerability.Cve is not { Length: > 0 and <= LongestId } id || !id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        {
            sink.Refuse(vulnerability.Position, "it has no CVE and no number of an advisory: it can't be told from others");
            return null;
        }

        var cve = CveId.IsValid(id) ? id : null;
        var severity = vulnerability.Threats.Where(t => t.Type == "severity").MaxBy(t => Severities.Of(t.Text))?.Text;
        var dates = vulnerability.Revisions.Select(r => FeedDate.Of(r.Date, sink, vulnerability.Position)).OfType<DateTimeOffset>().ToList();
        var affected = Affected(vulnerability);
        return new Advisory
        {
            Id = id,
            Revision = vulnerability.Revisions.LastOrDefault().Number,
            Title = vulnerability.Title,
            Description = vulnerability.Description,
            Severity = Severities.Of(severity),
            SeverityText = severity,
            Cves = cve is null ? [] : [cve],
            Scores = [.. CvrfAdvisory.ScoresOf(vulnerability, cve, sink).Distinct()],
            Threats = [.. vulnerability.Threats.Where(t => t.Type == "exploit_status").Select(t => ExploitStatement.OfMicrosoft(t.Text, cve)).OfType<ExploitStatement>().Distinct()],
            Published = FeedDate.Of(vulnerability.Released, sink, vulnerability.Position) ?? (dates.Count > 0 ? dates.Min() : month.Published),
            Modified = dates.Count > 0 ? dates.Max() : month.Modified,
            Status = month.Status,
            RebootSuggested = affected.Any(p => p.Suggested.HasFlag(SuggestedActions.Reboot)),
            Affected = affected,
        };
    }

    /// <summary>What is said of a product and one of its updates; null for the update where there is none.</summary>
    public static AffectedPackage Package(string fullName, FixState state, VendorUpdate? update, string? note)
    {
        var product = MsrcProduct.Of(fullName);
        return new AffectedPackage
        {
            Platform = product.Platform,
            Name = product.Name,
            Arch = product.Arch,
            Scheme = product.Scheme,
            Product = fullName,
            State = state,
            Ranges = state == FixState.Fixed && (update is null ? product.Version : update.FixedVersion) is { } version ? [VersionRange.Before(version)] : [],
            Update = update,
            Note = note,
            Suggested = string.Equals(update?.Restart, "Yes", StringComparison.OrdinalIgnoreCase) ? SuggestedActions.Reboot : SuggestedActions.None,
        };
    }

    private ImmutableArray<AffectedPackage> Affected(CvrfVulnerability vulnerability)
    {
        var remedies = Remedies(vulnerability);
        var found = ImmutableArray.CreateBuilder<AffectedPackage>();
        foreach (var (id, state) in States(vulnerability, remedies))
        {
            var named = products.Tree.Named(id);
            if (products.Tree.Find(named, vulnerability.Position) is not { } product)
            {
                found.AddRange(state == FixState.NotAffected ? [] : Doubtful(named));
                continue;
            }

            var own = remedies.GetValueOrDefault(id) ?? [];
            var fixes = state != FixState.NoFixYet ? [] : own.Where(remedy => remedy.Type == "vendor_fix").DistinctBy(remedy => (remedy.Text, remedy.FixedBuild, remedy.Kind)).ToList();
            foreach (var fix in fixes)
            {
                found.Add(Package(product.Product, FixState.Fixed, UpdateOf(fix, product.Product), null));
            }

            if (fixes.Count == 0)
            {
                found.Add(Unmended(product.Product, state, own));
            }
        }

        return found.DrainToImmutable();
    }

    // What can't be told may be affected: silence would say that it is not.
    private IEnumerable<AffectedPackage> Doubtful(NamedProduct named)
    {
        var note = $"product id '{XmlWalk.Shown(named.Id)}' {ProductTree.Doubt(named)}";
        return named.Product is null
            ? [new AffectedPackage { Platform = "", Name = "", Product = named.Id, State = FixState.UnderInvestigation, Note = note }]
            : products.Tree.Definitions(named).Select(definition => Package(definition.Meant.Product, FixState.UnderInvestigation, null, note));
    }

    private static AffectedPackage Unmended(string product, FixState state, List<CvrfRemedy> remedies)
    {
        var refusal = state == FixState.NoFixYet ? remedies.Find(remedy => remedy.Type == "no_fix_planned") : null;
        return Package(product, refusal is null ? state : FixState.WillNotFix, null, refusal?.Text);
    }

    // A product that is mended was affected, also where the status of it is missing.
    private Dictionary<string, FixState> States(CvrfVulnerability vulnerability, Dictionary<string, List<CvrfRemedy>> remedies)
    {
        var found = new Dictionary<string, FixState>();
        foreach (var (word, scope) in vulnerability.Statuses)
        {
            if (CvrfWords.StatusOf(word) is not { } status)
            {
                sink.Refuse(vulnerability.Position, $"'{XmlWalk.Shown(word)}' is no product status that is known (CVRF 1.2, 6.9.1): its products are left out");
                continue;
            }

            foreach (var id in scope.Ids(products.Tree, vulnerability.Position))
            {
                found[id] = Worse(StateOf(status), found.GetValueOrDefault(id, FixState.NotAffected));
            }
        }

        foreach (var (id, _) in remedies.Where(pair => pair.Value.Exists(remedy => remedy.Type == "vendor_fix")))
        {
            found.TryAdd(id, FixState.NoFixYet);
        }

        return found;
    }

    private static FixState StateOf(string status) => status switch
    {
        "known_not_affected" => FixState.NotAffected,
        "fixed" or "first_fixed" or "recommended" => FixState.Fixed,
        _ => FixState.NoFixYet,
    };

    private static FixState Worse(FixState a, FixState b) =>
        a == FixState.NoFixYet || b == FixState.NoFixYet ? FixState.NoFixYet : a == FixState.Fixed || b == FixState.Fixed ? FixState.Fixed : FixState.NotAffected;

    private Dictionary<string, List<CvrfRemedy>> Remedies(CvrfVulnerability vulnerability)
    {
        var found = new Dictionary<string, List<CvrfRemedy>>();
        foreach (var remedy in vulnerability.Remedies)
        {
            foreach (var id in remedy.Scope.Ids(products.Tree, vulnerability.Position))
            {
                found.TryAdd(id, []);
                found[id].Add(remedy);
            }
        }

        return found;
    }

    private static VendorUpdate UpdateOf(CvrfRemedy remedy, string product) => new()
    {
        Id = VendorUpdate.NumberOf(Given(remedy.Text) ?? Given(remedy.Address) ?? "without a number"),
        Product = product,
        Supersedes = VendorUpdate.NumbersIn(remedy.Supersedes),
        FixedBuild = Given(remedy.FixedBuild),
        Kind = Given(remedy.Kind),
        Restart = Given(remedy.Restart),
        Address = Given(remedy.Address),
    };

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
