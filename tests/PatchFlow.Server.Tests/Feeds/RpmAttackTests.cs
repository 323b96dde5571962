using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.AspNetCore.Http;
using PatchFlow.Client;
using PatchFlow.Server.Api;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Attacks on an update system (TUF, "Attacks and weaknesses") by whoever stands between us and a repository of rpm: what was said stays.</summary>
public sealed class RpmAttackTests
{
    [Fact]
    public async Task AnOlderIndexIsRefusedThoughItIsSigned()
    {
        await using var rpm = await FollowedAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:0"), TimeSpan.FromDays(2));
        await rpm.RefusedAsync("signed", "older than", "which was seen already");
        await rpm.RefusedAsync("plain", "which was seen already");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Fact]
    public async Task RestoringAnOldDatabaseLetsNoRepositoryGoBack()
    {
        await using var rpm = await FollowedAsync();
        var old = (rpm.Index, File: Read(rpm, RpmWorld.Signature));
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        var newer = (rpm.Index, File: Read(rpm, RpmWorld.Signature));
        await rpm.World.FetchWellAsync("signed");
        await rpm.World.Server.Database.WriteAsync((c, t) => c.Execute(
            "UPDATE advisory_feeds SET digest = @hex, time = @time WHERE name = 'signed'",
            new { hex = Core.Documents.Digest.Of(old.Index).Hex, time = Storage.Utc.Text(rpm.World.Now.AddHours(-25)) },
            t));
        var view = await rpm.ViewAsync("signed");
        Assert.Equal(FeedState.Failing, view.State);
        Assert.Contains("as after restoring an old database", view.LastError, StringComparison.Ordinal);

        // What the restored database calls unchanged is refused all the same, and what was in use is taken.
        Write(rpm, old);
        await rpm.RefusedAsync("signed", "which was seen already");
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await rpm.RefusedAsync("signed", "answers 304");
        rpm.Vendor.Misbehaviour.Clear();
        Write(rpm, newer);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal((FeedState.Fresh, null), ((await rpm.ViewAsync("signed")).State, (await rpm.ViewAsync("signed")).LastError));
    }

    [Fact]
    public async Task LostMarksStopTheFeedUntilAPersonHasDecided()
    {
        await using var rpm = await FollowedAsync();
        var path = rpm.World.Server.Database.File + ".feeds.json";
        Assert.True(File.Exists(path));
        File.Delete(path);
        // As a restart reads them.
        var store = new FeedStore(rpm.World.Server.Database);
        Assert.Contains("it is gone", Assert.Throws<FeedException>(() => store.Marks.Of("signed")).Message, StringComparison.Ordinal);
    }

