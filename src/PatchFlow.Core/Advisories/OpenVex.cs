using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads OpenVEX documents (OpenVEX 0.2.0; 0.0.1 has strings for vulnerability and product), plain, or with their head in an object <c>metadata</c> as Ubuntu publishes them.</summary>
public sealed class OpenVex
{
    private readonly AdvisorySink _sink;

    private OpenVex(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads the document into the sink: an advisory for each vulnerability that its statements name.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        using var json = JsonText.Parse(document, sink);
        if (json is null)
        {
            return;
        }

        var root = json.RootElement;
        var head = root.Object("metadata") ?? root;
        if (head.Text("@context")?.StartsWith("https://openvex.dev/ns", StringComparison.Ordinal) != true || root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("statements", out _))
        {
            sink.Refuse("", "an OpenVEX document is expected: '@context' of openvex.dev, and 'statements'");
            return;
        }

        new OpenVex(sink).Read(root, head);
    }

    private void Read(JsonElement root, JsonElement head)
    {
        var advisories = new Dictionary<string, (Advisory Head, List<AffectedPackage> Affected)>();
        var published = FeedDate.Of(head.Text("timestamp"), _sink, "timestamp");
        var revision = head.TryGetProperty("version", out var version) && version.ValueKind is JsonValueKind.Number or JsonValueKind.String ? version.ToString() : null;
        var number = 0;
        foreach (var statement in root.Items("statements"))
        {
            var position = $"statements[{number++}]";
            if (NameOf(statement) is not { } name)
            {
                _sink.Refuse(position, "a vulnerability with a name is expected");
            }
            else if (StateOf(statement) is not { } state)
            {
                _sink.Refuse(position, $"'{statement.Text("status")}' is no status of OpenVEX");
            }
            else
            {
                if (!advisories.TryGetValue(name, out var advisory))
                {
                    advisories[name] = advisory = (Fresh(name, statement) with { Revision = revision, Published = published }, []);
                }

                advisory.Affected.AddRange(Affected(statement, state, position));
            }
        }

        _ = advisories.Values.All(a => _sink.Found(a.Head with { Affected = [.. a.Affected] }));
    }

    private static string? NameOf(JsonElement statement)
    {
        var name = statement.Object("vulnerability") is { } vulnerability ? vulnerability.Text("name") ?? vulnerability.Text("@id") : statement.Text("vulnerability");
        return string.IsNullOrEmpty(name) ? null : name;
    }

    private static FixState? StateOf(JsonElement statement) => statement.Text("status") switch
    {
        "not_affected" => FixState.NotAffected,
        "affected" => FixState.NoFixYet,
        "fixed" => FixState.Fixed,
        "under_investigation" => FixState.UnderInvestigation,
        _ => null,
    };

    private static Advisory Fresh(string name, JsonElement statement)
    {
        var vulnerability = statement.Object("vulnerability") ?? default;
        var others = vulnerability.Texts("aliases").ToLookup(a => a.StartsWith("https://", StringComparison.Ordinal));
        return new Advisory
        {
            Id = name,
            Description = vulnerability.Text("description"),
            Cves = [.. new[] { name }.Concat(others[false]).Where(a => CveId.IsValid(a)).Distinct()],
            Aliases = [.. others[false].Where(a => !CveId.IsValid(a) && a != name).Distinct()],
            References = [.. others[true].Distinct()],
        };
    }

    private List<AffectedPackage> Affected(JsonElement statement, FixState state, string position)
    {
        var note = statement.Text("justification") is { } justification
            ? string.Join(": ", new[] { justification, statement.Text("impact_statement") }.OfType<string>())
            : statement.Text("action_statement") ?? statement.Text("impact_statement") ?? statement.Text("status_notes");
        var products = new List<PackageUrl>();
        var number = 0;
        foreach (var product in statement.Items("products"))
        {
            var id = product.ValueKind == JsonValueKind.String ? product.GetString() : product.Text("@id") ?? product.Object("identifiers")?.Text("purl");
            if (string.IsNullOrEmpty(id))
            {
                _sink.Refuse($"{position}.products[{number}]", "a product with an '@id' is expected");
            }
            else
            {
                products.Add(PackageUrl.Of(id));
            }

            number++;
        }

        // Ubuntu names a release at the source package alone; the binary packages of the same version are meant by it.
        var sources = products.Where(p => p.Release is not null).Select(p => p.Version).ToHashSet();
        return [.. products.Where(p => p.Release is not null || p.Type != "deb" || !sources.Contains(p.Version)).Select(p => One(p, state, note))];
    }

    private static AffectedPackage One(PackageUrl product, FixState state, string? note) => new()
    {
        Platform = product.Platform,
        Name = product.Name,
        IsSource = product.IsSource,
        Arch = product.Arch,
        Scheme = product.Scheme,
        State = state,
        Ranges = RangesOf(product, state),
        Versions = product.Release is null && product.Version is { } version && state is FixState.NoFixYet or FixState.UnderInvestigation ? [version] : [],
        Note = note,
        Product = product.Text,
    };

    // A statement on a release is one on every version in it; any other product is exactly the version that it names.
    private static ImmutableArray<VersionRange> RangesOf(PackageUrl product, FixState state) => state switch
    {
        FixState.Fixed when product.Version is { } version => [VersionRange.Before(version)],
        FixState.NoFixYet or FixState.UnderInvestigation when product.Release is not null || product.Version is null => [VersionRange.All],
        _ => [],
    };
}
