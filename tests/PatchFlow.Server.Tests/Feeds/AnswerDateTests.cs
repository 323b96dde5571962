using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Documents without a date are measured by when their server says that they were last changed.</summary>
public sealed class AnswerDateTests
{
    private static readonly DateTimeOffset Start = FeedBench.Start;

    public static TheoryData<string> Undated => ["tracker", "secdb", "support", "kev csv"];

    [Theory]
    [MemberData(nameof(Undated))]
    public async Task AnOlderCopyIsRefusedAlsoAfterRestoringAnOldDatabase(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        await PublishAsync(bench, "CVE-2026-0001", Start.AddDays(-4));
        var saved = bench.Save();
        await PublishAsync(bench, "CVE-2026-0002", Start);
        var kept = bench.Bodies();
        bench.Publish("CVE-2026-0003", default);
        bench.Simulator.LastModified = Start.AddDays(-2);
        var error = (await bench.FetchAsync()).LastError!;
        Assert.Contains("was last changed at 2026-11-21 12:00:00Z", error, StringComparison.Ordinal);
        Assert.Contains("a copy of 2026-11-23 12:00:00Z was in use already", error, StringComparison.Ordinal);
        Assert.Contains("patchflow feeds rewind vendor --to 2026-11-21T12:00:00Z --reason WORDS", error, StringComparison.Ordinal);
        Assert.Equal(kept, bench.Bodies());

        bench.Restore(saved);
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        // Also what a restored database calls unchanged.
        bench.Publish("CVE-2026-0001", default);
        bench.Simulator.LastModified = Start.AddDays(-4);
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        await PublishAsync(bench, "CVE-2026-0002", Start);
        Assert.Equal(kept, bench.Bodies());

        await bench.RewindAsync(Start.AddDays(-2));
        await PublishAsync(bench, "CVE-2026-0003", Start.AddDays(-2));
        Assert.NotEqual(kept, bench.Bodies());
    }

