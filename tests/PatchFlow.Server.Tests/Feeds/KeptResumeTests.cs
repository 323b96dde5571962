using Microsoft.AspNetCore.Http;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A first fetch that was cut off goes on, and takes nothing for an answer that the vendor may have mended since, or that was of something else.</summary>
public sealed class KeptResumeTests
{
    // Up to three that were under way when the fetch ended had been answered, and were not kept yet.
    private const int All = 40, Before = 20, UnderWay = 3;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFirstFetchThatIsCutOffGoesOn(bool hasDates)
    {
        await using var csaf = await VendorAsync(hasDates);
        await using var near = await CutOffAsync(csaf);
        await near.FetchWellAsync();
        Assert.Equal(All, near.InUse().Count());
        Assert.InRange(Asked(csaf, 200), All - Before, All - Before + UnderWay);
        Assert.Equal(hasDates ? 0 : All, hasDates ? Asked(csaf, 304) : Asked(csaf, 200) + Asked(csaf, 304));
        csaf.Simulator.Misbehaviour[""] = Away;
        Assert.NotEmpty(await near.ExportAsync());
    }

    [Theory]
    [InlineData("a day is over")]
    [InlineData("what is kept was altered")]
    [InlineData("what is kept was exchanged")]
    [InlineData("what is kept was cut")]
    [InlineData("what is kept was lost")]
    [InlineData("the keys are others")]
    public async Task WhatDoesNotCountAnyMoreIsAskedForAgain(string why)
    {
        await using var csaf = await VendorAsync(hasDates: true);
        await using var near = await CutOffAsync(csaf);
        switch (why)
        {
            case "a day is over": near.Clock.Now += TimeSpan.FromHours(25); break;
            case "what is kept was lost": Array.ForEach(near.KeptFiles(), File.Delete); break;
            case "what is kept was exchanged": Array.ForEach(near.KeptFiles()[1..], path => File.Copy(near.KeptFiles()[0], path, overwrite: true)); break;
            case "the keys are others":
                near.Feed = near.Feed with { Keyrings = [CsafBench.OtherKey.Public] };
                near.Start();
                break;
            default: Array.ForEach(near.KeptFiles(), path => Spoil(path, isCut: why == "what is kept was cut")); break;
        }

        var failed = (await near.FetchAsync()).LastError;
        // One of the bodies that were exchanged is itself.
        Assert.InRange(Asked(csaf, 200), why.EndsWith("exchanged", StringComparison.Ordinal) ? All - 1 : All, All);
        Assert.Equal(why == "the keys are others", failed is not null);
        Assert.Equal(failed is null ? All : 0, near.InUse().Count());
    }

    [Fact]
    public async Task WhatWasRefusedIsNotTakenAgain()
    {
        await using var csaf = await VendorAsync(hasDates: true);
        csaf.Sign("dir/c-003.json", CsafBench.OtherKey);
        await using var near = await CutOffAsync(csaf);
        // With another signature, and the same date.
        csaf.Sign("dir/c-003.json", CsafBench.Key);
        await near.FetchWellAsync();
        Assert.Equal(All, near.InUse().Count());
        Assert.InRange(Asked(csaf, 200), All - Before + 1, All - Before + 1 + UnderWay);
    }

