namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A snapshot of vendors' documents is visible as a whole or not at all, whoever else fetches and whatever ends the process.</summary>
public sealed class WholeSnapshotTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Fact]
    public async Task TwoFetchesAtOnceFollowEachOther()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.Publish("CVE-2026-0001", Start);
        var (under, most) = (0, 0);
        bench.Simulator.Misbehaviour["all.zip"] = async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref under));
            await Task.Delay(100, TestContext.Current.CancellationToken);
            await bench.Simulator.ServeAsync(context);
            Interlocked.Decrement(ref under);
        };
        var rows = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => bench.FetchAsync()));
        Assert.All(rows, row => Assert.Null(row.LastError));
        Assert.Equal((1, 1L), (most, bench.Store.Row("vendor").Sequence));
        Assert.Equal(["/all.zip 200", "/all.zip 304", "/all.zip 304", "/all.zip 304"], bench.Simulator.Requests);
    }

    // Each of these is a write of the one transaction in which a snapshot takes the place of the one before.
    [Theory]
    [InlineData("BEFORE INSERT ON advisory_records")]
    [InlineData("BEFORE DELETE ON advisory_staging")]
    [InlineData("BEFORE UPDATE ON advisory_documents")]
    [InlineData("BEFORE UPDATE OF sequence ON advisory_feeds")]
    [InlineData("BEFORE INSERT ON audit_entries")]
    public async Task WhatFailsInTheMiddleOfPublishingLeavesTheOldSnapshotWhole(string moment)
    {
        await using var bench = await DatedBench.StartAsync("osv");
        await bench.PublishWellAsync("CVE-2026-0001", Start);
        var before = bench.Store.Row("vendor");
        await bench.ExecuteAsync($"CREATE TRIGGER boom {moment} BEGIN SELECT RAISE(ABORT, 'the power is gone'); END");
        bench.Publish("CVE-2026-0002", Start.AddHours(1));
        var row = await bench.Fetches.FetchAsync("vendor", TestContext.Current.CancellationToken).ContinueWith(t => t.IsCompletedSuccessfully ? t.Result : null, TaskScheduler.Default);
        Assert.Equal(["CVE-2026-0001"], bench.InUse());
        Assert.Equal((before.Snapshot, before.Sequence), (bench.Store.Row("vendor").Snapshot, bench.Store.Row("vendor").Sequence));
        Assert.True(row?.LastError?.Contains("the power is gone", StringComparison.Ordinal) ?? true);

        // As a new process finds it, with what the old one had put aside.
        await bench.ExecuteAsync("DROP TRIGGER boom");
        await bench.ExecuteAsync("INSERT OR IGNORE INTO advisory_staging (feed, key, document, kind, id, severity, digest, cves, body) VALUES ('vendor', 'left.json|X', 'left.json', 'advisory', 'LEFT', 'unknown', 1, '[]', '{}')");
        bench.Restore(bench.Save());
        Assert.Equal(["CVE-2026-0001"], bench.InUse());
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
    }
}
