using Microsoft.AspNetCore.Http;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What came well and can't be read does not take the place of what is in use.</summary>
public sealed class KeptUnreadTests
{
    private const string Junk = "this is no document";
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("osv listed", "b.json", 1)]
    [InlineData("osv listed", "b.json", 2)]
    [InlineData("csaf", "b.json", 1)]
    [InlineData("csaf", "b.json", 2)]
    [InlineData("csaf directory", "b.json", 1)]
    [InlineData("csaf directory", "b.json", 2)]
    [InlineData("months", "msrc/cvrf/v3.0/cvrf/2026-Dec", 1)]
    [InlineData("months", "msrc/cvrf/v3.0/cvrf/2026-Dec", 2)]
    public async Task WhatIsExportedIsWhatIsInUse(string sort, string unread, int looks)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start.AddDays(-1)));
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0003", Start.AddDays(-1), ("CVE-2026-0004", Start));
        near.Write(unread, Junk);
        for (var look = 0; look < looks; look++)
        {
            await near.FetchWellAsync();
        }

        var (name, inUse) = (Path.GetFileName(unread), near.InUse());
        Assert.Contains(name, Unread(near));
        Assert.Equal(near.Kept.Bytes, near.KeptFiles().Sum(path => new FileInfo(path).Length));
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal((string.Join(' ', inUse), 2), (string.Join(' ', far.InUse()), inUse.Count()));
        Assert.DoesNotContain(name, Unread(far));
    }

    // The importing side has to see it refused too.
    [Fact]
    public async Task WhatNeverCouldBeReadIsExportedAsItCame()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        near.Write("b.json", Junk);
        await near.FetchWellAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.Store.Refused(DatedBench.Name, 9), far.Store.Refused(DatedBench.Name, 9));
        Assert.Equal(["CVE-2026-0001"], far.InUse());
    }

    [Fact]
    public async Task WhatCanBeReadAgainIsKeptInItsPlace()
    {
        await using var near = await DatedBench.StartAsync("csaf directory");
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start.AddDays(-1)));
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start));
        near.Write("b.json", Junk);
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0004", Start));
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(2, far.InUse().Count());
        Assert.Equal(near.Bodies(), far.Bodies());
        Assert.Empty(Unread(far));
    }

    // Something else is in use, and it is not there to be exported: junk is no stand-in.
    [Fact]
    public async Task WhereWhatIsInUseIsNotKeptNothingElseIs()
    {
        await using var near = await DatedBench.StartAsync("csaf directory");
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start.AddDays(-1)));
        await near.FetchWellAsync();
        Directory.Delete(near.KeptFolder, recursive: true);
        near.Clock.Now += TimeSpan.FromDays(1);
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start));
        near.Write("b.json", Junk);
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
    }

    // As a version that kept nothing leaves it: what is in use of a document that is read in parts, or has a date that does not count yet, is kept when it is had again.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsUsedInPartsIsKept(bool isFuture)
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        var good = DatedBench.Osv("CVE-2026-0002", isFuture ? Start.AddYears(3) : Start);
        near.Write("b.json", isFuture ? good : $$"""[{{good}},{"id":7}]""");
        await near.FetchWellAsync();
        Assert.Equal(2, near.InUse().Count());
        Assert.Equal(["b.json"], Unread(near));
        Directory.Delete(near.KeptFolder, recursive: true);
        near.Clock.Now += TimeSpan.FromDays(1);
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
    }

    private static IEnumerable<string> Unread(DatedBench bench) => bench.Store.Refused(DatedBench.Name, 9).Where(r => r.Position != CsafHashes.Position).Select(r => r.File);

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
