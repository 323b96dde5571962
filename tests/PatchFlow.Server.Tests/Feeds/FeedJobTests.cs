using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;
using Quartz;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class FeedJobTests
{
    [Fact]
    public async Task QuartzFetchesAFeedAtTheStartAndKeepsItsScheduleAndARetry()
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.0-1");
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await using var simulator = await FeedSimulator.StartAsync(repository.Root);
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        using var database = new Database(Path.Combine(data, "db"));
        using var host = Host(repository, simulator, database, data);
        await host.StartAsync();
        var store = host.Services.GetRequiredService<FeedStore>();
        await WhenAsync(() => store.Row("own").LastSuccessAt is not null);
        Assert.Single(host.Services.GetRequiredService<FeedCatalog>().Current());
        // From now on it would be missed.
        Assert.NotNull(store.Debuts.WhyOverdue("own", "0 17 * * * ?", TimeSpan.FromDays(10), DateTimeOffset.UtcNow.AddHours(3)));

        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        simulator.Misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 500);
        await scheduler.TriggerJob(new JobKey("own", FeedFetchJob.Group));
        await WhenAsync(() => store.Row("own").Failures == 1);
        var retry = default(ITrigger);
        await WhenAsync(() => (retry = scheduler.GetTrigger(new TriggerKey("retry", "feeds/own")).AsTask().GetAwaiter().GetResult()) is not null);
        Assert.InRange((retry!.NextFireTimeUtc!.Value - DateTimeOffset.UtcNow).TotalSeconds, 1, 61);

        // A retry that fails replaces itself: neither does the chain end, nor does a second one begin.
        await scheduler.RescheduleJob(retry.Key, TriggerBuilder.Create().WithIdentity(retry.Key).ForJob(retry.JobKey).StartNow().Build());
        await WhenAsync(() => store.Row("own").Failures == 2);
        await WhenAsync(() => scheduler.GetTrigger(retry.Key).AsTask().GetAwaiter().GetResult()?.NextFireTimeUtc > DateTimeOffset.UtcNow.AddSeconds(61));
        await Task.Delay(300);
        Assert.Equal(2, (await scheduler.GetTriggersOfJob(retry.JobKey)).Count);
        var regular = await scheduler.GetTrigger(new TriggerKey("regular", "feeds/own"));
        Assert.Equal(17, regular!.NextFireTimeUtc!.Value.Minute);
        await host.StopAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task WhatAnImportLeftThatDiedWithItsServerIsRemovedAtStart()
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.0-1");
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await using var simulator = await FeedSimulator.StartAsync(repository.Root);
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        var left = new FeedFolders(data).BeginImport("own");
        await File.WriteAllTextAsync(Path.Combine(left, "Packages"), "half");
        await File.WriteAllTextAsync(Path.Combine(data, "feeds/.work/0123.tar"), "half");
        using var database = new Database(Path.Combine(data, "db"));
        using var host = Host(repository, simulator, database, data);
        await host.StartAsync();
        Assert.False(Directory.Exists(left));
        await host.StopAsync();
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "feeds/.work")));
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task ASecondServerOnADataDirectoryDoesNotStart()
    {
        using var repository = new OwnRepository();
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await using var simulator = await FeedSimulator.StartAsync(repository.Root);
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        using var database = new Database(Path.Combine(data, "db"));
        var first = Host(repository, simulator, database, data);
        await first.StartAsync();
        using (var second = Host(repository, simulator, database, data))
        {
            Assert.Contains($"another server has the data directory {data} (PatchFlow:DataDirectory)", (await Assert.ThrowsAsync<InvalidOperationException>(() => second.StartAsync())).Message, StringComparison.Ordinal);
        }

        await first.StopAsync();
        first.Dispose();
        using var third = Host(repository, simulator, database, data);
        await third.StartAsync();
        await third.StopAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task AFetchUnderWayIsStoppedAndWaitedForWhenTheServerStops()
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.0-1");
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await using var simulator = await FeedSimulator.StartAsync(repository.Root);
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        using var database = new Database(Path.Combine(data, "db"));
        using var host = Host(repository, simulator, database, data);
        await host.StartAsync();
        await WhenAsync(() => host.Services.GetRequiredService<FeedStore>().Row("own").LastSuccessAt is not null);

        var asked = new TaskCompletionSource();
        simulator.Misbehaviour["InRelease"] = async context =>
        {
            asked.TrySetResult();
            await Task.Delay(TimeSpan.FromSeconds(50), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        await host.Services.GetRequiredService<FeedRefresh>()("own", CancellationToken.None);
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        var began = System.Diagnostics.Stopwatch.StartNew();
        await host.StopAsync();
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(data, "feeds/.work")));
        Assert.InRange(began.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.Null(host.Services.GetRequiredService<FeedStore>().Row("own").LastError);
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task AManualRefreshThatFailsIsTriedAgainAsTheScheduleWould()
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.0-1");
        repository.Publish(DateTimeOffset.UtcNow.AddHours(-1));
        await using var simulator = await FeedSimulator.StartAsync(repository.Root);
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        using var database = new Database(Path.Combine(data, "db"));
        using var host = Host(repository, simulator, database, data);
        await host.StartAsync();
        var store = host.Services.GetRequiredService<FeedStore>();
        await WhenAsync(() => store.Row("own").LastSuccessAt is not null);

        simulator.Misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 500);
        await host.Services.GetRequiredService<FeedRefresh>()("own", CancellationToken.None);
        await WhenAsync(() => store.Row("own").Failures == 1);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        var retry = default(ITrigger);
        await WhenAsync(() => (retry = scheduler.GetTrigger(new TriggerKey("retry", "feeds/own")).AsTask().GetAwaiter().GetResult()) is not null);
        Assert.Equal(store.Row("own").NextAttemptAt!.Value, retry!.NextFireTimeUtc!.Value, TimeSpan.FromSeconds(2));
        await host.StopAsync();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task QuartzFetchesAFeedOfDocumentsAtTheStartAndTriesAgainWhatFailed()
    {
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        await using var simulator = await FeedSimulator.StartAsync(data);
        using var database = new Database(Path.Combine(data, "db"));
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PatchFlow:Feeds:0:Kind"] = "epss",
            ["PatchFlow:Feeds:0:Name"] = "scores",
            ["PatchFlow:Feeds:0:Address"] = new Uri(simulator.Address, "epss.csv").AbsoluteUri,
            ["PatchFlow:Feeds:0:Schedule"] = $"0 23 {DateTimeOffset.UtcNow.AddHours(12).Hour} * * ?",
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddFeeds(builder.Configuration, data);
        using var host = builder.Build();
        await host.StartAsync();
        var store = host.Services.GetRequiredService<AdvisoryStore>();
        await WhenAsync(() => store.Row("scores").Failures == 1);
        var scheduler = await host.Services.GetRequiredService<ISchedulerFactory>().GetScheduler();
        await WhenAsync(() => scheduler.GetTrigger(new TriggerKey("retry", "feeds/scores")).AsTask().GetAwaiter().GetResult() is not null);
        Assert.Equal(23, (await scheduler.GetTrigger(new TriggerKey("regular", "feeds/scores")))!.NextFireTimeUtc!.Value.Minute);

        await File.WriteAllTextAsync(Path.Combine(data, "epss.csv"), "cve,epss\nCVE-2026-0001,0.5\n");
        await host.Services.GetRequiredService<FeedRefresh>()("scores", CancellationToken.None);
        await WhenAsync(() => store.Row("scores").Snapshot is not null);
        Assert.Equal(1, store.Counts("scores").Records);
        await host.StopAsync();
        Directory.Delete(data, recursive: true);
    }

    // A dozen vendors that never answer.
    [Fact]
    public async Task AFeedIsFetchedWhileManyOthersWaitForTheirVendors()
    {
        var data = Directory.CreateTempSubdirectory("pf-job-").FullName;
        await using var simulator = await FeedSimulator.StartAsync(data);
        // Each is a server of its own: connections are made, and nothing ever answers.
        var silent = Enumerable.Range(0, 12).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        silent.ForEach(server => server.Start());
        await File.WriteAllTextAsync(Path.Combine(data, "epss.csv"), "cve,epss\nCVE-2026-0001,0.5\n");
        using var database = new Database(Path.Combine(data, "db"));
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        for (var number = 0; number <= 12; number++)
        {
            builder.Configuration[$"PatchFlow:Feeds:{number}:Kind"] = "epss";
            builder.Configuration[$"PatchFlow:Feeds:{number}:Name"] = $"feed-{(char)('a' + number)}";
            builder.Configuration[$"PatchFlow:Feeds:{number}:Address"] = number < 12 ? $"http://{silent[number].LocalEndpoint}/epss.csv" : new Uri(simulator.Address, "epss.csv").AbsoluteUri;
        }

        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddFeeds(builder.Configuration, data);
        builder.Services.AddSingleton(new FeedLimits { Time = TimeSpan.FromMinutes(10) });
        builder.Services.AddSingleton(new FeedSlots(TimeProvider.System, 10, TimeSpan.FromMilliseconds(200)));
        using var host = builder.Build();
        await host.StartAsync();
        await WhenAsync(() => host.Services.GetRequiredService<AdvisoryStore>().Row("feed-m").Snapshot is not null);
        await WhenAsync(() => silent.TrueForAll(server => server.Pending()));
        await host.StopAsync();
        silent.ForEach(server => server.Dispose());
        Directory.Delete(data, recursive: true);
    }

    private static IHost Host(OwnRepository repository, FeedSimulator simulator, Database database, string data)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PatchFlow:Feeds:0:Kind"] = "apt",
            ["PatchFlow:Feeds:0:Name"] = "own",
            ["PatchFlow:Feeds:0:Address"] = simulator.Address.AbsoluteUri,
            ["PatchFlow:Feeds:0:Suite"] = OwnRepository.Suite,
            ["PatchFlow:Feeds:0:Components:0"] = "main",
            ["PatchFlow:Feeds:0:Arch"] = "amd64",
            ["PatchFlow:Feeds:0:Keyring"] = repository.Keyring,
            ["PatchFlow:Feeds:0:Security"] = "true",
            // Never in the hour around the test's own, so that the retry always comes first.
            ["PatchFlow:Feeds:0:Schedule"] = $"0 17 {DateTimeOffset.UtcNow.AddHours(12).Hour} * * ?",
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(database);
        builder.Services.AddFeeds(builder.Configuration, data);
        return builder.Build();
    }

    private static async Task WhenAsync(Func<bool> isSo)
    {
        for (var tries = 0; tries < 600 && !isSo(); tries++)
        {
            await Task.Delay(50);
        }

        Assert.True(isSo());
    }
}
