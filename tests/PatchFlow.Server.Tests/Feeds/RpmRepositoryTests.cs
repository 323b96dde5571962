using PatchFlow.Client;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A repository of rpm is followed from its index to its advisories.</summary>
public sealed class RpmRepositoryTests
{
    [Fact]
    public async Task AnUnchangedIndexIsAskedForOnceAndNothingElseIs()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
        Assert.Equal([$"/{RpmWorld.Repomd} 200", $"/{RpmWorld.Signature} 200", $"/repo/repodata/{rpm.Packed} 200"], rpm.Vendor.Requests);
        var kept = rpm.World.Kept();

        rpm.Vendor.Requests.Clear();
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal([$"/{RpmWorld.Repomd} 304"], rpm.Vendor.Requests);

        // A server without validators sends the index again, and still nothing else is asked for and nothing written.
        rpm.Vendor.Requests.Clear();
        rpm.Vendor.HasETags = false;
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal([$"/{RpmWorld.Repomd} 200"], rpm.Vendor.Requests);
        Assert.Equal(kept, rpm.World.Kept());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".gz")]
    [InlineData(".bz2")]
    [InlineData(".xz")]
    [InlineData(".zst")]
    public async Task AdvisoriesAreReadHoweverTheyArePacked(string packing)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Packing = packing;
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1", "RLSA-2026:2"));
        await rpm.World.FetchWellAsync("plain");
        Assert.Equal(["RLSA-2026:1", "RLSA-2026:2"], rpm.Said("plain"));
    }

    [Fact]
    public async Task ANewIndexOverTheSameAdvisoriesFetchesThemNotAgainAndIsTheSnapshot()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Vendor.Requests.Clear();
        rpm.Packing = ".xz";
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal([$"/{RpmWorld.Repomd} 200", $"/{RpmWorld.Signature} 200"], rpm.Vendor.Requests);
        var snapshot = (await rpm.ViewAsync("signed")).Snapshot!;
        Assert.Equal((rpm.World.Now.AddHours(-1), Core.Documents.Digest.Of(rpm.Index).Hex, 1L), (snapshot.Time, snapshot.Digest, snapshot.Packages));
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    // Others have read a later date in the very index that is in use.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnEarlierDateOfTheSameIndexHoldsNothingUp(bool isKept)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        if (!isKept)
        {
            Directory.Delete(rpm.World.Server.Get<FeedFolders>().AnswersOf("signed"), recursive: true);
        }

        var later = rpm.World.Now.AddMinutes(-30);
        await rpm.ExecuteAsync($"UPDATE advisory_records SET id = 'MISREAD', digest = 7; UPDATE advisory_feeds SET readers = NULL, time = '{Utc.Text(later)}' WHERE name = 'signed'");
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
        Assert.Equal(later, (await rpm.ViewAsync("signed")).Snapshot!.Time);
        // What is older than they have read is still refused where it is another index.
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), TimeSpan.FromMinutes(31));
        await rpm.RefusedAsync("signed", "a feed never goes back");
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), TimeSpan.FromMinutes(29));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:2"], rpm.Said("signed"));
    }

    // How far others have read that it had come, a person has called wrong.
    [Fact]
    public async Task AfterARewindTheIndexInUseIsMeasuredByItsOwnDate()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        var (store, now, made) = (rpm.World.Server.Get<FeedStore>(), rpm.World.Now, (await rpm.ViewAsync("signed")).Snapshot!.Time);
        await rpm.ExecuteAsync($"UPDATE advisory_feeds SET time = '{Utc.Text(now.AddMinutes(-30))}' WHERE name = 'signed'");
        await store.RewindAsync("signed", now.AddMinutes(-45), () => Task.CompletedTask, TestContext.Current.CancellationToken);
        await rpm.RefusedAsync("signed", "a feed never goes back");
        await store.RewindAsync("signed", made, () => Task.CompletedTask, TestContext.Current.CancellationToken);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(made, (await rpm.ViewAsync("signed")).Snapshot!.Time);
    }

    [Fact]
    public async Task WhatIsTakenOutOfTheAdvisoriesIsGone()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1", "RLSA-2026:2"));
        await rpm.World.FetchWellAsync("plain");
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.World.FetchWellAsync("plain");
        Assert.Equal(["RLSA-2026:2"], rpm.Said("plain"));
    }

    [Theory]
    [InlineData("sha", "Sha1")]
    [InlineData("md5", "Md5")]
    public async Task ABrokenChecksumVouchesForNothingButMayRankWhereNothingDoesAnyway(string sum, string shown)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Sum = sum;
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.List(rpm.Index);
        await rpm.RefusedAsync("signed", $"with {shown} alone, which is broken", "ask the vendor for SHA-256");
        await rpm.RefusedAsync("listed", $"with {shown} alone, which is broken");
        await rpm.World.FetchWellAsync("plain");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("plain"));

        // It still tells a torn file.
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.World.Write($"repo/repodata/{rpm.Packed}", new byte[9999]);
        rpm.WriteIndex(System.Text.RegularExpressions.Regex.Replace(System.Text.Encoding.UTF8.GetString(rpm.Index), "<size>[0-9]+</size>", ""));
        await rpm.RefusedAsync("plain", "where the index says");
    }

    [Theory]
    [InlineData("sha384")]
    [InlineData("sha512")]
    public async Task StrongerChecksumsVouchToo(string sum)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Sum = sum;
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("signed"));
    }

    [Fact]
    public async Task AListOfMirrorsVouchesForTheIndexAndSaysWhetherItIsNew()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.List(rpm.Index);
        await rpm.World.FetchWellAsync("listed", "sealed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("sealed"));
        rpm.Vendor.Requests.Clear();
        await rpm.World.FetchWellAsync("listed");
        Assert.Equal([$"/{RpmWorld.Metalink} 200"], rpm.Vendor.Requests);

        // A mirror that says that nothing is new, where the list says that something is, is not believed.
        var old = rpm.Index;
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.List(rpm.Index);
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => Task.FromResult(context.Response.StatusCode = 304);
        await rpm.RefusedAsync("listed", "answers 304");

        // Nor one that has another index than those that the list names.
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => context.Response.Body.WriteAsync(old).AsTask();
        await rpm.RefusedAsync("listed", "lists neither as the newest nor as an earlier edition");

        // An earlier edition that it still names is one that mirrors may have.
        rpm.List(rpm.Index, old);
        await rpm.World.FetchWellAsync("listed");
        Assert.Equal(["RLSA-2026:1"], rpm.Said("listed"));
        rpm.Vendor.Misbehaviour.Clear();
        await rpm.World.FetchWellAsync("listed");
        Assert.Equal(["RLSA-2026:2"], rpm.Said("listed"));
    }

    [Fact]
    public async Task AnEarlierEditionOfTheListNeverTakesTheFeedBack()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"), TimeSpan.FromDays(3));
        var old = rpm.Index;
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        rpm.List(rpm.Index, old);
        await rpm.World.FetchWellAsync("listed");
        rpm.List([1], old);
        rpm.Vendor.Misbehaviour["repomd.xml"] = context => context.Response.Body.WriteAsync(old).AsTask();
        await rpm.RefusedAsync("listed", "which was seen already");
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("<metalink><files><file name=\"repomd.xml\"><verification><hash type=\"md5\">aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</hash></verification></file></files></metalink>")]
    public async Task AListThatVouchesForNothingIsRefused(string text)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.World.Write(RpmWorld.Metalink, text);
        await rpm.RefusedAsync("listed", "is no list of mirrors that vouches for an index", "check the feed's metalink");
    }

    [Fact]
    public async Task TheFirstMirrorThatAnswersIsTaken()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("mirrored");
        Assert.Equal(
            ["/gone/repodata/repomd.xml 404", "/dead/repodata/repomd.xml 404", $"/{RpmWorld.Repomd} 200", $"/repo/repodata/{rpm.Packed} 200"], rpm.Vendor.Requests);
        Assert.Equal(["RLSA-2026:1"], rpm.Said("mirrored"));

        // What a mirror said of its own file is not told to another, which might take it for its own.
        Assert.Equal(new(null, null), rpm.World.Server.Get<AdvisoryStore>().Row("mirrored").Validators);
        rpm.Vendor.Requests.Clear();
        await rpm.World.FetchWellAsync("mirrored");
        Assert.Equal(["/gone/repodata/repomd.xml 404", "/dead/repodata/repomd.xml 404", $"/{RpmWorld.Repomd} 200"], rpm.Vendor.Requests);
    }

    [Theory]
    [InlineData("other/", true)]
    [InlineData("repo/", false)]
    public async Task AMarkIsOfTheRepositoryAtItsAddress(string path, bool isOther)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("plain");
        rpm.Publish(null, TimeSpan.FromDays(9));
        rpm.World.Write($"{path}repodata/repomd.xml", rpm.Index);
        var feed = rpm.Feed("plain") with { Address = new(rpm.Vendor.Address, path) };
        var (fetcher, row) = (rpm.World.Server.Get<AdvisoryFetcher>(), rpm.World.Server.Get<AdvisoryStore>().Row("plain"));
        var refused = await Record.ExceptionAsync(() => fetcher.FetchAsync(feed, row, TestContext.Current.CancellationToken));
        Assert.Equal(isOther, refused is null);
        Assert.Contains(isOther ? "" : "give the feed another name, with which it begins anew", refused?.Message ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMirrorThatLagsBehindIsPassedOver()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"), TimeSpan.FromDays(3));
        var old = rpm.Index;
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"));
        await rpm.World.FetchWellAsync("mirrored");
        rpm.World.Write("gone/repodata/repomd.xml", old);
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:3"));
        await rpm.World.FetchWellAsync("mirrored");
        Assert.Equal(["RLSA-2026:3"], rpm.Said("mirrored"));

        // Nor does one count that has none of the indices that the list of mirrors names.
        rpm.List(rpm.Index);
        var (mirrored, listed) = (rpm.Feed("mirrored"), rpm.Feed("listed"));
        var feed = mirrored with { Name = "listed", Repository = mirrored.Repository! with { Metalink = listed.Repository!.Metalink } };
        var row = rpm.World.Server.Get<AdvisoryStore>().Row("listed");
        Assert.Equal(Core.Documents.Digest.Of(rpm.Index), (await rpm.World.Server.Get<AdvisoryFetcher>().FetchAsync(feed, row, TestContext.Current.CancellationToken)).Snapshot!.Digest);
    }

    [Fact]
    public async Task WhoeverLooksIsToldWhatVouchesForItAndThatItAuthorisesNothing()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.List(rpm.Index);
        await rpm.World.FetchWellAsync("plain", "signed", "listed", "sealed");
        Assert.Contains("nothing vouches for it: whoever answers in its place ranks as they like", (await rpm.World.CliAsync("feeds show plain")).Out, StringComparison.Ordinal);
        Assert.Contains("is signed by a key in", (await rpm.World.CliAsync("feeds show signed")).Out, StringComparison.Ordinal);
        Assert.Contains("has its index's checksum", (await rpm.World.CliAsync("feeds show listed")).Out, StringComparison.Ordinal);
        var both = (await rpm.World.CliAsync("feeds show sealed")).Out;
        Assert.Contains("rpm-repository: it ranks patches and authorises none", both, StringComparison.Ordinal);
        Assert.Contains("and the mirror list at", both, StringComparison.Ordinal);
        var catalog = rpm.World.Server.Get<FeedCatalog>();
        Assert.Equal((0, 0, 0), (catalog.Indices().Count, catalog.Current().Count, catalog.Unusable(rpm.World.Now).Count()));
    }

    [Fact]
    public async Task TheAdvisoriesOfARepositoryAreMatchedToHosts()
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        await rpm.World.FetchWellAsync("signed");
        await rpm.World.HostAsync("rocky-1", "rocky", "9.4", ["openssl 1:3.0.1-1.el9"]);
        await rpm.World.LookAsync();
        Assert.DoesNotContain((await rpm.World.ExposureAsync()).Blind, b => b.Host == "rocky-1");
    }

    [Theory]
    [InlineData("address", "https://vendor.example/os/repodata/", "must be the repository's own")]
    [InlineData("address", "https://vendor.example/os/repodata/repomd.xml", "must be the repository's own")]
    [InlineData("address", "ftp://vendor.example/os/", "is not an http, https or file address")]
    [InlineData("metalink", "http://vendor.example/metalink", "must be an https address")]
    [InlineData("metalink", "vendor", "is not an https or file address")]
    [InlineData("mirrors", "https://u:p@vendor.example/", "mirrors: 'https://u:p@vendor.example/' is not")]
    [InlineData("keyring", " ", "keyring is empty")]
    [InlineData("suite", "stable", "are for apt")]
    [InlineData("schedule", "hourly", "is not a Quartz cron expression")]
    [InlineData("maxAge", "0", "maxAgeHours must be 1 to 175680")]
    [InlineData("name", "A", "name must be")]
    [InlineData("kind", "updateinfo", "metalink and mirrors are for rpm-repository")]
    public async Task AWrongSettingStopsTheStartAndIsNamed(string setting, string value, string message)
    {
        var entry = RpmWorld.Entry("x", new("https://vendor.example/"));
        switch (setting)
        {
            case "address": entry.Address = value; break;
            case "metalink": entry.Metalink = value; break;
            case "mirrors": entry.Mirrors = [value]; break;
            case "keyring": entry.Keyring = value; break;
            case "suite": entry.Suite = value; break;
            case "schedule": entry.Schedule = value; break;
            case "maxAge": entry.MaxAgeHours = 0; break;
            case "name": entry.Name = value; break;
            default: (entry.Kind, entry.Address, entry.Mirrors) = (value, "https://vendor.example/updateinfo.xml", ["https://vendor.example/"]); break;
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("PatchFlow:Feeds[0]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task EveryAddressOfARepositoryMayBeConnectedTo()
    {
        var entry = RpmWorld.Entry("x", new("https://vendor.example/"), "/keys/x.gpg", "https://mirrors.example/metalink?repo=x");
        entry.Mirrors = ["https://other.example/os"];
        var feeds = await FeedList.LoadAsync([entry]);
        Assert.Equal(["vendor.example", "other.example", "mirrors.example"], feeds.Addresses.Select(a => a.Address.Host));
        Assert.Equal((DocumentKind.Updateinfo, "rpm-repository", TimeSpan.FromDays(30)), (feeds.Advisories.Single().Kind, feeds.Advisories.Single().KindName, feeds.Advisories.Single().MaxAge));
    }
}
