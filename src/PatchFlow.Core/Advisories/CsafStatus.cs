using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a vulnerability of a CSAF document says of each product (CSAF 3.2.3.9, 3.2.3.12).</summary>
internal sealed class CsafStatus(CsafProducts products, AdvisorySink sink)
{
    private static readonly JsonWords Labels = new(
        "component_not_present", "vulnerable_code_not_present", "vulnerable_code_not_in_execute_path", "vulnerable_code_cannot_be_controlled_by_adversary", "inline_mitigations_already_exist");

    private static readonly int Unknown = Array.IndexOf(ProductStatements.Statuses, "unknown");
    private static readonly int Unaffected = Array.IndexOf(ProductStatements.Statuses, "known_not_affected");
    private static readonly JsonWords Known = new(ProductStatements.Statuses);
    private static readonly JsonWords Remedial = new("vendor_fix", "no_fix_planned", "none_available", "fix_planned");

    private readonly JsonElement[] _lists = new JsonElement[ProductStatements.Statuses.Length];
    private bool _areUnaffectedKnown;

    /// <summary>All that was said.</summary>
    public ProductStatements Statements { get; } = new(products.Tree, sink);

    /// <summary>Adds the statements of one vulnerability, which has this name.</summary>
    public void Add(JsonElement vulnerability, string name, string position)
    {
        Statements.Next();
        ReadRemedies(vulnerability, position);
        var status = vulnerability.Object("product_status"u8, sink, position);
        var others = Sort(status);
        ReadReasons(vulnerability, position);
        if (status is null)
        {
            return;
        }

        var misspelt = Misspelt(others, position);
        Statements.Add(Listed, name, position);

        ReadOnlySpan<NamedProduct> Listed(int number)
        {
            var listed = products.Listed(_lists[number], ProductStatements.Statuses[number], position);
            return number == Unknown && misspelt is not null ? [.. listed, .. misspelt] : listed;
        }
    }

    // Puts the lists where their statuses are, and answers those of a status that nobody knows; null where there is none.
    private List<JsonProperty>? Sort(JsonElement? statuses)
    {
        List<JsonProperty>? others = null;
        Array.Clear(_lists);
        foreach (var status in statuses?.EnumerateObject() ?? default)
        {
            if (Known.IndexOf(status) is var number and >= 0)
            {
                _lists[number] = status.Value;
            }
            else
            {
                (others ??= []).Add(status);
            }
        }

        return others;
    }

    // What has a status that nobody knows may be affected: silence would say that it is not.
    private List<NamedProduct>? Misspelt(List<JsonProperty>? others, string position)
    {
        if (others is null)
        {
            return null;
        }

        List<NamedProduct> found = [.. others.SelectMany(status => products.Listed(status.Value, status.Name, position))];
        sink.Refuse(position, $"product_status has '{AptGrammar.Shown(others[0].Name)}'{(others.Count > 1 ? $" and {others.Count - 1} more" : "")}, which is none of the statuses (CSAF 3.2.3.9): "
            + "whether its products are affected is taken as not known yet");
        return found;
    }

    // A fix outranks the other remediations of the same product, and "none" those that only lessen it (workaround, mitigation).
    private void ReadRemedies(JsonElement vulnerability, string position)
    {
        foreach (var (item, category) in Ranked(vulnerability.Objects("remediations"u8, sink, position)))
        {
            var text = item.Text("details"u8);
            foreach (var product in products.Named(item, position))
            {
                var said = Statements.SaidOf(product);
                (said.Remedy, said.RemedyText) = said.Remedy is null ? (category ?? "", text) : (said.Remedy, said.RemedyText);
            }
        }
    }

    // In the order of their ranks, and those of one rank in the order of the document.
    private static List<(JsonElement Item, string? Category)> Ranked(JsonChecked.ObjectItems items)
    {
        var stated = new List<(JsonElement Item, string? Category)>(items.Length);
        var isRanked = true;
        foreach (var item in items)
        {
            stated.Add((item, Remedial.Known(item, "category"u8)));
            isRanked &= stated.Count == 1 || Rank(stated[^2].Category) <= Rank(stated[^1].Category);
        }

        return isRanked ? stated : [.. stated.OrderBy(remedy => Rank(remedy.Category))];
    }

    private static int Rank(string? category) => category switch
    {
        "vendor_fix" => 0,
        "no_fix_planned" => 1,
        "none_available" or "fix_planned" => 2,
        _ => 3,
    };

    // An impact of an affected product is a severity, not a reason why it is not affected.
    private void ReadReasons(JsonElement vulnerability, string position)
    {
        _areUnaffectedKnown = false;
        foreach (var flag in vulnerability.Objects("flags"u8, sink, position))
        {
            AddReason(flag, Labels.Text(flag, "label"u8), position);
        }

        foreach (var threat in vulnerability.Objects("threats"u8, sink, position))
        {
            if (threat.Is("category"u8, "impact"u8))
            {
                AddReason(threat, threat.Text("details"u8), position);
            }
        }
    }

    private void AddReason(JsonElement item, string? text, string position)
    {
        if (text is null)
        {
            return;
        }

        FindUnaffected();
        foreach (var product in products.Named(item, position))
        {
            var said = Statements.SaidOf(product);
            said.Reason ??= said.IsUnaffected ? text : null;
        }
    }

    private void FindUnaffected()
    {
        foreach (var product in _areUnaffectedKnown ? [] : products.Listed(_lists[Unaffected]))
        {
            Statements.SaidOf(product).IsUnaffected = true;
        }

        _areUnaffectedKnown = true;
    }
}
