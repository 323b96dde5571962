using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a vulnerability of a CSAF document says of each product (CSAF 3.2.3.9, 3.2.3.12).</summary>
internal sealed class CsafStatus(CsafProducts products, AdvisorySink sink)
{
    private static readonly JsonWords Labels = new(
        "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path", "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist");

    private const string Unknown = "unknown";

    private static readonly JsonWords Known = new(
        "first_affected", "first_fixed", "fixed", "known_affected", "known_not_affected", "last_affected", "recommended", "under_investigation", Unknown);

    private static readonly JsonWords Remedial = new("vendor_fix", "no_fix_planned", "none_available", "fix_planned");

    /// <summary>All that was said.</summary>
    public ProductStatements Statements { get; } = new(products.Tree, sink);

    /// <summary>Adds the statements of one vulnerability, which has this name.</summary>
    public void Add(JsonElement vulnerability, string name, string position)
    {
        var remedies = Remedies(vulnerability, position);
        var status = vulnerability.Object("product_status"u8, sink, position);
        var reasons = Reasons(vulnerability, status, position);
        if (status is { } stated)
        {
            var misspelt = Misspelt(stated, position);
            Statements.Add(
                list => misspelt is not null && list == Unknown ? [.. products.Ids(stated, list, position), .. misspelt] : products.Ids(stated, list, position),
                id => remedies is null ? default : remedies.GetValueOrDefault(id),
                id => reasons?.GetValueOrDefault(id),
                name,
                position);
        }
    }

    // What has a status that nobody knows may be affected: silence would say that it is not. Null where there is none.
    private List<string>? Misspelt(JsonElement statuses, string position)
    {
        (List<string>? found, string? first, var count) = (null, null, 0);
        foreach (var status in statuses.EnumerateObject())
        {
            if (!Known.IsNameOf(status))
            {
                (first, count) = (first ?? status.Name, count + 1);
                (found ??= []).AddRange(products.Ids(statuses, status.Name, position));
            }
        }

        if (first is not null)
        {
            sink.Refuse(position, $"product_status has '{AptGrammar.Shown(first)}'{(count > 1 ? $" and {count - 1} more" : "")}, which is none of the statuses (CSAF 3.2.3.9): "
                + "whether its products are affected is taken as not known yet");
        }

        return found;
    }

    // A fix outranks the other remediations of the same product, and "none" those that only lessen it (workaround, mitigation).
    private Dictionary<string, (string Category, string? Text)>? Remedies(JsonElement vulnerability, string position)
    {
        var items = vulnerability.Objects("remediations"u8, sink, position);
        if (items.Length == 0)
        {
            return null;
        }

        var found = new Dictionary<string, (string Category, string? Text)>();
        foreach (var (item, category) in Ranked(items))
        {
            var remedy = (category ?? "", item.Text("details"u8));
            foreach (var id in products.Named(item, position))
            {
                found.TryAdd(id, remedy);
            }
        }

        return found;
    }

    private static IEnumerable<(JsonElement Item, string? Category)> Ranked(JsonChecked.ObjectItems items)
    {
        var stated = new List<(JsonElement Item, string? Category)>(items.Length);
        foreach (var item in items)
        {
            stated.Add((item, Remedial.Known(item, "category"u8)));
        }

        return stated.Count > 1 ? stated.OrderBy(remedy => Rank(remedy.Category)) : stated;
    }

    private static int Rank(string? category) => category switch
    {
        "vendor_fix" => 0,
        "no_fix_planned" => 1,
        "none_available" or "fix_planned" => 2,
        _ => 3,
    };

    // An impact of an affected product is a severity, not a reason why it is not affected.
    private Dictionary<string, string>? Reasons(JsonElement vulnerability, JsonElement? status, string position)
    {
        Dictionary<string, string>? found = null;
        HashSet<string>? unaffected = null;
        foreach (var flag in vulnerability.Objects("flags"u8, sink, position))
        {
            Add(flag, Labels.Text(flag, "label"u8));
        }

        foreach (var threat in vulnerability.Objects("threats"u8, sink, position))
        {
            if (threat.Is("category"u8, "impact"u8))
            {
                Add(threat, threat.Text("details"u8));
            }
        }

        return found;

        void Add(JsonElement item, string? text)
        {
            foreach (var id in text is null ? [] : products.Named(item, position))
            {
                unaffected ??= status is { } stated ? [.. products.Ids(stated, "known_not_affected"u8)] : [];
                if (unaffected.Contains(id))
                {
                    (found ??= []).TryAdd(id, text!);
                }
            }
        }
    }
}
