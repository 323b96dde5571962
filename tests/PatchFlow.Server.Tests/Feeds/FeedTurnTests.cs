using System.Net;
using System.Net.Sockets;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What changes a feed waits for its turn: a person who lets it go back while it is fetched is not overtaken by that fetch, and none is lost half way.</summary>
public sealed class FeedTurnTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Fact]
    public async Task ARewindWaitsForTheFetchOfASuiteAndIsNotUndoneByIt()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Publish(TimeSpan.FromHours(4));
        var older = await File.ReadAllTextAsync(bench.Repository.InRelease, TestContext.Current.CancellationToken);
        await bench.FetchAsync();
        bench.Publish();
        await bench.FetchAsync();
        bench.Publish(TimeSpan.FromMinutes(1));
        var to = bench.Clock.Now.AddHours(-4);
        await AssertWaitsAsync(bench.Simulator, "InRelease", bench.FetchAsync, () => bench.Store.RewindAsync("own", to, () => Task.CompletedTask, CancellationToken.None));
        Assert.Equal((to, to), (bench.Store.Marks.Of("own").HighWater, bench.Store.Marks.Of("own").Rewound));
        await File.WriteAllTextAsync(bench.Repository.InRelease, older, TestContext.Current.CancellationToken);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(to, bench.Catalog.Current(bench.Feed)!.Time);
    }

    [Fact]
    public async Task ARewindWaitsForTheFetchOfDocumentsAndIsNotUndoneByIt()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        await bench.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        bench.Publish("CVE-2026-0002", Start);
        await AssertWaitsAsync(bench.Simulator, "kev.json", bench.FetchAsync, () => bench.RewindAsync(Start.AddDays(-3)));
        Assert.Equal((Start.AddDays(-3), Start.AddDays(-3)), (bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Rewound));
        await bench.PublishWellAsync("CVE-2026-0003", Start.AddDays(-3));
        Assert.Equal(["CVE-2026-0003"], bench.InUse());
    }

    // As by a process that does not wait: the mark itself knows which fetch began after it.
    [Fact]
    public async Task WhatAFetchFoundThatBeganBeforeARewindIsNotUsed()
    {
        await using var documents = await DatedBench.StartAsync("kev");
        await documents.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        documents.Publish("CVE-2026-0002", Start);
        documents.Simulator.Misbehaviour["kev.json"] = async context =>
        {
            documents.Marks.Rewind("vendor", Start.AddDays(-3));
            await documents.Simulator.ServeAsync(context);
        };
        Assert.Contains("a person has let feed vendor go back to", (await documents.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal((Start.AddDays(-3), Start.AddDays(-3)), (documents.Marks.Of("vendor").HighWater, documents.Marks.Of("vendor").Rewound));
        Assert.Equal(["CVE-2026-0001"], documents.InUse());

        await using var suite = await FeedBench.StartPublishedAsync();
        await suite.FetchAsync();
        var (good, to) = (suite.Store.Row("own").Snapshot, suite.Clock.Now.AddHours(-4));
        foreach (var isNew in new[] { false, true })
        {
            suite.Simulator.Misbehaviour["InRelease"] = async context =>
            {
                suite.Store.Marks.Rewind("own", isNew ? to : to.AddHours(1));
                await suite.Simulator.ServeAsync(context);
            };
            if (isNew)
            {
                suite.Publish(TimeSpan.FromMinutes(1));
            }

            Assert.Contains("while it was fetched", (await suite.FetchAsync()).LastError, StringComparison.Ordinal);
            Assert.Equal((isNew ? to : to.AddHours(1), good), (suite.Store.Marks.Of("own").Rewound, suite.Store.Row("own").Snapshot));
        }
    }

    // The mark is written and the database is not: the mark decides, and the database follows.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ARewindThatBreaksOffAfterTheMarkIsFinishedByTheNextFetchAndCanBeSaidAgain(bool isSaidAgain)
    {
        await using var bench = await DatedBench.StartAsync("kev");
        await bench.PublishWellAsync("CVE-2026-0002", Start);
        bench.Publish("CVE-2026-0001", Start.AddDays(-3));
        await bench.ExecuteAsync("CREATE TRIGGER full BEFORE UPDATE OF time ON advisory_feeds BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        var broken = await Assert.ThrowsAsync<FeedException>(() => bench.RewindAsync(Start.AddDays(-3)));
        Assert.Contains("it follows with the next fetch", broken.Message, StringComparison.Ordinal);
        Assert.Equal((Start.AddDays(-3), Start), (bench.Marks.Of("vendor").Rewound, bench.Store.Row("vendor").Time));
        // As long as that stays so nothing is taken, neither the older nor anything that ends it.
        Assert.NotNull((await bench.FetchAsync()).LastError);
        bench.Start();
        Assert.Equal((Start.AddDays(-3), "CVE-2026-0002"), (bench.Marks.Of("vendor").Rewound, Assert.Single(bench.InUse())));

        await bench.ExecuteAsync("DROP TRIGGER full");
        if (isSaidAgain)
        {
            await bench.RewindAsync(Start.AddDays(-3));
            Assert.Equal(Start.AddDays(-3), bench.Store.Row("vendor").Time);
        }

        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001"], bench.InUse());
        Assert.Equal((Start.AddDays(-3), null), (bench.Store.Row("vendor").Time, bench.Marks.Of("vendor").Rewound));
    }

    [Fact]
    public async Task NothingIsApprovedOnASuiteWhoseRewindBrokeOffAfterTheMark()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var to = bench.Clock.Now.AddHours(-4);
        using var database = new Database(Path.Combine(bench.DataDirectory, "db"));
        await ExecuteAsync(database, "CREATE TRIGGER full BEFORE UPDATE OF high_water_time ON feeds BEGIN SELECT RAISE(ABORT, 'disk full'); END");
        await Assert.ThrowsAsync<FeedException>(() => bench.Store.RewindAsync("own", to, () => Task.CompletedTask, CancellationToken.None));
        Assert.Contains("a person has let it go back to", Assert.Single(bench.Catalog.Unusable(bench.Clock.Now)).Sentence, StringComparison.Ordinal);
        Assert.NotNull((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Catalog.Unusable(bench.Clock.Now));

        await ExecuteAsync(database, "DROP TRIGGER full");
        bench.Publish(TimeSpan.FromHours(4));
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal((to, to), (bench.Catalog.Current(bench.Feed)!.Time, bench.Store.Row("own").HighWater));
        Assert.Empty(bench.Catalog.Unusable(bench.Clock.Now));
    }

    [Fact]
    public async Task ARewindWhoseMarkCanNotBeWrittenChangesNothing()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        await bench.PublishWellAsync("CVE-2026-0002", Start);
        bench.Publish("CVE-2026-0001", Start.AddDays(-3));
        Directory.CreateDirectory(bench.DatabaseFile + ".feeds.json.part");
        Assert.Contains("can't be written", (await Assert.ThrowsAsync<FeedException>(() => bench.RewindAsync(Start.AddDays(-3)))).Message, StringComparison.Ordinal);
        Assert.Equal((Start, Start, null), (bench.Store.Row("vendor").Time, bench.Marks.Of("vendor").HighWater, bench.Marks.Of("vendor").Rewound));
        Directory.Delete(bench.DatabaseFile + ".feeds.json.part");
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARewindWhoseTurnDoesNotComeIsRefusedAndNothingIsDoneOrAudited()
    {
        await using var server = await Api.ApiServer.StartAsync();
        var (ada, store, now) = (await server.ClientAsync("ada", Role.Admin), server.Get<FeedStore>(), server.Clock.GetUtcNow());
        store.Marks.Used(server.Get<FeedList>().Find("own")!, now, null);
        using (FileGate.Enter(store.LockOf("own"), TimeSpan.FromSeconds(9)))
        {
            var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.RewindFeedAsync("own", new("2020-01-01", "it was taken back")));
            Assert.Equal(HttpStatusCode.Conflict, refused.Status);
            Assert.Contains("feed own is being fetched, taken in or written out", refused.Message, StringComparison.Ordinal);
            Assert.Contains("say it again then", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal((now, null), (store.Marks.Of("own").HighWater, store.Marks.Of("own").Rewound));
        Assert.Empty((await ada.AuditAsync(action: "feed.rewind")).Items);
        await ada.RewindFeedAsync("own", new("2020-01-01", "it was taken back"));
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), store.Marks.Of("own").Rewound);
    }

    [Theory]
    [InlineData("12/11/2026")]
    [InlineData("2026-11-23T12:00:00")]
    [InlineData("2026-11-23 12:00:00Z")]
    [InlineData("soon")]
    [InlineData("")]
    public async Task ARewindOverRestTakesIsoDatesAlone(string to)
    {
        await using var server = await Api.ApiServer.StartAsync();
        var (ada, store) = (await server.ClientAsync("ada", Role.Admin), server.Get<FeedStore>());
        store.Marks.Used(server.Get<FeedList>().Find("own")!, server.Clock.GetUtcNow().AddYears(9), null);
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => ada.RewindFeedAsync("own", new(to, "it was taken back")));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(IsoTime.Expected, refused.Message, StringComparison.Ordinal);
        Assert.Null(store.Marks.Of("own").Rewound);
    }

    [Theory]
    [InlineData("2026-11-23", "2026-11-23T00:00:00Z")]
    [InlineData("2026-11-23T12:00:00Z", "2026-11-23T12:00:00Z")]
    [InlineData("2026-11-23T12:00:00.5Z", "2026-11-23T12:00:00.5Z")]
    [InlineData("2026-11-23T12:00:00+02:00", "2026-11-23T10:00:00Z")]
    [InlineData("2026-11-23T01:00:00-05:30", "2026-11-23T06:30:00Z")]
    [InlineData("2026-02-30", null)]
    [InlineData("2026-11-23T25:00:00Z", null)]
    [InlineData("2026-11-23T12:00Z", null)]
    [InlineData("2026-11-23T12:00:00+0200", null)]
    [InlineData("2026-11-23t12:00:00z", null)]
    [InlineData("23.11.2026", null)]
    [InlineData("Nov 23 2026", null)]
    [InlineData(" 2026-11-23", null)]
    [InlineData("2026-11-23\n", null)]
    [InlineData("٢٠٢٦-11-23", null)]
    [InlineData(null, null)]
    public void ADateIsReadAsIso8601HasItAndInNoOtherForm(string? text, string? time)
    {
        Assert.Equal(time is not null, IsoTime.TryParse(text, out var read));
        Assert.Equal(time is null ? default : DateTimeOffset.Parse(time, System.Globalization.CultureInfo.InvariantCulture), read);
    }

    [Fact]
    public async Task WhatAFetchHasPutAsideThatIsRefusedInTheEndIsRemoved()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        await bench.PublishWellAsync("CVE-2026-0001", Start);
        bench.Publish("CVE-2026-0002", Start.AddDays(-1));
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(0, bench.PutAside());
    }

    // As where a person tidies up, or where the file system has no locks: the file alone would let both in.
    [Fact]
    public async Task TwoFetchesOfOneServerFollowOneAnotherThoughTheFileThatIsHeldIsRemoved()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        await bench.PublishWellAsync("CVE-2026-0001", Start);
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (within, most) = (0, 0);
        bench.Simulator.Misbehaviour["kev.json"] = async context =>
        {
            most = Math.Max(most, Interlocked.Increment(ref within));
            asked.TrySetResult();
            await goOn.Task;
            await bench.Simulator.ServeAsync(context);
            Interlocked.Decrement(ref within);
        };
        var first = Task.Run(bench.FetchAsync);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        File.Delete(Path.Combine(bench.DatabaseFile + ".feeds.lock", "vendor"));
        var second = Task.Run(bench.FetchAsync);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        goOn.SetResult();
        Assert.All(await Task.WhenAll(first, second), row => Assert.Null(row.LastError));
        Assert.Equal(1, most);
    }

    // A socket in the place of the file can't be opened, and nobody holds it.
    [Fact]
    public async Task ThatTheTurnOfDocumentsCanNotBeHadIsAFailureThatIsShown()
    {
        await using var bench = await DatedBench.StartAsync("kev");
        await bench.PublishWellAsync("CVE-2026-0001", Start);
        // As another that has its turn just then puts it aside.
        await bench.ExecuteAsync("INSERT INTO advisory_staging (feed, key, document, kind, id, severity, digest, cves, body) VALUES ('vendor', 'k', 'd', 'advisory', 'i', 'high', 0, '', '')");
        using (Blocked(bench.DatabaseFile, "vendor"))
        {
            var row = await bench.FetchAsync();
            Assert.Equal((1, bench.Clock.Now.AddMinutes(1)), (row.Failures, row.NextAttemptAt));
            Assert.Equal(FeedState.Failing, bench.View().State);
            Assert.Contains("feed vendor can't be kept", bench.View().LastError, StringComparison.Ordinal);
            Assert.Equal(1, bench.PutAside());
        }

        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    [Fact]
    public async Task ThatTheTurnOfASuiteCanNotBeHadIsAFailureThatIsShown()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        using (Blocked(Path.Combine(bench.DataDirectory, "db"), "own"))
        {
            var row = await bench.FetchAsync();
            Assert.Equal((1, bench.Clock.Now.AddMinutes(1)), (row.Failures, row.NextAttemptAt));
            var view = new Server.Api.FeedReads(new FeedList([bench.Feed]), bench.Store, bench.Catalog, bench.Advisories, bench.Folders, bench.Clock).Detailed("own");
            Assert.Equal(FeedState.Failing, view.State);
            Assert.Contains("feed own can't be kept", view.LastError, StringComparison.Ordinal);
        }

        Assert.Null((await bench.FetchAsync()).LastError);
    }

    private static async Task AssertWaitsAsync<T>(FeedSimulator simulator, string path, Func<Task<T>> fetchAsync, Func<Task> rewindAsync)
    {
        var (asked, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        simulator.Misbehaviour[path] = async context =>
        {
            asked.TrySetResult();
            await goOn.Task;
            await simulator.ServeAsync(context);
        };
        var fetch = Task.Run(fetchAsync);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        var rewind = Task.Run(rewindAsync);
        await Task.Delay(300, TestContext.Current.CancellationToken);
        Assert.False(rewind.IsCompleted);
        goOn.SetResult();
        await fetch;
        await rewind;
        simulator.Misbehaviour.Clear();
    }

    private static Blocking Blocked(string database, string feed) => new(Path.Combine(database + ".feeds.lock", feed));

    private static Task ExecuteAsync(Database database, string sql) => database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(c, sql, transaction: t));

    private sealed class Blocking : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        private readonly string _path;

        public Blocking(string path)
        {
            _path = path;
            File.Delete(path);
            _socket.Bind(new UnixDomainSocketEndPoint(path));
        }

        public void Dispose()
        {
            _socket.Dispose();
            File.Delete(_path);
        }
    }
}
