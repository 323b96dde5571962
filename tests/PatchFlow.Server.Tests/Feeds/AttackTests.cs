using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Http;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Attacks on an update system (TUF, "Attacks and weaknesses"), beside those that <see cref="BadFeedTests"/> has: the last good snapshot stays.</summary>
public sealed class AttackTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task ACutAtAnyKibibyteIsRefused(bool isIndex, bool announcesAll)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        bench.Clock.Now += TimeSpan.FromHours(3);
        Enlarge(bench);
        var bytes = await File.ReadAllBytesAsync(isIndex ? bench.Repository.Index + ".gz" : bench.Repository.InRelease);
        Assert.True(bytes.Length > 10 << 10, $"{bytes.Length} bytes make too few cuts");
        var at = 0;
        bench.Simulator.Misbehaviour[isIndex ? Hash(bytes) : "InRelease"] = async context =>
        {
            context.Response.ContentLength = announcesAll ? bytes.Length : at;
            await context.Response.Body.WriteAsync(bytes.AsMemory(0, at));
            await context.Response.Body.FlushAsync();
            if (announcesAll)
            {
                context.Abort();
            }
        };
        for (; at < bytes.Length; at += 1 << 10)
        {
            var row = await bench.FetchAsync();
            Assert.True(row.LastError is not null && row.Snapshot == good, $"cut at {at} of {bytes.Length}: {row.LastError ?? "was taken"}");
        }

        bench.Simulator.Misbehaviour.Clear();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Catalog.Current());
    }

    [Fact]
    public async Task ANotModifiedForeverEndsWhereTheSnapshotsTimeEnds()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Publish();
        bench.Simulator.Misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 304);
        Assert.Null((await bench.FetchAsync()).LastError);
        bench.Clock.Now = FeedBench.Start.AddDays(7).AddMinutes(1);
        var row = await bench.FetchAsync();
        Assert.Contains("was valid until", row.LastError, StringComparison.Ordinal);
        Assert.Equal(good, row.Snapshot);
    }

    [Fact]
    public async Task ANotModifiedToWhoHasNothingIsNoSuccess()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Simulator.Misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 304);
        var row = await bench.FetchAsync();
        Assert.Contains("answers 304", row.LastError, StringComparison.Ordinal);
        Assert.Empty(bench.Catalog.Current());
    }

    [Fact]
    public async Task AnOlderIndexUnderANewerSignedOneIsRefused()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        await bench.FetchAsync();
        var old = await File.ReadAllBytesAsync(bench.Repository.Index + ".xz");
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Publish();
        bench.Simulator.Misbehaviour[Hash(await File.ReadAllBytesAsync(bench.Repository.Index + ".xz"))] = context => context.Response.Body.WriteAsync(old).AsTask();
        var row = await bench.FetchAsync();
        Assert.Contains("the signed index says", row.LastError, StringComparison.Ordinal);
        Assert.Equal("1.0-1+deb12u1", Assert.Single(bench.Catalog.Index(Assert.Single(bench.Catalog.Current())).Find("demo")).Version);
    }

    [Theory]
    [InlineData(0, "did not answer within")]
    [InlineData(1 << 16, "is larger than the")]
    public async Task DataWithoutEndIsCutOff(int chunk, string message)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Limits = bench.Limits with { ReleaseBytes = 1 << 20, Time = TimeSpan.FromSeconds(chunk == 0 ? 1 : 10), LeastBytesPerSecond = 1 << 20 };
        bench.Configure(bench.Feed);
        bench.Simulator.Misbehaviour["InRelease"] = async context =>
        {
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[Math.Max(1, chunk)], context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.Delay(chunk == 0 ? 100 : 0, context.RequestAborted);
            }
        };
        var watch = Stopwatch.StartNew();
        Assert.Contains(message, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://10.0.0.1/InRelease")]
    [InlineData("http://[::1]/InRelease")]
    [InlineData("http://[fe80::1]/InRelease")]
    [InlineData("https://archive.example/InRelease")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://127.0.0.1/InRelease")]
    [InlineData("//10.0.0.1/InRelease")]
    public async Task ARedirectElsewhereIsNotFollowed(string to)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Simulator.Misbehaviour["InRelease"] = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = to;
            return Task.CompletedTask;
        };
        Assert.Contains("redirects to", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatNobodyThoughtOfIsAFailureOfTheFeedToo()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Simulator.Misbehaviour["InRelease"] = context =>
        {
            context.Response.StatusCode = 307;
            context.Response.Headers.Location = "//[";
            return Task.CompletedTask;
        };
        var row = await bench.FetchAsync();
        Assert.Contains("what it answers is not understood", row.LastError, StringComparison.Ordinal);
        Assert.Equal(1, row.Failures);
        Assert.NotNull(row.NextAttemptAt);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.31.255.255", true)]
    [InlineData("172.32.0.0", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("::ffff:10.0.0.1", true)]
    [InlineData("::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fec0::1", true)]
    [InlineData("198.18.0.1", true)]
    [InlineData("198.20.0.1", false)]
    [InlineData("64:ff9b::10.0.0.1", true)]
    [InlineData("64:ff9b::169.254.169.254", true)]
    [InlineData("64:ff9b::151.101.1.1", false)]
    [InlineData("64:ff9b:1::1", true)]
    [InlineData("2002:c0a8:101::1", true)]
    [InlineData("2002:7f00:1::", true)]
    [InlineData("2002:9765:101::1", false)]
    [InlineData("2001:0:a00:1:0:0:689a:fefe", true)]
    [InlineData("2001:0:9765:101:0:0:f5ff:fffe", true)]
    [InlineData("2001:0:9765:101:0:0:689a:fefe", false)]
    [InlineData("::10.0.0.1", true)]
    [InlineData("151.101.1.1", false)]
    [InlineData("2a04:4e42::1", false)]
    public void APrivateAddressIsKnownAsOne(string address, bool isPrivate) => Assert.Equal(isPrivate, PrivateRanges.Contain(IPAddress.Parse(address)));

    [Fact]
    public async Task ANameThatResolvesToAPrivateAddressIsConnectedToOnlyWhereConfigured()
    {
        var name = Dns.GetHostName();
        var addresses = await Dns.GetHostAddressesAsync(name, TestContext.Current.CancellationToken);
        Assert.SkipUnless(addresses.Any(PrivateRanges.Contain), $"{name} of this machine has no private address");
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Configure(bench.Feed with { Address = new Uri($"http://{name}:{bench.Simulator.Address.Port}/") });
        Assert.Contains("is in a private range", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        bench.Configure(bench.Feed with { PrivateNetwork = true });
        Assert.DoesNotContain("is in a private range", (await bench.FetchAsync()).LastError ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xz")]
    [InlineData("gzip")]
    [InlineData("zstd")]
    public async Task ADecompressionBombIsStoppedAtTheListedSize(string compressor)
    {
        var work = Directory.CreateTempSubdirectory("pf-bomb-").FullName;
        var (bomb, to) = (Path.Combine(work, "bomb"), Path.Combine(work, "out"));
        Tool.Run("sh", "-c", $"head -c 300000000 /dev/zero | {compressor} -c > '{bomb}'");
        var watch = Stopwatch.StartNew();
        var suffix = compressor switch { "xz" => ".xz", "zstd" => ".zst", _ => ".gz" };
        var refused = await Assert.ThrowsAsync<FeedException>(() => Decompression.RunAsync(suffix, bomb, to, 1 << 20, new FeedLimits(), "the bomb", CancellationToken.None));
        Assert.Equal(FeedFault.TooLarge, refused.Fault);
        Assert.InRange(new FileInfo(to).Length, 0, (1 << 20) + (1 << 17));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Directory.Delete(work, recursive: true);
    }

    // Files beside the index make the signed one long, and packages with hashes of their own the index.
    private static void Enlarge(FeedBench bench)
    {
        var folder = Path.GetDirectoryName(bench.Repository.Index)!;
        for (var number = 0; number < 60; number++)
        {
            File.WriteAllText(Path.Combine(folder, $"Contents-{number}"), $"{number}");
        }

        bench.Repository.Publish(bench.Clock.Now.AddHours(-1), bench.Clock.Now.AddDays(7), compressor: "gzip", index: text => text + string.Concat(Enumerable.Range(0, 300).Select(n =>
            $"\nPackage: demo{n}\nVersion: {n}\nArchitecture: amd64\nFilename: pool/{n}.deb\nSize: 9\nSHA256: {Hash(BitConverter.GetBytes(n))}\n")));
    }

    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
}
