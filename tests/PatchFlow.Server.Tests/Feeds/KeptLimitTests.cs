using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What is kept of a feed is bounded, and what was left out is said.</summary>
public sealed class KeptLimitTests
{
    private const int All = 40;

    [Fact]
    public async Task NoMoreIsKeptThanMayBeAndWhatIsNotIsSaidAndAskedFor()
    {
        await using var csaf = await VendorAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured with { KeepBytes = 4000 });
        Assert.InRange(await MostDuringAsync(csaf, near), 1, 4000);
        Assert.Equal((SizeOf(near), 4000, false), (near.Kept.Bytes, near.Kept.MostBytes, near.Kept.IsAll));
        Assert.InRange(near.Kept.Bytes, 3000, 4000);
        Assert.InRange(near.KeptFiles().Length, 1, All);
        var kept = near.KeptFiles().Length;
        csaf.Simulator.Requests.Clear();
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
        // What is noted of documents, that they have no checksum, makes nothing of what is kept unfit.
        Assert.InRange(csaf.Simulator.Requests.Count(r => r.EndsWith(".json 200", StringComparison.Ordinal)), 1, All - kept + 1);
        csaf.Simulator.Misbehaviour[""] = Away;
        var failed = (await Assert.ThrowsAsync<FeedException>(near.ExportAsync)).Message;
        Assert.Contains("is not kept, since all are more than the feed's keepMegabytes, so the source of feed vendor was asked", failed, StringComparison.Ordinal);
        Assert.Contains(csaf.Simulator.Address.AbsoluteUri, failed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsInUseAndWhatIsNewCountTogether()
    {
        await using var csaf = await VendorAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var inUse = SizeOf(near);
        Configure(near, inUse + 2000);
        PutAll(csaf, version: 2);
        Assert.InRange(await MostDuringAsync(csaf, near), inUse + 1000, inUse + 2000);
        Assert.Equal((SizeOf(near), false), (near.Kept.Bytes, near.Kept.IsAll));
    }

    [Fact]
    public async Task WhatAFetchThatWasCutOffHasLeftCountsToo()
    {
        await using var csaf = await VendorAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        near.Limits = near.Limits with { Unreachable = 3 };
        Configure(near, 4000);
        var had = 0;
        csaf.Simulator.Misbehaviour[".json"] = context => Interlocked.Increment(ref had) <= 8 ? csaf.Simulator.ServeAsync(context) : Away(context);
        Assert.NotNull((await near.FetchAsync()).LastError);
        csaf.Simulator.Misbehaviour.Clear();
        var left = SizeOf(near);
        Assert.InRange(left, 1500, 4000);
        Assert.InRange(await MostDuringAsync(csaf, near), left, 4000);
    }

    [Fact]
    public async Task WhatDidNotFitIsLackingUntilItFits()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Write("b.json", DatedBench.Osv("CVE-2026-0002", FeedBench.Start));
        near.Write("index.txt", "b.json\n");
        Configure(near, 3000);
        await near.FetchWellAsync();
        Assert.True(near.Kept.IsAll);
        near.Write("a.json", DatedBench.Osv("CVE-2026-0001", FeedBench.Start).Replace("{\"id\"", $"{{\"details\":\"{RandomNumberGenerator.GetHexString(10000)}\",\"id\"", StringComparison.Ordinal));
        near.Write("index.txt", "a.json\nb.json\n");
        await near.FetchWellAsync();
        Assert.False(near.Kept.IsAll);
        // What is new besides fits.
        near.Write("b.json", DatedBench.Osv("CVE-2026-0003", FeedBench.Start));
        await near.FetchWellAsync();
        Assert.False(near.Kept.IsAll);
        near.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Contains("/a.json 304", near.Simulator.Requests);
        near.Write("a.json", DatedBench.Osv("CVE-2026-0001", FeedBench.Start));
        await near.FetchWellAsync();
        Assert.True(near.Kept.IsAll);
    }

    [Fact]
    public async Task AdvisoriesThatDidNotFitAreLackingUnderAnotherNameToo()
    {
        await using var rpm = await RpmWorld.StartAsync();
        var updates = RpmWorld.Updates([.. Enumerable.Range(0, 400).Select(_ => $"RLSA-{RandomNumberGenerator.GetHexString(32)}")]);
        rpm.Publish(updates);
        await using var near = await DatedBench.FarAsync(rpm.Feed("signed"));
        near.Clock.Now = rpm.World.Now;
        await near.FetchWellAsync();
        var sizes = near.KeptFiles().Select(path => new FileInfo(path).Length).Order().ToList();
        Assert.True(sizes[^1] > 3 * sizes[..^1].Sum());
        Configure(near, 3 * sizes[..^1].Sum());
        await near.FetchWellAsync();
        for (var day = 0; day < 2; day++)
        {
            rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
            near.Clock.Now = rpm.World.Now;
            rpm.Bend = text => text.Replace(rpm.Packed, $"renamed{day}-updateinfo.xml.gz", StringComparison.Ordinal);
            rpm.Publish(updates);
            await near.FetchWellAsync();
            Assert.False(near.Kept.IsAll);
            await near.FetchWellAsync();
            Assert.False(near.Kept.IsAll);
        }
    }

