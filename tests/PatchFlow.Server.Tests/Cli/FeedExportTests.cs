using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Api;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Cli;

/// <summary><c>patchflow feeds export</c>: what is there by the name that was given is whole, or it is not there.</summary>
public sealed class FeedExportTests
{
    private const string Path = "/api/v1/feeds/own/snapshot";

    [Fact]
    public async Task OnAFullDiskNothingHalfIsLeftAndWhatWasThereStays()
    {
        using var disk = new SmallDisk();
        var file = $"{disk.DataDirectory}/own.tar";
        await File.WriteAllTextAsync(file, "the last one", TestContext.Current.CancellationToken);
        var ran = await ExportAsync(file, context => context.Response.Body.WriteAsync(new byte[20 << 20], context.RequestAborted).AsTask());
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.StartsWith($"patchflow: {file} can't be written: No space left on device", ran.Error, StringComparison.Ordinal);
        Assert.Contains("remedy: make room", ran.Error, StringComparison.Ordinal);
        Assert.Equal([file], Directory.GetFiles(disk.DataDirectory));
        Assert.Equal("the last one", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("cut", Exit.Unreachable, "the server does not answer")]
    [InlineData("interrupted", Exit.Left, "")]
    public async Task OfAnExportThatDoesNotEndNothingIsLeft(string how, int exit, string said)
    {
        using var folder = new TestFolder();
        using var interrupt = new CancellationTokenSource();
        var ran = await ExportAsync(
            $"{folder.Path}/own.tar",
            async context =>
            {
                context.Response.ContentLength = 100;
                await context.Response.Body.WriteAsync(new byte[50], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                if (how == "cut")
                {
                    context.Abort();
                    return;
                }

                while (!File.Exists($"{folder.Path}/own.tar.part"))
                {
                    await Task.Delay(10, context.RequestAborted);
                }

                await interrupt.CancelAsync();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            },
            interrupt.Token);
        Assert.Equal(exit, ran.Exit);
        Assert.Contains(said, ran.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    // What a run left that was killed.
    [Fact]
    public async Task WhatAnEarlierRunLeftIsWrittenOver()
    {
        using var folder = new TestFolder();
        await File.WriteAllTextAsync($"{folder.Path}/own.tar.part", new string('x', 1000), TestContext.Current.CancellationToken);
        Assert.Equal(Exit.Ok, (await ExportAsync($"{folder.Path}/own.tar", context => context.Response.WriteAsync("whole"))).Exit);
        Assert.Equal([$"{folder.Path}/own.tar"], Directory.GetFiles(folder.Path));
        Assert.Equal("whole", await File.ReadAllTextAsync($"{folder.Path}/own.tar", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task WhereNothingMayBeWrittenThatIsSaid()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory($"{folder.Path}/own.tar.part");
        var ran = await ExportAsync($"{folder.Path}/own.tar", context => context.Response.WriteAsync("whole"));
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.StartsWith($"patchflow: {folder.Path}/own.tar can't be written: ", ran.Error, StringComparison.Ordinal);
    }

    // A server of which this one path answers as a test says.
    private static async Task<Ran> ExportAsync(string file, RequestDelegate answer, CancellationToken cancel = default)
    {
        await using var server = await ApiServer.StartAsync(map: app => app.Use(next => context => context.Request.Path == Path ? answer(context) : next(context)));
        using var cli = new CliRun(server.Address);
        await cli.PersonAsync(server, "olga", Role.Operator);
        return await cli.AsAsync("olga", $"feeds export own {file}", cancel);
    }

    private sealed class TestFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("patchflow-export-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
