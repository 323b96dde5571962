using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;
using Quartz;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>The machine's clock goes back under a running server: what is scheduled goes on within an interval, and not when the clock is there again.</summary>
public sealed class ScheduleWatchTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private readonly string _data = Directory.CreateTempSubdirectory("pf-clock-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Theory]
    [InlineData("cron", 17)]
    [InlineData("interval", 15)]
    [InlineData("once", 60)]
    public void WhatFiresLaterThanItsScheduleSaysIsLate(string kind, int minutes)
    {
        var builder = TriggerBuilder.Create().WithIdentity("x").ForJob("x");
        var trigger = kind switch
        {
            "cron" => builder.WithSchedule(CronScheduleBuilder.Create("0 17 * * * ?").InTimeZone(TimeZoneInfo.Utc)).Build(),
            "interval" => builder.WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromMinutes(15)).RepeatForever()).Build(),
            _ => builder.Build(),
        };
        var expected = ScheduleWatch.Expected(trigger, Now);
        Assert.Equal(Now.AddMinutes(minutes), expected);
        Assert.False(ScheduleWatch.IsLate(null, expected));
        Assert.False(ScheduleWatch.IsLate(expected.AddSeconds(5), expected));
        Assert.True(ScheduleWatch.IsLate(expected.AddSeconds(6), expected));
    }

    [Fact]
    public async Task WhatWasClaimedOfTheFutureIsFreeAgain()
    {
        using var database = new Database(Path.Combine(_data, "db"));
        var store = new FeedStore(database);
        var cancel = TestContext.Current.CancellationToken;
        Assert.True(await store.ClaimAsync("feeds/x", Now.AddHours(-1), cancel));
        Assert.True(await store.ClaimAsync("feeds/x", Now.AddHours(1), cancel));
        Assert.False(await store.ClaimAsync("feeds/x", Now.AddHours(1), cancel));
        await store.ForgetClaimsAsync(Now, cancel);
        Assert.True(await store.ClaimAsync("feeds/x", Now.AddHours(1), cancel));
        Assert.False(await store.ClaimAsync("feeds/x", Now.AddHours(-1), cancel));
    }

    // Feeds each second and hosts each second: what they do is counted, with a clock that a test sets back.
    [Fact]
    public async Task AfterTheClockWentBackAYearFeedsAndInventoriesGoOn()
    {
        var clock = new JumpingClock();
        using var database = new Database(Path.Combine(_data, "db"));
        await using var simulator = await FeedSimulator.StartAsync(_data);
        await File.WriteAllTextAsync(Path.Combine(_data, "epss.csv"), "cve,epss\nCVE-2026-0001,0.5\n", TestContext.Current.CancellationToken);
        using var host = Host(clock, database, simulator);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var store = host.Services.GetRequiredService<AdvisoryStore>();
        await WhenAsync(() => store.Row("scores").LastAttemptAt is not null && Counted.Runs > 1, () => "nothing began");

        // As many seconds as were claimed come once more.
        clock.Back += TimeSpan.FromSeconds(20);
        await GoesOnAsync(clock, store);
        clock.Back += TimeSpan.FromDays(365);
        await GoesOnAsync(clock, store);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task WhereTheClockOnlyGoesOnNothingIsScheduledAnew()
    {
        using var database = new Database(Path.Combine(_data, "db"));
        await using var simulator = await FeedSimulator.StartAsync(_data);
        var clock = new JumpingClock();
        using var host = Host(clock, database, simulator);
        await host.StartAsync(TestContext.Current.CancellationToken);
        var watch = host.Services.GetServices<IHostedService>().OfType<ScheduleWatch>().First();
        Assert.Equal(0, await watch.LookAsync(TestContext.Current.CancellationToken));
        clock.Back -= TimeSpan.FromDays(1);
        Assert.Equal(0, await watch.LookAsync(TestContext.Current.CancellationToken));
        // What a day has missed is made up for once: by triggers of two clocks the scheduler would do nothing else, and take all memory for it.
        await GoesOnAsync(clock, host.Services.GetRequiredService<AdvisoryStore>());
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    private static async Task GoesOnAsync(JumpingClock clock, AdvisoryStore store)
    {
        var (runs, at) = (Counted.Runs, clock.GetUtcNow());
        await WhenAsync(() => Counted.Runs > runs + 1, () => $"hosts are not asked: {Counted.Runs} times, {runs} before");
        await WhenAsync(() => store.Row("scores").LastAttemptAt is { } last && last >= at && last < at.AddSeconds(15), () => $"nothing is fetched since {at:O}, at {clock.GetUtcNow():O}: {store.Row("scores")}");
    }

    private static IHost Host(TimeProvider clock, Database database, FeedSimulator simulator)
    {
        Counted.Runs = 0;
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["PatchFlow:Feeds:0:Kind"] = "epss",
            ["PatchFlow:Feeds:0:Name"] = "scores",
            ["PatchFlow:Feeds:0:Address"] = new Uri(simulator.Address, "epss.csv").AbsoluteUri,
            ["PatchFlow:Feeds:0:Schedule"] = "* * * * * ?",
        });
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton(database);
        builder.Services.AddFeeds(builder.Configuration, Path.GetDirectoryName(database.File)!);
        builder.Services.AddSingleton<IHostedService>(p => new ScheduleWatch(
            p.GetRequiredService<ISchedulerFactory>(), p.GetRequiredService<FeedStore>(), clock, p.GetRequiredService<ILogger<ScheduleWatch>>())
        { Every = TimeSpan.FromMilliseconds(300) });
        builder.Services.AddQuartz(quartz => quartz.ScheduleJob<Counted>(
            trigger => trigger.WithIdentity("inventory").StartNow().WithSimpleSchedule(every => every.WithInterval(TimeSpan.FromSeconds(1)).RepeatForever()),
            job => job.WithIdentity("inventory")));
        return builder.Build();
    }

    private static async Task WhenAsync(Func<bool> isSo, Func<string> otherwise)
    {
        for (var tries = 0; !isSo(); tries++)
        {
            Assert.True(tries < 200, tries < 200 ? "" : otherwise());
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Counted : IJob
    {
        public static volatile int Runs;

        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Runs);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class JumpingClock : TimeProvider
    {
        public TimeSpan Back { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() - Back;
    }
}
