using System.Formats.Tar;
using System.Net.Http.Headers;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Api;

/// <summary>What the API and health say while the disk is full.</summary>
public sealed class FullDiskTests
{
    private const string Remedy = "look at the space and the rights of the data directory";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WhatIsAskedForIsRefusedWithTheDiskAsTheReasonAndNothingIsChanged(bool hasKey)
    {
        using var disk = new SmallDisk();
        await using var server = await StartAsync(disk);
        var token = await server.TokenAsync("olga", Role.Operator);
        disk.Fill();
        (string, string)[] headers = hasKey ? [("Idempotency-Key", "one")] : [];
        var reply = await server.SendAsync("POST", "/api/v1/feeds/own/refresh", token, null, headers);
        Assert.Equal(507, reply.Code);
        Assert.Equal("urn:patchflow:problem:storage", reply.Problem().Type);
        Assert.StartsWith("the disk of the data directory is full (SQLite Error 13: ", reply.Problem().Detail, StringComparison.Ordinal);
        Assert.EndsWith($": nothing was changed; {Remedy}, then try again", reply.Problem().Detail, StringComparison.Ordinal);
        Assert.Empty(server.Get<System.Collections.Concurrent.ConcurrentQueue<string>>());
        disk.Free();
        Assert.Equal(202, (await server.SendAsync("POST", "/api/v1/feeds/own/refresh", token, null, headers)).Code);
    }

