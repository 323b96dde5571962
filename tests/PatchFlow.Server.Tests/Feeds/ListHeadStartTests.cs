using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A list of this machine is read while it is still found out who signed its release: it counts for nothing before that is known.</summary>
public sealed class ListHeadStartTests
{
    private static readonly AptReleaseFile Listed = new("main/binary-amd64/Packages", 1, Digest.Of("x"u8));

    [Theory]
    [InlineData("key", "is signed by")]
    [InlineData("text", "does not fit its signature")]
    [InlineData("key, list gone", "is signed by")]
    [InlineData("key, list longer", "is signed by")]
    public async Task WhatAReleaseNamesThatIsNotSignedIsNeverUsed(string wrong, string why)
    {
        await using var world = await ListWorld.StartAsync("", isFile: true);
        var first = await world.FetchAsync(100, "1");
        world.Publish(100, "2", changed: 50);
        var signed = File.ReadAllText(world.Bench.Repository.InRelease);
        Spoil(world.Bench.Repository, wrong);
        Assert.Contains(why, (await world.Bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal((first.Folder, "1"), (world.Current.Folder, Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(world.Bench.DataDirectory, "feeds", ".work")));

        File.WriteAllText(world.Bench.Repository.InRelease, signed);
        File.WriteAllText(world.Bench.Repository.Index, world.Text);
        Assert.Null((await world.Bench.FetchAsync()).LastError);
        Assert.Equal("2", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p50")).Version);
    }

    [Fact]
    public async Task NoOtherMachineIsAskedOnTheWordOfSuchARelease()
    {
        await using var world = await ListWorld.StartAsync("");
        await world.FetchAsync(100, "1");
        world.Publish(100, "2", changed: 50);
        Spoil(world.Bench.Repository, "key");
        world.Bench.Simulator.Requests.Clear();
        Assert.Contains("is signed by", (await world.Bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Bench.Simulator.Requests, r => r.Contains("binary-amd64", StringComparison.Ordinal));
    }

    // The list is another one by the time at which it would be read a second time.
    [Fact]
    public async Task ASignedReleaseGoesOnWithWhatWasRead()
    {
        await using var world = await ListWorld.StartAsync("", isFile: true);
        await world.FetchAsync(100, "1");
        using var transport = new FeedTransport(new FeedList([world.Bench.Feed]), world.Bench.Limits);
        var lists = new ListFetcher(transport, world.Bench.Limits);
        await FetchAsync(null);
        world.Publish(100, "2", changed: 50);
        var (release, work) = (Release(world), world.Bench.Folders.Begin("other"));
        await using var begun = lists.Begin(world.Bench.Feed, release, world.Current, work, CancellationToken.None);
        var reading = await begun.TakeAsync(release.Files["main/binary-amd64/Packages"]);
        var found = Assert.IsType<UnverifiedChange>(await reading!);
        await using var same = new ListHeadStart(_ => (release.Files["main/binary-amd64/Packages"], Task.FromResult<UnverifiedChange?>(found)), CancellationToken.None);
        File.WriteAllText(world.Bench.Repository.Index, world.Text.Replace("p50", "q50", StringComparison.Ordinal));
        var fetched = await lists.FetchAsync(world.Bench.Feed, release, world.Current, work, same, CancellationToken.None);
        Assert.Equal("2", Assert.Single(fetched.Index.Find("p50")).Version);
        Assert.Equal(world.Text, await new StreamReader(new KeptList(work, fetched.Lists[0].Name).Open()).ReadToEndAsync());

        Task<FetchedLists> FetchAsync(ListHeadStart? before) =>
            lists.FetchAsync(world.Bench.Feed, Release(world), world.Current, world.Bench.Folders.Begin("other"), before, CancellationToken.None);
    }

    [Fact]
    public async Task ItIsTakenOnceAndForThatListOnly()
    {
        var reading = Task.FromResult<UnverifiedChange?>(null);
        await using var begun = new ListHeadStart(_ => (Listed, reading), CancellationToken.None);
        Assert.Null(await begun.TakeAsync(Listed with { Sha256 = Digest.Of("y"u8) }));
        Assert.Null(await begun.TakeAsync(Listed with { Path = "main/binary-all/Packages" }));
        Assert.Same(reading, await begun.TakeAsync(Listed with { }));
        Assert.Null(await begun.TakeAsync(Listed));
    }

    [Fact]
    public async Task AReadingThatNobodyTookHasEndedAfterwards()
    {
        Task<UnverifiedChange?>? reading = null;
        var begun = new ListHeadStart(stop => (Listed, reading = ForeverAsync(stop)), CancellationToken.None);
        await begun.DisposeAsync();
        Assert.True(reading!.IsCanceled);
    }

    [Fact]
    public async Task WhatWasFoundIsGivenBackWhereNobodyTookIt()
    {
        var hash = new HashBeside();
        await using (new ListHeadStart(_ => (Listed, Task.FromResult<UnverifiedChange?>(new UnverifiedChange(null!, hash))), CancellationToken.None))
        {
            Assert.False(hash.Sha256.IsCompleted);
        }

        Assert.True(hash.Sha256.IsCompleted);
    }

    private static async Task<UnverifiedChange?> ForeverAsync(CancellationToken stop)
    {
        await Task.Delay(Timeout.Infinite, stop);
        return null;
    }

    private static AptRelease Release(ListWorld world)
    {
        Assert.True(AptReleaseParser.TryParse(ClearSigned.Text(File.ReadAllBytes(world.Bench.Repository.InRelease)), out var release, out var problem), problem);
        return release;
    }

    private static void Spoil(OwnRepository repository, string wrong)
    {
        if (wrong == "text")
        {
            File.WriteAllText(repository.InRelease, File.ReadAllText(repository.InRelease).Replace("Origin: Tests", "Origin: Tasts", StringComparison.Ordinal));
            return;
        }

        using var key = new OwnKey("stranger");
        repository.Sign(repository.ReleaseText, key);
        if (wrong.EndsWith("gone", StringComparison.Ordinal))
        {
            File.Delete(repository.Index);
        }
        else if (wrong.EndsWith("longer", StringComparison.Ordinal))
        {
            File.AppendAllText(repository.Index, "Package: more\n\n");
        }
    }
}