    // What is kept was spoiled, and comes again: it takes no room but its own.
    [Fact]
    public async Task WhatComesAgainMendsWhatIsKeptThoughThereIsNoMoreRoom()
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Simulator.HasETags = false;
        await near.PublishWellAsync("CVE-2026-0001", FeedBench.Start);
        Configure(near, SizeOf(near));
        File.WriteAllText(Assert.Single(near.KeptFiles()), "spoiled");
        await near.FetchWellAsync();
        Assert.True(near.Kept.IsAll);
        near.Simulator.Misbehaviour[""] = Away;
        Assert.NotEmpty(await near.ExportAsync());
    }

    [Fact]
    public async Task WhatDidNotFitIsNotAskedForAgainBeforeThereIsRoom()
    {
        await using var csaf = await VendorAsync(list: "index.txt");
        await using var near = await DatedBench.FarAsync(csaf.Configured with { KeepBytes = 4000 });
        await near.FetchWellAsync();
        csaf.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(All, csaf.Simulator.Requests.Count(r => r.EndsWith(".json 304", StringComparison.Ordinal)));
        Assert.False(near.Kept.IsAll);
        // With a new document as well.
        Put(csaf, All);
        Index(csaf, All + 1);
        await near.FetchWellAsync();
        csaf.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(All + 1, csaf.Simulator.Requests.Count(r => r.EndsWith(".json 304", StringComparison.Ordinal)));
        Configure(near, 1 << 20);
        await near.FetchWellAsync();
        Assert.True(near.Kept.IsAll);
        csaf.Simulator.Misbehaviour[""] = Away;
        Assert.NotEmpty(await near.ExportAsync());
    }

    [Fact]
    public async Task ASmallerLimitHoldsForWhatIsKeptAlready()
    {
        await using var csaf = await VendorAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        Assert.True(SizeOf(near) > 4000);
        Configure(near, 4000);
        await near.FetchWellAsync();
        Assert.InRange(SizeOf(near), 1, 4000);
        Assert.Equal((SizeOf(near), false), (near.Kept.Bytes, near.Kept.IsAll));
        Assert.NotEmpty(await near.ExportAsync());
        Configure(near, 0);
        await near.FetchWellAsync();
        Assert.False(Directory.Exists(near.KeptFolder));
        Assert.Equal((0, 0, null), (near.Kept.Bytes, near.Kept.MostBytes, near.Kept.AnsweredAt));
        csaf.Simulator.Misbehaviour[""] = Away;
        Assert.Contains("its keepMegabytes is 0", (await Assert.ThrowsAsync<FeedException>(near.ExportAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsKeptTwiceTakesUpItsBytesOnce()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Write("a.json", DatedBench.Osv("CVE-2026-0001", FeedBench.Start));
        near.Write("b.json", DatedBench.Osv("CVE-2026-0001", FeedBench.Start));
        near.Write("index.txt", "a.json\nb.json\n");
        await near.FetchWellAsync();
        Assert.Equal((3, 2, SizeOf(near), true), (near.Kept.Answers, near.KeptFiles().Length, near.Kept.Bytes, near.Kept.IsAll));
    }

    private static async Task<CsafBench> VendorAsync(string list = "changes.csv")
    {
        var csaf = await CsafBench.StartAsync();
        PutAll(csaf, version: 1);
        Index(csaf, All);
        csaf.ConfigureAt($"dir/{list}");
        return csaf;
    }

    private static void Index(CsafBench csaf, int count) => csaf.Write("dir/index.txt", string.Concat(Enumerable.Range(0, count).Select(n => $"c-{n:000}.json\n")));

    private static void PutAll(CsafBench csaf, int version)
    {
        foreach (var number in Enumerable.Range(0, All))
        {
            Put(csaf, number, version);
        }

        csaf.WriteChanges();
    }

    private static void Put(CsafBench csaf, int number, int version = 1)
    {
        var (path, at) = ($"dir/c-{number:000}.json", FeedBench.Start.AddDays(version - 10));
        csaf.Write(path, CsafBench.Document($"C-{number}", version, at));
        csaf.Listed[path] = ($"C-{number}", at);
    }

    // How much was kept at most, while it was fetched.
    private static async Task<long> MostDuringAsync(CsafBench csaf, DatedBench near)
    {
        var during = 0L;
        csaf.Simulator.Misbehaviour[""] = context =>
        {
            var now = SizeOf(near);
            lock (csaf)
            {
                during = Math.Max(during, now);
            }

            return csaf.Simulator.ServeAsync(context);
        };
        await near.FetchWellAsync();
        return during;
    }

    private static void Configure(DatedBench near, long bytes)
    {
        near.Feed = near.Feed with { KeepBytes = bytes };
        near.Start();
    }

    private static long SizeOf(DatedBench near) => near.KeptFiles().Sum(path => new FileInfo(path).Length);

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