    [Fact]
    public async Task AFetchThatWasRefusedAsAWholeWasNotCutOff()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.Put("dir/c-1.json", "C-1");
        csaf.WriteChanges();
        csaf.ConfigureAt(CsafBench.Changes);
        var good = File.ReadAllText(csaf.PathOf("dir/c-1.json"));
        Write(csaf, "{");
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        Assert.NotNull((await near.FetchAsync()).LastError);
        // It is mended without another date.
        Write(csaf, good);
        await near.FetchWellAsync();
        Assert.Equal(["C-1"], near.InUse());
    }

    [Theory]
    [InlineData("alarm")]
    [InlineData("rewind")]
    [InlineData("other keys")]
    [InlineData("neither")]
    public async Task WhileAllIsAskedForWholeNothingIsTaken(string why)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.Put("dir/a-1.json", "A-1");
        csaf.WriteChanges();
        csaf.ConfigureAt(CsafBench.Changes, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        switch (why)
        {
            case "alarm":
                csaf.Put("dir/a-1.json", "A-1", 2);
                csaf.Remove("dir/a-1.json.asc");
                csaf.WriteChanges();
                await near.FetchAsync();
                Assert.Equal(FeedState.Alarm, near.View().State);
                break;
            case "rewind": await near.RewindAsync(FeedBench.Start.AddDays(-20)); break;
            case "other keys":
                File.WriteAllBytes(csaf.PathOf("both.gpg"), [.. File.ReadAllBytes(CsafBench.Key.Public), .. File.ReadAllBytes(CsafBench.OtherKey.Public)]);
                near.Feed = near.Feed with { Keyrings = [csaf.PathOf("both.gpg")] };
                near.Start();
                break;
        }

        PutAll(csaf, why == "alarm" ? 2 : 1);
        await CutOffAsync(csaf, near);
        await near.FetchAsync();
        var again = csaf.Simulator.Requests.Where(r => r.StartsWith("/dir/c-", StringComparison.Ordinal) && r.EndsWith(".json 200", StringComparison.Ordinal)).ToList();
        Assert.Equal(All + 1, near.InUse().Count());
        Assert.InRange(again.Count, why == "neither" ? All - Before : All, why == "neither" ? All - Before + UnderWay : All);
    }

    [Fact]
    public async Task AnImportTakesItsArchivesAnswersAlone()
    {
        await using var csaf = await VendorAsync(hasDates: true);
        await using var near = await CutOffAsync(csaf);
        foreach (var number in Enumerable.Range(0, All))
        {
            csaf.Put($"dir/c-{number:000}.json", $"C-{number:000}", cve: "CVE-2026-0007");
        }

        await using var other = await DatedBench.FarAsync(csaf.Configured);
        await other.FetchWellAsync();
        Assert.True(await near.ImportAsync(await other.ExportAsync()));
        Assert.Equal(other.Bodies(), near.Bodies());
    }

    // An archive may be anybody's; what is fetched is the vendor's.
    [Fact]
    public async Task AnImportThatBreaksOffLeavesNothingForAFetch()
    {
        await using var csaf = await VendorAsync(hasDates: true);
        await using var other = await DatedBench.FarAsync(csaf.Configured);
        await other.FetchWellAsync();
        var archive = await other.ExportAsync();
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        near.Limits = near.Limits with { Unreachable = 3 };
        near.Start();
        await Assert.ThrowsAsync<FeedException>(() => near.ImportAsync(archive, LoseLaterDocuments));
        Assert.NotEmpty(near.KeptFiles());
        csaf.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(All, Asked(csaf, 200));
        Assert.Equal(other.Bodies(), near.Bodies());
    }

    private static void LoseLaterDocuments(string folder)
    {
        string[] later = [.. Directory.GetFiles(folder).Where(path => File.ReadAllText(path) is var text && text.StartsWith('{') && (text.Contains("\"C-02", StringComparison.Ordinal) || text.Contains("\"C-03", StringComparison.Ordinal)))];
        Assert.Equal(All - Before, later.Length);
        Array.ForEach(later, File.Delete);
    }

    private static async Task<CsafBench> VendorAsync(bool hasDates)
    {
        var csaf = await CsafBench.StartAsync();
        PutAll(csaf, 1);
        csaf.Write("dir/index.txt", string.Concat(Enumerable.Range(0, All).Select(n => $"c-{n:000}.json\n")));
        csaf.ConfigureAt(hasDates ? CsafBench.Changes : "dir/index.txt", isSigned: true);
        return csaf;
    }

    private static void PutAll(CsafBench csaf, int version)
    {
        foreach (var number in Enumerable.Range(0, All))
        {
            csaf.Put($"dir/c-{number:000}.json", $"C-{number:000}", version);
        }

        csaf.WriteChanges();
    }

    private static async Task<DatedBench> CutOffAsync(CsafBench csaf)
    {
        var near = await DatedBench.FarAsync(csaf.Configured);
        await CutOffAsync(csaf, near);
        Assert.Empty(near.InUse());
        return near;
    }

    private static async Task CutOffAsync(CsafBench csaf, DatedBench near)
    {
        // Four are asked for at the same time, so that what is answered comes between what is not a few times.
        near.Limits = near.Limits with { Unreachable = 3 };
        near.Start();
        var had = 0;
        csaf.Simulator.Misbehaviour[".json"] = context => Interlocked.Increment(ref had) <= Before ? csaf.Simulator.ServeAsync(context) : Away(context);
        Assert.NotNull((await near.FetchAsync()).LastError);
        csaf.Simulator.Misbehaviour.Clear();
        csaf.Simulator.Requests.Clear();
    }

    private static int Asked(CsafBench csaf, int status) => csaf.Simulator.Requests.Count(r => r.EndsWith($".json {status}", StringComparison.Ordinal));

    private static void Spoil(string path, bool isCut)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, isCut ? bytes[..(bytes.Length / 2)] : bytes);
    }

    private static void Write(CsafBench csaf, string text)
    {
        csaf.Write("dir/c-1.json", text);
        csaf.WriteSum("dir/c-1.json");
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
