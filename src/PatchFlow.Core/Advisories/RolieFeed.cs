using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>A document that a ROLIE feed lists (RFC 8322, in the JSON form of CSAF 7.1.15).</summary>
/// <param name="Id">The entry's id, which is the document's tracking id.</param>
/// <param name="Title">Its title.</param>
/// <param name="Published">First publication; null where unreadable.</param>
/// <param name="Updated">The latest change; null where unreadable: then it can't be told from the feed whether the document changed.</param>
/// <param name="Addresses">Where the document is: the link to itself first, then the source of the content where that is another.</param>
/// <param name="Hashes">Where its checksums are.</param>
/// <param name="Signature">Where its signature is; null where none is listed.</param>
public sealed record RolieEntry(string Id, string? Title, DateTimeOffset? Published, DateTimeOffset? Updated, ImmutableArray<Uri> Addresses, ImmutableArray<Uri> Hashes, Uri? Signature);

/// <summary>What stands around the entries of a ROLIE feed.</summary>
/// <param name="Id">The feed's id.</param>
/// <param name="Title">Its title.</param>
/// <param name="Updated">When it was last changed.</param>
/// <param name="IsCsaf">Whether its category says that it lists CSAF documents; some forget it.</param>
/// <param name="Entries">How many entries it has.</param>
public sealed record RolieFeed(string? Id, string? Title, DateTimeOffset? Updated, bool IsCsaf, int Entries)
{
    /// <summary>Where it says that it is; of a copy, the address of the original. Null where it does not say.</summary>
    public Uri? Self { get; init; }

    /// <summary>Reads a feed entry by entry; an entry without id or without an address that can be followed is refused alone.</summary>
    public static RolieFeed Read(Stream document, AdvisorySink sink, Action<RolieEntry> found)
    {
        var feed = new RolieFeed(null, null, null, false, 0);
        JsonRecords.Below(document, sink, ["feed", "entry"], record =>
        {
            feed = feed with { Entries = record.Number };
            if (EntryOf(record.Value, record.Position, sink) is { } entry)
            {
                found(entry);
            }

            return true;
        }, (name, value) => feed = feed.With(name, value, sink));
        return feed;
    }

    private RolieFeed With(string name, JsonElement value, AdvisorySink sink) => name switch
    {
        "id" => this with { Id = value.ValueKind == JsonValueKind.String ? value.GetString() : null },
        "title" => this with { Title = value.ValueKind == JsonValueKind.String ? value.GetString() : null },
        "updated" => this with { Updated = FeedDate.Of(value.ValueKind == JsonValueKind.String ? value.GetString() : null, sink, "feed/updated") },
        "category" => this with { IsCsaf = value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(category => category.Text("term"u8) == "csaf") },
        "link" => this with { Self = value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Where(link => (link.Text("rel"u8) ?? link.Text("ref"u8)) == "self").Select(link => CsafAddress.Of(link.Text("href"u8))).FirstOrDefault() : null },
        _ => this,
    };

    private static RolieEntry? EntryOf(JsonElement entry, string position, AdvisorySink sink)
    {
        if (entry.Text("id"u8) is not { Length: > 0 } id)
        {
            sink.Refuse(position, "an entry without id (RFC 8322, 6.2)");
            return null;
        }

        var links = Links(entry);
        var addresses = Addresses(links, entry.Object("content"u8)?.Text("src"u8));
        if (addresses.IsEmpty)
        {
            sink.Refuse(XmlWalk.Shown(id), "neither a link to itself nor the source of its content is an address with https (CSAF 7.1.15)");
            return null;
        }

        return new RolieEntry(id, entry.Text("title"u8), DateOf(entry, "published"u8, id, sink), DateOf(entry, "updated"u8, id, sink),
            addresses, [.. links.Where(link => link.Rel == "hash").Select(link => link.Address)], links.Find(link => link.Rel == "signature").Address);
    }

    // CISA's feed of 2024 has links whose rel is spelt ref.
    private static List<(string? Rel, string Text, Uri Address)> Links(JsonElement entry)
    {
        var links = new List<(string?, string, Uri)>(4);
        foreach (var link in entry.Items("link"u8))
        {
            if (link.Text("href"u8) is { } text && CsafAddress.Of(text) is { } address)
            {
                links.Add((link.Text("rel"u8) ?? link.Text("ref"u8), text, address));
            }
        }

        return links;
    }

    // Nearly always the source is the link to itself once more, letter for letter: comparing texts costs nothing, and reading an address does.
    private static ImmutableArray<Uri> Addresses(List<(string? Rel, string Text, Uri Address)> links, string? source)
    {
        var own = links.FindAll(link => link.Rel == "self");
        if (source is not null && !own.Exists(link => link.Text == source) && CsafAddress.Of(source) is { } other)
        {
            own.Add((null, source, other));
        }

        return own.Count == 1 ? [own[0].Address] : [.. own.Select(link => link.Address).Distinct()];
    }

    private static DateTimeOffset? DateOf(JsonElement entry, ReadOnlySpan<byte> name, string id, AdvisorySink sink) => entry.Has(name, JsonValueKind.String, out var text) && FeedDate.TryUsual(text, out var date)
        ? date
        : FeedDate.Of(entry.Text(name), sink, $"{XmlWalk.Shown(id)} {Encoding.UTF8.GetString(name)}");
}

/// <summary>Reads ROLIE service documents (RFC 8322, section 5; CSAF 7.1.16).</summary>
public static class RolieService
{
    /// <summary>The feeds that it lists, with their labels; one that can't be followed is refused alone.</summary>
    public static ImmutableArray<CsafDistribution> Read(Stream document, AdvisorySink sink)
    {
        using var json = JsonText.Parse(document, sink);
        if (json?.RootElement.Object("service"u8) is not { } service)
        {
            if (json is not null)
            {
                sink.Refuse("", "no ROLIE service document: an object 'service' is expected");
            }

            return [];
        }

        return [.. service.Items("workspace"u8).SelectMany(workspace => workspace.Items("collection"u8)).Select(collection =>
            CsafAddress.Of(collection.Text("href"u8), "service/workspace/collection", sink) is { } address ? new CsafDistribution(address, LabelOf(collection)) : null).OfType<CsafDistribution>()];
    }

    private static string? LabelOf(JsonElement collection) => collection.Object("categories"u8).GetValueOrDefault().Items("category"u8)
        .Where(category => category.Text("scheme"u8)?.StartsWith("https://www.first.org/tlp", StringComparison.Ordinal) == true).Select(category => category.Text("term"u8)).FirstOrDefault();
}
