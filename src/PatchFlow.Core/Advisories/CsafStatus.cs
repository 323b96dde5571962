using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a vulnerability of a CSAF document says of each product (CSAF 3.2.3.9, 3.2.3.12).</summary>
internal sealed class CsafStatus(CsafProducts products, AdvisorySink sink)
{
    /// <summary>All that was said.</summary>
    public ProductStatements Statements { get; } = new(products.Tree, sink);

    /// <summary>Adds the statements of one vulnerability.</summary>
    public void Add(JsonElement vulnerability, string? cve, string position)
    {
        var remedies = Remedies(vulnerability, position);
        var status = vulnerability.Object("product_status");
        var reasons = Reasons(vulnerability, status, position);
        if (status is { } stated)
        {
            Statements.Add(name => stated.Texts(name), id => remedies.GetValueOrDefault(id), reasons.GetValueOrDefault, cve, position);
        }
    }

    // A fix outranks the other remediations of the same product, and "none" those that only lessen it (workaround, mitigation).
    private Dictionary<string, (string Category, string? Text)> Remedies(JsonElement vulnerability, string position)
    {
        var found = new Dictionary<string, (string Category, string? Text)>();
        var stated = new List<(JsonElement Item, string? Category)>();
        foreach (var item in vulnerability.Items("remediations"))
        {
            stated.Add((item, item.Text("category")));
        }

        IEnumerable<(JsonElement Item, string? Category)> ranked = stated.Count > 1 ? stated.OrderBy(remedy => Rank(remedy.Category)) : stated;
        foreach (var (item, category) in ranked)
        {
            var remedy = (category ?? "", item.Text("details"));
            foreach (var id in products.Named(item, position))
            {
                found.TryAdd(id, remedy);
            }
        }

        return found;
    }

    private static int Rank(string? category) => category switch
    {
        "vendor_fix" => 0,
        "no_fix_planned" => 1,
        "none_available" or "fix_planned" => 2,
        _ => 3,
    };

    // An impact of an affected product is a severity, not a reason why it is not affected.
    private Dictionary<string, string> Reasons(JsonElement vulnerability, JsonElement? status, string position)
    {
        var found = new Dictionary<string, string>();
        var unaffected = status?.Texts("known_not_affected").ToHashSet() ?? [];
        foreach (var flag in vulnerability.Items("flags"))
        {
            Add(flag, flag.Text("label"));
        }

        foreach (var threat in vulnerability.Items("threats"))
        {
            if (threat.Text("category") == "impact")
            {
                Add(threat, threat.Text("details"));
            }
        }

        return found;

        void Add(JsonElement item, string? text)
        {
            foreach (var id in text is null ? [] : products.Named(item, position))
            {
                if (unaffected.Contains(id))
                {
                    found.TryAdd(id, text!);
                }
            }
        }
    }
}
