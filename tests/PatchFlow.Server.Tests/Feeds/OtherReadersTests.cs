using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What another version of this program has read, and may have misread, is read anew: the vendor has nothing new, and may be away.</summary>
public sealed class OtherReadersTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    // What they made of it, and did not write down that they did; and a record that these readers do not find.
    private const string Misread = """
        INSERT INTO advisory_records (feed, key, document, kind, id, severity, digest, sequence, body)
          SELECT feed, key || '~', document, kind, 'GHOST', severity, 7, sequence, body FROM advisory_records;
        UPDATE advisory_records SET severity = 'Low', digest = digest + 1, body = '{"Id":"MISREAD"}' WHERE id <> 'GHOST';
        UPDATE advisory_feeds SET readers = NULL
        """;

    public static TheoryData<string> Remote => ["kev", "kev csv", "epss", "osv", "osv listed", "osv dated", "csaf", "csaf directory", "debian", "support", "updateinfo", "months", "notices", "tracker", "secdb"];

    public static TheoryData<string> Local => ["osv folder", "tracker file"];

    [Theory]
    [MemberData(nameof(Remote))]
    [MemberData(nameof(Local))]
    public async Task WhatIsAsItWasIsReadAnew(string sort)
    {
        await using var near = await PublishedAsync(sort);
        var bodies = near.Bodies();
        await near.ExecuteAsync(Misread);
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.Equal(AdvisoryReader.Build, near.Store.Row(DatedBench.Name).Readers);
        Assert.False(near.Store.Row(DatedBench.Name).IsOfOtherReaders);
        Assert.Equal(0, near.PutAside());
    }

    [Theory]
    [MemberData(nameof(Remote))]
    public async Task WhatIsKeptIsReadAnewThoughTheVendorIsAway(string sort)
    {
        await using var near = await PublishedAsync(sort);
        var (bodies, row) = (near.Bodies(), near.Store.Row(DatedBench.Name));
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour.Clear();
        near.Simulator.Misbehaviour[""] = Away;
        near.Clock.Now += TimeSpan.FromHours(2);
        var now = await near.FetchAsync();
        Assert.NotNull(now.LastError);
        Assert.Equal(bodies, near.Bodies());
        Assert.Equal((row.Snapshot, row.Time, row.LastSuccessAt, row.Validators), (now.Snapshot, now.Time, now.LastSuccessAt, now.Validators));
        // Its bytes came when they came, and it was read when it was.
        Assert.Equal((row.FetchedAt, near.Clock.Now), (now.FetchedAt, near.AuditedAt()));
        await using var far = await DatedBench.FarAsync(near.Feed);
        far.Clock.Now = near.Clock.Now;
        Assert.True(await far.ImportAsync(await near.ExportAsync()));
        Assert.Equal(bodies, far.Bodies());
    }

    // The vendor is not asked for more than before an upgrade.
    [Theory]
    [InlineData("osv listed")]
    [InlineData("csaf directory")]
    [InlineData("tracker")]
    [InlineData("months")]
    public async Task NothingIsAskedForTwice(string sort)
    {
        await using var near = await PublishedAsync(sort);
        near.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        var asked = near.Simulator.Requests.Order(StringComparer.Ordinal).ToArray();
        await near.ExecuteAsync(Misread);
        near.Simulator.Requests.Clear();
        await near.FetchWellAsync();
        Assert.Equal(asked, near.Simulator.Requests.Order(StringComparer.Ordinal));
        Assert.DoesNotContain("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Remote))]
    public async Task WhatIsNotKeptIsAskedFor(string sort)
    {
        await using var near = await PublishedAsync(sort);
        var bodies = near.Bodies();
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.FetchWellAsync();
        await near.ExecuteAsync(Misread);
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    [Fact]
    public async Task ThatItIsOfOthersIsToldUntilItIsReadAnew()
    {
        await using var near = await PublishedAsync("tracker");
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.FetchWellAsync();
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Contains("another version of PatchFlow", near.View().Remark, StringComparison.Ordinal);
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.Null(near.View().Remark);
        Assert.DoesNotContain("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    // The list says that it is as it was, and so it would be for good.
    [Theory]
    [InlineData("osv dated", "b.json")]
    [InlineData("osv listed", "b.json")]
    [InlineData("csaf", "b.json")]
    [InlineData("csaf directory", "b.json")]
    [InlineData("months", "2026-Dec")]
    public async Task WhatIsAwayThenIsReadAnewLater(string sort, string away)
    {
        await using var near = await PublishedAsync(sort);
        var bodies = near.Bodies();
        near.Feed = near.Feed with { KeepBytes = 0 };
        near.Start();
        await near.FetchWellAsync();
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[away] = Away;
        await near.FetchAsync();
        Assert.Contains("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    // A part that is refused holds up what is missing, where it was not refused before.
    [Theory]
    [InlineData("", 1)]
    [InlineData("; UPDATE advisory_documents SET refused = 0; DELETE FROM advisory_refusals", 2)]
    public async Task WhatOthersHaveReadBesideAPartThatIsRefusedIsGone(string before, int left)
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start);
        near.Write("a.json", $$"""[{{DatedBench.Osv("CVE-2026-0001", Start)}},{"id":7}]""");
        await near.FetchWellAsync();
        await near.ExecuteAsync(Misread + before);
        await near.FetchWellAsync();
        Assert.Equal((left, 1), (near.Bodies().Count, near.Store.Counts(DatedBench.Name).Refused));
    }

    // It may be the one that can't be read, until all can be.
    [Fact]
    public async Task WhatOthersHaveReadBesideARecordOfAPageThatIsRefusedStaysUntilNoneIs()
    {
        await using var near = await DatedBench.StartAsync("notices");
        var listing = new VendorListing(DocumentKind.UsnNotices);
        listing.Have("USN-1-1", "USN-2-1");
        listing.Records.Insert(1, 7);
        near.Simulator.Misbehaviour[listing.Path] = listing.AnswerAsync;
        await near.FetchWellAsync();
        Assert.Equal(1, near.Store.Counts(DatedBench.Name).Refused);
        var bodies = near.Bodies();
        await near.ExecuteAsync(Misread);
        await near.FetchWellAsync();
        Assert.Equal(bodies.Count * 2, near.Bodies().Count);
        Assert.DoesNotContain(near.Bodies().Except(bodies), body => body.Contains("USN-", StringComparison.Ordinal));
        listing.Records.RemoveAt(1);
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
    }

    // A document that came otherwise too is measured as ever.
    [Fact]
    public async Task WhatIsNewAndRefusedInPartHoldsWhatIsMissing()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start);
        near.Write("a.json", $"[{DatedBench.Osv("CVE-2026-0001", Start)},{DatedBench.Osv("CVE-2026-0002", Start)}]");
        await near.FetchWellAsync();
        await near.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL");
        near.Write("a.json", $$"""[{{DatedBench.Osv("CVE-2026-0001", Start)}},{"id":7}]""");
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002"], near.InUse());
    }

    // A document never becomes another one; but that others took another id from the same bytes does not hold it up.
    [Fact]
    public async Task AnIdThatOthersHaveTakenHoldsNothingUp()
    {
        await using var near = await PublishedAsync("csaf");
        var bodies = near.Bodies();
        await near.ExecuteAsync(Misread + """; UPDATE advisory_records SET id = 'MISREAD', body = '{"Id":"MISREAD"}'""");
        await near.FetchWellAsync();
        Assert.Equal(bodies, near.Bodies());
        Assert.Equal(0, near.Store.Counts(DatedBench.Name).Refused);
    }

    [Fact]
    public async Task WhatAPersonHasLetGoBackIsNotReadFromWhatIsKept()
    {
        await using var near = await PublishedAsync("kev");
        await near.RewindAsync(Start.AddDays(-1));
        await near.ExecuteAsync(Misread);
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.Contains("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsKeptOfOtherKeysIsNotRead()
    {
        await using var near = await PublishedAsync("osv listed");
        await near.ExecuteAsync(Misread);
        near.Feed = near.Feed with { Address = new(near.Feed.Address, "other/index.txt") };
        near.Start();
        await near.FetchAsync();
        Assert.Contains("MISREAD", string.Concat(near.Bodies()), StringComparison.Ordinal);
    }

    // Once looked at, it is refused as any other: nothing new is published for it at each fetch.
    [Fact]
    public async Task WhatTheseReadersRefuseWhollyStaysAndIsNotReadAnewForGood()
    {
        const string Junk = "this is no document";
        await using var near = await DatedBench.StartAsync("osv listed");
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        near.Write("b.json", Junk);
        var digest = Core.Documents.Digest.Of(System.Text.Encoding.UTF8.GetBytes(Junk)).Hex;
        await near.ExecuteAsync($"UPDATE advisory_documents SET digest = '{digest}', etag = NULL WHERE name = 'b.json'; UPDATE advisory_feeds SET readers = NULL");
        Directory.Delete(near.KeptFolder, recursive: true);
        await near.FetchWellAsync();
        await near.FetchWellAsync();
        var sequence = near.Store.Row(DatedBench.Name).Sequence;
        await near.FetchWellAsync();
        Assert.Equal(sequence, near.Store.Row(DatedBench.Name).Sequence);
        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002"], near.InUse());
        Assert.NotEqual(0, near.Store.Counts(DatedBench.Name).Refused);
    }

    [Theory]
    [InlineData("osv listed")]
    [InlineData("csaf")]
    public async Task WhatWasRefusedIsSaidStill(string sort)
    {
        await using var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        near.Simulator.Misbehaviour["b.json"] = Away;
        await near.FetchAsync();
        var (counts, refused) = (near.Store.Counts(DatedBench.Name), near.Store.Refused(DatedBench.Name, 9));
        Assert.NotEmpty(refused);
        await near.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL");
        near.Simulator.Misbehaviour[""] = Away;
        await near.FetchAsync();
        Assert.False(near.Store.Row(DatedBench.Name).IsOfOtherReaders);
        Assert.Equal(counts, near.Store.Counts(DatedBench.Name));
        Assert.Equal(refused, near.Store.Refused(DatedBench.Name, 9));
    }

    private static async Task<DatedBench> PublishedAsync(string sort)
    {
        var near = await DatedBench.StartAsync(sort);
        near.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        await near.FetchWellAsync();
        Assert.NotEmpty(near.Bodies());
        return near;
    }

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
