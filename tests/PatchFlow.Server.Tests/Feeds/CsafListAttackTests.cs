namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What a broken or hostile server can do to lists of CSAF documents: where one can't be used, nothing that it lacks counts as gone.</summary>
public sealed class CsafListAttackTests
{
    [Theory]
    [InlineData("merge marker", "nothing of it is used")]
    [InlineData("merge marker in front", "not JSON")]
    [InlineData("cut", "nothing of it is used")]
    [InlineData("no entries", "names no document")]
    [InlineData("no feed", "no CSAF document")]
    [InlineData("older than last time", "a list never goes back")]
    [InlineData("without a date", "a list never goes back")]
    [InlineData("a web page", "is a web page and not a document")]
    [InlineData("absent", "does not exist (404)")]
    [InlineData("without end", "is larger than the 65536 bytes")]
    public async Task ABadListLeavesTheSnapshotAsItIs(string badness, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { ListBytes = 64 << 10 };
        bench.ConfigureAt(CsafBench.Feed);
        await bench.FetchWellAsync();
        var good = bench.Store.Row("vendor").Snapshot;
        bench.Put("white/c-1.json", "C-1", 9);
        bench.WriteFeed();
        BreakList(bench, badness);
        var row = await bench.FetchAsync();
        Assert.Contains(reason, row.LastError, StringComparison.Ordinal);
        Assert.Equal(good, row.Snapshot);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    [Fact]
    public async Task OfABadListAmongSeveralNothingIsGoneAndTheOthersGoOn()
    {
        await using var bench = await CsafBench.StartAsync();
        var other = (await File.ReadAllTextAsync(bench.PathOf(CsafBench.Provider), TestContext.Current.CancellationToken))
            .Replace("\"feeds\":[", $"\"feeds\":[{{\"tlp_label\":\"WHITE\",\"url\":\"{CsafBench.Vendor}white/other.json\"}},", StringComparison.Ordinal);
        bench.Write(CsafBench.Provider, other);
        bench.Put("white/c-1.json", "C-1");
        bench.WriteFeed();
        File.Move(bench.PathOf(CsafBench.Feed), bench.PathOf("white/other.json"));
        bench.Listed.Remove("white/c-1.json");
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1", "C-1 1"], bench.InUse());

        bench.Put("white/a-1.json", "A-1", 2);
        bench.WriteFeed();
        bench.Write("white/other.json", "<<<<<<< HEAD\n");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 1", "C-1 1"], bench.InUse());
        Assert.StartsWith("white/other.json: ", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfAnEntryThatCantBeReadNothingIsGone()
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Listed.Remove("white/b-1.json");
        bench.WriteFeed(more: ",{\"id\":\"B-1\",\"link\":[]}");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("B-1: neither a link to itself", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another host", "add '127.0.0.2:1' to the feed's hosts")]
    [InlineData("another path", "does not exist (404)")]
    [InlineData("another path, unsigned", "it has no signature")]
    [InlineData("not in the folder", "the folder is not whole")]
    public async Task OfADocumentThatWasMovedAndCantBeHadNothingIsGone(string move, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        if (move == "not in the folder")
        {
            bench.ConfigureFile(bench.Root);
        }

        await bench.FetchWellAsync();
        bench.Listed.Remove("white/b-1.json");
        if (move == "another path, unsigned")
        {
            bench.Put("white/moved/b-1.json", "B-1");
            bench.Remove("white/moved/b-1.json.asc");
        }

        bench.WriteFeed(more: "," + CsafBench.Entry("white/moved/b-1.json", "B-1", FeedBench.Start, host: move == "another host" ? "https://127.0.0.2:1/" : CsafBench.Vendor));
        bench.Remove("white/b-1.json");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains(reason, Assert.Single(bench.Refused()), StringComparison.Ordinal);

        // The old name ends with the new one.
        bench.Put("white/moved/b-1.json", "B-1", 2);
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 2"], bench.InUse());
        Assert.Empty(bench.Refused());
    }

    [Theory]
    [InlineData(30, 21, true)]
    [InlineData(30, 20, false)]
    [InlineData(210, 21, false)]
    public async Task OfAListOfNamesThatLacksMuchNothingIsGoneUntilTheNextIsTheSame(int documents, int lacking, bool isDoubted)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Changes);
        Enumerable.Range(0, documents).ToList().ForEach(i => PutPlain(bench, $"dir/n-{i}.json", $"N-{i}"));
        bench.WriteChanges();
        await bench.FetchWellAsync();
        Enumerable.Range(0, lacking).ToList().ForEach(i => bench.Listed.Remove($"dir/n-{i}.json"));
        PutPlain(bench, "dir/new.json", "NEW");
        bench.WriteChanges();
        await bench.FetchWellAsync();
        Assert.Equal(documents + 1 - (isDoubted ? 0 : lacking), bench.InUse().Count());
        Assert.Equal(isDoubted ? 1 : 0, bench.Refused().Count());
        Assert.All(bench.Refused(), r => Assert.StartsWith($"changes.csv: it lacks {lacking} of {documents} documents that were known", r, StringComparison.Ordinal));

        await bench.FetchWellAsync();
        Assert.Equal(documents + 1 - lacking, bench.InUse().Count());
        Assert.Empty(bench.Refused());
    }

    [Fact]
    public async Task AListOfNamesThatIsWholeAgainTakesNothingBack()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Changes);
        Enumerable.Range(0, 30).ToList().ForEach(i => PutPlain(bench, $"dir/n-{i}.json", $"N-{i}"));
        bench.WriteChanges();
        var whole = await File.ReadAllTextAsync(bench.PathOf(CsafBench.Changes), TestContext.Current.CancellationToken);
        await bench.FetchWellAsync();
        for (var times = 0; times < 2; times++)
        {
            bench.Write(CsafBench.Changes, whole[..(whole.IndexOf('\n', StringComparison.Ordinal) + 1)]);
            await bench.FetchWellAsync();
            Assert.Equal(30, bench.InUse().Count());
            Assert.Contains("it lacks 29 of 30", Assert.Single(bench.Refused()), StringComparison.Ordinal);
            bench.Write(CsafBench.Changes, whole);
            await bench.FetchWellAsync();
            Assert.Equal(30, bench.InUse().Count());
            Assert.Empty(bench.Refused());
        }
    }

