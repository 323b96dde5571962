using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A list of which little changed is kept as what changed, and is the whole list for whoever reads it.</summary>
public sealed class KeptChangeTests
{
    [Theory]
    [InlineData("xz", false)]
    [InlineData("gzip", false)]
    [InlineData("zstd", false)]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("xz", true)]
    public async Task AStateOfWhichLittleChangedIsKeptAsThatAndReadAfterARestart(string compressor, bool isFile)
    {
        await using var world = await ListWorld.StartAsync(compressor, isFile);
        var first = await world.FetchAsync(100, "1");
        Assert.True(first.IsWhole);
        var second = await world.FetchAsync(101, "2", changed: 50);
        Assert.Equal([second.Name + ".base", second.Name + ".delta"], Directory.GetFiles(second.Folder, "*Packages*").Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.InRange(new FileInfo(second.Delta).Length, 1, 1000);
        Assert.Equal(world.Text, Whole(second));
        foreach (var _ in new[] { "as fetched", "read again" })
        {
            var index = Assert.Single(world.Bench.Catalog.Indices()).Index;
            Assert.Equal(("2", "1", 101), (Assert.Single(index.Find("p50")).Version, Assert.Single(index.Find("p100")).Version, index.Count));
            world.Bench.Restart();
        }

        Assert.True(world.Bench.Catalog.IsIntact(world.Current));
    }

    [Fact]
    public async Task ALaterStateIsAChangeOfTheSameWholeList()
    {
        await using var world = await ListWorld.StartAsync();
        var first = await world.FetchAsync(100, "1");
        var text = world.Text;
        await world.FetchAsync(100, "2", changed: 50);
        var third = await world.FetchAsync(100, "3", changed: 20);
        Assert.Equal((text, world.Text), (File.ReadAllText(third.Base), Whole(third)));
        Directory.Delete(first.Folder, recursive: true);
        Assert.Equal(world.Text, Whole(third));
        Assert.Equal("1", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version);
    }

    [Fact]
    public async Task AStateOfWhichMuchChangedIsKeptWholeAndTheNextIsAChangeOfIt()
    {
        await using var world = await ListWorld.StartAsync();
        await world.FetchAsync(100, "1");
        await world.FetchAsync(100, "2", changed: 50);
        var third = await world.FetchAsync(200, "1");
        Assert.Equal((true, world.Text), (third.IsWhole, Whole(third)));
        var text = world.Text;
        var fourth = await world.FetchAsync(200, "2", changed: 50);
        Assert.Equal((text, world.Text), (File.ReadAllText(fourth.Base), Whole(fourth)));
    }

    [Fact]
    public async Task AfterARestartTheNextStateIsKeptWhole()
    {
        await using var world = await ListWorld.StartAsync();
        await world.FetchAsync(100, "1");
        await world.FetchAsync(100, "2", changed: 50);
        world.Bench.Restart();
        var third = await world.FetchAsync(100, "3", changed: 50);
        Assert.Equal((true, world.Text), (third.IsWhole, Whole(third)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AListThatIsAsItWasIsNotFetchedAndSharesItsBytes(bool isChange)
    {
        await using var world = await ListWorld.StartAsync();
        var first = await world.FetchAsync(100, "1");
        var second = isChange ? await world.FetchAsync(100, "2", changed: 50) : first;
        world.Bench.Simulator.Requests.Clear();
        var third = await world.FetchAsync(100, isChange ? "2" : "1", changed: isChange ? 50 : -1);
        Assert.DoesNotContain(world.Bench.Simulator.Requests, r => r.Contains("binary-amd64", StringComparison.Ordinal));
        Assert.NotEqual(second.Folder, third.Folder);
        Assert.Equal(second.Files, third.Files);
        Assert.All(third.Files, f => Assert.Equal(Tool.Run("stat", "-c", "%i", Path.Combine(second.Folder, f)), Tool.Run("stat", "-c", "%i", Path.Combine(third.Folder, f))));
        Assert.Equal(world.Text, Whole(third));
        var fourth = await world.FetchAsync(100, "4", changed: 10);
        Assert.Equal((false, world.Text), (fourth.IsWhole, Whole(fourth)));
    }

    [Theory]
    [InlineData(".base", "altered")]
    [InlineData(".base", "longer")]
    [InlineData(".base", "cut")]
    [InlineData(".base", "gone")]
    [InlineData(".delta", "altered")]
    [InlineData(".delta", "longer")]
    [InlineData(".delta", "cut")]
    [InlineData(".delta", "gone")]
    public async Task ADamagedFileIsNoticedAndTheListFetchedWhole(string suffix, string how)
    {
        await using var world = await ListWorld.StartAsync();
        await world.FetchAsync(100, "1");
        var kept = await world.FetchAsync(100, "2", changed: 50);
        Damage(kept.Whole + suffix, how);
        world.Bench.Configure(world.Bench.Feed);
        Assert.False(world.Bench.Catalog.IsIntact(world.Current) && FeedCatalog.IsCompleteFor(world.Bench.Feed, world.Current));
        if (!(suffix == ".delta" && how == "gone"))
        {
            Assert.Empty(world.Bench.Catalog.Indices());
            Assert.NotNull(world.Bench.Catalog.Trouble(world.Current));
        }

        Assert.Null((await world.Bench.FetchAsync()).LastError);
        Assert.Equal(["main_binary-amd64_Packages"], Directory.GetFiles(kept.Folder, "*Packages*").Select(Path.GetFileName));
        Assert.Equal(world.Text, Whole(kept));
        Assert.Equal("2", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version);
    }

    // The process still knows the list: what it fetches next must not stand on what was damaged.
    [Theory]
    [InlineData("altered")]
    [InlineData("cut")]
    [InlineData("gone")]
    public async Task AChangeIsNeverKeptOfAListThatWasDamagedMeanwhile(string how)
    {
        await using var world = await ListWorld.StartAsync();
        var first = await world.FetchAsync(100, "1");
        Damage(first.Whole, how);
        var second = await world.FetchAsync(100, "2", changed: 50);
        Assert.Equal((true, world.Text), (second.IsWhole, Whole(second)));
    }

    [Theory]
    [InlineData("xz", false)]
    [InlineData("", true)]
    public async Task AStateThatIsNotWhatTheIndexSaysLeavesNothingBehind(string compressor, bool isFile)
    {
        await using var world = await ListWorld.StartAsync(compressor, isFile);
        var first = await world.FetchAsync(100, "1");
        world.Publish(100, "2", changed: 50);
        foreach (var file in world.Served())
        {
            var bytes = File.ReadAllBytes(file);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(file, bytes);
        }

        var row = await world.Bench.FetchAsync();
        Assert.Contains("SHA-256", row.LastError, StringComparison.Ordinal);
        Assert.Equal([Path.GetFileName(first.Folder)], Directory.GetDirectories(Path.GetDirectoryName(first.Folder)!).Select(Path.GetFileName));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(world.Bench.DataDirectory, "feeds", ".work")));
        Assert.Equal("1", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version);
        var mended = await world.FetchAsync(100, "3", changed: 50);
        Assert.Equal(world.Text, Whole(mended));
        Assert.Equal("3", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version);
    }

    [Fact]
    public async Task WhatIsExportedAndWhatTheSandboxGetsIsTheWholeList()
    {
        await using var world = await ListWorld.StartAsync();
        await world.FetchAsync(100, "1");
        Assert.False((await world.FetchAsync(100, "2", changed: 50)).IsWhole);
        using var tar = new MemoryStream();
        Assert.True(await world.Bench.Catalog.ExportAsync(world.Bench.Feed, tar, CancellationToken.None));
        tar.Position = 0;
        var folder = world.Bench.Folders.BeginImport("far");
        await FeedBundle.ExtractAsync(tar, folder, FeedBundle.SuiteFiles, FeedBundle.SuiteBytes(world.Bench.Limits), CancellationToken.None);
        Assert.Equal(world.Text, File.ReadAllText(Directory.EnumerateFiles(folder, "Packages", SearchOption.AllDirectories).Single()));

        var file = Assert.Single(AptLists.Files([world.Current]), f => f.Path.EndsWith("_main_binary-amd64_Packages", StringComparison.Ordinal));
        using var stream = file.Open();
        Assert.Equal((world.Text.Length, world.Text), ((int)stream.Length, new StreamReader(stream).ReadToEnd()));
    }

    [Fact]
    public async Task AListThatIsKeptAsAChangeIsReadFromAnywhere()
    {
        await using var world = await ListWorld.StartAsync();
        await world.FetchAsync(100, "1");
        await using var stream = (await world.FetchAsync(99, "2", changed: 50)).Open();
        var (all, random) = (Encoding.ASCII.GetBytes(world.Text), new Random(3));
        for (var turn = 0; turn < 500; turn++)
        {
            var (at, buffer) = (random.Next(all.Length), new byte[random.Next(1, 5000)]);
            stream.Seek(at, SeekOrigin.Begin);
            var read = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            Assert.Equal(all.AsSpan(at, Math.Min(buffer.Length, all.Length - at)), buffer.AsSpan(0, read));
        }
    }

    private static void Damage(string path, string how)
    {
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        if (how == "gone")
        {
            return;
        }

        // What the delta says of the list itself, and a byte of the list.
        bytes[path.EndsWith(".delta", StringComparison.Ordinal) ? bytes.Length - 1 - 20 : bytes.Length / 2] ^= (byte)(how == "altered" ? 1 : 0);
        File.WriteAllBytes(path, how == "cut" ? bytes[..^1] : how == "longer" ? [.. bytes, 0] : bytes);
    }

    private static string Whole(KeptList list)
    {
        using var stream = list.Open();
        return new StreamReader(stream).ReadToEnd();
    }
}
