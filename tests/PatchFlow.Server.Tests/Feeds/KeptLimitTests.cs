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
        var during = 0L;
        csaf.Simulator.Misbehaviour[""] = context =>
        {
            during = Math.Max(during, SizeOf(near));
            return csaf.Simulator.ServeAsync(context);
        };
        await near.FetchWellAsync();
        Assert.InRange(during, 1, 4000);
        Assert.Equal((SizeOf(near), 4000, false), (near.Kept.Bytes, near.Kept.MostBytes, near.Kept.IsAll));
        Assert.InRange(near.Kept.Bytes, 3000, 4000);
        Assert.InRange(near.KeptFiles().Length, 1, All);
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
        csaf.Simulator.Misbehaviour[""] = Away;
        var failed = (await Assert.ThrowsAsync<FeedException>(near.ExportAsync)).Message;
        Assert.Contains("is not kept, since all are more than the feed's keepMegabytes, so the source of feed vendor was asked", failed, StringComparison.Ordinal);
        Assert.Contains(csaf.Simulator.Address.AbsoluteUri, failed, StringComparison.Ordinal);
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
        foreach (var number in Enumerable.Range(0, All))
        {
            Put(csaf, number);
        }

        csaf.WriteChanges();
        Index(csaf, All);
        csaf.ConfigureAt($"dir/{list}");
        return csaf;
    }

    private static void Index(CsafBench csaf, int count) => csaf.Write("dir/index.txt", string.Concat(Enumerable.Range(0, count).Select(n => $"c-{n:000}.json\n")));

    private static void Put(CsafBench csaf, int number)
    {
        var path = $"dir/c-{number:000}.json";
        csaf.Write(path, CsafBench.Document($"C-{number}", 1, FeedBench.Start));
        csaf.Listed[path] = ($"C-{number}", FeedBench.Start);
    }

    private static void Configure(DatedBench near, long bytes)
    {
        near.Feed = near.Feed with { KeepBytes = bytes };
        near.Start();
    }

    private static long SizeOf(DatedBench near) => near.KeptFiles().Sum(path => new FileInfo(path).Length);

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