    // Where nothing is kept it is asked for by the restored database's validators, and the server says that nothing is new.
    [Fact]
    public async Task WhatARestoredDatabaseCallsUnchangedIsRefusedThoughNothingIsKept()
    {
        await using var bench = await DatedBench.StartAsync("tracker");
        bench.Feed = bench.Feed with { KeepBytes = 0 };
        bench.Start();
        await PublishAsync(bench, "CVE-2026-0001", Start.AddDays(-4));
        var saved = bench.Save();
        await PublishAsync(bench, "CVE-2026-0002", Start);
        bench.Restore(saved);
        bench.Publish("CVE-2026-0001", default);
        bench.Simulator.LastModified = Start.AddDays(-4);
        bench.Simulator.Requests.Clear();
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["/tracker.json 304"], bench.Simulator.Requests);
    }

    // The mark is what outlives a restored database; where it is lost, nobody knows what did.
    [Theory]
    [InlineData("tracker", true)]
    [InlineData("tracker", false)]
    [InlineData("secdb", true)]
    [InlineData("kev csv", true)]
    public async Task WhileTheMarksAreGoneNothingIsFetchedUntilAPersonHasMendedThem(string sort, bool hasDate)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        await PublishAsync(bench, "CVE-2026-0001", hasDate ? Start : null);
        File.Delete(bench.DatabaseFile + ".feeds.json");
        bench.Start();
        bench.Publish("CVE-2026-0002", default);
        bench.Simulator.Requests.Clear();
        Assert.Contains("it is gone", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Empty(bench.Simulator.Requests);
        Assert.Equal((FeedState.Failing, "CVE-2026-0001"), (bench.View().State, Assert.Single(bench.InUse())));
        // As the message says: from what the database knows.
        await File.WriteAllTextAsync(bench.DatabaseFile + ".feeds.json", "{}", TestContext.Current.CancellationToken);
        bench.Start();
        bench.Simulator.LastModified = hasDate ? Start.AddDays(-2) : null;
        var error = (await bench.FetchAsync()).LastError;
        Assert.Equal(hasDate, error?.Contains("a feed never goes back", StringComparison.Ordinal) ?? false);
        await PublishAsync(bench, "CVE-2026-0003", Start.AddDays(1));
        Assert.Equal(["CVE-2026-0003"], bench.InUse());
    }

    // The nodes of one mirror get the same document at different moments.
    [Fact]
    public async Task ACopyThatIsALittleOlderIsNothingNew()
    {
        await using var bench = await DatedBench.StartAsync("tracker");
        await PublishAsync(bench, "CVE-2026-0002", Start);
        await PublishAsync(bench, "CVE-2026-0001", Start.AddMinutes(-59));
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
        Assert.Equal((FeedState.Fresh, Start), (bench.View().State, bench.Marks.Of("vendor").ReachedOf(bench.Feed.DatedBy)));
        // Nor does it go out in the place of what is in use, kept or not.
        await using var far = await DatedBench.FarAsync(bench.Feed);
        bench.Simulator.Misbehaviour[""] = Away;
        Assert.True(await far.ImportAsync(await bench.ExportAsync()));
        Assert.Equal(["CVE-2026-0002"], far.InUse());
        Directory.Delete(bench.KeptFolder, recursive: true);
        bench.Simulator.Misbehaviour.Clear();
        await bench.FetchWellAsync();
        bench.Simulator.Misbehaviour[""] = Away;
        await Assert.ThrowsAsync<FeedException>(bench.ExportAsync);
        bench.Simulator.Misbehaviour.Clear();
        // One that was never had is had all the same.
        await bench.ExecuteAsync("DELETE FROM advisory_feeds; DELETE FROM advisory_documents; DELETE FROM advisory_records");
        bench.Start();
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001"], bench.InUse());
        Assert.Equal(Start, bench.Marks.Of("vendor").ReachedOf(bench.Feed.DatedBy));
    }

    // What is in use after restoring an old database is older yet.
    [Fact]
    public async Task ACopyThatIsALittleOlderIsTakenWhereWhatIsInUseIsOlderYet()
    {
        await using var bench = await DatedBench.StartAsync("tracker");
        await PublishAsync(bench, "CVE-2026-0001", Start.AddDays(-30));
        var saved = bench.Save();
        await PublishAsync(bench, "CVE-2026-0002", Start);
        bench.Restore(saved);
        await PublishAsync(bench, "CVE-2026-0002", Start.AddMinutes(-30));
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
        Assert.Equal(Start, bench.Marks.Of("vendor").ReachedOf(bench.Feed.DatedBy));
    }

    // The date that a person types is seldom the copy's own.
    [Fact]
    public async Task AfterARewindACopyThatIsALittleOlderIsTaken()
    {
        await using var bench = await DatedBench.StartAsync("tracker");
        await PublishAsync(bench, "CVE-2026-0001", Start);
        await bench.RewindAsync(Start.AddDays(-1));
        await PublishAsync(bench, "CVE-2026-0002", Start.AddDays(-1).AddMinutes(-30));
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("the future")]
    public async Task WhatSaysNothingThatCanBeIsTakenAndMeasuresNothing(string what)
    {
        await using var bench = await DatedBench.StartAsync("tracker");
        await PublishAsync(bench, "CVE-2026-0001", Start);
        await PublishAsync(bench, "CVE-2026-0002", what == "nothing" ? null : Start.AddDays(2));
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
        Assert.Equal(Start, bench.Marks.Of("vendor").ReachedOf(bench.Feed.DatedBy));
    }

    // Its time says when it was copied.
    [Fact]
    public async Task AFilesOwnTimeMeasuresNothing()
    {
        await using var bench = await DatedBench.StartAsync("tracker file");
        await bench.PublishWellAsync("CVE-2026-0001", default);
        bench.Publish("CVE-2026-0002", default);
        File.SetLastWriteTimeUtc(bench.Feed.Address.LocalPath, Start.UtcDateTime.AddYears(-1));
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
    }

    // What has dates of its own is measured by those.
    [Fact]
    public async Task WhatHasDatesIsNotMeasuredByItsServer()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        bench.Simulator.LastModified = Start;
        await bench.PublishWellAsync("CVE-2026-0001", Start.AddDays(-2));
        bench.Simulator.LastModified = Start.AddDays(-9);
        await bench.PublishWellAsync("CVE-2026-0002", Start.AddDays(-1));
        Assert.Null(bench.Marks.Of("vendor").Lists);
    }

    private static async Task PublishAsync(DatedBench bench, string cve, DateTimeOffset? changed)
    {
        bench.Simulator.LastModified = changed;
        await bench.PublishWellAsync(cve, default);
    }

    private static Task Away(Microsoft.AspNetCore.Http.HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
