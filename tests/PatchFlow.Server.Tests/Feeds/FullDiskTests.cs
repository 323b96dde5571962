using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;
using Quartz;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A disk that is full is no silence: feeds say so though nothing can be written, and go on by themselves when there is room.</summary>
public sealed class FullDiskTests : IDisposable
{
    private static readonly DateTimeOffset Now = FeedBench.Start;
    private readonly SmallDisk _disk = new();
    private readonly string _vendor = Directory.CreateTempSubdirectory("pf-vendor-").FullName;

    public void Dispose()
    {
        _disk.Dispose();
        Directory.Delete(_vendor, recursive: true);
    }

    [Theory]
    [InlineData("own", false)]
    [InlineData("scores", true)]
    public async Task AFetchThatCantBeClaimedIsShownAndTriedAgain(string feed, bool isOfDocuments)
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.0-1");
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await File.WriteAllTextAsync(Path.Combine(_vendor, "epss.csv"), "cve,epss\nCVE-2026-0001,0.5\n", TestContext.Current.CancellationToken);
        using var database = new Database(Path.Combine(_disk.DataDirectory, "patchflow.db"));
        using var host = Host(repository, database);
        await host.StartAsync(TestContext.Current.CancellationToken);
        await WhenAsync(() => View(host, feed).State == FeedState.Fresh);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler(TestContext.Current.CancellationToken);
        var retry = new TriggerKey("retry", $"feeds/{feed}");

        _disk.Fill();
        await host.Services.GetRequiredService<FeedRefresh>()(feed, TestContext.Current.CancellationToken);
        await WhenAsync(() => View(host, feed).Failures == 1);
        var shown = View(host, feed);
        Assert.Equal((FeedState.Failing, isOfDocuments), (shown.State, shown.Kind == "epss"));
        Assert.StartsWith($"feed {feed} can't be kept, since the disk of the data directory is full (SQLite Error 13: ", shown.LastError, StringComparison.Ordinal);
        Assert.EndsWith(": look at the space and the rights of the data directory", shown.LastError, StringComparison.Ordinal);
        Assert.NotNull(shown.Snapshot);
        Assert.InRange((shown.NextAttemptAt!.Value - DateTimeOffset.UtcNow).TotalSeconds, 1, 61);
        await WhenAsync(() => scheduler.GetTrigger(retry).AsTask().GetAwaiter().GetResult()?.NextFireTimeUtc > DateTimeOffset.UtcNow);

        // Another one that fails waits for longer, and the one after that finds room.
        await host.Services.GetRequiredService<FeedRefresh>()(feed, TestContext.Current.CancellationToken);
        await WhenAsync(() => View(host, feed).Failures == 2);
        Assert.InRange((View(host, feed).NextAttemptAt!.Value - DateTimeOffset.UtcNow).TotalSeconds, 61, 121);
        _disk.Free();
        repository.Add("demo", "1.0-2");
        repository.Publish(DateTimeOffset.UtcNow.AddMinutes(-1));
        await File.WriteAllTextAsync(Path.Combine(_vendor, "epss.csv"), "cve,epss\nCVE-2026-0002,0.5\n", TestContext.Current.CancellationToken);
        await host.Services.GetRequiredService<FeedRefresh>()(feed, TestContext.Current.CancellationToken);
        await WhenAsync(() => View(host, feed).Failures == 0);
        Assert.NotEqual(shown.Snapshot!.Digest, View(host, feed).Snapshot!.Digest);
        Assert.Equal((FeedState.Fresh, null, null), (View(host, feed).State, View(host, feed).LastError, View(host, feed).NextAttemptAt));
        await host.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AFailureThatCantBeWrittenIsRememberedUntilOneCan(bool isOfDocuments)
    {
        using var database = new Database(Path.Combine(_disk.DataDirectory, "db"));
        var (suites, documents) = (new FeedStore(database), new AdvisoryStore(database));
        var attempts = isOfDocuments ? documents.Attempts : suites.Attempts;
        await attempts.FailedAsync("own", "the archive does not answer", 0, Now, CancellationToken.None);
        _disk.Fill();
        var refused = FailedParts.Of([new("a.json", "line 2", "not JSON")]);
        await attempts.FailedAsync("own", "the archive answers 500", 1, Now.AddMinutes(1), CancellationToken.None, refused);
        Assert.Same(refused, attempts.RefusedOf("own"));
        var row = Row();
        Assert.Equal((2L, Now.AddMinutes(1), Now.AddMinutes(3)), (row.Failures, row.At!.Value, row.Next!.Value));
        Assert.StartsWith("the archive answers 500; and that is not in the database, since the disk of the data directory is full (", row.Error, StringComparison.Ordinal);
        Assert.EndsWith("look at the space and the rights of the data directory", row.Error, StringComparison.Ordinal);
        await attempts.FailedAsync("own", "the archive answers 500", row.Failures, Now.AddMinutes(3), CancellationToken.None);
        Assert.Equal((3L, Now.AddMinutes(7)), (Row().Failures, Row().Next!.Value));

        // All of them count in the database once one can be written, and nothing but the database counts then.
        _disk.Free();
        await attempts.FailedAsync("own", "the archive answers 404", Row().Failures, Now.AddMinutes(7), CancellationToken.None);
        Assert.Equal((4L, "the archive answers 404"), (Row().Failures, Row().Error));
        Assert.Null(attempts.RefusedOf("own"));
        (suites, documents) = (new FeedStore(database), new AdvisoryStore(database));
        Assert.Equal((4L, "the archive answers 404"), (Row().Failures, Row().Error));

        (long Failures, DateTimeOffset? At, string? Error, DateTimeOffset? Next) Row()
        {
            var (suite, document) = (suites.Row("own"), documents.Row("own"));
            return isOfDocuments ? (document.Failures, document.LastAttemptAt, document.LastError, document.NextAttemptAt) : (suite.Failures, suite.LastAttemptAt, suite.LastError, suite.NextAttemptAt);
        }
    }

