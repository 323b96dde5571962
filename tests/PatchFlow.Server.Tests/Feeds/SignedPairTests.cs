using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Archives that sign Release with a file of its own: worth as much as InRelease, and never less.</summary>
public sealed class SignedPairTests
{
    [Fact]
    public async Task AnArchiveWithoutInReleaseIsFetchedByItsSignedPair()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Detach();
        var row = await bench.FetchAsync();
        Assert.Null(row.LastError);
        var snapshot = Assert.Single(bench.Catalog.Current());
        Assert.Equal((true, "Release"), (snapshot.IsDetached, Path.GetFileName(snapshot.SignedIndex)));
        bench.Configure(bench.Feed);
        Assert.Equal("demo", Assert.Single(Assert.Single(bench.Catalog.Indices()).Index.Find("demo")).Name);

        // Unchanged: neither the signature nor the package index is asked for again.
        bench.Simulator.Requests.Clear();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal(["/dists/demo-security/InRelease 404", "/dists/demo-security/Release 304"], bench.Simulator.Requests);
    }

    [Fact]
    public async Task ASnapshotFollowsTheArchiveFromPairToInRelease()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Detach();
        await bench.FetchAsync();
        bench.Clock.Now += TimeSpan.FromHours(2);
        bench.Publish();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.False(Assert.Single(bench.Catalog.Current()).IsDetached);
    }

    [Theory]
    [InlineData("signature of another text", "it is tried again")]
    [InlineData("signature of another key", "none of which is valid in")]
    [InlineData("no signature", "neither InRelease nor Release.gpg")]
    [InlineData("empty signature", "it is tried again")]
    [InlineData("signature is a web page", "what stands in its signature's place is none")]
    public async Task ABadPairIsRefusedAndTriedAgain(string badness, string message)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Detach();
        var good = (await bench.FetchAsync()).Snapshot;
        Assert.NotNull(good);
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        var signature = Path.Combine(Path.GetDirectoryName(bench.Repository.InRelease)!, "Release.gpg");
        var old = await File.ReadAllBytesAsync(signature, TestContext.Current.CancellationToken);
        bench.Publish();
        bench.Repository.Detach(badness == "signature of another key" ? bench.Repository.MakeKey("other") : null);
        switch (badness)
        {
            case "signature of another text": File.WriteAllBytes(signature, old); break;
            case "no signature": File.Delete(signature); break;
            case "empty signature": File.WriteAllText(signature, ""); break;
            case "signature is a web page": File.WriteAllText(signature, "<html>"); break;
            default: break;
        }

        var row = await bench.FetchAsync();
        Assert.Contains(message, row.LastError, StringComparison.Ordinal);
        Assert.Equal((good, bench.Clock.Now.AddMinutes(1)), (row.Snapshot, row.NextAttemptAt));
    }

    [Theory]
    [InlineData("empty", true)]
    [InlineData("a web page", true)]
    [InlineData("cut", true)]
    [InlineData("of another text", false)]
    public async Task JunkInPlaceOfASignatureThatWasThereIsAnAlarmAsWhereItIsGone(string what, bool isAlarm)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Detach();
        Assert.Null((await bench.FetchAsync()).LastError);
        var signature = Path.Combine(Path.GetDirectoryName(bench.Repository.InRelease)!, "Release.gpg");
        var old = await File.ReadAllBytesAsync(signature, TestContext.Current.CancellationToken);
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Publish();
        bench.Repository.Detach();
        var good = await File.ReadAllBytesAsync(signature, TestContext.Current.CancellationToken);
        File.WriteAllBytes(signature, what switch { "empty" => [], "a web page" => "<html>"u8.ToArray(), "cut" => good[..(good.Length / 2)], _ => old });
        Assert.NotNull((await bench.FetchAsync()).LastError);
        Assert.Equal(isAlarm, bench.Store.Marks.Of("own").Alarms is not null);
        File.WriteAllBytes(signature, good);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Null(bench.Store.Marks.Of("own").Alarms);
    }

    [Fact]
    public async Task JunkInPlaceOfTheSignatureWithinAnIndexIsAnAlarmToo()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        Assert.Null((await bench.FetchAsync()).LastError);
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Publish();
        var signed = await File.ReadAllTextAsync(bench.Repository.InRelease, TestContext.Current.CancellationToken);
        var begin = signed.IndexOf("-----BEGIN PGP SIGNATURE-----", StringComparison.Ordinal);
        File.WriteAllText(bench.Repository.InRelease, signed[..begin] + "-----BEGIN PGP SIGNATURE-----\n\naGVsbG8gd29ybGQ=\n-----END PGP SIGNATURE-----\n");
        Assert.Contains("what stands in its signature's place is none", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Contains("it was signed until", bench.Store.Marks.Of("own").Alarms, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheVendorsPairVerifiesAndAPairCaughtInTheMiddleOfAPublicationDoesNot()
    {
        var work = Directory.CreateTempSubdirectory("pf-pair-").FullName;
        try
        {
            await VerifyAsync("apt/debian/dists/bookworm-proposed-updates", work);
            var refused = await Assert.ThrowsAsync<FeedException>(() => VerifyAsync("apt/invalid/release-gpg-mismatch", work));
            Assert.Equal(FeedFault.BadSignature, refused.Fault);
            Assert.Contains("it is tried again", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    [Fact]
    public async Task AFlatRepositoryIsFetched()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        foreach (var folder in new[] { ".", "flat" })
        {
            bench.Repository.PublishFlat(folder, bench.Clock.Now.AddHours(-1));
            bench.Configure(bench.Feed with { Suite = folder, Components = [] });
            Assert.Null((await bench.FetchAsync()).LastError);
            var snapshot = Assert.Single(bench.Catalog.Current());
            Assert.Equal((true, 1), (snapshot.IsFlat, (int)snapshot.Packages));
            bench.Configure(bench.Feed);
            Assert.Single(Assert.Single(bench.Catalog.Indices()).Index.Find("demo"));
            var package = Assert.Single(bench.Catalog.Index(snapshot).Find("demo"));
            Assert.True(File.Exists(await bench.Files.EnsureAsync(snapshot, package, CancellationToken.None)));
        }
    }

    [Theory]
    [InlineData("./", ".")]
    [InlineData("binary/", "binary")]
    public async Task ASuiteThatEndsInASlashIsAFlatRepository(string suite, string folder)
    {
        var entry = new FeedOptions { Name = "flat", Address = "https://archive.example/x", Suite = suite, Arch = "amd64", Keyring = "/keys/a.gpg" };
        var feed = Assert.Single((await FeedList.LoadAsync([entry])).All);
        Assert.Equal((true, folder), (feed.IsFlat, feed.Suite));
        Assert.Equal("https://archive.example/x/" + (folder == "." ? "" : "binary/") + "InRelease", feed.InSuite("InRelease").AbsoluteUri);
        entry.Components = ["main"];
        Assert.Contains("those have no components", (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("main", "main")]
    [InlineData("updates/main", "main")]
    public async Task AComponentIsFoundUnderTheNameOfItsFolder(string component, string folder)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Configure(bench.Feed with { Components = [component] });
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Equal($"{folder}_binary-amd64_Packages", Assert.Single(Assert.Single(bench.Catalog.Current()).PackageLists).Name);

        // Complete as it is: the second fetch asks for the index only.
        bench.Simulator.Requests.Clear();
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.Single(bench.Simulator.Requests);
    }

    [Fact]
    public async Task NothingOfASuiteThatIsOnlyInstalledByNameIsProposed()
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        bench.Repository.Sign("NotAutomatic: yes\nButAutomaticUpgrades: yes\n" + bench.Repository.ReleaseText);
        Assert.Null((await bench.FetchAsync()).LastError);
        Assert.True(bench.Feed.Security);
        Assert.False(Assert.Single(bench.Catalog.Indices()).Security);
        bench.Configure(bench.Feed);
        Assert.False(Assert.Single(bench.Catalog.Indices()).Security);
    }

    private static async Task VerifyAsync(string folder, string work) => await OpenPgp.VerifyDetachedAsync(
        await File.ReadAllBytesAsync(FeedCorpus.PathOf($"{folder}/Release")),
        FeedCorpus.PathOf($"{folder}/Release.gpg"),
        [FeedCorpus.PathOf("apt/keys/debian-archive-keyring.gpg")],
        work,
        folder,
        CancellationToken.None);
}
