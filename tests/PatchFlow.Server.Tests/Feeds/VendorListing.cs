using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A listing of a vendor's interface: real records, renumbered so that there are several pages, in the shape of the vendor's real pages.</summary>
internal sealed class VendorListing
{
    /// <summary>How many records of a page the vendor allows, whatever is asked for.</summary>
    public const int PageSize = 2;

    private readonly JsonObject _page;
    private readonly string _records;
    private readonly DocumentKind _kind;

    public VendorListing(DocumentKind kind)
    {
        _kind = kind;
        var document = JsonNode.Parse(File.ReadAllText(FeedCorpus.PathOf(FileOf(kind))))!;
        _records = kind switch { DocumentKind.UsnNotices => "notices", DocumentKind.RockyErrata => "advisories", DocumentKind.BodhiUpdates => "updates", _ => "value" };
        _page = document as JsonObject ?? new JsonObject { [_records] = document };
        Model = _page[_records]!.AsArray()[0]!;
    }

    /// <summary>The vendor's real record that all are made of.</summary>
    public JsonNode Model { get; }

    /// <summary>The records, in the order of the listing.</summary>
    public List<JsonNode> Records { get; set; } = [];

    /// <summary>What happens to a page instead of its being sent.</summary>
    public ConcurrentDictionary<int, Func<HttpContext, byte[], Task>> Faults { get; } = new();

    /// <summary>What the n-th request is told of how many records there are; null for the truth.</summary>
    public Func<int, int?> Total { get; set; } = _ => null;

    /// <summary>Where a page says that the next one is, instead of the truth.</summary>
    public Func<int, string?> Next { get; set; } = _ => null;

    /// <summary>Whether it sends ETags and answers 304.</summary>
    public bool HasETags { get; set; }

    /// <summary>Pages that were asked for, with the answer's status; what else was asked for.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>All queries.</summary>
    public ConcurrentQueue<string> Queries { get; } = new();

    /// <summary>The ending of the address at which it is.</summary>
    public string Path => _kind switch
    {
        DocumentKind.UsnNotices => "/security/notices.json",
        DocumentKind.RockyErrata => "/api/v3/advisories/",
        DocumentKind.BodhiUpdates => "/updates/",
        DocumentKind.MsrcDeployments => "/en-US/deployment",
        DocumentKind.MsrcProducts => "/en-US/affectedProduct",
        _ => "/en-US/vulnerability",
    };

    /// <summary>The vendor's real page of a kind.</summary>
    public static string FileOf(DocumentKind kind) => kind switch
    {
        DocumentKind.UsnNotices => "ubuntu/notices-api/notices-0_20.json",
        DocumentKind.RockyErrata => "rpm-json/rocky-apollo-page1.json",
        DocumentKind.BodhiUpdates => "rpm-json/fedora-bodhi-F40.json",
        DocumentKind.MsrcDeployments => "msrc/sug-api/deployment-0.json",
        DocumentKind.MsrcProducts => "msrc/sug-api/product-0.json",
        _ => "msrc/sug-api/vulnerability-0.json",
    };

    /// <summary>Has these records: the name of each tells it from the others.</summary>
    public void Have(params string[] names) => Records = [.. names.Select(Record)];

    /// <summary>The real record under another name, which is the id that it is kept by.</summary>
    public JsonNode Record(string name)
    {
        var record = Model.DeepClone();
        record[_kind switch { DocumentKind.UsnNotices => "id", DocumentKind.RockyErrata => "name", DocumentKind.BodhiUpdates => "updateid", DocumentKind.MsrcDeployments => "articleName", _ => "cveNumber" }] = name;
        return record;
    }

    /// <summary>Has a record say something else.</summary>
    public void Alter(int at) =>
        Records[at][_kind switch { DocumentKind.BodhiUpdates => "notes", DocumentKind.MsrcDeployments => "fixedBuildNumber", DocumentKind.MsrcProducts => "vectorString", DocumentKind.MsrcVulnerabilities => "cveTitle", _ => "description" }] = "something else";

    /// <summary>The bytes of a page, from 1.</summary>
    public byte[] Page(int number, int size = PageSize, string? next = null, int? total = null)
    {
        var page = _page.DeepClone().AsObject();
        page[_records] = new JsonArray([.. Records.Skip((number - 1) * size).Take(size).Select(r => r.DeepClone())]);
        switch (_kind)
        {
            case DocumentKind.UsnNotices:
                (page["offset"], page["limit"], page["total_results"]) = ((number - 1) * size, size, total ?? Records.Count);
                break;
            case DocumentKind.RockyErrata:
                (page["page"], page["size"], page["total"]) = (number, size, total ?? Records.Count);
                break;
            case DocumentKind.BodhiUpdates:
                (page["page"], page["rows_per_page"], page["pages"], page["total"]) = (number, size, (Records.Count + size - 1) / size, total ?? Records.Count);
                break;
            default:
                page["@odata.count"] = total ?? Records.Count;
                page.Remove("@odata.nextLink");
                if (next is not null)
                {
                    page["@odata.nextLink"] = next;
                }

                break;
        }

        return Encoding.UTF8.GetBytes(page.ToJsonString());
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var query = context.Request.Query;
        int Number(string name, int otherwise) => int.TryParse(query[name], CultureInfo.InvariantCulture, out var number) ? number : otherwise;
        var size = Math.Min(PageSize, Number("limit", Number("size", Number("rows_per_page", PageSize))));
        var number = Math.Max(Number("offset", 0) / size + 1, Math.Max(Number("page", 1), Number("$skip", 0) / size + 1));
        Queries.Enqueue(context.Request.QueryString.Value!);
        var more = Records.Count > number * size ? $"{context.Request.Scheme}://{context.Request.Host}/sug/v2.0/sugodata/v2.0{Path}?$skip={number * size}" : null;
        var bytes = Page(number, size, Next(number) ?? more, Total(Queries.Count));
        try
        {
            await (Faults.GetValueOrDefault(number) ?? SendAsync)(context, bytes);
        }
        finally
        {
            Asked.Enqueue($"{number} {context.Response.StatusCode}");
        }
    }

    private async Task SendAsync(HttpContext context, byte[] bytes)
    {
        var tag = $"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))[..16]}\"";
        if (HasETags)
        {
            context.Response.Headers.ETag = tag;
            if (context.Request.Headers.IfNoneMatch == tag)
            {
                context.Response.StatusCode = 304;
                return;
            }
        }

        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes);
    }
}