    [Fact]
    public async Task WhatIsRememberedIsForgottenWhenNothingNewIsWritten()
    {
        using var database = new Database(Path.Combine(_disk.DataDirectory, "db"));
        var store = new FeedStore(database);
        _disk.Fill();
        await store.Attempts.FailedAsync("own", "the archive does not answer", 0, Now, CancellationToken.None);
        Assert.Contains(store.Rows().Select(r => r.Name).DefaultIfEmpty("none"), name => name == "none");
        Assert.Equal(1, store.Row("own").Failures);
        _disk.Free();
        await store.Attempts.UnchangedAsync("own", new Validators(null, null), Now, CancellationToken.None);
        Assert.Equal((0L, null), (store.Row("own").Failures, store.Row("own").LastError));
    }

    // What was put aside can't be thrown away then either, which is not why the fetch failed.
    [Fact]
    public async Task AFetchUnderWhichTheDiskFillsUpSaysWhatFailedFirst()
    {
        await using var bench = await DatedBench.StartAsync("kev", _disk.DataDirectory);
        await bench.PublishWellAsync("CVE-2026-0001", Now.AddDays(-1));
        bench.Publish("CVE-2026-0002", Now);
        bench.Clock.Asked = () =>
        {
            if (bench.PutAside() > 0)
            {
                _disk.Fill();
            }
        };
        var row = await bench.FetchAsync();
        bench.Clock.Asked = null;
        Assert.Equal(1, bench.PutAside());
        // The store that fetched knows of it, and the database does not.
        Assert.Equal((1L, 0L), (row.Failures, bench.Store.Row(DatedBench.Name).Failures));
        Assert.StartsWith("feed vendor can't be kept, since the disk of the data directory is full (No space left on device", row.LastError, StringComparison.Ordinal);
        Assert.EndsWith("look at the space and the rights of the data directory", row.LastError, StringComparison.Ordinal);
        Assert.Equal(["CVE-2026-0001"], bench.InUse());
        _disk.Free();
        await bench.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], bench.InUse());
    }

    [Fact]
    public async Task AnImportOfDocumentsIsNotRefusedAsABadArchive()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Now.AddDays(-1));
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed, _disk.DataDirectory);
        _disk.Fill();
        var failed = await Assert.ThrowsAnyAsync<Exception>(() => far.ImportAsync(tar));
        Assert.True(DiskTrouble.Is(failed), $"{failed}");
        _disk.Free();
        Assert.True(await far.ImportAsync(tar));
    }

    private IHost Host(OwnRepository repository, Database database)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        // Never in the hour around the test's own.
        var schedule = $"0 17 {DateTimeOffset.UtcNow.AddHours(12).Hour} * * ?";
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PatchFlow:Feeds:0:Kind"] = "apt",
            ["PatchFlow:Feeds:0:Name"] = "own",
            ["PatchFlow:Feeds:0:Address"] = $"file://{repository.Root}/",
            ["PatchFlow:Feeds:0:Suite"] = OwnRepository.Suite,
            ["PatchFlow:Feeds:0:Components:0"] = "main",
            ["PatchFlow:Feeds:0:Arch"] = "amd64",
            ["PatchFlow:Feeds:0:Keyring"] = repository.Keyring,
            ["PatchFlow:Feeds:0:Schedule"] = schedule,
            ["PatchFlow:Feeds:1:Kind"] = "epss",
            ["PatchFlow:Feeds:1:Name"] = "scores",
            ["PatchFlow:Feeds:1:Address"] = $"file://{_vendor}/epss.csv",
            ["PatchFlow:Feeds:1:Schedule"] = schedule,
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddSingleton<FeedReads>();
        builder.Services.AddFeeds(builder.Configuration, _disk.DataDirectory);
        return builder.Build();
    }

    private static FeedView View(IHost host, string feed) => host.Services.GetRequiredService<FeedReads>().Get(feed);

    private static async Task WhenAsync(Func<bool> isSo)
    {
        for (var tries = 0; tries < 600 && !isSo(); tries++)
        {
            await Task.Delay(50);
        }

        Assert.True(isSo());
    }
}
