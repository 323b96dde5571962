using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A distribution of CSAF whose documents were signed and are not any more is an alarm, until they are again.</summary>
public sealed class CsafAlarmTests
{
    [Theory]
    [InlineData("a new document")]
    [InlineData("all documents")]
    public async Task ADistributionThatWasSignedAndIsNotIsAnAlarm(string what)
    {
        await using var bench = await SignedAsync();
        bench.Put("white/c-1.json", "C-1");
        bench.Remove("white/c-1.json.asc");
        if (what == "all documents")
        {
            foreach (var name in new[] { "a", "b" })
            {
                bench.Put($"white/{name}-1.json", $"{name.ToUpperInvariant()}-1", 2);
                bench.Remove($"white/{name}-1.json.asc");
            }
        }

        bench.WriteFeed(FeedBench.Start);
        await bench.FetchAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Equal(FeedState.Alarm, bench.View().State);
        Assert.Contains("it was signed until", bench.View().Alarm, StringComparison.Ordinal);

        bench.Listed.Keys.ToList().ForEach(path => bench.Sign(path, CsafBench.Key));
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(3, bench.InUse().Count());
    }

    [Fact]
    public async Task AnAlarmEndsWithAGoodSignatureAndWithNothingElse()
    {
        await using var bench = await SignedAsync();
        bench.Put("white/c-1.json", "C-1");
        bench.Remove("white/c-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchAsync();

        // A look at which nothing is new, by whoever stands in the way, proves nothing.
        bench.Listed.Remove("white/c-1.json");
        bench.Listed.Keys.ToList().ForEach(path => bench.Remove(path + ".asc"));
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Simulator.Misbehaviour["feed.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Simulator.Misbehaviour.Clear();
        bench.Listed.Keys.ToList().ForEach(path => bench.Sign(path, CsafBench.OtherKey));
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);

        // Nor does it end while one of several has none.
        bench.Put("white/c-1.json", "C-1");
        bench.Remove("white/c-1.json.asc");
        bench.Listed.Where(d => d.Key != "white/c-1.json").ToList().ForEach(d => bench.Sign(d.Key, CsafBench.Key));
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Sign("white/c-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    [Fact]
    public async Task AnAlarmEndsThoughNothingIsNewWhereSignaturesAreThereAgain()
    {
        await using var bench = await SignedAsync();
        bench.Put("white/c-1.json", "C-1");
        bench.Remove("white/c-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Listed.Remove("white/c-1.json");
        bench.WriteFeed(FeedBench.Start);
        bench.Simulator.Requests.Clear();
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(["/white/a-1.json.asc 200"], bench.Simulator.Requests.Where(r => r.Contains(".asc", StringComparison.Ordinal)));
    }

    // It began with a fetch that failed as a whole, so nobody knows with which documents; and what the list has wrong is never mended.
    [Fact]
    public async Task AnAlarmWhoseDocumentsAreUnnamedEndsThoughItsListHasAnEntryWrongForGood()
    {
        const string Wrong = ",{\"id\":7}";
        await using var bench = await SignedAsync();
        foreach (var name in new[] { "a", "b" })
        {
            bench.Put($"white/{name}-1.json", $"{name.ToUpperInvariant()}-1", 2);
            bench.Remove($"white/{name}-1.json.asc");
        }

        bench.WriteFeed(FeedBench.Start, more: Wrong);
        Assert.NotNull((await bench.FetchAsync()).LastError);
        Assert.Equal((FeedState.Alarm, null), (bench.View().State, bench.Marks.Marks.Of("vendor").Began));

        bench.Listed.Keys.ToList().ForEach(path => bench.Sign(path, CsafBench.Key));
        // Where something of it did not answer, nobody knows that each has its signature.
        bench.Put("white/c-1.json", "C-1");
        bench.WriteFeed(FeedBench.Start, more: Wrong);
        bench.Simulator.Misbehaviour["c-1.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Simulator.Misbehaviour.Clear();
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Contains(bench.Refused(), r => r.StartsWith(CsafBench.Feed, StringComparison.Ordinal));
    }

    // A signature that comes a little later than its document is usual; the document waits alone.
    [Fact]
    public async Task OneDocumentWithoutASignatureAmongSignedOnesIsRefusedAndNoAlarm()
    {
        await using var bench = await SignedAsync();
        bench.Put("white/c-1.json", "C-1");
        bench.Put("white/d-1.json", "D-1");
        bench.Remove("white/d-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1", "C-1 1"], bench.InUse());
        Assert.Contains("it has no signature", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatWasNeverSignedIsRefusedAndNoAlarm(bool wasUsedUnsigned)
    {
        await using var bench = await CsafBench.StartAsync();
        if (wasUsedUnsigned)
        {
            await bench.FetchWellAsync();
        }

        bench.Listed.Keys.ToList().ForEach(path => bench.Remove(path + ".asc"));
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        Assert.Contains("it has no signature", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal((FeedState.Failing, null), (bench.View().State, bench.View().Alarm));
    }

    [Theory]
    [InlineData("missing", "is missing")]
    [InlineData("too large", "larger than")]
    [InlineData("a folder", "is missing")]
    public async Task AKeyringThatCantBeReadIsSaidSoAndWhatWasSaidStays(string badness, string reason)
    {
        await using var bench = await SignedAsync();
        var keyring = Path.Combine(bench.Root, "keys");
        switch (badness)
        {
            case "too large": await File.WriteAllBytesAsync(keyring, new byte[(4 << 20) + 1], TestContext.Current.CancellationToken); break;
            case "a folder": Directory.CreateDirectory(keyring); break;
        }

        bench.Configure(bench.Configured with { Keyrings = [keyring] });
        Assert.Contains(reason, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Contains("keyring", bench.View().LastError, StringComparison.Ordinal);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    private static async Task<CsafBench> SignedAsync()
    {
        var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        return bench;
    }
}
