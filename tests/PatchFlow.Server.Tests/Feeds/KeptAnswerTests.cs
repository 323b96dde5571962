using Microsoft.AspNetCore.Http;
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
        var before = near.Answers.Kept.Answers;
        csaf.Listed.Remove("white/b-1.json");
        csaf.WriteFeed();
        await near.FetchWellAsync();
        Assert.InRange(near.Answers.Kept.Answers, 1, before - 2);
    }

    [Theory]
    [InlineData("altered")]
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
            case "cut":
                File.WriteAllBytes(largest, File.ReadAllBytes(largest)[..^40]);
                break;
            case "lost":
                File.Delete(largest);
                break;
            default:
                File.Delete(Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(largest)!)!, "current"));
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFirstFetchThatIsCutOffGoesOn(bool hasDates)
    {
        const int All = 120, Before = 25;
        await using var csaf = await CsafBench.StartAsync();
        foreach (var number in Enumerable.Range(0, All))
        {
            csaf.Put($"dir/c-{number:000}.json", $"C-{number:000}", 1);
        }

        csaf.WriteChanges();
        csaf.Write("dir/index.txt", string.Concat(Enumerable.Range(0, All).Select(n => $"c-{n:000}.json\n")));
        csaf.ConfigureAt(hasDates ? CsafBench.Changes : "dir/index.txt", isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        var had = 0;
        csaf.Simulator.Misbehaviour[".json"] = context => Interlocked.Increment(ref had) <= Before ? csaf.Simulator.ServeAsync(context) : Away(context);
        Assert.NotNull((await near.FetchAsync()).LastError);
        Assert.Empty(near.InUse());
        csaf.Simulator.Misbehaviour.Clear();
        csaf.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(All, near.InUse().Count());
        var asked = csaf.Simulator.Requests.Where(r => r.EndsWith(".json 200", StringComparison.Ordinal)).ToList();
        Assert.Equal(All - Before, asked.Count);
        Assert.Equal(hasDates ? 0 : Before, csaf.Simulator.Requests.Count(r => r.EndsWith(".json 304", StringComparison.Ordinal)));
        csaf.Simulator.Misbehaviour[""] = Away;
        Assert.NotEmpty(await near.ExportAsync());
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
    public async Task NoMoreIsKeptThanMayBe()
    {
        await using var csaf = await CsafBench.StartAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured with { KeepBytes = 1000 });
        await near.FetchWellAsync();
        Assert.InRange(near.KeptFiles().Sum(path => new FileInfo(path).Length), 1, 1000);
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
        csaf.Simulator.Misbehaviour[""] = Away;
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
    }

    [Fact]
    public async Task WhereNothingCanBeKeptTheFetchSaysSoAndWhatIsInUseStays()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        var answers = Path.GetDirectoryName(Path.GetDirectoryName(near.KeptFiles().Single())!)!;
        Directory.Delete(answers, recursive: true);
        File.WriteAllText(answers, "no folder");
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
        Directory.Delete(Path.GetDirectoryName(Path.GetDirectoryName(near.KeptFiles()[0])!)!, recursive: true);
        near.Clock.Now += TimeSpan.FromDays(1);
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(near.InUse(), far.InUse());
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
        Assert.Null(near.Answers.AnsweredAt);
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
