using System.IO.Compression;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>That what others have read is read anew closes nothing that is held, ends no alarm, lets nothing go back, and stops no feed.</summary>
public sealed class OtherReadersSafetyTests
{
    private const string Others = "UPDATE advisory_feeds SET readers = NULL";
    private const string Misread = "UPDATE advisory_records SET severity = 'Low', digest = digest + 1, body = '{\"Id\":\"MISREAD\"}'; UPDATE advisory_feeds SET readers = NULL";
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatARefusedPartHoldsIsHeld(bool isUpgrade)
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start);
        near.Write("a.json", $"[{DatedBench.Osv("CVE-2026-0001", Start)},{DatedBench.Osv("CVE-2026-0002", Start)}]");
        await near.FetchWellAsync();
        near.Write("a.json", $$"""[{{DatedBench.Osv("CVE-2026-0001", Start)}},{"id":7}]""");
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002"], near.InUse());
        if (isUpgrade)
        {
            await near.ExecuteAsync(Others);
        }

        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002"], near.InUse());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WhatATornListHoldsIsHeld(bool isUpgrade)
    {
        await using var near = await DatedBench.StartAsync("debian");
        near.Publish("CVE-2026-0001", Start);
        near.Write("list", string.Concat(Enumerable.Range(0, 60).Select(n => Dsa(5500 - n))));
        await near.FetchWellAsync();
        Assert.Equal(60, near.Store.Counts(DatedBench.Name).Records);
        near.Write("list", string.Concat(Enumerable.Range(0, 20).Select(n => Dsa(5500 - n))));
        await near.FetchWellAsync();
        Assert.Equal(60, near.Store.Counts(DatedBench.Name).Records);
        if (isUpgrade)
        {
            await near.ExecuteAsync(Others);
        }

        await near.FetchWellAsync();
        Assert.Equal(60, near.Store.Counts(DatedBench.Name).Records);
    }

    private static string Dsa(int number) => $"[20 Nov 2026] DSA-{number}-1 openssl - security update\n\t{{CVE-2026-{number}}}\n\t[bookworm] - openssl 3.0.2-1\n";

    [Theory]
    [InlineData("nothing")]
    [InlineData("upgrade")]
    [InlineData("alter")]
    public async Task WhatARefusedPartOfAPageHoldsIsHeld(string what)
    {
        await using var near = await DatedBench.StartAsync("notices");
        var listing = new VendorListing(DocumentKind.UsnNotices);
        listing.Have("USN-1-1", "USN-2-1");
        near.Simulator.Misbehaviour[listing.Path] = listing.AnswerAsync;
        await near.FetchWellAsync();
        Assert.Equal(["USN-1-1", "USN-2-1"], near.InUse());
        listing.Records[1] = 7;
        await near.FetchWellAsync();
        Assert.Equal(["USN-1-1", "USN-2-1"], near.InUse());
        if (what == "upgrade")
        {
            await near.ExecuteAsync(Others);
        }
        else if (what == "alter")
        {
            listing.Alter(0);
        }

        await near.FetchWellAsync();
        Assert.Equal(["USN-1-1", "USN-2-1"], near.InUse());
    }

    [Fact]
    public async Task AnEarlierDateInTheSameBytesHoldsNothingUp()
    {
        await using var near = await DatedBench.StartAsync("osv dated");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        await near.ExecuteAsync(Misread + "; UPDATE advisory_documents SET time = '2026-11-23T06:00:00.000Z'; UPDATE advisory_feeds SET time = '2026-11-23T06:00:00.000Z'");
        var asked = new List<int>();
        string? error = null;
        for (var i = 0; i < 3; i++)
        {
            near.Simulator.Requests.Clear();
            error = (await near.FetchAsync()).LastError;
            asked.Add(near.Simulator.Requests.Count);
        }

        Assert.True(error is null, $"{Start:u} asked {string.Join(' ', asked)}: {error}");
        Assert.DoesNotContain("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ThatTheNewestRecordIsRefusedHoldsNothingUp()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start.AddDays(-1));
        near.Write("a.json", $$"""[{{DatedBench.Osv("CVE-2026-0001", Start.AddDays(-1))}},{"id":7}]""");
        await near.FetchWellAsync();
        await near.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL; UPDATE advisory_documents SET refused = 0, time = '2026-11-23T00:00:00.000Z'; DELETE FROM advisory_refusals; UPDATE advisory_feeds SET time = '2026-11-23T00:00:00.000Z'");
        await near.FetchWellAsync();
        await near.FetchWellAsync();
    }

    [Theory]
    [InlineData("osv listed")]
    [InlineData("csaf directory")]
    [InlineData("csaf")]
    public async Task ADocumentThatNeverCameHoldsUpNoOther(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        near.Simulator.Misbehaviour["b.json"] = Away;
        await near.FetchAsync();
        Assert.Equal(1, near.Store.Counts(DatedBench.Name).Records);
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.DoesNotContain("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AFeedThatGrewBeyondOneFetchGoesOn(bool isUpgrade)
    {
        await using var near = await DatedBench.StartAsync("months");
        near.Limits = near.Limits with { RemoteBytes = 30_000 };
        near.Start();
        near.Publish("CVE-2026-0001", Start);
        await near.FetchWellAsync();
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        await near.FetchWellAsync();
        if (isUpgrade)
        {
            await near.ExecuteAsync(Others);
        }

        await near.FetchAsync();
        await near.FetchAsync();
        await near.FetchWellAsync();
    }

    [Fact]
    public async Task FailuresInARowAreStillThose()
    {
        await using var near = await DatedBench.StartAsync("kev");
        near.Publish("CVE-2026-0001", Start);
        await near.FetchWellAsync();
        near.Simulator.Misbehaviour[""] = Away;
        for (var i = 0; i < 5; i++)
        {
            near.Clock.Now += TimeSpan.FromHours(2);
            await near.FetchAsync();
        }

        Assert.Equal(5, near.Store.Row(DatedBench.Name).Failures);
        await near.ExecuteAsync(Others);
        near.Clock.Now += TimeSpan.FromHours(2);
        var row = await near.FetchAsync();
        Assert.Equal((6, near.Clock.Now), (row.Failures, row.LastAttemptAt));
    }

    [Theory]
    [InlineData("kev csv")]
    [InlineData("osv listed")]
    [InlineData("csaf")]
    [InlineData("notices")]
    [InlineData("months")]
    public async Task WhatWasImportedIsReadAnewFromTheSameArchiveAndFromWhatIsKept(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        var tar = await near.ExportAsync();
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(tar));
        var bodies = far.Bodies();
        await far.ExecuteAsync(Misread);
        await far.ImportAsync(tar);
        Assert.Equal(bodies, far.Bodies());
        await far.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour.Clear();
        near.Simulator.Misbehaviour[""] = Away;
        await far.FetchAsync();
        Assert.Equal(bodies, far.Bodies());
    }

    private static async Task ExecuteAsync(CsafBench bench, string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={bench.MarksFile[..^".feeds.json".Length]};Pooling=False");
        await connection.ExecuteAsync(sql);
    }

    [Fact]
    public async Task AnAlarmStays()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.Key.Public] });
        await bench.FetchWellAsync();
        Array.ForEach(Directory.GetFiles(bench.PathOf("white"), "*.asc"), File.Delete);
        bench.Put("white/a-1.json", "A-1", 2);
        bench.Put("white/b-1.json", "B-1", 2);
        Array.ForEach(Directory.GetFiles(bench.PathOf("white"), "*.asc"), File.Delete);
        bench.WriteFeed();
        await bench.FetchAsync();
        Assert.NotNull(bench.View().Alarm);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        await ExecuteAsync(bench, Others);
        await bench.FetchAsync();
        Assert.NotNull(bench.View().Alarm);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        await bench.FetchAsync();
        Assert.NotNull(bench.View().Alarm);
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
        bench.Sign("white/a-1.json", CsafBench.Key);
        bench.Sign("white/b-1.json", CsafBench.Key);
        await bench.FetchAsync();
        Assert.Null(bench.View().Alarm);
        Assert.Equal(["A-1 2", "B-1 2"], bench.InUse());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task OlderDocumentsAndUnsignedOnesAreRefused(bool isKept)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.Key.Public], KeepBytes = isKept ? bench.Configured.KeepBytes : 0 });
        var (old, sum, asc) = (File.ReadAllText(bench.PathOf("white/a-1.json")), File.ReadAllText(bench.PathOf("white/a-1.json.sha512")), File.ReadAllText(bench.PathOf("white/a-1.json.asc")));
        bench.Put("white/a-1.json", "A-1", 2);
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        bench.Write("white/a-1.json", old);
        bench.Write("white/a-1.json.sha512", sum);
        bench.Write("white/a-1.json.asc", asc);
        await ExecuteAsync(bench, Others);
        await bench.FetchAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
        bench.Write("white/a-1.json", CsafBench.Document("A-1", 3, Start));
        bench.WriteSum("white/a-1.json");
        await ExecuteAsync(bench, Others);
        await bench.FetchAsync();
        Assert.Equal(["A-1 2", "B-1 1"], bench.InUse());
    }

    [Fact]
    public async Task OtherKeysAtTheSameTimeAreNoWayIn()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.Key.Public] });
        await bench.FetchWellAsync();
        await ExecuteAsync(bench, Misread);
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.OtherKey.Public] });
        var row = await bench.FetchAsync();
        Assert.NotNull(row.LastError);
        Assert.True(row.IsOfOtherReaders);
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.Key.Public] });
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1"], bench.InUse());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task WithdrawnStaysWithdrawn(bool isAway)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.Listed.Clear();
        bench.Put("dir/a-1.json", "A-1");
        bench.Put("dir/b-1.json", "B-1");
        bench.WriteChanges();
        bench.ConfigureAt(CsafBench.Changes);
        await bench.FetchWellAsync();
        bench.Write("dir/deletions.csv", "\"b-1.json\",\"2026-11-20T00:00:00Z\"\n");
        bench.Remove("dir/b-1.json");
        await bench.FetchWellAsync();
        Assert.Equal(["A-1 1", "B-1 1 withdrawn"], bench.InUse());
        await ExecuteAsync(bench, Others);
        if (isAway)
        {
            bench.Simulator.Misbehaviour[""] = Away;
        }

        var row = await bench.FetchAsync();
        Assert.Equal(["A-1 1", "B-1 1 withdrawn"], bench.InUse());
        Assert.False(row.IsOfOtherReaders);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AnIdThatOthersHaveTakenHoldsNothingUpWhenItWasAway(bool wasAway)
    {
        await using var near = await DatedBench.StartAsync("csaf");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.FetchWellAsync();
        var bodies = near.Bodies();
        await near.ExecuteAsync(Misread + "; UPDATE advisory_records SET id = 'MISREAD'");
        if (wasAway)
        {
            near.Simulator.Misbehaviour["b.json"] = Away;
            await near.FetchAsync();
            near.Simulator.Misbehaviour.Clear();
        }

        await near.FetchAsync();
        await near.FetchAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    [Fact]
    public async Task NoDateIsReachedThatIsNotMarked()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start.AddDays(5), ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        await near.ExecuteAsync(Others);
        near.Clock.Now += TimeSpan.FromDays(6);
        near.Simulator.Misbehaviour[""] = Away;
        var row = await near.FetchAsync();
        Assert.False(row.IsOfOtherReaders);
        Assert.Equal(row.Time, near.Marks.Of(DatedBench.Name).HighWaterOf(near.Feed.DatedBy));
    }

    [Fact]
    public async Task WhatIsSpoiledIsAskedFor()
    {
        await using var near = await DatedBench.StartAsync("osv dated");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        var bodies = near.Bodies();
        foreach (var file in near.KeptFiles())
        {
            await File.WriteAllBytesAsync(file, [1, 2, 3]);
        }

        await near.ExecuteAsync(Misread);
        near.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    // The snapshot is the same by its digest, and one document of it was not read yet.
    [Theory]
    [InlineData("osv listed")]
    [InlineData("osv dated")]
    [InlineData("csaf")]
    [InlineData("csaf directory")]
    public async Task OneThatIsSpoiledIsAskedForAndReadWhenTheVendorIsBack(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        var bodies = near.Bodies();
        await File.WriteAllBytesAsync(near.KeptFiles().Single(path => TextOf(path).Contains("CVE-2026-0002", StringComparison.Ordinal)), [1, 2, 3], TestContext.Current.CancellationToken);
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Single(near.Bodies(), body => body.Contains("MISREAD", StringComparison.Ordinal));
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    private static string TextOf(string packed)
    {
        using var text = new StreamReader(new GZipStream(File.OpenRead(packed), CompressionMode.Decompress));
        return text.ReadToEnd();
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
