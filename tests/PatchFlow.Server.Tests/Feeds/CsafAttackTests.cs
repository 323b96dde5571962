using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// What a broken or hostile server can do to documents of a CSAF feed: each is refused alone with its name and the reason, what it said before
/// stays, and the rest goes in.
/// </summary>
public sealed class CsafAttackTests
{
    // The document b-1 has a new version each time, which is bad; a-1 has a new version, which is good.
    public static TheoryData<string, bool, string> Documents { get; } = new()
    {
        { "altered", false, "it is not what its checksum http://" },
        { "altered with its checksum", true, "does not fit its signature" },
        { "text in front of it", true, "does not fit its signature" },
        { "text behind it", true, "does not fit its signature" },
        { "text behind it, unsigned", false, "not JSON as RFC 8259 has it" },
        { "checksum of another document", false, "it is the checksum of 'other.json'" },
        { "checksum is a web page", false, "a checksum and the name of a document are expected" },
        { "without a signature", true, "it has no signature" },
        { "signature is empty", true, "is empty" },
        { "signature is a web page", true, "what stands in its signature's place is none" },
        { "signature is a signed text of the key", true, "none of which is valid in" },
        { "signature is a whole signed message of the key", true, "none of which is valid in" },
        { "signature of another document of the key", true, "does not fit its signature" },
        { "signed by another key", true, "none of which is valid in" },
        { "absent", false, "does not exist (404)" },
        { "a web page", false, "is a web page and not a document" },
        { "an error of the server", false, "answers 500" },
        { "slow", false, "did not come within" },
        { "cut on the way", false, "ended before its announced length" },
        { "redirected to another host", false, "only 5 redirects to the same scheme, host and port" },
        { "without end", false, "is larger than the" },
        { "no CSAF", false, "no CSAF document" },
    };

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task ABadDocumentIsRefusedAndWhatItSaidStays(string badness, bool isSigned, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { Time = badness == "slow" ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20) };
        bench.ConfigureAt(CsafBench.Provider, isSigned);
        await bench.FetchWellAsync();
        bench.Put("white/a-1.json", "A-1", 2);
        bench.Put("white/b-1.json", "B-1", 2);
        bench.WriteFeed();
        Break(bench, badness);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        var refused = Assert.Single(bench.Refused());
        Assert.StartsWith("white/b-1.json", refused, StringComparison.Ordinal);
        Assert.Contains(reason, refused, StringComparison.Ordinal);
        Assert.Equal(1, bench.Store.Counts("vendor").Refused);

