using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A feed whose list has as many packages as wanted, over the simulator or in a folder, in one form.</summary>
internal sealed class ListWorld(FeedBench bench, string compressor) : IAsyncDisposable
{
    public FeedBench Bench => bench;

    /// <summary>The list that was published last.</summary>
    public string Text { get; private set; } = "";

    public FeedSnapshot Current => bench.Catalog.Current(bench.Feed)!;

    public static async Task<ListWorld> StartAsync(string compressor = "xz", bool isFile = false)
    {
        var bench = await FeedBench.StartAsync();
        if (isFile)
        {
            bench.Configure(bench.Feed with { Address = new Uri($"file://{bench.Repository.Root}/") });
        }

        return new ListWorld(bench, compressor);
    }

    /// <summary>Publishes so many packages, of which one has that version, and fetches them; the list as it is kept.</summary>
    public async Task<KeptList> FetchAsync(int packages, string version, int changed = -1)
    {
        Publish(packages, version, changed);
        Assert.Null((await bench.FetchAsync()).LastError);
        return Assert.Single(Current.PackageLists);
    }

    /// <summary>Publishes so many packages, of which one, or all where none is named, has that version.</summary>
    public void Publish(int packages, string version, int changed = -1)
    {
        bench.Clock.Now += TimeSpan.FromMinutes(10);
        Text = string.Concat(Enumerable.Range(0, packages).Select(i => Stanza($"p{i}", changed < 0 || changed == i ? version : "1")));
        bench.Repository.Publish(bench.Clock.Now.AddMinutes(-1), bench.Clock.Now.AddDays(7), compressor: compressor.Length == 0 ? "xz" : compressor, index: _ => Text);
        if (compressor.Length == 0)
        {
            File.WriteAllText(bench.Repository.Index, Text);
            File.Delete(bench.Repository.Index + ".xz");
            Unlist();
        }
    }

    /// <summary>The files in which the list is served.</summary>
    public IEnumerable<string> Served() =>
        Directory.EnumerateFiles(Path.GetDirectoryName(bench.Repository.Index)!, "*", SearchOption.AllDirectories);

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    // Over the network what is listed is asked for: only the plain index may be.
    private void Unlist()
    {
        var lines = bench.Repository.ReleaseText.Split('\n').Where(l => !l.EndsWith("Packages.xz", StringComparison.Ordinal) && !l.StartsWith("Acquire-By-Hash", StringComparison.Ordinal));
        File.Delete(bench.Repository.InRelease);
        bench.Repository.Sign(string.Join('\n', lines));
    }

    private static string Stanza(string name, string version) =>
        $"Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{name}_{version}.deb\nSize: 1\nSHA256: {Digest.Of("x"u8).Hex}\nDescription: {new string('x', 100)}\n\n";
}
