using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>A provider, or a publisher without a provider's duties, that an aggregator lists.</summary>
/// <param name="Address">Its <c>provider-metadata.json</c>.</param>
/// <param name="Publisher">Its name.</param>
/// <param name="Role">Its role, where stated.</param>
/// <param name="Updated">When its entry was last changed.</param>
/// <param name="Mirrors">Metadata of copies that the aggregator keeps.</param>
/// <param name="IsPublisher">Whether it is a publisher alone, whose documents the aggregator itself collects.</param>
public sealed record CsafListed(Uri Address, string Publisher, string? Role, DateTimeOffset? Updated, ImmutableArray<Uri> Mirrors, bool IsPublisher);

/// <summary>An aggregator's list, <c>aggregator.json</c> (CSAF 7.1.21).</summary>
/// <param name="Name">The aggregator's name.</param>
/// <param name="Category"><c>lister</c> or <c>aggregator</c>, which also mirrors.</param>
/// <param name="Updated">When it was last changed.</param>
/// <param name="Listed">Whom it lists, providers first.</param>
public sealed record CsafAggregator(string Name, string? Category, DateTimeOffset? Updated, ImmutableArray<CsafListed> Listed)
{
    /// <summary>Reads the document; null, and refused, where it is none. An entry that can't be followed is refused alone.</summary>
    public static CsafAggregator? Read(Stream document, AdvisorySink sink)
    {
        using var json = JsonText.Parse(document, sink);
        if (json is null)
        {
            return null;
        }

        var root = json.RootElement;
        if (root.Text("aggregator_version"u8) is not ("2.0" or "2.1") || root.Object("aggregator"u8)?.Text("name"u8) is not { Length: > 0 } name)
        {
            sink.Refuse("", "no aggregator.json: aggregator_version 2.0 or 2.1 and an aggregator with a name are expected (CSAF 7.1.21)");
            return null;
        }

        return new CsafAggregator(name, root.Object("aggregator"u8)?.Text("category"u8), FeedDate.Of(root.Text("last_updated"u8), sink, "last_updated"),
            [.. Entries(root, "csaf_providers", false, sink), .. Entries(root, "csaf_publishers", true, sink)]);
    }

    private static IEnumerable<CsafListed> Entries(JsonElement root, string list, bool isPublisher, AdvisorySink sink)
    {
        foreach (var (index, item) in root.Items(Encoding.UTF8.GetBytes(list)).Index())
        {
            var (position, metadata) = ($"{list}[{index}]", item.Object("metadata"u8));
            if (CsafAddress.Of(metadata?.Text("url"u8), position, sink) is { } address)
            {
                yield return new CsafListed(address, metadata?.Object("publisher"u8)?.Text("name"u8) ?? "", metadata?.Text("role"u8), FeedDate.Of(metadata?.Text("last_updated"u8), sink, position),
                    [.. item.Texts("mirrors"u8).Select(mirror => CsafAddress.Of(mirror, position, sink)).OfType<Uri>()], isPublisher);
            }
        }
    }
}
