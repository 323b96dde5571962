using Microsoft.AspNetCore.Http;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What is read anew takes no longer than a turn, goes by the dates that others have read, and is read from whoever still has it.</summary>
public sealed class OtherReadersTurnTests
{
    private const string Misread = "UPDATE advisory_records SET severity = 'Low', digest = digest + 1, body = '{\"Id\":\"MISREAD\"}'; UPDATE advisory_feeds SET readers = NULL";

    // As it is written down where a date of it does not count; and others have read a later date than there is.
    private const string Undigested = "UPDATE advisory_documents SET digest = '', changed = NULL, etag = NULL, last_modified = NULL, time = '2026-11-23T06:00:00.000Z' WHERE name = 'b.json'; "
        + "UPDATE advisory_feeds SET time = '2026-11-23T06:00:00.000Z'";

    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("osv listed", true)]
    [InlineData("osv listed", false)]
    [InlineData("csaf", true)]
    [InlineData("csaf", false)]
    public async Task AnEarlierDateInADocumentOfWhichADateDidNotCountStopsNothing(string sort, bool isKept)
    {
        await using var near = await PublishedAsync(sort);
        var bodies = near.Bodies();
        if (!isKept)
        {
            await ForgetAsync(near);
        }

        await near.ExecuteAsync($"{Misread}; {Undigested}");
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        // From then on it is as any other.
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start.AddHours(7)));
        await near.FetchWellAsync();
        await near.FetchWellAsync();
    }

    // What is kept of a single document is what is in use, also where a part of it was refused.
    [Fact]
    public async Task AnEarlierDateInTheOnlyDocumentStopsNothing()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start);
        near.Write("a.json", $"[{DatedBench.Osv("CVE-2026-0001", Start)},{{}}]");
        near.Feed = near.Feed with { Address = new(near.Simulator.Address, "a.json") };
        near.Start();
        await near.FetchWellAsync();
        var bodies = near.Bodies();
        await near.ExecuteAsync($"{Misread}; {Undigested.Replace(" WHERE name = 'b.json'", "", StringComparison.Ordinal)}");
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    // Whether its bytes are those that were read nobody knows: it may be an old copy.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OneThatIsBehindWhatItWasIsRefusedAndTheRestGoesOn(bool isUpgrade)
    {
        await using var near = await PublishedAsync("osv listed");
        await ForgetAsync(near);
        await near.ExecuteAsync(Undigested + (isUpgrade ? "; UPDATE advisory_feeds SET readers = NULL" : ""));
        near.Write("a.json", DatedBench.Osv("CVE-2026-0003", Start));
        near.Write("b.json", DatedBench.Osv("CVE-2026-0004", Start));
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002", "CVE-2026-0003"], near.InUse());
        var refused = Assert.Single(near.Store.Refused(DatedBench.Name, 9));
        Assert.Equal("b.json", refused.File);
        Assert.Contains("it is of 2026-11-23 00:00:00Z, older than 2026-11-23 06:00:00Z which was seen of it already", refused.Reason, StringComparison.Ordinal);
        // Also by other readers, and though nothing has come since.
        await near.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL");
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002", "CVE-2026-0003"], near.InUse());
        near.Write("b.json", DatedBench.Osv("CVE-2026-0004", Start.AddHours(7)));
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0003", "CVE-2026-0004"], near.InUse());
        Assert.Empty(near.Store.Refused(DatedBench.Name, 9));
    }

    // The others reach what was seen: that one of them is not what it was stops nothing, as where its date had counted.
    [Fact]
    public async Task OneThatIsBehindWhatItWasCountsWhereOthersReachWhatWasSeen()
    {
        await using var near = await PublishedAsync("osv listed");
        await near.ExecuteAsync("UPDATE advisory_documents SET digest = '', changed = NULL, etag = NULL, last_modified = NULL WHERE name = 'b.json'");
        near.Write("a.json", DatedBench.Osv("CVE-2026-0001", Start.AddHours(1)));
        await near.FetchWellAsync();
        await near.ExecuteAsync("UPDATE advisory_documents SET digest = '', changed = NULL, etag = NULL, last_modified = NULL WHERE name = 'b.json'");
        near.Write("b.json", DatedBench.Osv("CVE-2026-0004", Start.AddHours(-1)));
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0004"], near.InUse());
    }

    [Fact]
    public async Task OneWhoseNewestRecordIsOfTheFutureForLongIsReadEachTime()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start.AddDays(-1), ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        foreach (var cve in new[] { "CVE-2026-0003", "CVE-2026-0004" })
        {
            near.Write("b.json", $"[{DatedBench.Osv("CVE-2026-0002", Start.AddYears(30))},{DatedBench.Osv(cve, Start.AddDays(-1))}]");
            await near.FetchWellAsync();
            Assert.Equal(["CVE-2026-0001", "CVE-2026-0002", cve], near.InUse());
        }
    }

    [Fact]
    public async Task TheOnlyOneThatIsBehindWhatItWasIsRefusedAsEver()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start);
        await near.FetchWellAsync();
        await near.ExecuteAsync("UPDATE advisory_documents SET digest = '', changed = NULL, etag = NULL, last_modified = NULL");
        near.Write("a.json", DatedBench.Osv("CVE-2026-0002", Start.AddDays(-1)));
        Assert.Contains("a feed never goes back", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["CVE-2026-0001"], near.InUse());
    }

    // The copies of the nodes of one mirror were changed at other moments.
    [Theory]
    [InlineData("tracker", -30)]
    [InlineData("tracker", -180)]
    [InlineData("secdb", -30)]
    [InlineData("support", -30)]
    [InlineData("kev csv", -30)]
    public async Task WhatIsInUseIsReadAlsoFromAMirrorThatLags(string sort, int minutes)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Simulator.LastModified = FeedBench.Start;
        near.Publish("CVE-2026-0001", default);
        await near.FetchWellAsync();
        var bodies = near.Bodies();
        await ForgetAsync(near);
        await near.ExecuteAsync(Misread);
        near.Simulator.LastModified = FeedBench.Start.AddMinutes(minutes);
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.False(near.Store.Row(DatedBench.Name).IsOfOtherReaders);
        Assert.Equal(FeedBench.Start, Assert.Single(near.Marks.Of(DatedBench.Name).Lists!).Value);
        // Other bytes of before are none that are in use.
        await near.ExecuteAsync(Misread);
        near.Publish("CVE-2026-0002", default);
        await near.FetchAsync();
        Assert.True(near.Store.Row(DatedBench.Name).IsOfOtherReaders);
    }

    // That the mirror's copy was in use makes nothing newer of what is older than what was in use before.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OlderBytesAreNotTakenAfterTheSameFromAMirrorThatLags(bool isUpgrade)
    {
        await using var near = await DatedBench.StartAsync("tracker");
        near.Simulator.LastModified = FeedBench.Start;
        near.Publish("CVE-2026-0001", default);
        await near.FetchWellAsync();
        await ForgetAsync(near);
        if (isUpgrade)
        {
            await near.ExecuteAsync(Misread);
        }

        near.Simulator.LastModified = FeedBench.Start.AddMinutes(-40);
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0002", default);
        near.Simulator.LastModified = FeedBench.Start.AddMinutes(-20);
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001"], near.InUse());
        near.Simulator.LastModified = FeedBench.Start.AddMinutes(20);
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], near.InUse());
    }

    [Theory]
    [InlineData("tracker")]
    [InlineData("osv listed")]
    public async Task TheSameBytesAreNoFresherForBeingReadAnew(string sort)
    {
        await using var near = await PublishedAsync(sort);
        await ForgetAsync(near);
        var at = near.Store.Row(DatedBench.Name).FetchedAt;
        await near.ExecuteAsync(Misread);
        near.Clock.Now += TimeSpan.FromDays(2);
        await near.FetchWellAsync();
        Assert.Equal((at, false), (near.Store.Row(DatedBench.Name).FetchedAt, near.Store.Row(DatedBench.Name).IsOfOtherReaders));
        near.Publish("CVE-2026-0003", near.Clock.Now.AddDays(-1), ("CVE-2026-0002", near.Clock.Now.AddDays(-1)));
        await near.FetchWellAsync();
        Assert.Equal(near.Clock.Now, near.Store.Row(DatedBench.Name).FetchedAt);
    }

    // The limit on what is kept was taken away with the update: what is kept is removed after it was read.
    [Fact]
    public async Task WhatIsKeptIsReadBeforeItIsRemoved()
    {
        await using var near = await PublishedAsync("osv listed");
        var bodies = near.Bodies();
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.Empty(near.KeptFiles());
    }

    [Fact]
    public async Task WhatIsReadAnewAndWhatIsFetchedShareTheTimeOfATurn()
    {
        await using var near = await PublishedAsync("osv listed");
        var bodies = near.Bodies();
        await near.ExecuteAsync(Misread);
        near.Clock.Asked = () => near.Clock.Elapsed = TimeSpan.FromHours(2) - TimeSpan.FromSeconds(1);
        near.Simulator.Misbehaviour[""] = context => Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Contains("took longer than 2 h", (await near.FetchAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).LastError, StringComparison.Ordinal);
        Assert.Equal(bodies, near.Bodies());
    }

    // More than half of it is gone when it begins to read: so it is asked for, and there is time for that.
    [Fact]
    public async Task WhatIsReadAnewHasHalfOfTheTimeOfATurn()
    {
        await using var near = await PublishedAsync("osv listed");
        var bodies = near.Bodies();
        near.Limits = near.Limits with { TurnTime = TimeSpan.FromSeconds(12) };
        near.Start();
        await near.ExecuteAsync(Misread);
        near.Clock.Asked = () =>
        {
            near.Clock.Asked = null;
            // The time itself is what is waited for: more than half of a turn.
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromSeconds(6.5));
        };
        near.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.Contains("/b.json 200", near.Simulator.Requests);
    }

    // To ask for all takes as long as to read it: where that is more than half of a turn, the next turn is for that alone.
    [Fact]
    public async Task WhatCantBeReadInHalfOfATurnIsFetchedInAWholeOne()
    {
        await using var near = await PublishedAsync("osv listed");
        var bodies = near.Bodies();
        near.Limits = near.Limits with { TurnTime = TimeSpan.FromSeconds(6) };
        near.Start();
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour["b.json"] = async context =>
        {
            await Task.Delay(TimeSpan.FromSeconds(1), context.RequestAborted);
            await context.Response.WriteAsync(await File.ReadAllTextAsync(Path.Combine(near.Root, "b.json")));
        };
        near.Clock.Asked = Slow;
        Assert.Contains("took longer than", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
        (near.Clock.Elapsed, near.Clock.Asked) = (TimeSpan.Zero, Slow);
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.False(near.Store.Row(DatedBench.Name).IsOfOtherReaders);

        // The time itself is what is waited for: more than half of a turn, and then most of it is gone.
        void Slow()
        {
            near.Clock.Asked = null;
            using var never = new ManualResetEventSlim();
            never.Wait(TimeSpan.FromSeconds(3.4));
            near.Clock.Elapsed = TimeSpan.FromSeconds(5.6);
        }
    }

    private static async Task<DatedBench> PublishedAsync(string sort)
    {
        var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        Assert.Equal(sort == "tracker" ? 1 : 2, near.Bodies().Count);
        return near;
    }

    private static async Task ForgetAsync(DatedBench near)
    {
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.FetchWellAsync();
        Assert.Empty(near.KeptFiles());
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
