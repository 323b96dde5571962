using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads OpenVEX documents (OpenVEX 0.2.0; 0.0.1 has strings for vulnerability and product), plain, or with their head in an object <c>metadata</c> as Ubuntu publishes them.</summary>
public sealed class OpenVex
{
    private readonly AdvisorySink _sink;
    private readonly VexStatements _statements = new();

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
        var head = root.Object("metadata"u8) ?? root;
        if (head.Text("@context"u8)?.StartsWith("https://openvex.dev/ns", StringComparison.Ordinal) != true || root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("statements"u8, out _))
        {
            sink.Refuse("", "an OpenVEX document is expected: '@context' of openvex.dev, and 'statements'");
            return;
        }

        new OpenVex(sink).Read(root, head);
    }

    private void Read(JsonElement root, JsonElement head)
    {
        var advisories = new Dictionary<string, (Advisory Head, List<VexStatements.Said> Said)>();
        var published = FeedDate.Of(_sink.Text(head, "timestamp"u8, new RecordPlace("")), _sink, "timestamp");
        var revision = head.TryGetProperty("version"u8, out var version) && version.ValueKind is JsonValueKind.Number or JsonValueKind.String ? version.ToString() : null;
        var number = -1;
        foreach (var statement in _sink.Items(root, "statements"u8, new RecordPlace("")))
        {
            var place = new RecordPlace("", "statements", ++number);
            if (NameOf(statement) is not { } name)
            {
                _sink.Refuse($"{place}", "a vulnerability with a name is expected");
            }
            else if (StateOf(statement) is not { } state)
            {
                _sink.Refuse($"{place}", $"'{statement.Text("status"u8)}' is no status of OpenVEX");
            }
            else
            {
                if (!advisories.TryGetValue(name, out var advisory))
                {
                    advisories[name] = advisory = (Fresh(name, statement, place) with { Revision = revision, Published = published }, []);
                }

                AddTo(advisory.Said, CveId.Of(name) ?? advisory.Head.Cves.FirstOrDefault(name), statement, state, TimeOf(statement, published, place), place);
            }
        }

        _statements.Settle();
        _ = advisories.Values.All(a => _sink.Found(a.Head with { Affected = [.. a.Said.Where(s => !s.IsOver).Select(s => s.Affected)] }));
    }

    // A statement without a time was made with the document; one whose time can't be read at no time that is known.
    private VexTime TimeOf(JsonElement statement, DateTimeOffset? published, RecordPlace place) => _sink.TryRead(statement, "timestamp"u8, JsonValueKind.String, place, out var text) is { } isText
        ? new VexTime(place.Number, isText ? FeedDate.Of(text.GetString(), _sink, place.Of("timestamp")) : null, IsOwn: true)
        : new VexTime(place.Number, published, IsOwn: false);

    private static string? NameOf(JsonElement statement)
    {
        var name = statement.Object("vulnerability"u8) is { } vulnerability ? vulnerability.Text("name"u8) ?? vulnerability.Text("@id"u8) : statement.Text("vulnerability"u8);
        return string.IsNullOrEmpty(name) ? null : name;
    }

    private static FixState? StateOf(JsonElement statement) => statement.Text("status"u8) switch
    {
        "not_affected" => FixState.NotAffected,
        "affected" => FixState.NoFixYet,
        "fixed" => FixState.Fixed,
        "under_investigation" => FixState.UnderInvestigation,
        _ => null,
    };

    private Advisory Fresh(string name, JsonElement statement, RecordPlace place)
    {
        var vulnerability = statement.Object("vulnerability"u8) ?? default;
        var others = _sink.Texts(vulnerability, "aliases"u8, place).ToLookup(a => a.StartsWith("https://", StringComparison.Ordinal));
        return new Advisory
        {
            Id = name,
            Description = _sink.Text(vulnerability, "description"u8, place),
            Cves = [.. new[] { name }.Concat(others[false]).Select(CveId.Of).OfType<string>().Distinct()],
            Aliases = [.. others[false].Where(a => CveId.Of(a) is null && a != name).Distinct()],
            References = [.. others[true].Distinct()],
        };
    }

    private void AddTo(List<VexStatements.Said> said, string vulnerability, JsonElement statement, FixState state, VexTime time, RecordPlace place)
    {
        var (products, note) = (Products(statement, state, place), NoteOf(statement, place));

        // Ubuntu names a release at the source package alone; the binary packages of the same version are meant by it.
        var sources = products.Where(p => p.Release is not null).Select(p => p.Version).ToHashSet();
        said.AddRange(products.Where(p => p.Release is not null || p.Type != "deb" || !sources.Contains(p.Version))
            .Select(p => _statements.Add(vulnerability, p, One(p, state, note), time)));
    }

    private string? NoteOf(JsonElement statement, RecordPlace place)
    {
        var (justification, impact) = (_sink.Text(statement, "justification"u8, place), _sink.Text(statement, "impact_statement"u8, place));
        return justification is not null
            ? string.Join(": ", new[] { justification, impact }.OfType<string>())
            : _sink.Text(statement, "action_statement"u8, place) ?? impact ?? _sink.Text(statement, "status_notes"u8, place);
    }

    private List<PackageUrl> Products(JsonElement statement, FixState state, RecordPlace place)
    {
        var products = new List<PackageUrl>();
        var number = 0;
        foreach (var product in _sink.Items(statement, "products"u8, place))
        {
            var at = new RecordPlace("", $"{place}.products", number++);
            if (IdOf(product, at) is not { Length: > 0 } id)
            {
                _sink.Refuse($"{at}", "a product with an '@id', or with identifiers.purl, is expected");
            }
            else if (IsOfWhole(product, state, at))
            {
                products.Add(PackageUrl.Of(id));
            }
        }

        if (number == 0 && (!statement.TryGetProperty("products"u8, out var stated) || stated.ValueKind is JsonValueKind.Null or JsonValueKind.Array))
        {
            _sink.Refuse($"{place}", "it names no product: what it says reaches no host");
        }

        return products;
    }

    // An id that is no package URL may be any address; then the identifiers say which package is meant.
    private string? IdOf(JsonElement product, RecordPlace place)
    {
        if (product.ValueKind == JsonValueKind.String)
        {
            return product.GetString();
        }

        var (id, purl) = (_sink.Text(product, "@id"u8, place), _sink.Object(product, "identifiers"u8, place) is { } identifiers ? _sink.Text(identifiers, "purl"u8, place) : null);
        return id is { Length: > 0 } && (PackageUrl.Of(id).Type.Length > 0 || string.IsNullOrEmpty(purl)) ? id : purl;
    }

    // That some parts of a product are not affected, or mended, says nothing of the others; that some are affected makes the whole so.
    private bool IsOfWhole(JsonElement product, FixState state, RecordPlace place)
    {
        if (product.ValueKind != JsonValueKind.Object || !product.TryGetProperty("subcomponents"u8, out var parts) || parts.ValueKind == JsonValueKind.Null || (parts.ValueKind == JsonValueKind.Array && parts.GetArrayLength() == 0))
        {
            return true;
        }

        var isKept = state is not (FixState.NotAffected or FixState.Fixed);
        _sink.Refuse(place.Of("subcomponents"), isKept ? "what is said of parts of the product is taken as said of all of it" : "that parts of the product are not affected, or mended, says nothing of the others: it is not used");
        return isKept;
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
        Versions = product.Release is null && product.Version is { } version && state != FixState.Fixed ? [version] : [],
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
