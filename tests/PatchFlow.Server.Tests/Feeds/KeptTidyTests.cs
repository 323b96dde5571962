using System.Net.Sockets;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What stands in the way of what is kept beside a feed, or is too long to be kept, is no failure of the feed.</summary>
public sealed class KeptTidyTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    // A folder in the place of the list: what was prepared can't take it.
    [Fact]
    public async Task WhatCanNotBeTidiedUpAfterAFetchIsNoFailureOfItAndTheNextOneDoesIt()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        var list = Path.Combine(near.KeptFolder, "current");
        near.Publish("CVE-2026-0002", Start);
        near.Simulator.Misbehaviour["kev.json"] = context =>
        {
            File.Delete(list);
            Directory.CreateDirectory(list);
            return near.Simulator.ServeAsync(context);
        };
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], near.InUse());
        // What was prepared counts as it is.
        near.Simulator.Misbehaviour.Clear();
        near.Simulator.Misbehaviour[""] = Away;
        var tar = await near.ExportAsync();
        Directory.Delete(list);
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.True(File.Exists(list));
        Assert.Single(near.KeptFiles());
        near.Simulator.Misbehaviour[""] = Away;
        Assert.Equal(tar, await near.ExportAsync());
    }

    // A socket in the place of the list can't be read.
    [Fact]
    public async Task AFeedIsShownThoughTheListOfWhatIsKeptOfItCanNotBeRead()
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start);
        Assert.NotNull(near.Kept.AnsweredAt);
        var list = Path.Combine(near.KeptFolder, "current");
        File.Delete(list);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(list));
            Assert.Equal((0, 0L, false, null), (near.Kept.Answers, near.Kept.Bytes, near.Kept.IsAll, near.Kept.AnsweredAt));
        }

        Assert.Equal(PatchFlow.Client.FeedState.Fresh, near.View().State);
    }

    [Theory]
    [InlineData("ETag", 256, true)]
    [InlineData("ETag", 257, false)]
    [InlineData("Last-Modified", 256, true)]
    [InlineData("Last-Modified", 257, false)]
    public async Task AValidatorThatIsLongerThanAnyServerWritesIsNotKept(string header, int length, bool isKept)
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Publish("CVE-2026-0001", Start);
        near.Simulator.HasETags = false;
        var (validator, asked) = ($"\"{new string('x', length - 2)}\"", "");
        near.Simulator.Misbehaviour["kev.json"] = context =>
        {
            asked = context.Request.Headers.IfNoneMatch + context.Request.Headers.IfModifiedSince;
            context.Response.OnStarting(() => Task.FromResult(context.Response.Headers[header] = validator));
            return near.Simulator.ServeAsync(context);
        };
        await near.FetchWellAsync();
        Assert.Equal("", asked);
        await near.FetchWellAsync();
        Assert.Equal(isKept ? validator : "", asked);
    }

    private static Task Away(Microsoft.AspNetCore.Http.HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