        // It is asked for again, though its list has the date of the first time.
        bench.Simulator.Misbehaviour.Clear();
        bench.Put("white/b-1.json", "B-1", 2);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 2"], bench.InUse());
        Assert.Empty(bench.Refused());
    }

    [Fact]
    public async Task ADocumentThatIsGoodAgainIsNotRefusedAnyMore()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Put("white/b-1.json", "B-1", 2);
        bench.WriteFeed();
        bench.Write("white/b-1.json.sha512", new string('0', 128));
        await bench.FetchWellAsync();
        Assert.Single(bench.Refused());
        bench.Put("white/b-1.json", "B-1", 1);
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Empty(bench.Refused());
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    [Fact]
    public async Task ADocumentSignedByAKeyThatHasExpiredIsRefused()
    {
        await using var bench = await CsafBench.StartAsync();
        using var key = new OwnKey("expiring", "seconds=3");
        bench.Sign("white/b-1.json", key);
        for (var tries = 0; tries < 40 && !key.IsExpired(); tries++)
        {
            Tool.Run("sleep", "0.2");
        }

        bench.Configure(bench.Configured with { Keyrings = [CsafBench.Key.Public, key.Public] });
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Contains("(expired)", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADocumentAtAnotherHostIsAskedForOnlyWhereThatIsAHostOfTheFeed()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.WriteFeed(more: "," + CsafBench.Entry("white/c-1.json", "C-1", FeedBench.Start, host: "https://127.0.0.2:1/"));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("add '127.0.0.2:1' to the feed's hosts", Assert.Single(bench.Refused()), StringComparison.Ordinal);

        bench.Configure(bench.Configured with { Hosts = [new("https://127.0.0.2:1/")] });
        await bench.FetchWellAsync();
        Assert.Contains("can't be reached", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AVendorsServerThatIsAwayIsGivenUpAfterSomeDocuments()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { Unreachable = 3 };
        bench.ConfigureAt(CsafBench.Feed);
        for (var i = 0; i < 40; i++)
        {
            bench.Listed[$"white/n-{i}.json"] = ($"N-{i}", FeedBench.Start);
        }

        bench.WriteFeed();
        foreach (var path in bench.Listed.Keys)
        {
            bench.Simulator.Misbehaviour[path] = context => Task.FromResult(context.Response.StatusCode = 503);
        }

        Assert.Contains("3 documents could not be had, the last because", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.True(bench.Simulator.Requests.Count < 20, $"{bench.Simulator.Requests.Count} requests");
    }

    [Theory]
    [InlineData("white/b-1.json")]
    [InlineData("white/old/b-1.json")]
    [InlineData("white/other.json")]
    public async Task ADocumentNeverGoesBackAlsoUnderAnotherPath(string path)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("white/b-1.json", "B-1", 3);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        bench.Put(path, "B-1", 2, date: FeedBench.Start);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 3"], bench.InUse());
        Assert.Contains($"{path} document/tracking/version: version 2 of 2026-11-23 12:00:00Z of B-1 is older than 3 of", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADocumentNeverBecomesAnotherOneOfTheSameVendor()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        Array.ForEach(["", ".asc"], end => File.Copy(bench.PathOf("white/a-1.json" + end), bench.PathOf("white/b-1.json" + end), overwrite: true));
        bench.WriteSum("white/b-1.json");
        bench.Listed["white/b-1.json"] = ("B-1", FeedBench.Start);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("white/b-1.json document/tracking/id: it was 'B-1' and is 'A-1' now", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task InAFolderOfSeveralVendorsTheSameIdMayHaveSeveralVersions()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureFile(bench.PathOf("folder"));
        bench.Write("folder/one/cve-2026-0001.json", CsafBench.Document("CVE-2026-0001", 3, FeedBench.Start));
        await bench.FetchWellAsync();
        bench.Write("folder/other/x.json", CsafBench.Document("CVE-2026-0001", 1, FeedBench.Start));
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001 3", "CVE-2026-0001 1"], bench.InUse());
    }

    [Fact]
    public async Task WithAKeyringWhatCameWithoutOneCountsNoMore()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Remove("white/b-1.json.asc");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Contains("it has no signature", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereTheKeysChangeEverythingIsVerifiedAnew()
    {
        await using var bench = await CsafBench.StartAsync();
        var keyring = bench.PathOf("keyring.gpg");
        File.Copy(CsafBench.Key.Public, keyring);
        bench.Put("white/b-1.json", "B-1", key: CsafBench.OtherKey);
        File.WriteAllBytes(keyring, [.. File.ReadAllBytes(CsafBench.Key.Public), .. File.ReadAllBytes(CsafBench.OtherKey.Public)]);
        bench.Configure(bench.Configured with { Keyrings = [keyring] });
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        File.Copy(CsafBench.Key.Public, keyring, overwrite: true);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        File.Delete(keyring);
        Assert.Contains("is missing", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["A-1 1"], bench.InUse());
    }

    [Fact]
    public async Task WhereTheKeysChangeNoDocumentGoesBack()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("white/b-1.json", "B-1", 3);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        bench.Put("white/b-1.json", "B-1", 2, date: FeedBench.Start);
        bench.WriteFeed();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        var failed = (await bench.FetchAsync()).LastError;
        Assert.Contains("what it said stays in use until all can be had once", failed, StringComparison.Ordinal);
        Assert.Contains("of B-1 is older than 3 of", failed, StringComparison.Ordinal);
        Assert.Equal(["A-1 1", "B-1 3"], bench.InUse());
        bench.Put("white/b-1.json", "B-1", 4, date: FeedBench.Start);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 4"], bench.InUse());
    }

    [Theory]
    [InlineData("an error of the server", "answers 500")]
    [InlineData("slow", "did not come within")]
    [InlineData("cut on the way", "ended before its announced length")]
    [InlineData("a torn list", "neither a link to itself")]
    [InlineData("a list that is absent", "does not exist (404)")]
    public async Task WhereTheKeysChangeNothingIsGoneThatCouldNotBeHad(string badness, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { Time = badness == "slow" ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(20) };
        bench.ConfigureAt(CsafBench.Provider);
        await bench.FetchWellAsync();
        var good = File.ReadAllText(bench.PathOf(CsafBench.Provider));
        switch (badness)
        {
            case "a torn list": bench.WriteFeed(more: ",{\"id\":\"C-1\",\"link\":[]}"); break;
            case "a list that is absent": bench.Write(CsafBench.Provider, good.Replace("\"feeds\":[", $"\"feeds\":[{{\"tlp_label\":\"WHITE\",\"url\":\"{CsafBench.Vendor}white/other.json\"}},", StringComparison.Ordinal)); break;
            default: BreakMore(bench, "white/b-1.json", badness); break;
        }

        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        var failed = (await bench.FetchAsync()).LastError;
        Assert.Contains("what it said stays in use until all can be had once", failed, StringComparison.Ordinal);
        Assert.Contains(reason, failed, StringComparison.Ordinal);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());

        bench.Simulator.Misbehaviour.Clear();
        bench.WriteFeed();
        bench.Write(CsafBench.Provider, good);
        bench.Remove("white/b-1.json.asc");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
    }

    [Theory]
    [InlineData("changes.csv", "\"%2e%2e/secret.json\",\"2026-11-01T00:00:00Z\"\n\"a-1.json\",\"2026-11-01T00:00:00Z\"\n")]
    [InlineData("changes.csv", "\"%2e%2e%2fsecret.json\",\"2026-11-01T00:00:00Z\"\n\"a-1.json\",\"2026-11-01T00:00:00Z\"\n")]
    [InlineData("feed.json", """{"feed":{"id":"x","updated":"2026-11-01T00:00:00Z","entry":[{"id":"S","link":[{"rel":"self","href":"https://vendor.example/%2e%2e%2fsecret.json"}]},{"id":"A-1","link":[{"rel":"self","href":"https://vendor.example/a-1.json"}]}]}}""")]
    public async Task AListInAFolderReachesNothingOutsideOfIt(string list, string text)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Write("secret.json", CsafBench.Document("S-1", 1, FeedBench.Start));
        bench.Write($"white/{list}", text);
        bench.ConfigureFile(bench.PathOf($"white/{list}"));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Contains("secret.json", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFurtherHostMayBeConnectedToAndMayBePrivateOnlyWhereItIsWrittenSo()
    {
        await using var bench = await CsafBench.StartAsync();
        var address = new Uri($"http://localhost:{bench.Simulator.Address.Port}/{CsafBench.Feed}");
        var to = bench.PathOf("got");
        using (var transport = new FeedTransport(new FeedList([], [bench.Configured]), bench.Limits))
        {
            var refused = await Assert.ThrowsAsync<FeedException>(() => transport.GetAsync(address, to, 1 << 20, null, CancellationToken.None));
            Assert.Contains("it is not the host of a configured feed", refused.Message, StringComparison.Ordinal);
        }

        using (var transport = new FeedTransport(new FeedList([], [bench.Configured with { Hosts = [new("https://localhost/")] }]), bench.Limits))
        {
            Assert.True((await transport.GetAsync(address, to, 1 << 20, null, CancellationToken.None)).SizeBytes > 0);
        }

        // A name is not made private by the feed's own address being so.
        var feed = new AdvisoryFeed("x", DocumentKind.Csaf, new("http://127.0.0.1/x.json"), "", "", TimeSpan.Zero) { Hosts = [new("https://cdn.vendor.example/")] };
        Assert.Equal([true, false], feed.Addresses.Select(a => a.MayBePrivate));
        Assert.Equal([true, true], (feed with { PrivateNetwork = true }).Addresses.Select(a => a.MayBePrivate));
    }

    private static void Break(CsafBench bench, string badness)
    {
        const string path = "white/b-1.json";
        var text = File.ReadAllText(bench.PathOf(path));
        switch (badness)
        {
            case "altered": bench.Write(path, text.Replace("CVE-2026-0001", "CVE-2026-0002", StringComparison.Ordinal)); break;
            case "altered with its checksum": Rewrite(bench, path, text.Replace("CVE-2026-0001", "CVE-2026-0002", StringComparison.Ordinal)); break;
            case "text in front of it": Rewrite(bench, path, "\n" + text); break;
            case "text behind it" or "text behind it, unsigned": Rewrite(bench, path, text + "{\"document\":{}}\n"); break;
            case "checksum of another document": bench.Write(path + ".sha512", File.ReadAllText(bench.PathOf(path + ".sha512")).Replace("b-1.json", "other.json", StringComparison.Ordinal)); break;
            case "checksum is a web page": bench.Write(path + ".sha512", "<html><body>Please log in</body></html>"); break;
            case "absent": bench.Remove(path); break;
            case "a web page": bench.Write(path, "<!DOCTYPE html><html><body>Please log in</body></html>"); break;
            case "no CSAF": Rewrite(bench, path, "{}"); break;
            default: BreakMore(bench, path, badness); break;
        }
    }

    private static void BreakMore(CsafBench bench, string path, string badness)
    {
        var (key, signature) = (CsafBench.Key, bench.PathOf(path + ".asc"));
        switch (badness)
        {
            case "without a signature": File.Delete(signature); break;
            case "signature is empty": File.WriteAllText(signature, ""); break;
            case "signature is a web page": File.WriteAllText(signature, "<html>"); break;
            case "signature is a signed text of the key": Tool.Run("gpg", "--homedir", key.Home, "--batch", "--yes", "--clearsign", "--output", signature, bench.PathOf("white/a-1.json")); break;
            case "signature is a whole signed message of the key": Tool.Run("gpg", "--homedir", key.Home, "--batch", "--yes", "--armor", "--sign", "--output", signature, bench.PathOf(path)); break;
            case "signature of another document of the key": File.Copy(bench.PathOf("white/a-1.json.asc"), signature, overwrite: true); break;
            case "signed by another key": bench.Sign(path, CsafBench.OtherKey); break;
            case "an error of the server": bench.Simulator.Misbehaviour[path] = context => Task.FromResult(context.Response.StatusCode = 500); break;
            case "slow": bench.Simulator.Misbehaviour[path] = SlowAsync; break;
            case "without end": bench.Simulator.Misbehaviour[path] = EndlessAsync; break;
            case "redirected to another host":
                bench.Simulator.Misbehaviour[path] = context =>
                {
                    context.Response.Redirect($"http://localhost:{bench.Simulator.Address.Port}/{path}");
                    return Task.CompletedTask;
                };
                break;
            default:
                bench.Simulator.Misbehaviour[path] = async context =>
                {
                    context.Response.ContentLength = 5000;
                    await context.Response.Body.WriteAsync(new byte[100]);
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                };
                break;
        }
    }

    private static void Rewrite(CsafBench bench, string path, string text)
    {
        bench.Write(path, text);
        bench.WriteSum(path);
    }

    // A byte now and then: each answer comes, and none ends.
    private static async Task SlowAsync(HttpContext context)
    {
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(new byte[1]);
            await context.Response.Body.FlushAsync();
            await Task.Delay(100, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Answers and never ends.</summary>
    internal static async Task EndlessAsync(HttpContext context)
    {
        var some = new byte[1 << 20];
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(some, context.RequestAborted).AsTask().ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }
}
