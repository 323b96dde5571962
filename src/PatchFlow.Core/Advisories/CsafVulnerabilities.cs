using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads the vulnerabilities of a CSAF document (CSAF 3.2.3).</summary>
internal sealed class CsafVulnerabilities(string advisory, CsafProducts products, AdvisorySink sink)
{
    private readonly CsafStatus _status = new(products, sink);
    private readonly List<PublishedScore> _scores = [];
    private readonly VulnerabilityNames _names = new(advisory);
    private readonly List<string> _ids = [];

    /// <summary>Their ids in other systems.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>The CVEs.</summary>
    public ImmutableArray<string> Cves => _names.Cves;

    /// <summary>The vectors and base scores.</summary>
    public ImmutableArray<PublishedScore> Scores => _scores.Count > 1 ? [.. _scores.Distinct()] : [.. _scores];

    /// <summary>What is said of the products.</summary>
    public ImmutableArray<AffectedPackage> Affected => _status.Statements.All(_names);

    /// <summary>Reads them all.</summary>
    public void Read(JsonElement root)
    {
        var items = root.Objects("vulnerabilities"u8, sink, "vulnerabilities");
        while (items.MoveNext())
        {
            Read(items.Current, items.Number);
        }
    }

    private void Read(JsonElement vulnerability, int number)
    {
        var stated = vulnerability.Text("cve"u8);
        var position = stated ?? $"vulnerabilities[{number}]";
        if (stated is null)
        {
            vulnerability.Check("cve"u8, JsonValueKind.String, sink, position);
        }

        var (cve, id) = (VulnerabilityNames.CveOf(stated), IdOf(vulnerability, position));
        var name = cve ?? _names.AddOther(stated ?? id, number);
        if (cve is not null && !_names.Add(cve))
        {
            sink.Refuse(cve, "the CVE is used by more than one vulnerability (CSAF 6.1.23)");
        }
        else if (cve is null && stated is not null)
        {
            sink.Refuse("vulnerabilities", $"'{AptGrammar.Shown(stated)}' is no CVE id (CSAF 3.2.3.2): what is said of it is kept under the name '{AptGrammar.Shown(name)}'");
        }

        _status.Add(vulnerability, name, position);
        products.CheckReferences(vulnerability, position);
        CsafScores.AddTo(_scores, vulnerability, cve, sink, position);
    }

    // The first of its ids in other systems.
    private string? IdOf(JsonElement vulnerability, string position)
    {
        string? first = null;
        foreach (var id in vulnerability.Objects("ids"u8, sink, position))
        {
            if (id.Text("text"u8, sink, position) is { } text)
            {
                first ??= text;
                _ids.Add(text);
            }
        }

        return first;
    }
}