    // As the message on lost marks says: from what the database knows, which no feed goes behind.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task MarksThatAPersonBeganAnewLetNoRepositoryGoBehindTheDatabase(bool listsSome)
    {
        await using var rpm = await RpmWorld.StartAsync();
        await File.WriteAllTextAsync(rpm.World.Server.Database.File + ".feeds.json", "{}", TestContext.Current.CancellationToken);
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.Server.Database.WriteAsync((c, t) => c.Execute(
            "INSERT INTO advisory_feeds (name, source, digest, time, last_success_at) VALUES ('signed', @source, @hex, @time, @time)",
            new { source = AdvisoryStore.SourceOf(rpm.Feed("signed")), hex = new string('0', 64), time = Storage.Utc.Text(rpm.World.Now) },
            t));
        rpm.Publish(listsSome ? RpmWorld.Updates("RLSA-2026:1") : null);
        await rpm.RefusedAsync("signed", "which was seen already");
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), TimeSpan.FromHours(-1));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(rpm.World.Now.AddHours(1), rpm.World.Server.Get<FeedStore>().Marks.Of("signed").HighWater);
    }

    [Fact]
    public async Task ANotModifiedForeverIsSeenByTheIndexsAge()
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(FeedState.Fresh, (await rpm.ViewAsync("signed")).State);
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(29));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(FeedState.Stale, (await rpm.ViewAsync("signed")).State);
        Assert.Contains("signed is stale since", Assert.Single((await rpm.World.ExposureAsync()).Feeds, f => f.StartsWith("signed", StringComparison.Ordinal)), StringComparison.Ordinal);
        var health = await rpm.World.Server.Get<Health>().LookAsync(TestContext.Current.CancellationToken);
        Assert.False(health.Parts.Single(p => p.Name == "feed:signed").Healthy);
    }

    [Fact]
    public async Task ANotModifiedToWhoHasNothingIsNoSuccess()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await rpm.RefusedAsync("plain", "answers 304");
    }

    [Theory]
    [InlineData("signed", true)]
    [InlineData("plain", true)]
    [InlineData("signed", false)]
    [InlineData("plain", false)]
    public async Task OldAdvisoriesUnderANewIndexAreRefused(string feed, bool isOpenListed)
    {
        await using var rpm = await FollowedAsync();
        var old = Read(rpm, $"repo/repodata/{rpm.Packed}");
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Bend = text => isOpenListed ? text : Regex.Replace(text, "<open-checksum.*</open-checksum>|<(open-)?size>[0-9]+</(open-)?size>", "");
        rpm.Publish(RpmWorld.Updates("RLSA-2026:3"));
        rpm.World.Write($"repo/repodata/{rpm.Packed}", old);
        await rpm.RefusedAsync(feed, "where the index says");
        Assert.Equal(["RLSA-2026:1"], rpm.Said(feed));
    }

    [Fact]
    public async Task WhatIsPackedMustBeWhatTheIndexSaysToo()
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Bend = text => Regex.Replace(text, "<open-checksum type=\"sha256\">[0-9a-f]{64}", $"<open-checksum type=\"sha256\">{new string('c', 64)}");
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.RefusedAsync("signed", "when decompressed where the index says");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Fact]
    public async Task AKeyThatIsNotTrustedSignsNothing()
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), key: RpmWorld.ForeignKey);
        await rpm.RefusedAsync("signed", "none of which is valid in");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
        Assert.Null((await rpm.ViewAsync("signed")).Alarm);
    }

    [Fact]
    public async Task AKeyThatIsTakenOutOfTheKeyringVouchesForNothingThoughTheIndexIsUnchanged()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        var (keyring, store, signed) = (Path.GetTempFileName(), rpm.World.Server.Get<AdvisoryStore>(), rpm.Feed("signed"));
        var feed = signed with { Repository = signed.Repository! with { Keyrings = [keyring] } };
        Task<AdvisoryLook> FetchAsync() => rpm.World.Server.Get<AdvisoryFetcher>().FetchAsync(feed, store.Row("signed"), TestContext.Current.CancellationToken);
        File.Copy(signed.Repository!.Keyrings[0], keyring, overwrite: true);
        await store.PublishAsync((await FetchAsync()).Snapshot!, TestContext.Current.CancellationToken);
        Assert.Null((await FetchAsync()).Snapshot);

        File.Copy(RpmWorld.ForeignKey.Public, keyring, overwrite: true);
        Assert.Contains("none of which is valid in", (await Assert.ThrowsAsync<FeedException>(FetchAsync)).Message, StringComparison.Ordinal);
        File.Delete(keyring);
        Assert.Contains("is missing", (await Assert.ThrowsAsync<FeedException>(FetchAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARepositoryThatWasSignedByOtherKeysAndIsNotIsAnAlarmToo()
    {
        await using var rpm = await FollowedAsync();
        var signed = rpm.Feed("signed");
        var before = AdvisoryStore.SourceOf(signed with { Repository = signed.Repository! with { Keyrings = [RpmWorld.ForeignKey.Public] } });
        await rpm.World.Server.Database.WriteAsync((c, t) => c.Execute("UPDATE advisory_feeds SET source = @before WHERE name = 'signed'", new { before }, t));
        rpm.World.Remove(RpmWorld.Signature);
        await rpm.RefusedAsync("signed", "is not signed");
        Assert.Equal(FeedState.Alarm, (await rpm.ViewAsync("signed")).State);
    }

    [Fact]
    public async Task AnIndexThatWasAlteredDoesNotFitItsSignature()
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.World.Write(RpmWorld.Repomd, [.. rpm.Index, (byte)'\n']);
        await rpm.RefusedAsync("signed", "does not fit its signature");
    }

    [Fact]
    public async Task ARepositoryThatWasSignedAndIsNotIsAnAlarm()
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        var signature = Read(rpm, RpmWorld.Signature);
        rpm.World.Remove(RpmWorld.Signature);
        await rpm.RefusedAsync("signed", "is not signed");
        var view = await rpm.ViewAsync("signed");
        Assert.Equal(FeedState.Alarm, view.State);
        Assert.Contains("it was signed until", view.Alarm, StringComparison.Ordinal);
        Assert.Contains("ALARM", (await rpm.World.CliAsync("feeds show signed")).Out, StringComparison.Ordinal);
        Assert.Contains("signed: ALARM", Assert.Single((await rpm.World.ExposureAsync()).Feeds, f => f.StartsWith("signed", StringComparison.Ordinal)), StringComparison.Ordinal);

        // Putting the old index back with a word that nothing is new does not end it.
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await rpm.RefusedAsync("signed", "answers 304");
        Assert.Equal(FeedState.Alarm, (await rpm.ViewAsync("signed")).State);
        rpm.Vendor.Misbehaviour.Clear();
        rpm.World.Write(RpmWorld.Signature, signature);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(FeedState.Fresh, (await rpm.ViewAsync("signed")).State);
        Assert.Equal(["RLSA-2026:2"], rpm.Said("signed"));
    }

    [Fact]
    public async Task ARepositoryThatNeverWasSignedIsRefusedAndNoAlarm()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.World.Remove(RpmWorld.Signature);
        await rpm.RefusedAsync("signed", "is not signed", "take the keyring out");
        Assert.Equal(FeedState.Failing, (await rpm.ViewAsync("signed")).State);

        // Nor is it one where the feed was used without a keyring until now.
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        await rpm.World.Server.Database.WriteAsync((c, t) => c.Execute("UPDATE advisory_feeds SET source = @source", new { source = AdvisoryStore.SourceOf(rpm.Feed("plain")) }, t));
        rpm.World.Remove(RpmWorld.Signature);
        await rpm.RefusedAsync("signed", "is not signed");
        Assert.Equal((FeedState.Failing, null), ((await rpm.ViewAsync("signed")).State, (await rpm.ViewAsync("signed")).Alarm));
    }

    [Theory]
    [InlineData(2, 0, "which is in the future")]
    [InlineData(0, 800, "more than two years after")]
    public async Task AnIndexThatLeapsAheadWaitsForAPerson(int aheadDays, int laterDays, string message)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(laterDays));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), TimeSpan.FromDays(-aheadDays));
        await rpm.RefusedAsync("signed", message, "patchflow feeds release signed");
        var view = await rpm.ViewAsync("signed");
        Assert.Equal((FeedState.Quarantined, Core.Documents.Digest.Of(rpm.Index).Hex), (view.State, view.Quarantined!.Digest));
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));

        var ada = await rpm.World.Server.ClientAsync("ada", Role.Admin);
        await ada.ReleaseFeedAsync("signed", new(view.Quarantined.Digest));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:2"], rpm.Said("signed"));
        Assert.Null((await rpm.ViewAsync("signed")).Quarantined);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ACutTransferIsRefused(bool isOfAdvisories)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        var name = isOfAdvisories ? rpm.Packed : "repomd.xml";
        var bytes = Read(rpm, $"repo/repodata/{name}");
        rpm.Vendor.Misbehaviour[name] = async context =>
        {
            context.Response.ContentLength = bytes.Length;
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        await rpm.RefusedAsync("signed", "the transfer was cut");
        rpm.Vendor.Misbehaviour[name] = context => context.Response.Body.WriteAsync(bytes.AsMemory(0, bytes.Length / 2)).AsTask();
        await rpm.RefusedAsync("signed", isOfAdvisories ? "the transfer was cut" : "does not fit its signature");
        await rpm.RefusedAsync("plain", isOfAdvisories ? "the transfer was cut" : "is no index of a repository");
    }

    [Theory]
    [InlineData("repomd.xml", "is a web page and not an index")]
    [InlineData("repomd.xml.asc", "what stands in its signature's place is none")]
    [InlineData("updateinfo.xml.gz", "where the index says")]
    public async Task AWebPageInPlaceOfAFileIsRefused(string name, string message)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.Vendor.Misbehaviour[name] = context => context.Response.WriteAsync($"<!DOCTYPE html><html><body>sign in{new string(' ', 4096)}</body></html>");
        await rpm.RefusedAsync("signed", name == "updateinfo.xml.gz" ? "is larger than the" : message);
    }

    [Theory]
    [InlineData("repomd.xml")]
    [InlineData("repomd.xml.asc")]
    [InlineData("updateinfo.xml.gz")]
    public async Task DataWithoutEndIsCutOff(string name)
    {
        await using var rpm = await RpmWorld.StartAsync(new FeedLimits { ReleaseBytes = 1 << 20, Time = TimeSpan.FromSeconds(10) });
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.Vendor.Misbehaviour[name] = context => FloodAsync(context, 1 << 16, 0);
        await rpm.RefusedAsync("signed", "is larger than the");
    }

    [Theory]
    [InlineData("repomd.xml")]
    [InlineData("updateinfo.xml.gz")]
    public async Task SlowBytesAreGivenUp(string name)
    {
        await using var rpm = await RpmWorld.StartAsync(new FeedLimits { ReleaseBytes = 1 << 20, Time = TimeSpan.FromSeconds(1), LeastBytesPerSecond = 1 << 20 });
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.Vendor.Misbehaviour[name] = context => FloodAsync(context, 1, 100);
        var watch = Stopwatch.StartNew();
        await rpm.RefusedAsync("plain", "did not answer within");
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("", "that it may have when decompressed")]
    [InlineData("<open-size>99</open-size>", "beyond the 99 bytes that it may have when decompressed")]
    [InlineData("<open-size>999999999999</open-size>", "has 999999999999 bytes by the index, more than the")]
    public async Task ABombIsNotDecompressedThoughTheIndexIsSigned(string openSize, string message)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.BendPacked = _ => Bomb();
        rpm.Bend = text => Regex.Replace(text, "<open-size>[0-9]+</open-size>", openSize);
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.RefusedAsync("signed", message);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Theory]
    [InlineData("<timestamp>[0-9]+</timestamp>|<revision>[0-9]+</revision>", "", "has neither times of its files nor a revision")]
    [InlineData("type=\"updateinfo\"", "type=\"updateinfo_zck2\"", "lists advisories that can't be read here")]
    [InlineData("href=\"repodata/[^\"]*updateinfo.xml.gz\"", "href=\"../updateinfo.xml.gz\"", "lists advisories that can't be read here")]
    [InlineData("</repomd>", "", "is no index of a repository")]
    public async Task AnIndexThatCantBeUsedIsRefusedThoughItIsSigned(string pattern, string with, string message)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Bend = text => Regex.Replace(text, pattern, with);
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.RefusedAsync("signed", message);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Theory]
    [InlineData("<updates/>", "lists nothing any more")]
    [InlineData("<updates><update type=\"security\"><id>RLSA-2026:2</id>", "can't be used as rpm-repository")]
    [InlineData("<html/>", "can't be used as rpm-repository")]
    public async Task AdvisoriesThatAreNotWholeCloseNothing(string text, string message)
    {
        await using var rpm = await FollowedAsync();
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(text);
        await rpm.RefusedAsync("signed", message);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    // A repository that every feed has followed once.
    private static async Task<RpmWorld> FollowedAsync()
    {
        var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed", "plain");
        return rpm;
    }

    private static byte[] Read(RpmWorld rpm, string name) => File.ReadAllBytes(rpm.World.PathOf(name));

    private static void Write(RpmWorld rpm, (byte[] Index, byte[] Signature) published)
    {
        rpm.World.Write(RpmWorld.Repomd, published.Index);
        rpm.World.Write(RpmWorld.Signature, published.Signature);
    }

    private static async Task FloodAsync(HttpContext context, int chunk, int pauseMilliseconds)
    {
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync(new byte[chunk], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(pauseMilliseconds, context.RequestAborted);
        }
    }

    private static byte[] Bomb()
    {
        using var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(Encoding.ASCII.GetBytes("<updates>"));
            for (var i = 0; i < 64; i++)
            {
                gzip.Write(new byte[1 << 20]);
            }
        }

        return bytes.ToArray();
    }
}
