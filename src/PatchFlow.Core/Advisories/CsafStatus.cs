using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a vulnerability of a CSAF document says of each product (CSAF 3.2.3.9, 3.2.3.12).</summary>
internal sealed class CsafStatus(CsafProducts products, AdvisorySink sink)
{
    /// <summary>All that was said.</summary>
    public ProductStatements Statements { get; } = new(products.Tree, sink);

    /// <summary>Adds the statements of one vulnerability.</summary>
    public void Add(JsonElement vulnerability, string position)
    {
        var remedies = Remedies(vulnerability, position);
        var reasons = Reasons(vulnerability, position);
        if (vulnerability.Object("product_status") is { } status)
        {
            Statements.Add(name => status.Texts(name), id => remedies.GetValueOrDefault(id), reasons.GetValueOrDefault, vulnerability.Text("cve"), position);
        }
    }

    // A fix outranks the other remediations of the same product, and "none" those that only lessen it (workaround, mitigation).
    private Dictionary<string, (string Category, string? Text)> Remedies(JsonElement vulnerability, string position)
    {
        var found = new Dictionary<string, (string Category, string? Text)>();
        foreach (var item in vulnerability.Items("remediations").OrderBy(Rank))
        {
            foreach (var id in products.Named(item, position))
            {
                found.TryAdd(id, (item.Text("category") ?? "", item.Text("details")));
            }
        }

        return found;
    }

    private static int Rank(JsonElement remedy) => remedy.Text("category") switch
    {
        "vendor_fix" => 0,
        "no_fix_planned" => 1,
        "none_available" or "fix_planned" => 2,
        _ => 3,
    };

    private Dictionary<string, string> Reasons(JsonElement vulnerability, string position)
    {
        var found = new Dictionary<string, string>();
        var unaffected = (vulnerability.Object("product_status")?.Texts("known_not_affected") ?? []).ToHashSet();
        var impacts = vulnerability.Items("threats").Where(threat => threat.Text("category") == "impact").Select(threat => (Item: threat, Text: threat.Text("details")));
        foreach (var (item, text) in vulnerability.Items("flags").Select(flag => (flag, flag.Text("label"))).Concat(impacts))
        {
            foreach (var id in text is null ? [] : products.Named(item, position))
            {
                // An impact of an affected product is a severity, not a reason why it is not affected.
                if (unaffected.Contains(id))
                {
                    found.TryAdd(id, text!);
                }
            }
        }

        return found;
    }
}
