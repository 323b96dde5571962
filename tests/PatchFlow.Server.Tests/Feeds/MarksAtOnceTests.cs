using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Two servers on one data directory, and servers one after the other: no mark is lost, goes back or is torn, and no snapshot is in part.</summary>
public sealed class MarksAtOnceTests : IDisposable
{
    private static readonly ImmutableDictionary<string, DateTimeOffset> NoLists = ImmutableDictionary<string, DateTimeOffset>.Empty;
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-marks-").FullName;

    private string Database => Path.Combine(_folder, "db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatSeveralServersMarkAtOnceIsAllKeptAndNeverTorn()
    {
        var (start, ended) = (FeedBench.Start, 0);
        var writers = Enumerable.Range(0, 4).Select(server => Task.Run(() =>
        {
            var marks = new FeedMarks(Database, () => false);
            for (var i = 0; i < 25; i++)
            {
                // One feed of each server's own, and one that all have, forward and back.
                marks.Used(Kev($"own{server}"), start.AddMinutes(i), NoLists, null);
                marks.Used(Kev("shared"), start.AddMinutes((i * 7 + server) % 25), NoLists, null);
            }

            Interlocked.Increment(ref ended);
        })).ToArray();
        var seen = DateTimeOffset.MinValue;
        while (Volatile.Read(ref ended) < writers.Length && !Array.Exists(writers, w => w.IsFaulted))
        {
            if (File.Exists(Database + ".feeds.json"))
            {
                var marks = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(await File.ReadAllBytesAsync(Database + ".feeds.json", TestContext.Current.CancellationToken))!;
                var shared = marks.TryGetValue("shared", out var mark) ? mark.GetProperty("highWater").GetDateTimeOffset() : seen;
                Assert.True(shared >= seen, $"{shared:u} after {seen:u}");
                seen = shared;
            }
        }

        await Task.WhenAll(writers);
        var kept = new FeedMarks(Database, () => false);
        Assert.All(Enumerable.Range(0, 4), server => Assert.Equal(start.AddMinutes(24), kept.Of($"own{server}").HighWater));
        Assert.Equal(start.AddMinutes(24), kept.Of("shared").HighWater);
    }

    [Fact]
    public void WhatDoesNotWaitAnyMoreIsNotReleased()
    {
        var (one, other) = (new FeedMarks(Database, () => false), new FeedMarks(Database, () => false));
        one.Used(Kev("kev"), FeedBench.Start, NoLists, null);
        one.Quarantine("kev", Core.Documents.Digest.Of("x"u8), FeedBench.Start.AddYears(3));
        var waiting = one.Of("kev").Quarantined!;
        other.Rewind("kev", FeedBench.Start.AddDays(-1));
        Assert.False(one.Release("kev", waiting));
        Assert.Null(one.Of("kev").Released);
    }

    // A socket in its place can't be opened, and nobody holds it.
    [Fact]
    public void AFileThatCanNotBeOpenedIsNotTakenForOneThatIsHeld()
    {
        var path = Path.Combine(_folder, "lock", "kev");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        var error = Assert.ThrowsAny<IOException>(() => FileGate.Enter(path, TimeSpan.FromMinutes(1)));
        Assert.DoesNotContain("is held by another", error.Message, StringComparison.Ordinal);
    }

    // Every request that shows a feed reads the marks: one that waits for another process must hold none of them up.
    [Fact]
    public async Task WhoeverReadsTheMarksDoesNotWaitForWhoeverWritesThem()
    {
        var marks = new FeedMarks(Database, () => false);
        marks.Used(Kev("kev"), FeedBench.Start, NoLists, null);
        Task writing;
        using (FileGate.Enter(Path.Combine(Database + ".feeds.lock", ".marks"), TimeSpan.FromMinutes(1)))
        {
            writing = Task.Factory.StartNew(() => marks.Rewind("kev", FeedBench.Start.AddDays(-1)), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            await Task.Delay(500, TestContext.Current.CancellationToken);
            var clock = System.Diagnostics.Stopwatch.StartNew();
            Assert.Equal(FeedBench.Start, marks.Of("kev").HighWater);
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
            Assert.False(writing.IsCompleted);
        }

        await writing;
        Assert.Equal(FeedBench.Start.AddDays(-1), marks.Of("kev").HighWater);
    }

    [Fact]
    public void AFolderIsWrittenToTheDiskOrItIsSaidWhichCanNotBe()
    {
        DiskFolder.Sync(_folder);
        Assert.Contains(Path.Combine(_folder, "none"), Assert.Throws<IOException>(() => DiskFolder.Sync(Path.Combine(_folder, "none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WhereTheMarksCanNotBeWrittenItIsSaidWhichFileAndNothingIsChanged()
    {
        var marks = new FeedMarks(Database, () => false);
        marks.Used(Kev("kev"), FeedBench.Start, NoLists, null);
        Directory.CreateDirectory(Database + ".feeds.json.part");
        var refused = Assert.Throws<FeedException>(() => marks.Rewind("kev", FeedBench.Start.AddDays(-1)));
        Assert.Contains("db.feeds.json can't be written", refused.Message, StringComparison.Ordinal);
        Assert.Equal((FeedBench.Start, null), (marks.Of("kev").HighWater, marks.Of("kev").Rewound));
    }

    [Fact]
    public void AnAlarmThatStandsGoesOnSayingSinceWhen()
    {
        var marks = new FeedMarks(Database, () => false);
        foreach (var words in new[] { "first", "second" })
        {
            Assert.Equal("", marks.Failed("kev", new FeedException(FeedFault.Unsigned, "it is not signed"), () => words));
        }

        Assert.Equal("first", marks.Of("kev").Alarm);
    }

    [Fact]
    public void AFileThatIsHeldIsWaitedForAndNoLongerThanThat()
    {
        var path = Path.Combine(_folder, "lock", "kev");
        using (FileGate.Enter(path, TimeSpan.FromMinutes(1)))
        {
            Assert.Contains("is held by another process", Assert.Throws<IOException>(() => FileGate.Enter(path, TimeSpan.FromMilliseconds(100))).Message, StringComparison.Ordinal);
        }

        FileGate.Enter(path, TimeSpan.FromMilliseconds(100)).Dispose();
    }

    [Fact]
    public void AServerSeesWhatAnotherHasMarked()
    {
        var (one, other) = (new FeedMarks(Database, () => false), new FeedMarks(Database, () => false));
        Assert.Null(one.Of("kev").HighWater);
        other.Used(Kev("kev"), FeedBench.Start, NoLists, null);
        Assert.Equal(FeedBench.Start, one.Of("kev").HighWater);
        other.Quarantine("kev", Core.Documents.Digest.Of("x"u8), FeedBench.Start.AddYears(3));
        Assert.NotNull(one.Of("kev").Quarantined);
    }

    [Fact]
    public async Task TwoFetchesOfOneFeedByTwoServersLoseNothing()
    {
        await using var bench = await DatedBench.StartAsync("osv folder");
        await bench.PublishWellAsync("CVE-2026-0001", FeedBench.Start.AddDays(-9));
        for (var round = 1; round <= 3; round++)
        {
            for (var i = 0; i < 150; i++)
            {
                bench.Write($"d{i}.json", DatedBench.Osv($"CVE-2026-{1000 + i}", FeedBench.Start.AddDays(-9).AddHours(round)));
            }

            await using var other = bench.Another();
            var rows = await Task.WhenAll(Task.Run(bench.FetchAsync), Task.Run(() => other.Fetches.FetchAsync(DatedBench.Name, CancellationToken.None)));
            Assert.All(rows, row => Assert.Null(row.LastError));
            Assert.Equal(151, bench.InUse().Count());
            Assert.Equal(0, bench.PutAside());
            Assert.Equal(FeedBench.Start.AddDays(-9).AddHours(round), bench.Marks.Of("vendor").HighWater);
        }
    }

    [Fact]
    public async Task WhatWaitsAndWhatWasReleasedOutliveRestarts()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        bench.Repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(9));
        await bench.FetchAsync();
        bench.Restart();
        var waiting = bench.Store.Marks.Of("own").Quarantined!;
        bench.Store.Marks.Release("own", waiting);
        bench.Restart();
        Assert.Equal((null, waiting), (bench.Store.Marks.Of("own").Quarantined, bench.Store.Marks.Of("own").Released));
        Assert.Null((await bench.FetchAsync()).LastError);

        // What follows within a week is no leap, also by the next process; what leaps further is one.
        bench.Restart();
        bench.Repository.Publish(bench.Clock.Now.AddDays(3), bench.Clock.Now.AddDays(10));
        Assert.Null((await bench.FetchAsync()).LastError);
        bench.Restart();
        bench.Repository.Publish(bench.Clock.Now.AddDays(30), bench.Clock.Now.AddDays(40));
        Assert.Contains("which is in the future", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    // A file of the earlier version, which did not say what a mark is of: it had those of apt and of repositories of rpm alone.
    [Theory]
    [InlineData("kev")]
    [InlineData("osv")]
    [InlineData("csaf")]
    public async Task AFileWhoseMarksDoNotSayWhatTheyAreOfMeasuresNoDocuments(string sort)
    {
        await using var bench = await DatedBench.StartAsync(sort);
        await File.WriteAllTextAsync(bench.DatabaseFile + ".feeds.json", $$$"""{"vendor":{"highWater":"{{{FeedBench.Start.AddYears(1):O}}}"},"other":{"highWater":"{{{FeedBench.Start:O}}}"}}""", TestContext.Current.CancellationToken);
        bench.Start();
        await bench.PublishWellAsync("CVE-2026-0001", FeedBench.Start.Date);
        Assert.Equal((FeedState.Fresh, bench.Feed.DatedBy), (bench.View().State, bench.Marks.Of("vendor").DatedBy));
        Assert.Equal((FeedBench.Start, null), (bench.Marks.Of("other").HighWater, bench.Marks.Of("other").DatedBy));
    }

    [Fact]
    public async Task TheDateOfAnotherSuiteMeasuresNothingAlsoInTheDatabase()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Publish();
        await bench.FetchAsync();
        Assert.Equal($"apt {bench.Feed.Suite}", bench.Store.Row("own").HighWaterOf);
        PublishOther(bench, bench.Clock.Now.AddDays(-2));
        bench.Configure(bench.Feed with { Suite = "other" });
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(("apt other", bench.Clock.Now.AddDays(-2)), (bench.Store.Row("own").HighWaterOf, bench.Store.Row("own").HighWater));
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));

        // Of the same suite it measures without the mark beside it, too.
        await File.WriteAllTextAsync(Path.Combine(bench.DataDirectory, "db.feeds.json"), "{}", TestContext.Current.CancellationToken);
        bench.Restart();
        PublishOther(bench, bench.Clock.Now.AddDays(-3));
        Assert.Contains("which was seen already", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    private static void PublishOther(FeedBench bench, DateTimeOffset date)
    {
        bench.Repository.Publish(date, bench.Clock.Now.AddDays(7), suite: "other");
        var (from, to) = (Path.Combine(bench.Repository.Root, "dists", OwnRepository.Suite), Path.Combine(bench.Repository.Root, "dists", "other"));
        foreach (var path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path.Replace(from, to, StringComparison.Ordinal))!);
            File.Copy(path, path.Replace(from, to, StringComparison.Ordinal), overwrite: true);
        }
    }

    private static AdvisoryFeed Kev(string name) => new(name, Core.Advisories.DocumentKind.Kev, new("https://vendor.example/kev.json"), "", "0 17 * * * ?", TimeSpan.FromDays(7));
}
