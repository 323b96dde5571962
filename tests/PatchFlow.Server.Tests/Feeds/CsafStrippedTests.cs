using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>One document that had a good signature and comes without it is an alarm, though others are signed.</summary>
public sealed class CsafStrippedTests
{
    [Theory]
    [InlineData("absent")]
    [InlineData("gone")]
    [InlineData("empty")]
    [InlineData("a web page")]
    [InlineData("cut")]
    [InlineData("a public key")]
    public async Task ADocumentThatHadASignatureAndComesWithoutItIsAnAlarmThoughOthersAreSigned(string how)
    {
        await using var bench = await SignedAsync();
        await StripAsync(bench, how);
        Assert.Equal(["A-1 1", "B-1 1", "C-1 3"], bench.InUse());
        Assert.Equal(FeedState.Alarm, bench.View().State);
        Assert.Contains("white/a-1.json (since 2026-11-23", bench.View().Alarm, StringComparison.Ordinal);
        Assert.DoesNotContain("b-1.json", bench.View().Alarm, StringComparison.Ordinal);
        // A new one may wait for its signature.
        Assert.DoesNotContain("d-1.json", bench.View().Alarm, StringComparison.Ordinal);
        Assert.Equal(2, bench.Refused().Count(r => r.Contains("it has no signature", StringComparison.Ordinal)));
        Assert.Contains("and had one before", Assert.Single(bench.Refused(), r => r.StartsWith("white/a-1.json", StringComparison.Ordinal)), StringComparison.Ordinal);

        bench.Simulator.Misbehaviour.Clear();
        bench.Sign("white/a-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(["A-1 2", "B-1 1", "C-1 3"], bench.InUse());
    }

    // Whoever answers in the vendor's place has signatures of the vendor's other documents, too; so this is a refusal, as a wrong key is for apt, and takes nothing away that was there.
    [Theory]
    [InlineData("another key")]
    [InlineData("another document")]
    public async Task AWellFormedSignatureThatIsBadIsARefusalAndNoAlarm(string whose)
    {
        await using var bench = await SignedAsync();
        bench.Put("white/a-1.json", "A-1", 2, whose == "another key" ? CsafBench.OtherKey : null);
        if (whose == "another document")
        {
            File.Copy(bench.PathOf("white/b-1.json.asc"), bench.PathOf("white/a-1.json.asc"), overwrite: true);
        }

        bench.Put("white/c-1.json", "C-1");
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.StartsWith("white/a-1.json", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    [Fact]
    public async Task TheAlarmIsNotSilencedByWhatProvesNothing()
    {
        await using var bench = await SignedAsync();
        await StripAsync(bench, "absent");
        // A restart, and a list that can't be had.
        bench.Configure(bench.Configured);
        bench.Simulator.Misbehaviour["feed.json"] = context => Task.FromResult(context.Response.StatusCode = 503);
        await bench.FetchAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Simulator.Misbehaviour.Clear();

        // A signature by somebody else.
        bench.Sign("white/a-1.json", CsafBench.OtherKey);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);

        // What was in use before, without its signature.
        bench.Put("white/a-1.json", "A-1", 1);
        bench.Remove("white/a-1.json.asc");
        bench.WriteFeed(FeedBench.Start);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);

        // A database that knows nothing of it.
        await bench.ForgetAsync();
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        Assert.Contains("and had one before", Assert.Single(bench.Refused(), r => r.StartsWith("white/a-1.json", StringComparison.Ordinal)), StringComparison.Ordinal);
        bench.Sign("white/a-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
    }

    // It is asked for at each look, and the others are not: that none of them is verified just then says nothing.
    [Fact]
    public async Task ANewDocumentThatGoesOnWaitingForItsSignatureIsNoAlarm()
    {
        await using var bench = await SignedAsync();
        bench.Put("white/c-1.json", "C-1", 3);
        bench.Put("white/d-1.json", "D-1", 2);
        bench.Remove("white/d-1.json.asc");
        bench.WriteFeed();
        await bench.FetchWellAsync();
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Contains("it has no signature", Assert.Single(bench.Refused()), StringComparison.Ordinal);
        // Another one that has none, where nothing has any, is one.
        bench.Put("white/e-1.json", "E-1", 2);
        bench.Remove("white/e-1.json.asc");
        bench.WriteFeed();
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
    }

    // As after restoring a database of before it came without its signature: what is as known there is verified all the same.
    [Fact]
    public async Task TheAlarmEndsOnlyWhereTheDocumentIsVerifiedThoughItIsAsKnown()
    {
        await using var bench = await SignedAsync();
        bench.Marks.Marks.Signed(bench.Configured, new SignatureLook(1, ["white/a-1.json"], ["white/a-1.json"], []), FeedBench.Start, [], _ => null);
        bench.Remove("white/a-1.json.asc");
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Sign("white/a-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Fresh, bench.View().State);
    }

    [Fact]
    public async Task TheAlarmEndsWhereAListThatCountsTakesTheDocumentBack()
    {
        await using var bench = await SignedAsync();
        await StripAsync(bench, "absent");
        bench.Listed.Remove("white/a-1.json");
        // A list of which not all can be read takes nothing back.
        bench.WriteFeed(FeedBench.Start, more: ",{\"id\":7}");
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        // Nor does one that names something that nobody has seen: it may be the same document, moved.
        bench.WriteFeed(FeedBench.Start.AddMinutes(1));
        await bench.FetchWellAsync();
        Assert.Equal(FeedState.Alarm, bench.View().State);
        bench.Sign("white/d-1.json", CsafBench.Key);
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(["B-1 1", "C-1 3", "D-1 2"], bench.InUse());
    }

    [Fact]
    public async Task TheAlarmEndsWhereTheVendorDeletesTheDocument()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Changes, isSigned: true);
        bench.Put("dir/a-1.json", "A-1");
        bench.Put("dir/b-1.json", "B-1");
        bench.WriteChanges();
        await bench.FetchWellAsync();
        bench.Put("dir/a-1.json", "A-1", 2);
        bench.Remove("dir/a-1.json.asc");
        bench.Put("dir/c-1.json", "C-1", 3);
        bench.Put("dir/d-1.json", "D-1", 3);
        bench.Remove("dir/d-1.json.asc");
        bench.WriteChanges();
        await bench.FetchWellAsync();
        Assert.Contains("a-1.json", bench.View().Alarm, StringComparison.Ordinal);
        // That another one is listed that nobody knows does not matter then, as it does where a list does not name it any more.
        bench.Write("dir/deletions.csv", "\"a-1.json\",\"2026-11-20T00:00:00Z\"\n");
        await bench.FetchWellAsync();
        Assert.Equal((FeedState.Fresh, null), (bench.View().State, bench.View().Alarm));
        Assert.Equal(["A-1 1 withdrawn", "B-1 1", "C-1 3"], bench.InUse());
    }

    [Fact]
    public async Task TheAlarmEndsWhereAPersonTakesTheKeyringAway()
    {
        await using var bench = await SignedAsync();
        await StripAsync(bench, "absent");
        bench.ConfigureAt(CsafBench.Provider);
        await bench.FetchWellAsync();
        Assert.Null(bench.View().Alarm);
    }

    [Fact]
    public async Task DocumentsOfOtherKeysThatHadASignatureAreMissedToo()
    {
        await using var bench = await SignedAsync();
        bench.Configure(bench.Configured with { Keyrings = [CsafBench.OtherKey.Public] });
        bench.Sign("white/b-1.json", CsafBench.OtherKey);
        bench.Remove("white/a-1.json.asc");
        await bench.FetchAsync();
        Assert.Contains("white/a-1.json", bench.View().Alarm, StringComparison.Ordinal);
    }

    [Fact]
    public void DocumentsThatAreMissedAreBoundedAndTheFirstAreNamed()
    {
        var stripped = Enumerable.Range(0, 1500).Select(i => $"d{i:0000}").ToArray();
        var mark = new FeedMark().Signed("csaf x", new SignatureLook(1, stripped, stripped, []), FeedBench.Start);
        Assert.Equal(1000, mark.Unsigned!.Count);
        Assert.Contains("d0004 (since", mark.Alarms, StringComparison.Ordinal);
        Assert.Contains("and 995 more", mark.Alarms, StringComparison.Ordinal);
        Assert.Same(mark, mark.Signed("csaf x", new SignatureLook(1, stripped, stripped, []), FeedBench.Start.AddDays(1)));
        Assert.Null(mark.Signed("csaf x", new SignatureLook(1000, [], [], stripped), FeedBench.Start).Alarms);
        Assert.Equal("whole; ", (mark with { Alarm = "whole" }).Alarms![..7]);
        // Names at another address are others.
        Assert.Null(mark.Used(FeedBench.Start, "csaf y", new Dictionary<string, DateTimeOffset>()).Unsigned);
        Assert.NotNull(mark.Used(FeedBench.Start, "csaf x", new Dictionary<string, DateTimeOffset>()).Unsigned);
    }

    private static async Task<CsafBench> SignedAsync()
    {
        var bench = await CsafBench.StartAsync();
        bench.ConfigureAt(CsafBench.Provider, isSigned: true);
        await bench.FetchWellAsync();
        return bench;
    }

    // A new revision without its signature, beside a new document with one, and one without.
    private static async Task StripAsync(CsafBench bench, string how)
    {
        bench.Put("white/a-1.json", "A-1", 2);
        bench.Put("white/c-1.json", "C-1", 3);
        bench.Put("white/d-1.json", "D-1", 2);
        bench.Remove("white/d-1.json.asc");
        bench.Remove("white/a-1.json.asc");
        switch (how)
        {
            case "gone": bench.Simulator.Misbehaviour["white/a-1.json.asc"] = context => Task.FromResult(context.Response.StatusCode = 410); break;
            case "empty": bench.Write("white/a-1.json.asc", ""); break;
            case "a web page": bench.Write("white/a-1.json.asc", "<!DOCTYPE html><html><body>sign in</body></html>"); break;
            case "cut": bench.Write("white/a-1.json.asc", "-----BEGIN PGP SIGNATURE-----\n\niHUEABYKAB0WIQ"); break;
            case "a public key": bench.Write("white/a-1.json.asc", File.ReadAllText(CsafBench.Key.Armoured())); break;
        }

        bench.WriteFeed();
        await bench.FetchWellAsync();
    }
}