    [Fact]
    public async Task OfAListOfOtherDocumentsThatLacksMuchNothingIsGone()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Configure(bench.Configured with { Kind = PatchFlow.Core.Advisories.DocumentKind.Osv, Address = new(bench.Simulator.Address, "osv/index.txt") });
        var names = Enumerable.Range(0, 30).Select(i => $"N-{i}").ToList();
        names.ForEach(n => bench.Write($"osv/{n}.json", $$$"""{"id":"{{{n}}}","modified":"2026-11-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"versions":["1"]}]}"""));
        bench.Write("osv/index.txt", string.Concat(names.Select(n => $"{n}.json\n")));
        await bench.FetchWellAsync();
        Assert.Equal(30, bench.InUse().Count());
        bench.Write("osv/index.txt", string.Concat(names.Take(5).Select(n => $"{n}.json\n")));
        await bench.FetchWellAsync();
        Assert.Equal(30, bench.InUse().Count());
        Assert.StartsWith("index.txt: it lacks 25 of 30 documents that were known", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AListedDocumentOfAnotherKindThatCantBeHadIsRefusedAloneUnlessTheVendorIsAway()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { Unreachable = 3 };
        bench.Configure(bench.Configured with { Kind = PatchFlow.Core.Advisories.DocumentKind.Osv, Address = new(bench.Simulator.Address, "osv/index.txt") });
        var names = Enumerable.Range(0, 5).Select(i => $"N-{i}").ToList();
        names.ForEach(n => bench.Write($"osv/{n}.json", $$$"""{"id":"{{{n}}}","modified":"2026-11-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"versions":["1"]}]}"""));
        bench.Write("osv/index.txt", string.Concat(names.Select(n => $"{n}.json\n")));
        bench.Simulator.Misbehaviour["N-1.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchWellAsync();
        Assert.Equal(4, bench.InUse().Count());
        Assert.Contains("N-1.json: ", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        Assert.Contains("answers 503", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        bench.Simulator.Misbehaviour[".json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        Assert.Contains("3 documents could not be had", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(4, bench.InUse().Count());
        bench.Simulator.Misbehaviour.Clear();
        await bench.FetchWellAsync();
        Assert.Equal(5, bench.InUse().Count());
    }

    [Theory]
    [InlineData("older", "is older than 2 of")]
    [InlineData("no CSAF", "no CSAF document")]
    public async Task OfADocumentThatWasMovedAndIsRefusedNothingIsGone(string badness, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Put("white/b-1.json", "B-1", 2);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        bench.Listed.Remove("white/b-1.json");
        bench.Put("white/moved.json", "B-1", 1, date: badness == "older" ? FeedBench.Start.AddDays(-20) : null);
        if (badness != "older")
        {
            bench.Write("white/moved.json", "{}");
            bench.WriteSum("white/moved.json");
        }

        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 2"], bench.InUse());
        Assert.Contains(reason, Assert.Single(bench.Refused()), StringComparison.Ordinal);
        bench.Put("white/moved.json", "B-1", 3);
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 3"], bench.InUse());
    }

    [Fact]
    public async Task WhereTheListOfDeletionsCantBeHadNothingIsGone()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Changes);
        PutPlain(bench, "dir/a-1.json", "A-1");
        PutPlain(bench, "dir/b-1.json", "B-1");
        bench.WriteChanges();
        await bench.FetchWellAsync();
        bench.Listed.Remove("dir/b-1.json");
        bench.WriteChanges();
        bench.Write("dir/deletions.csv", "\"b-1.json\",\"2026-11-20T00:00:00Z\"\n");
        bench.Simulator.Misbehaviour["dir/deletions.csv"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("answers 503", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        bench.Simulator.Misbehaviour.Clear();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1 withdrawn"], bench.InUse());
    }

    [Fact]
    public async Task WhatIsListedWithoutATimeIsNotDeleted()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt("dir/index.txt");
        PutPlain(bench, "dir/a-1.json", "A-1");
        PutPlain(bench, "dir/b-1.json", "B-1");
        bench.Write("dir/index.txt", "a-1.json\nb-1.json\n");
        bench.Write("dir/deletions.csv", "\"b-1.json\",\"2026-11-20T00:00:00Z\"\n");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.Write("dir/index.txt", "a-1.json\n");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1 withdrawn"], bench.InUse());
    }

    [Fact]
    public async Task WhatIsMoreThanOneFetchMayHaveIsHadWithTheNextOnes()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { RemoteBytes = 4000 };
        bench.ConfigureAt(CsafBench.Feed);
        Enumerable.Range(0, 20).ToList().ForEach(i => bench.Put($"white/n-{i:00}.json", $"N-{i}"));
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.InRange(bench.InUse().Count(), 1, 12);
        Assert.All(bench.Refused(), r => Assert.Contains("the rest is had with the next ones", r, StringComparison.Ordinal));
        for (var more = 0; more < 15 && bench.Refused().Any(); more++)
        {
            await bench.FetchWellAsync();
        }

        Assert.Equal(22, bench.InUse().Count());

        // Under other keys all of it is had anew: what of it is not had is not gone.
        bench.ConfigureAt(CsafBench.Feed, isSigned: true);
        Assert.Contains("has more than the 4000 bytes that one fetch may have", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(22, bench.InUse().Count());
    }

    [Fact]
    public async Task OfAProviderWithManyListsThoseUpToTheLimitAreRead()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { Lists = 1 };
        bench.ConfigureAt(CsafBench.Provider);
        bench.Write(CsafBench.Provider, (await File.ReadAllTextAsync(bench.PathOf(CsafBench.Provider), TestContext.Current.CancellationToken))
            .Replace("\"feeds\":[", $"\"feeds\":[{{\"tlp_label\":\"WHITE\",\"url\":\"{CsafBench.Vendor}{CsafBench.Feed}\"}},", StringComparison.Ordinal).Replace("feed.json\"}]", "other.json\"}]", StringComparison.Ordinal));
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        Assert.Contains("names more than 1 lists", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        Assert.DoesNotContain(bench.Simulator.Requests, r => r.Contains("other.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ALongListIsReadUpToItsLimit()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Limits = bench.Limits with { ListedDocuments = 1 };
        bench.ConfigureAt(CsafBench.Feed);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Contains("the list has more than 1 documents", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("an entry that can't be read")]
    [InlineData("a document that can't be had")]
    [InlineData("a document that is none")]
    public async Task AListThatWasNotWholeOnceIsWholeAgainWithTheNextGoodLook(string badness)
    {
        await using var bench = await CsafBench.StartAsync();
        await bench.FetchWellAsync();
        bench.Listed.Remove("white/b-1.json");
        bench.Write("white/bad.json", "{}");
        bench.WriteFeed(FeedBench.Start, more: badness switch
        {
            "an entry that can't be read" => ",{\"id\":\"B-1\",\"link\":[]}",
            "a document that can't be had" => "," + CsafBench.Entry("white/gone.json", "X", FeedBench.Start),
            _ => "," + CsafBench.Entry("white/bad.json", "X", FeedBench.Start),
        });
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1"], bench.InUse());
        Assert.Empty(bench.Refused());
    }

    private static void PutPlain(CsafBench bench, string path, string id)
    {
        bench.Write(path, CsafBench.Document(id, 1, FeedBench.Start.AddDays(-9)));
        bench.Listed[path] = (id, FeedBench.Start.AddDays(-9));
    }

    private static void BreakList(CsafBench bench, string badness)
    {
        var text = File.ReadAllText(bench.PathOf(CsafBench.Feed));
        switch (badness)
        {
            case "merge marker": bench.Write(CsafBench.Feed, text.Replace("},\n{", "},\n<<<<<<< HEAD\n{", StringComparison.Ordinal)); break;
            case "merge marker in front": bench.Write(CsafBench.Feed, "<<<<<<< HEAD\n" + text); break;
            case "cut": bench.Write(CsafBench.Feed, text[..^40]); break;
            case "no entries": bench.Write(CsafBench.Feed, """{"feed":{"id":"x","updated":"2026-11-23T00:00:00Z","entry":[]}}"""); break;
            case "no feed": bench.Write(CsafBench.Feed, """{"id":"x","updated":"2026-11-23T00:00:00Z","entry":[]}"""); break;
            case "older than last time": bench.WriteFeed(FeedBench.Start.AddDays(-30)); break;
            case "without a date": bench.Write(CsafBench.Feed, text.Replace("\"x\",\"link\"", "\"x\",\"links\"", StringComparison.Ordinal).Replace("],\"updated\":", "],\"up\":", StringComparison.Ordinal)); break;
            case "a web page": bench.Write(CsafBench.Feed, "<!DOCTYPE html><html><body>Please log in</body></html>"); break;
            case "absent": bench.Remove(CsafBench.Feed); break;
            default: bench.Simulator.Misbehaviour[CsafBench.Feed] = CsafAttackTests.EndlessAsync; break;
        }
    }
}
