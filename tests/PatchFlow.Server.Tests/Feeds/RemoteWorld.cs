using System.Text;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A vendor's interface on loopback, and the server with one feed of it.</summary>
internal sealed class RemoteWorld : IAsyncDisposable
{
    public const string Feed = "remote";
    private readonly string _root;
    private readonly VendorListing? _listing;

    private RemoteWorld(string root, FeedSimulator vendor, ApiServer server, VendorListing? listing) => (_root, Vendor, Server, _listing) = (root, vendor, server, listing);

    public FeedSimulator Vendor { get; }

    public ApiServer Server { get; }

    public VendorListing Listing => _listing!;

    public static Task<RemoteWorld> ListingAsync(DocumentKind kind, string below = "", FeedLimits? limits = null) =>
        StartAsync(kind, (vendor, _) => new(vendor, below), new VendorListing(kind), limits);

    public static Task<RemoteWorld> FolderAsync(DocumentKind kind) => StartAsync(kind, (_, root) => new($"file://{root}/"));

    public static async Task<RemoteWorld> StartAsync(DocumentKind kind, Func<Uri, string, Uri> address, VendorListing? listing = null, FeedLimits? limits = null)
    {
        var root = Directory.CreateTempSubdirectory("patchflow-remote-").FullName;
        var vendor = await FeedSimulator.StartAsync(root);
        if (listing is not null)
        {
            vendor.Misbehaviour[listing.Path] = listing.AnswerAsync;
        }

        var feed = (await FeedList.LoadAsync([new() { Name = Feed, Kind = DocumentKinds.NameOf(kind), Address = address(vendor.Address, root).AbsoluteUri }])).Advisories.Single();
        var server = await ApiServer.StartAsync(services =>
        {
            services.AddSingleton(new FeedList([], [feed]));
            services.AddSingleton(limits ?? Limits);
        });
        return new RemoteWorld(root, vendor, server, listing);
    }

    /// <summary>Limits that a test can reach in a second.</summary>
    public static FeedLimits Limits { get; } = new() { Time = TimeSpan.FromSeconds(2), LeastBytesPerSecond = 1 << 30, PageBytes = 1 << 20, ListedDocuments = 40 };

    public string Root => _root;

    public void Write(string name, byte[] bytes)
    {
        var path = Path.Combine(_root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }

    public void Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public void Copy(string from, string name) => Write(name, File.ReadAllBytes(FeedCorpus.PathOf(from)));

    public void Answer(string endOfPath, Func<HttpContext, Task> answer) => Vendor.Misbehaviour[endOfPath] = answer;

    public Task<AdvisoryFeedRow> FetchAsync() => Server.Get<AdvisoryFetches>().FetchAsync(Feed, TestContext.Current.CancellationToken);

    public async Task FetchWellAsync() => Assert.Null((await FetchAsync()).LastError);

    /// <summary>What is in use: the number of the snapshot that wrote it, and its id.</summary>
    public IEnumerable<string> Rows() => Server.Database.Read(c => c.Query<string>("SELECT sequence || ' ' || id FROM advisory_records WHERE body IS NOT NULL ORDER BY id, key").ToList());

    /// <summary>Places of what was refused.</summary>
    public IEnumerable<string> Refused() => Server.Get<AdvisoryStore>().Refused(Feed, 100).Select(r => $"{r.File} {r.Reason}");

    public async Task<IPatchFlowApi> ApiAsync() => await Server.ClientAsync("reader", Role.Viewer);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Vendor.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }
}
