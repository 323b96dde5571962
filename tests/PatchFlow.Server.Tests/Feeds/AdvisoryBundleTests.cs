using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Vendors' documents cross an air gap as the bytes that their vendor answered, and are verified again where they arrive.</summary>
public sealed class AdvisoryBundleTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("kev")]
    [InlineData("epss")]
    [InlineData("osv")]
    [InlineData("osv listed")]
    [InlineData("csaf")]
    [InlineData("csaf directory")]
    [InlineData("debian")]
    [InlineData("updateinfo")]
    [InlineData("months")]
    [InlineData("notices")]
    [InlineData("tracker")]
    public async Task WhatIsExportedIsImportedAndNobodyIsAsked(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        // What is in use is in it, and not what came since; the feed stays as it is.
        near.Publish("CVE-2026-0002", Start);
        var before = near.Store.Row("vendor");
        var tar = await near.ExportAsync();
        Assert.Equal(before, near.Store.Row("vendor"));
        await using var far = await DatedBench.FarAsync(near.Feed);
        var requests = near.Simulator.Requests.Count;
        Assert.True(await far.ImportAsync(tar));
        Assert.Equal(requests, near.Simulator.Requests.Count);
        Assert.Equal(near.InUse(), far.InUse());
        Assert.Equal((near.Store.Row("vendor").Snapshot, FeedState.Fresh), (far.Store.Row("vendor").Snapshot, far.View().State));
        Assert.Equal((near.Marks.Of("vendor").HighWater, near.Marks.Of("vendor").DatedBy), (far.Marks.Of("vendor").HighWater, far.Marks.Of("vendor").DatedBy));
        Assert.False(await far.ImportAsync(tar));
        Assert.Equal(1, far.Store.Row("vendor").Sequence);
    }

    [Theory]
    [InlineData("signed", null)]
    [InlineData("sealed", null)]
    [InlineData("signed", "updateinfo.xml.gz")]
    [InlineData("signed", "repomd.xml")]
    [InlineData("signed", "key")]
    public async Task ARepositoryOfRpmIsVerifiedWhereItArrives(string feed, string? altered)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        rpm.List(rpm.Index);
        await using var near = await DatedBench.FarAsync(rpm.Feed(feed));
        near.Clock.Now = rpm.World.Now;
        var tar = await near.ExportAsync();
        var there = altered == "key" ? near.Feed with { Repository = near.Feed.Repository! with { Keyrings = [RpmWorld.ForeignKey.Public] } } : near.Feed;
        await using var far = await DatedBench.FarAsync(there);
        far.Clock.Now = rpm.World.Now;
        if (altered is null)
        {
            Assert.True(await far.ImportAsync(tar));
            Assert.Equal(["RLSA-2026:1"], far.InUse());
            Assert.Equal(rpm.World.Now.AddHours(-1), far.Marks.Of("vendor").HighWater);
            return;
        }

        var refused = await Assert.ThrowsAsync<FeedException>(() => far.ImportAsync(tar, folder => Array.ForEach(Directory.GetFiles(folder, $"*{altered}"), path => File.AppendAllText(path, " "))));
        Assert.Contains(refused.Fault, new[] { FeedFault.WrongHash, FeedFault.UntrustedKey, FeedFault.BadSignature, FeedFault.TooLarge });
        Assert.Empty(far.InUse());
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData("key", 0)]
    [InlineData("a-1.json.asc", 0)]
    [InlineData("a-1.json.sha512", 0)]
    public async Task ADistributionOfCsafIsVerifiedWhereItArrives(string? altered, int documents)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(altered == "key" ? near.Feed with { Keyrings = [CsafBench.OtherKey.Public] } : near.Feed);
        var alter = (string folder) => Array.ForEach(Directory.GetFiles(folder, $"*{altered ?? "nothing"}"), path => File.WriteAllText(path, new string('0', 128)));
        if (altered == "key")
        {
            await Assert.ThrowsAsync<FeedException>(() => far.ImportAsync(tar, alter));
        }
        else
        {
            await far.ImportAsync(tar, alter);
        }

        Assert.Equal(altered is null ? ["A-1", "B-1"] : documents == 0 && altered == "key" ? [] : ["B-1"], far.InUse());
        Assert.Equal(["A-1 1", "B-1 1"], altered is null ? await FetchedAsync(csaf) : ["A-1 1", "B-1 1"]);
    }

    [Theory]
    [InlineData("kev")]
    [InlineData("osv")]
    [InlineData("csaf")]
    [InlineData("tracker")]
    public async Task AnOlderArchiveIsRefused(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start.AddDays(-2));
        var old = await near.ExportAsync();
        near.Clock.Now += TimeSpan.FromHours(3);
        near.Publish("CVE-2026-0002", Start);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(tar));
        var row = far.Store.Row("vendor");
        var refused = await Assert.ThrowsAsync<FeedException>(() => far.ImportAsync(old));
        Assert.Equal((FeedFault.WentBack, row), (refused.Fault, far.Store.Row("vendor")));
        Assert.Contains("give the feed another name, with which it begins anew", refused.Message, StringComparison.Ordinal);
        // Whoever gives it another date gains nothing where the source has one.
        var renewed = sort == "tracker" ? null : await Record.ExceptionAsync(() => far.ImportAsync(old, folder => Redate(folder, far.Clock.Now)));
        Assert.Equal(sort == "tracker", renewed is null);
    }

    [Fact]
    public async Task WhatLeapsAheadInAnArchiveWaitsForAPerson()
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Publish("CVE-2026-0001", Start);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = Start.AddDays(-9);
        Assert.Equal(FeedFault.LeaptAhead, (await Assert.ThrowsAnyAsync<FeedException>(() => far.ImportAsync(tar))).Fault);
        Assert.Equal(FeedState.Quarantined, far.View().State);
        far.Marks.Release("vendor", far.Marks.Of("vendor").Quarantined!);
        Assert.True(await far.ImportAsync(tar));
    }

    [Fact]
    public async Task WhatHasNoDateIsAsFreshAsItsArchive()
    {
        await using var near = await DatedBench.StartAsync("tracker");
        near.Publish("CVE-2026-0001", Start);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now.AddDays(6);
        Assert.True(await far.ImportAsync(tar));
        Assert.Equal((FeedState.Fresh, near.Clock.Now.AddDays(7)), (far.View().State, far.View().Snapshot!.UsableUntil));
        far.Clock.Now = near.Clock.Now.AddDays(8);
        Assert.Equal(FeedState.Stale, far.View().State);
    }

    [Theory]
    [InlineData("another address", "the archive is of another feed")]
    [InlineData("another kind", "the archive is of another feed")]
    [InlineData("no archive of documents", "the archive is none of vendors' documents")]
    [InlineData("not all of it", "the archive does not have")]
    public async Task AnArchiveThatIsNotOfTheFeedIsRefused(string what, string reason)
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Publish("CVE-2026-0001", Start);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(what switch
        {
            "another address" => near.Feed with { Address = new("https://vendor.example/kev.json") },
            "another kind" => near.Feed with { Kind = PatchFlow.Core.Advisories.DocumentKind.Epss },
            _ => near.Feed,
        });
        var refused = await Assert.ThrowsAsync<FeedException>(() => far.ImportAsync(tar, folder => Array.ForEach(
            Directory.GetFiles(folder, what switch { "no archive of documents" => "feed", "not all of it" => "*kev.json", _ => "nothing" }), File.Delete)));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
        Assert.Empty(far.InUse());
    }

    [Fact]
    public async Task AFolderIsCarriedAsItIs()
    {
        await using var near = await DatedBench.StartAsync("osv folder");
        near.Publish("CVE-2026-0001", Start);
        var refused = await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
        Assert.Contains("carry that across as it is, and give the feed there a file address", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatIsRefusedIsNotExported(bool isKept)
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Feed = near.Feed with { KeepBytes = isKept ? near.Feed.KeepBytes : 0 };
        near.Start();
        await near.PublishWellAsync("CVE-2026-0001", Start);
        near.Publish("CVE-2026-0002", Start.AddDays(-1));
        Assert.NotNull((await near.FetchAsync()).LastError);
        if (!isKept)
        {
            Assert.Equal(FeedFault.WentBack, (await Assert.ThrowsAsync<FeedException>(near.ExportAsync)).Fault);
            near.Write("kev.json", "<html>");
            await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
            return;
        }

        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(["CVE-2026-0001"], far.InUse());
    }

    [Fact]
    public async Task TheArchiveGoesOverTheWireAndComesBack()
    {
        await using var world = await Matching.ExposureWorld.StartAsync();
        world.WriteKev(world.Now, "CVE-2026-0001");
        var refused = await Assert.ThrowsAsync<ApiProblemException>(async () => await (await world.ApiAsync()).ExportFeedAsync("kev"));
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, refused.Status);
        var olga = await world.Server.ClientAsync("olga", Role.Operator);
        using var content = await olga.ExportFeedAsync("kev");
        var tar = await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        var feed = await olga.ImportFeedAsync("kev", new MemoryStream(tar));
        Assert.Equal((FeedState.Fresh, 1L), (feed.State, feed.Snapshot!.Packages));
        var other = await Assert.ThrowsAsync<ApiProblemException>(() => olga.ImportFeedAsync("epss", new MemoryStream(tar)));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, other.Status);
        Assert.Contains("the archive is of another feed", other.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(world.Server.DataDirectory, other.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(world.Server.DataDirectory, "feeds/.work")));
    }

    [Theory]
    [InlineData("white/a-1.json")]
    [InlineData("white/a-1.json.sha512")]
    [InlineData("white/a-1.json.asc")]
    public async Task WhatCanNotBeHadAllIsNotExported(string away)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        csaf.Simulator.Misbehaviour[away] = context => Task.FromResult(context.Response.StatusCode = 503);
        var refused = await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
        Assert.Contains($"{away} answers 503", refused.Message, StringComparison.Ordinal);
        Assert.Contains("export it when all can be had", refused.Message, StringComparison.Ordinal);
        csaf.Simulator.Misbehaviour.Clear();
        Assert.NotEmpty(await near.ExportAsync());
    }

    // A checksum need not be there, and nobody may make it so on the way.
    [Theory]
    [InlineData("a-1.json")]
    [InlineData("a-1.json.sha512")]
    [InlineData("a-1.json.asc")]
    public async Task WhatAnArchiveDoesNotHaveIsNotTakenForAbsent(string lost)
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(tar, folder => File.Delete(Directory.GetFiles(folder, $"*-{lost}").Single())));
        Assert.Equal(["B-1"], far.InUse());
        Assert.Contains(far.Store.Refused("vendor", 9), r => r.File == "white/a-1.json" && r.Reason.StartsWith("the archive does not have ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatWasAbsentAtTheExportIsAbsentAtTheImport()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        csaf.Remove("white/a-1.json.sha512");
        csaf.Simulator.Misbehaviour["white/b-1.json.sha512"] = context => Task.FromResult(context.Response.StatusCode = 410);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        Assert.True(await far.ImportAsync(tar));
        Assert.Equal(["A-1", "B-1"], far.InUse());
        Assert.All(far.Store.Refused("vendor", 9), r => Assert.Equal(CsafHashes.Position, r.Position));
    }

    [Fact]
    public async Task AnImportThatIsCancelledLeavesNothingPutAside()
    {
        await using var near = await DatedBench.StartAsync("osv");
        near.Publish("CVE-2026-0001", Start);
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        using var cancel = new CancellationTokenSource();
        var most = 0L;
        far.Clock.Asked = () =>
        {
            most = Math.Max(most, far.PutAside());
            if (most > 0)
            {
                cancel.Cancel();
            }
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => far.ImportAsync(tar, cancel: cancel.Token));
        Assert.Equal((1, 0), (most, far.PutAside()));
    }

    private static async Task<IEnumerable<string>> FetchedAsync(CsafBench csaf)
    {
        await csaf.FetchWellAsync();
        return csaf.InUse();
    }

    private static void Redate(string folder, DateTimeOffset at)
    {
        var path = Path.Combine(folder, "feed");
        File.WriteAllLines(path, [.. File.ReadAllLines(path)[..3], $"answered {at.UtcDateTime:O}"]);
    }
}
