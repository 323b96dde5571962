using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>The alarm of a whole distribution is of the documents with which it began: what never had a signature neither begins it again nor keeps it standing.</summary>
public sealed class CsafWaitingTests
{
    private const string Of = "csaf x";

    [Fact]
    public async Task TheAlarmNamesTheDocumentsWithWhichItBeganAndEndsWithTheirSignaturesThoughAnotherNeverHasOne()
    {
        await using var bench = await WaitingAsync();
        await PutUnsignedAsync(bench, "e");
        Assert.Equal(FeedState.Alarm, bench.View().State);
        Assert.Contains("(white/e-1.json)", bench.View().Alarm, StringComparison.Ordinal);
        // Also after a restart.
        bench.Configure(bench.Configured);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Sign("white/e-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.StartsWith("white/d-1.json", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        // And it is not begun again by the one that waits.
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    [Fact]
    public async Task TheAlarmEndsWhereListsThatWereReadWholeTakeTheDocumentBackThoughAnotherNeverHasASignature()
    {
        await using var bench = await WaitingAsync();
        await PutUnsignedAsync(bench, "e");
        bench.Listed.Remove("white/e-1.json");
        bench.WriteFeed(FeedBench.Start, more: ",{\"id\":7}");
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.WriteFeed(FeedBench.Start.AddMinutes(1));
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    [Fact]
    public async Task TheAlarmDoesNotEndWhereTheDocumentCanNotBeHadOrHasAnotherName()
    {
        await using var bench = await WaitingAsync();
        await PutUnsignedAsync(bench, "e");
        bench.Simulator.Misbehaviour["e-1.json.asc"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Simulator.Misbehaviour.Clear();
        bench.Listed.Remove("white/e-1.json");
        await PutUnsignedAsync(bench, "f");
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Sign("white/f-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    // Of what is refused the store keeps a hundred.
    [Fact]
    public async Task MoreThanAHundredDocumentsThatNeverHadASignatureAreNoAlarmAndKeepNoneStanding()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        for (var i = 0; i < 120; i++)
        {
            Put(bench, $"white/n{i:000}-1.json", $"N{i:000}-1");
        }

        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        await PutUnsignedAsync(bench, "e");
        Assert.Equal(FeedState.Alarm, bench.View().State);
        Assert.Contains("(white/e-1.json)", bench.View().Alarm, StringComparison.Ordinal);
        bench.Sign("white/e-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(120, bench.Store.Counts("vendor").Refused);
    }

    // A mark of the earlier version: what waited was among what was refused.
    [Fact]
    public async Task WhatWaitedBeforeTheMarkSaidSoBeginsNoAlarm()
    {
        await using var bench = await WaitingAsync();
        var old = System.Text.Json.Nodes.JsonNode.Parse(await File.ReadAllTextAsync(bench.MarksFile, TestContext.Current.CancellationToken))!;
        Assert.True(old["vendor"]!.AsObject().Remove("waiting"));
        await File.WriteAllTextAsync(bench.MarksFile, old.ToJsonString(), TestContext.Current.CancellationToken);
        bench.Configure(bench.Configured);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    [Fact]
    public void WhatWaitsIsNamedToABoundAndCountedBeyondIt()
    {
        var many = Names(1500);
        var mark = Weighed(new FeedMark(), Look(1, many));
        Assert.Equal((1000, 500, null), (mark.Waiting!.Value.Length, mark.MoreWaiting, mark.Alarm));
        Assert.Same(mark, Same(mark, Weighed(mark, Look(0, many))));
        // One more than are known is new.
        var alarm = Weighed(mark, Look(0, [.. many, "new"]));
        Assert.StartsWith("501 came", alarm.Alarm, StringComparison.Ordinal);
        Assert.Equal(501, alarm.Began!.Value.Length);
        // Where not all were looked at it is not known that fewer wait.
        Assert.Equal(500, Weighed(mark, Look(1, []) with { IsWhole = false }).MoreWaiting);
        Assert.Equal(0, Weighed(mark, Look(1, [])).MoreWaiting);
    }

    [Fact]
    public void AnAlarmOfMoreThanCanBeNamedEndsWhereAllWereLookedAtAndNoneOfThemLacksItsSignature()
    {
        var waiting = Weighed(new FeedMark(), Look(1, ["d"]));
        var alarm = Weighed(waiting, Look(0, ["d", .. Names(1500)]));
        Assert.Null(alarm.Began);
        Assert.NotNull(alarm.Alarm);
        Assert.Equal(alarm.Alarm, Weighed(alarm, Look(1, ["d", "n0007"])).Alarm);
        Assert.Equal(alarm.Alarm, Weighed(alarm, Look(1, ["d"]) with { IsWhole = false }).Alarm);
        Assert.Equal(alarm.Alarm, Weighed(alarm, Look(0, ["d"])).Alarm);
        var over = Weighed(alarm, Look(1, ["d"]));
        Assert.Null(over.Alarm);
        Assert.Equal(["d"], over.Waiting!.Value);
    }

    [Fact]
    public void WhatComesWithoutASignatureWhileAnAlarmStandsGoesWithIt()
    {
        var alarm = Weighed(Weighed(new FeedMark(), Look(1, ["d"])), Look(0, ["d", "e"]));
        Assert.Equal(["e"], alarm.Began!.Value);
        var more = Weighed(alarm, Look(1, ["d", "f"], ["e"]));
        Assert.Equal(["f"], more.Began!.Value);
        Assert.NotNull(more.Alarm);
        Assert.Null(Weighed(more, Look(1, ["d"], ["f"])).Alarm);
        // A mark of the earlier version does not know with which it began, nor what waited.
        var old = new FeedMark { Alarm = "whole" };
        Assert.Equal("whole", Weighed(old, Look(1, ["d"])).Alarm);
        Assert.Null(Weighed(old, Look(1, [])).Alarm);
    }

    [Fact]
    public void WhatWaitsAtAnotherAddressIsOther()
    {
        var alarm = Weighed(Weighed(new FeedMark { DatedBy = Of }, Look(1, ["d"])), Look(0, ["d", "e"]));
        Assert.Equal(["d", "e"], alarm.AwaitedOf(Of));
        Assert.Empty(alarm.AwaitedOf("csaf y"));
        var other = alarm.Used(null, "csaf y", new Dictionary<string, DateTimeOffset>());
        Assert.Equal((null, null, 0), (other.Waiting, other.Began, other.MoreWaiting));
        Assert.NotNull(alarm.Used(null, Of, new Dictionary<string, DateTimeOffset>()).Waiting);
    }

    [Fact]
    public void WhatIsCountedAndTheDatesOfListsAtAnotherAddressAreOther()
    {
        var mark = Weighed(new FeedMark().Used(null, Of, new Dictionary<string, DateTimeOffset> { ["list"] = FeedBench.Start }), Look(1, Names(1500)));
        Assert.Equal((500, FeedBench.Start), (mark.MoreWaiting, mark.ListOf(Of, "list")));
        var other = mark.Used(null, "csaf y", new Dictionary<string, DateTimeOffset>());
        Assert.Equal((0, null), (other.MoreWaiting, other.ListOf("csaf y", "list")));
    }

    // Unnamed, beside what is named: with the keyring all of it goes.
    [Fact]
    public async Task WhereAPersonTakesTheKeyringAwayNothingIsMissedOrAwaitedAnyMore()
    {
        await using var bench = await WaitingAsync();
        var (marks, many) = (bench.Marks.Marks, Names(1500));
        marks.Signed(bench.Configured, new SignatureLook(1, many, ["white/a-1.json"], []), FeedBench.Start, [], _ => null);
        marks.Signed(bench.Configured, Look(0, [.. many, "new"]), FeedBench.Start, [], _ => "whole");
        var mark = marks.Of("vendor");
        Assert.Equal((1, 1000, 501), (mark.Unsigned!.Count, mark.Waiting!.Value.Length, mark.MoreWaiting));
        Assert.NotNull(mark.Began);
        bench.ConfigureAt(CsafBench.Provider);
        await bench.FetchWellAsync();
        mark = bench.Marks.Marks.Of("vendor");
        Assert.Equal((null, null, null, 0, null), (mark.Alarms, mark.Unsigned, mark.Waiting, mark.MoreWaiting, mark.Began));
    }

    private static string[] Names(int count) => [.. Enumerable.Range(0, count).Select(i => $"n{i:0000}")];

    private static SignatureLook Look(int good, string[] missing, string[]? ended = null) => new(good, missing, [], ended ?? []);

    private static FeedMark Weighed(FeedMark mark, SignatureLook look) => mark.Weighed(look, [], names => $"{names.Count} came");

    private static FeedMark Same(FeedMark mark, FeedMark other) => mark == other ? mark : other;

    // Beside two signed documents and a third one, one that has no signature.
    private static async Task<CsafBench> WaitingAsync()
    {
        var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        bench.Put("white/c-1.json", "C-1");
        Put(bench, "white/d-1.json", "D-1");
        bench.WriteFeed(FeedBench.Start.AddDays(-1));
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        return bench;
    }

    private static async Task PutUnsignedAsync(CsafBench bench, string name)
    {
        Put(bench, $"white/{name}-1.json", $"{name.ToUpperInvariant()}-1");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
    }

    private static void Put(CsafBench bench, string path, string id)
    {
        var date = FeedBench.Start.AddDays(-9);
        bench.Write(path, CsafBench.Document(id, 1, date));
        bench.WriteSum(path);
        bench.Listed[path] = (id, date);
    }
}
