using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>A key that a provider signs with.</summary>
/// <param name="Fingerprint">Its fingerprint in capital hex digits; what a key server hands out must have this one.</param>
/// <param name="Address">Where it is.</param>
public sealed record CsafKey(string Fingerprint, Uri Address);

/// <summary>A feed or a directory of documents.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Label">The Traffic Light Protocol's word for who may see it (WHITE, CLEAR, AMBER …); null where none is stated.</param>
public sealed record CsafDistribution(Uri Address, string? Label);

/// <summary>A provider's metadata, <c>provider-metadata.json</c> (CSAF 7.1.7): where its documents are, and which keys sign them.</summary>
public sealed record CsafProvider
{
    /// <summary>Where the document itself is.</summary>
    public required Uri Address { get; init; }

    /// <summary>Its role: <c>csaf_publisher</c>, <c>csaf_provider</c> or <c>csaf_trusted_provider</c>, of which only the last signs.</summary>
    public required string Role { get; init; }

    /// <summary>The publisher's name.</summary>
    public required string Publisher { get; init; }

    /// <summary>The publisher's namespace: documents of another are not its own.</summary>
    public string? Namespace { get; init; }

    /// <summary>When it was last changed; null where not stated or unreadable.</summary>
    public DateTimeOffset? Updated { get; init; }

    /// <summary>ROLIE feeds.</summary>
    public ImmutableArray<CsafDistribution> Feeds { get; init; } = [];

    /// <summary>Directories with <c>index.txt</c> and <c>changes.csv</c>.</summary>
    public ImmutableArray<CsafDistribution> Directories { get; init; } = [];

    /// <summary>Keys.</summary>
    public ImmutableArray<CsafKey> Keys { get; init; } = [];

    /// <summary>Reads the document; null, and refused, where it is none. A part with an address that can't be followed is refused alone.</summary>
    public static CsafProvider? Read(Stream document, AdvisorySink sink)
    {
        using var json = JsonText.Parse(document, sink);
        if (json is null)
        {
            return null;
        }

        var root = json.RootElement;
        if (root.Text("metadata_version"u8) is not ("2.0" or "2.1") || CsafAddress.Of(root.Text("canonical_url"u8)) is not { } address || root.Text("role"u8) is not { } role)
        {
            sink.Refuse("", "no provider-metadata.json: metadata_version 2.0 or 2.1, canonical_url with https and role are expected (CSAF 7.1.7)");
            return null;
        }

        var distributions = root.Items("distributions"u8).ToList();
        return new CsafProvider
        {
            Address = address,
            Role = role,
            Publisher = root.Object("publisher"u8)?.Text("name"u8) ?? "",
            Namespace = root.Object("publisher"u8)?.Text("namespace"u8),
            Updated = FeedDate.Of(root.Text("last_updated"u8), sink, "last_updated"),
            Feeds = Distributions(distributions.SelectMany(item => item.Object("rolie"u8).GetValueOrDefault().Items("feeds"u8)), "distributions/rolie/feeds", sink),
            Directories = [
                .. distributions.Select(item => item.Text("directory_url"u8)).OfType<string>().Select(text => CsafAddress.Of(text, "distributions/directory_url", sink)).OfType<Uri>().Select(uri => new CsafDistribution(uri, null)),
                .. Distributions(distributions.Select(item => item.Object("directory"u8)).OfType<JsonElement>(), "distributions/directory", sink),
            ],
            Keys = [.. root.Items("public_openpgp_keys"u8).Select(key => KeyOf(key, sink)).OfType<CsafKey>()],
        };
    }

    private static ImmutableArray<CsafDistribution> Distributions(IEnumerable<JsonElement> items, string position, AdvisorySink sink) =>
        [.. items.Select(item => CsafAddress.Of(item.Text("url"u8), position, sink) is { } address ? new CsafDistribution(address, item.Text("tlp_label"u8)) : null).OfType<CsafDistribution>()];

    // A key without a fingerprint would be whatever the address hands out.
    private static CsafKey? KeyOf(JsonElement key, AdvisorySink sink)
    {
        var fingerprint = (key.Text("fingerprint"u8) ?? "").Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        if (fingerprint.Length is not (40 or 64) || fingerprint.AsSpan().ContainsAnyExcept("0123456789ABCDEF"))
        {
            sink.Refuse("public_openpgp_keys", $"'{AptGrammar.Shown(fingerprint)}' is no fingerprint of 40 or 64 hex digits: the key is not used");
            return null;
        }

        return CsafAddress.Of(key.Text("url"u8), "public_openpgp_keys", sink) is { } address ? new CsafKey(fingerprint, address) : null;
    }
}
