using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a page of a list of Microsoft's says of the list that it is a part of (OData 4.0).</summary>
public sealed record MsrcPage
{
    /// <summary>How many entries there are on all pages; null where not stated.</summary>
    public int? Total { get; init; }

    /// <summary>Where the next page is, as published: it is an address from a document, so whoever follows it checks it first. Null on the last page.</summary>
    public string? Next { get; init; }

    internal MsrcPage With(string name, JsonElement value) => name switch
    {
        "@odata.count" when value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var total) => this with { Total = total },
        "@odata.nextLink" when value.ValueKind == JsonValueKind.String => this with { Next = value.GetString() },
        _ => this,
    };
}

/// <summary>A month that Microsoft publishes a document on: an entry of <c>/cvrf/v3.0/updates</c>.</summary>
/// <param name="Id">Its id, <c>2024-Mar</c>.</param>
/// <param name="Title">Its title.</param>
/// <param name="Published">First publication.</param>
/// <param name="Modified">The latest revision: a vulnerability that is revised later stays in its month, which is then revised.</param>
/// <param name="Address">Where the document is, as published.</param>
public sealed record MsrcMonthEntry(string Id, string? Title, DateTimeOffset? Published, DateTimeOffset? Modified, string? Address);

/// <summary>Reads pages of Microsoft's Security Update Guide, <c>/sug/v2.0</c>, and its list of months.</summary>
public static class MsrcGuide
{
    // An entry of the page of products is about as long as this: as much as is held of them while the next is looked for.
    private const int EntryBytes = 2048;

    /// <summary>Reads a page of vulnerabilities: an advisory each, without products, which are on pages of their own.</summary>
    public static MsrcPage ReadVulnerabilities(Stream document, AdvisorySink sink) => Read(document, sink, (value, position) =>
        MsrcGuideEntry.Advisory(value, position, sink) is not { } advisory || sink.Found(advisory with
        {
            Title = value.Text("cveTitle"u8),
            Description = value.Text("unformattedDescription"u8) ?? value.Text("description"u8),
            Threats = MsrcGuideEntry.Threats(value, advisory.Id),
            Revision = MsrcGuideEntry.RevisionOf(value),
            Modified = FeedDate.Of(value.Text("latestRevisionDate"u8), sink, position),
        }));

    /// <summary>Reads a page of affected products: an entry is one product and one vulnerability, and an advisory has those of a page.</summary>
    public static MsrcPage ReadProducts(Stream document, AdvisorySink sink)
    {
        var union = new AdvisoryUnion(sink);
        var page = Read(document, sink, (value, position) =>
            MsrcGuideEntry.Advisory(value, position, sink) is not { } advisory || union.Add(MsrcGuideEntry.WithProduct(advisory, value, position, sink), EntryBytes));
        union.End();
        return page;
    }

    /// <summary>
    /// The same, each entry by itself, with the product as its title: the entries of a vulnerability stand on several pages, and which of them stand
    /// together changes with each entry that is new.
    /// </summary>
    public static MsrcPage ReadEntries(Stream document, AdvisorySink sink) => Read(document, sink, (value, position) =>
        MsrcGuideEntry.Advisory(value, position, sink) is not { } advisory
        || sink.Found(MsrcGuideEntry.WithProduct(advisory, value, position, sink) with { Title = value.Text("product"u8) }));

    /// <summary>Reads a page of deployments: the updates of each product.</summary>
    public static MsrcPage ReadDeployments(Stream document, AdvisorySink sink, Action<VendorUpdate> found) => Read(document, sink, (value, position) =>
    {
        if (MsrcGuideEntry.Update(value, position, sink) is { } update)
        {
            found(update with
            {
                Severity = value.Text("severity"u8),
                Released = FeedDate.Of(value.Text("releaseDate"u8), sink, position),
            });
        }

        return true;
    });

    /// <summary>Reads the list of months.</summary>
    public static MsrcPage ReadMonths(Stream document, AdvisorySink sink, Action<MsrcMonthEntry> found) => Read(document, sink, (value, position) =>
    {
        if (value.Text("ID"u8) is { Length: > 0 } id)
        {
            found(new MsrcMonthEntry(id, value.Text("DocumentTitle"u8), FeedDate.Of(value.Text("InitialReleaseDate"u8), sink, id),
                FeedDate.Of(value.Text("CurrentReleaseDate"u8), sink, id), value.Text("CvrfUrl"u8)));
        }
        else
        {
            sink.Refuse(position, "a month without ID");
        }

        return true;
    });

    private static MsrcPage Read(Stream document, AdvisorySink sink, Func<JsonElement, string, bool> take)
    {
        var page = new MsrcPage();
        JsonRecords.Below(document, sink, ["value"], record => take(record.Value, record.Position), (name, value) => page = page.With(name, value));
        return page;
    }
}