    [Fact]
    public async Task AnImportTellsAFullDiskFromABadArchive()
    {
        using var disk = new SmallDisk();
        await using var server = await StartAsync(disk);
        var token = await server.TokenAsync("olga", Role.Operator);
        var tar = await TarAsync();
        disk.Fill();
        var refused = await ImportAsync(server, token, tar);
        Assert.Equal(507, refused.Code);
        Assert.StartsWith("the disk of the data directory is full (", refused.Problem().Detail, StringComparison.Ordinal);
        Assert.EndsWith($": nothing of the archive is used, and the feed stands as before; {Remedy}, then import it again", refused.Problem().Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("twice", refused.Body, StringComparison.Ordinal);
        disk.Free();
        Assert.Equal(409, (await ImportAsync(server, token, tar)).Code);
    }

    // Each by its own endpoint, as a system call or SQLite would end it.
    [Theory]
    [InlineData("sqlite", 13, 507, "the disk of the data directory is full (")]
    [InlineData("sqlite", 10, 507, "the database can't be written (")]
    [InlineData("sqlite", 8, 507, "the database can't be written (")]
    [InlineData("sqlite", 14, 507, "the database can't be written (")]
    [InlineData("sqlite", 5, 500, "nothing may have been done")]
    [InlineData("io", 28, 507, "the disk of the data directory is full (")]
    [InlineData("io", 122, 507, "the disk of the data directory is full (")]
    [InlineData("io", 30, 507, "the data directory can't be written (")]
    [InlineData("io", 2, 500, "nothing may have been done")]
    public async Task WhatADiskDoesIsToldFromBugs(string sort, int code, int status, string detail)
    {
        await using var server = await ApiServer.StartAsync(map: app => Fail(app, () => sort == "io" ? new IOException("it failed", code) : new SqliteException("it failed.", code)));
        var reply = await server.SendAsync("GET", "/api/v1/failing", null);
        Assert.Equal(status, reply.Code);
        Assert.StartsWith(detail, reply.Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasHalfDoneIsNotCalledUnchanged()
    {
        ApiServer? server = null;
        await using var started = server = await ApiServer.StartAsync(map: app => app.MapGet("/api/v1/failing", async () =>
        {
            await server!.Get<ApiAudit>().AppendAsync(new Audit("system", "test", "test.half", "test"));
            throw new SqliteException("it failed", 13);
        }).AllowAnonymous());
        var reply = await server.SendAsync("GET", "/api/v1/failing", null);
        Assert.EndsWith($": not all of it was done: look at the state first; {Remedy}, then try again", reply.Problem().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WorkThatWasDoneIsAnsweredAlsoWhereItsAnswerCantBeKept()
    {
        using var disk = new SmallDisk();
        var done = 0;
        await using var server = await StartAsync(disk, app => app.MapPost("/api/v1/done", () =>
        {
            disk.Fill();
            return Results.Ok(++done);
        }).RequirePermission(Permission.View));
        var token = await server.TokenAsync("olga", Role.Operator);
        var first = await SendAsync();
        Assert.Equal((200, "1"), (first.Code, first.Body));
        disk.Free();
        Assert.Equal(409, (await SendAsync()).Code);
        Assert.Equal(1, done);

        Task<Reply> SendAsync() => server.SendAsync("POST", "/api/v1/done", token, null, ("Idempotency-Key", "one"));
    }

    [Fact]
    public async Task ADatabaseThatCantBeWrittenIsIllUntilItCan()
    {
        using var disk = new SmallDisk();
        await using var server = await StartAsync(disk);
        Assert.Equal(("database", true, "answers", 200), await HealthAsync(server));
        server.Clock.Advance(TimeSpan.FromSeconds(15));
        disk.Fill();
        var (name, isHealthy, detail, status) = await HealthAsync(server);
        Assert.Equal(("database", false, 503), (name, isHealthy, status));
        Assert.StartsWith("the disk of the data directory is full (SQLite Error 13: ", detail, StringComparison.Ordinal);
        Assert.EndsWith($": nothing is fetched, decided or carried out until it can; {Remedy}", detail, StringComparison.Ordinal);
        // What can be read is told all the same.
        Assert.Contains((await server.Get<Health>().LookAsync(CancellationToken.None)).Parts, p => p.Name == "feed:own");
        disk.Free();
        server.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(("database", true, "answers", 200), await HealthAsync(server));
    }

    [Fact]
    public async Task ADiskWithAlmostNoSpaceLeftIsIllAndTheServerServes()
    {
        await using var server = await ApiServer.StartAsync(services => services.AddSingleton(p => Check(p, long.MaxValue)));
        var (_, isHealthy, detail, status) = await HealthAsync(server);
        Assert.Equal((false, 200), (isHealthy, status));
        Assert.Matches("^the disk of the data directory has [0-9]+ MB left, less than [0-9]+: make room there, ", detail);
    }

    [Fact]
    public async Task LookingOftenWritesFourTimesAMinuteAtMost()
    {
        await using var server = await ApiServer.StartAsync();
        var (start, commits) = (server.Clock.GetUtcNow(), server.Database.Commits);
        foreach (var (seconds, touched) in new[] { (0, 0), (5, 0), (14, 0), (15, 15), (29, 15), (30, 30) })
        {
            server.Clock.Advance(start.AddSeconds(seconds) - server.Clock.GetUtcNow());
            await server.Get<Health>().LookAsync(CancellationToken.None);
            Assert.Equal(Utc.Text(start.AddSeconds(touched)), server.Database.Read(c => c.ExecuteScalar<string>("SELECT value FROM meta WHERE key = 'touched'")));
        }

        // Nobody looks at the fleet anew because somebody looked at the health.
        Assert.Equal(commits, server.Database.Commits);
    }

    [Fact]
    public async Task WhoAsksForTheHealthDoesNotWaitForWhoWritesForLong()
    {
        await using var server = await ApiServer.StartAsync();
        await using var other = new SqliteConnection($"Data Source={server.Database.File};Pooling=False");
        await other.OpenAsync(TestContext.Current.CancellationToken);
        await other.ExecuteAsync("BEGIN IMMEDIATE");
        var asked = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(("database", true, "answers", 200), await HealthAsync(server));
        Assert.InRange(asked.Elapsed.TotalSeconds, 1, 15);
        await other.ExecuteAsync("ROLLBACK");
    }

    private static Task<ApiServer> StartAsync(SmallDisk disk, Action<WebApplication>? map = null) =>
        ApiServer.StartAsync(services => services.AddSingleton(p => Check(p, 0)), map, disk.DataDirectory);

    private static DatabaseCheck Check(IServiceProvider services, long leastBytes) =>
        new(services.GetRequiredService<Database>(), services.GetRequiredService<TimeProvider>(), NullLogger<DatabaseCheck>.Instance) { LeastBytes = leastBytes };

    private static void Fail(WebApplication app, Func<Exception> failure) => app.MapGet("/api/v1/failing", IResult () => throw failure()).AllowAnonymous();

    private static async Task<(string Name, bool IsHealthy, string Detail, int Status)> HealthAsync(ApiServer server)
    {
        var reply = await server.SendAsync("GET", "/healthz/ready", null);
        var part = System.Text.Json.JsonSerializer.Deserialize<HealthView>(reply.Body, PatchFlowClient.Json)!.Parts[0];
        return (part.Name, part.Healthy, part.Detail, reply.Code);
    }

    private static async Task<byte[]> TarAsync()
    {
        using var bytes = new MemoryStream();
        await using (var tar = new TarWriter(bytes, TarEntryFormat.Ustar, leaveOpen: true))
        {
            await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, "Packages") { DataStream = new MemoryStream(new byte[1 << 20]) });
        }

        return bytes.ToArray();
    }

    private static async Task<Reply> ImportAsync(ApiServer server, string token, byte[] tar)
    {
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var content = new ByteArrayContent(tar) { Headers = { ContentType = new("application/x-tar") } };
        using var response = await http.PostAsync(new Uri("/api/v1/feeds/own/snapshot", UriKind.Relative), content);
        return new(response.StatusCode, await response.Content.ReadAsStringAsync(), null, null, response.Content.Headers.ContentType?.MediaType);
    }
}
