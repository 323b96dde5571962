using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What is kept is exported with what its source has now only where no more of that is refused than of what is in use, however much that is.</summary>
public sealed class KeptMixedTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    // Of a document a hundred refusals are kept, and all are counted.
    [Theory]
    [InlineData(150, 150, true)]
    [InlineData(150, 149, true)]
    [InlineData(150, 151, false)]
    [InlineData(150, 250, false)]
    [InlineData(0, 1, false)]
    public async Task WhereMoreIsRefusedThanOfWhatIsInUseAllIsFetchedAnew(int inUse, int now, bool fits)
    {
        await using var near = await DatedBench.StartAsync("kev");
        Write(near, inUse);
        await near.FetchWellAsync();
        Assert.Equal(inUse, near.View().Snapshot!.Refused);
        var answered = near.Clock.Now;
        near.Clock.Now += TimeSpan.FromHours(1);
        Array.ForEach(near.KeptFiles(), File.Delete);
        Write(near, now);
        string[] about = [];
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        await far.ImportAsync(await near.ExportAsync(), folder => about = File.ReadAllLines(Path.Combine(folder, "feed")));
        Assert.Equal($"answered {(fits ? answered : near.Clock.Now).UtcDateTime:O}", about[^1]);
    }

    private static void Write(DatedBench bench, int refused)
    {
        var entries = Enumerable.Range(0, refused).Select(_ => Entry("no CVE")).Append(Entry("CVE-2026-0001"));
        bench.Write("kev.json", $$"""{"catalogVersion":"1","dateReleased":"{{Start.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}","count":{{refused + 1}},"vulnerabilities":[{{string.Join(',', entries)}}]}""");
    }

    private static string Entry(string cve) =>
        $$"""{"cveID":"{{cve}}","vendorProject":"v","product":"p","vulnerabilityName":"n","dateAdded":"2026-11-20","dueDate":"2026-12-11","knownRansomwareCampaignUse":"Known"}""";
}
