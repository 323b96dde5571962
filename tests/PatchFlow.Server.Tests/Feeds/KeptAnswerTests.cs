using Microsoft.AspNetCore.Http;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What a vendor answered is kept: an export asks nobody, and a fetch that was cut off goes on.</summary>
public sealed class KeptAnswerTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("kev")]
    [InlineData("epss")]
    [InlineData("osv")]
    [InlineData("osv listed")]
    [InlineData("csaf")]
    [InlineData("csaf directory")]
    [InlineData("debian")]
    [InlineData("updateinfo")]
    [InlineData("months")]
    [InlineData("notices")]
    [InlineData("tracker")]
    public async Task WhatIsInUseIsExportedWhileTheVendorIsAway(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        // What is as known counts on, and what came last is in it.
        await near.FetchWellAsync();
        await near.PublishWellAsync("CVE-2026-0002", Start);
        await near.FetchWellAsync();
        var (asked, row) = (near.Simulator.Requests.Count, near.Store.Row("vendor"));
        near.Simulator.Misbehaviour[""] = Away;
        var tar = await near.ExportAsync();
        Assert.Equal((asked, row), (near.Simulator.Requests.Count, near.Store.Row("vendor")));
        Assert.Equal(tar, await near.ExportAsync());
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(tar));
        Assert.Equal(near.InUse(), far.InUse());
        // What was imported can be carried on, though its source was never reached.
        await using var farther = await DatedBench.FarAsync(near.Feed);
        Assert.True(await farther.ImportAsync(await far.ExportAsync()));
        Assert.Equal(near.InUse(), farther.InUse());
    }

    [Fact]
    public async Task WhatIsNotNamedAnyMoreIsNotKept()
    {
        await using var csaf = await CsafBench.StartAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var before = near.Kept.Answers;
        csaf.Listed.Remove("white/b-1.json");
        csaf.WriteFeed();
        await near.FetchWellAsync();
        Assert.InRange(near.Kept.Answers, 1, before - 2);
    }

    [Theory]
    [InlineData("altered")]
    [InlineData("exchanged")]
    [InlineData("cut")]
    [InlineData("lost")]
    [InlineData("list lost")]
    public async Task WhatIsNotKeptAsItCameIsFetchedAgain(string what)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var tar = await near.ExportAsync();
        var largest = near.KeptFiles().MaxBy(path => new FileInfo(path).Length)!;
        switch (what)
        {
            case "altered":
                var bytes = File.ReadAllBytes(largest);
                bytes[bytes.Length / 2] ^= 1;
                File.WriteAllBytes(largest, bytes);
                break;
            case "exchanged":
                File.Copy(near.KeptFiles().Last(path => path != largest), largest, overwrite: true);
                break;
            case "cut":
                File.WriteAllBytes(largest, File.ReadAllBytes(largest)[..^40]);
                break;
            case "lost":
                File.Delete(largest);
                break;
            default:
                File.Delete(Path.Combine(near.KeptFolder, "current"));
                break;
        }

        var asked = near.Simulator.Requests.Count + csaf.Simulator.Requests.Count;
        var again = await near.ExportAsync();
        Assert.Equal(tar, again);
        Assert.Equal(what == "list lost" ? asked + 8 : asked + 1, near.Simulator.Requests.Count + csaf.Simulator.Requests.Count);
        csaf.Simulator.Misbehaviour[""] = Away;
        // It was mended where the vendor still had the same.
        Assert.Equal(what != "list lost", await Record.ExceptionAsync(near.ExportAsync) is null);
    }

    // What is in use is looked through first, and asks nobody.
    [Fact]
    public async Task WhatIsNotKeptIsAskedForOnce()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        await near.PublishWellAsync("CVE-2026-0001", Start);
        Array.ForEach(near.KeptFiles(), File.Delete);
        near.Write("a.json", DatedBench.Osv("CVE-2026-0002", Start));
        near.Simulator.Requests.Clear();
        Assert.NotEmpty(await near.ExportAsync());
        Assert.Equal(["/index.txt 200", "/a.json 200"], near.Simulator.Requests);
    }

    [Fact]
    public async Task WhatComesAgainMendsWhatIsKept()
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Simulator.HasETags = false;
        await near.PublishWellAsync("CVE-2026-0001", Start);
        var tar = await near.ExportAsync();
        File.WriteAllText(Assert.Single(near.KeptFiles()), "spoiled");
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        Assert.Equal(tar, await near.ExportAsync());
    }

    [Fact]
    public async Task WhatWasNotUsedDoesNotTakeThePlaceOfWhatIs()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        csaf.Put("white/a-1.json", "A-1", 2, CsafBench.OtherKey);
        csaf.Put("white/b-1.json", "B-1", 2);
        csaf.WriteFeed();
        await near.FetchWellAsync();
        Assert.Contains(near.Store.Refused("vendor", 9), r => r.File == "white/a-1.json");
        // Of what was not used nothing is left.
        Assert.Equal(near.Kept.Bytes, near.KeptFiles().Sum(path => new FileInfo(path).Length));
        csaf.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(["A-1", "B-1"], far.InUse());
        Assert.Empty(far.Store.Refused("vendor", 9));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnEntryThatAListHasWrongIsSaidAndTheRestIsExported(bool isKept)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.WriteFeed(more: """,{"id":"bad"}""");
        await using var near = await DatedBench.FarAsync(csaf.Configured with { KeepBytes = isKept ? 1 << 20 : 0 });
        await near.FetchWellAsync();
        Assert.NotEmpty(near.Store.Refused("vendor", 9));
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
        Assert.Equal(near.Store.Refused("vendor", 9), far.Store.Refused("vendor", 9));
    }

    [Fact]
    public async Task WhereNothingCanBeKeptTheFetchSaysSoAndWhatIsInUseStays()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        Directory.Delete(near.KeptFolder, recursive: true);
        File.WriteAllText(near.KeptFolder, "no folder");
        near.Publish("CVE-2026-0002", Start);
        Assert.Contains("look at the space and the rights of the data directory", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["CVE-2026-0001"], near.InUse());
    }

    // As a version that kept nothing leaves it.
    [Theory]
    [InlineData("kev")]
    [InlineData("osv listed")]
    [InlineData("csaf")]
    [InlineData("months")]
    [InlineData("notices")]
    public async Task WhatWasFetchedBeforeAnythingWasKeptIsKeptInTheEnd(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        await near.PublishWellAsync("CVE-2026-0001", Start);
        Directory.Delete(near.KeptFolder, recursive: true);
        near.Clock.Now += TimeSpan.FromDays(1);
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
    }

    // What a person has called wrong is not carried on.
    [Fact]
    public async Task AfterARewindNothingThatIsKeptGoesOut()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start);
        Assert.NotEmpty(await near.ExportAsync());
        await near.RewindAsync(Start.AddDays(-2));
        near.Simulator.Misbehaviour[""] = Away;
        Assert.Contains("a person has let it go back to 2026-11-21", (await Assert.ThrowsAsync<FeedException>(near.ExportAsync)).Message, StringComparison.Ordinal);
    }

    // As a version that kept nothing leaves it: what was verified when it came is not judged anew because it is to be kept.
    [Fact]
    public async Task WhatIsHadOnceMoreToBeKeptIsNotJudgedByIt()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var before = near.InUse();
        Directory.Delete(near.KeptFolder, recursive: true);
        csaf.Simulator.Misbehaviour[".asc"] = context => Task.FromResult(context.Response.StatusCode = 404);
        near.Clock.Now += TimeSpan.FromDays(1);
        csaf.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Contains(csaf.Simulator.Requests, r => r.Contains(".asc", StringComparison.Ordinal));
        Assert.Equal((FeedState.Fresh, null, 0), (near.View().State, near.View().Alarm, near.View().Snapshot!.Refused));
        Assert.Equal(before, near.InUse());
    }

    [Fact]
    public async Task UnderOtherKeysNothingThatIsKeptCounts()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        near.Feed = near.Feed with { Keyrings = [CsafBench.OtherKey.Public] };
        near.Start();
        Assert.Null(near.Kept.AnsweredAt);
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
        // Keys that were given by mistake cost nothing.
        Assert.NotNull((await near.FetchAsync()).LastError);
        near.Feed = near.Feed with { Keyrings = [CsafBench.Key.Public] };
        near.Start();
        csaf.Simulator.Misbehaviour[""] = Away;
        Assert.NotEmpty(await near.ExportAsync());
    }

    // Under the keys of before it was in use, under these it never was: so the importing side sees it refused too.
    [Fact]
    public async Task WhatOtherKeysRefuseIsKeptAsItCame()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        csaf.Sign("white/a-1.json", CsafBench.OtherKey);
        near.Feed = near.Feed with { Keyrings = [CsafBench.OtherKey.Public] };
        near.Start();
        await near.FetchWellAsync();
        Assert.Equal(["A-1"], near.InUse());
        csaf.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
        Assert.Equal(["white/b-1.json"], far.Store.Refused("vendor", 9).Select(r => r.File));
    }

    [Theory]
    [InlineData("osv listed", "b.json")]
    [InlineData("csaf directory", "b.json")]
    [InlineData("months", "2026-Dec")]
    public async Task WhatCouldNotBeHadNowIsExportedAsItWasBefore(string sort, string late)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start.AddDays(-2), ("CVE-2026-0002", Start.AddDays(-1)));
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0003", Start.AddDays(-1), ("CVE-2026-0004", Start));
        near.Simulator.Misbehaviour[late] = Away;
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
    }

    [Fact]
    public async Task AdvisoriesThatAnIndexGivesAnotherNameAreKept()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await using var near = await DatedBench.FarAsync(rpm.Feed("signed"));
        near.Clock.Now = rpm.World.Now;
        await near.FetchWellAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        near.Clock.Now = rpm.World.Now;
        rpm.Bend = text => text.Replace(rpm.Packed, "renamed-updateinfo.xml.gz", StringComparison.Ordinal);
        rpm.Vendor.Requests.Clear();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await near.FetchWellAsync();
        Assert.DoesNotContain(rpm.Vendor.Requests, r => r.Contains("updateinfo", StringComparison.Ordinal));
        rpm.Vendor.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(["RLSA-2026:1"], far.InUse());
    }

    [Fact]
    public async Task OfManyAnswersWhatChangedIsWritten()
    {
        const int All = 60;
        await using var csaf = await CsafBench.StartAsync();
        foreach (var number in Enumerable.Range(0, All))
        {
            Put(csaf, number, 1);
        }

        csaf.ConfigureAt(CsafBench.Changes);
        csaf.WriteChanges();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var whole = Assert.Single(Directory.GetFiles(near.KeptFolder, "list-*"));
        Put(csaf, 7, 2);
        csaf.WriteChanges();
        await near.FetchWellAsync();
        Assert.Equal(whole, Assert.Single(Directory.GetFiles(near.KeptFolder, "list-*")));
        Assert.InRange(File.ReadLines(Path.Combine(near.KeptFolder, "current")).Count(), 2, 10);
        var tar = await WithoutVendorAsync(csaf, near.ExportAsync);
        foreach (var number in Enumerable.Range(0, All))
        {
            Put(csaf, number, 3);
        }

        csaf.WriteChanges();
        await near.FetchWellAsync();
        Assert.NotEqual(whole, Assert.Single(Directory.GetFiles(near.KeptFolder, "list-*")));
        Assert.Single(File.ReadLines(Path.Combine(near.KeptFolder, "current")));
        Assert.NotEqual(tar, await WithoutVendorAsync(csaf, near.ExportAsync));
        Assert.Equal(All + 1, near.KeptFiles().Length);
    }

    private static void Put(CsafBench csaf, int number, int version)
    {
        var (path, at) = ($"dir/c-{number:000}.json", FeedBench.Start.AddDays(version - 10));
        csaf.Write(path, CsafBench.Document($"C-{number}", version, at));
        csaf.Listed[path] = ($"C-{number}", at);
    }

    private static async Task<byte[]> WithoutVendorAsync(CsafBench csaf, Func<Task<byte[]>> exportAsync)
    {
        csaf.Simulator.Misbehaviour[""] = Away;
        var tar = await exportAsync();
        csaf.Simulator.Misbehaviour.Clear();
        return tar;
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
