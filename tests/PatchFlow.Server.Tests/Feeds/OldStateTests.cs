using Microsoft.AspNetCore.Http;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A document of which a date did not count may be refused alone where it is older than it was; an old state of all that the vendor says is refused as a whole.</summary>
public sealed class OldStateTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);
    private static readonly (string Name, string Text) OldA = ("a.json", DatedBench.Osv("CVE-2026-0001", Start.AddDays(-5)));
    private static readonly (string Name, string Text) B = ("b.json", DatedBench.Osv("CVE-2026-0002", Start.AddDays(-1)));
    private static readonly (string Name, string Text) OldB = ("b.json", DatedBench.Osv("CVE-2026-0002", Start.AddDays(-6)));
    private static readonly (string Name, string Text) C = ("c.json", DatedBench.Osv("CVE-2026-0003", Start.AddDays(-1)));

    // The newest one keeps its date, which vouches for none of the others.
    [Theory]
    [InlineData(true, "older than 2026-11-23 00:00:00Z which was seen of it already, and b.json is older than it was too", true, false)]
    [InlineData(true, "and b.json is older than it was too", true, true)]
    [InlineData(true, "and c.json is gone", false, false)]
    [InlineData(false, "older than 2026-11-23 00:00:00Z which was seen already", true, false)]
    public async Task AnOldArchiveIsRefusedAsAWhole(bool hasFuture, string why, bool isBOld, bool hasC)
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", hasFuture ? Future("CVE-2026-0001", Start) : DatedBench.Osv("CVE-2026-0001", Start)), B, C);
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        (string, string)[] old = [OldA, isBOld ? OldB : B, .. hasC ? [C] : Array.Empty<(string, string)>()];
        bench.WriteZip(old);
        var error = (await bench.FetchAsync()).LastError;
        Assert.Equal(bodies, bench.Bodies());
        Assert.Contains(why, error, StringComparison.Ordinal);
        Assert.Contains("a feed never goes back", error, StringComparison.Ordinal);
        Assert.Contains("feeds rewind vendor --to 2026-11-", error, StringComparison.Ordinal);
        Assert.Equal(0, bench.PutAside());
        // A person may know that it is right.
        await bench.RewindAsync(Start.AddDays(-5));
        await bench.FetchWellAsync();
        Assert.Equal(old.Length, bench.Bodies().Count);
    }

    // Of what could not be had nobody knows whether it went back.
    [Theory]
    [InlineData(true, "and b.json could not be had")]
    [InlineData(false, "older than 2026-11-23 00:00:00Z which was seen of it already")]
    public async Task AnOldDocumentIsNotTakenWhereAnotherCouldNotBeHad(bool isThird, string why)
    {
        await using var bench = await DatedBench.StartAsync("osv listed");
        bench.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start));
        bench.Write("a.json", Future("CVE-2026-0001", Start));
        if (isThird)
        {
            bench.Write(C.Name, C.Text);
            bench.Alter("index.txt", list => $"{list}{C.Name}\n");
        }

        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.Write(OldA.Name, OldA.Text);
        bench.Simulator.Misbehaviour["b.json"] = Away;
        Assert.Contains(why, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(bodies, bench.Bodies());
    }

    // An archive is kept as it came, with what was refused of it.
    [Fact]
    public async Task WhatWasRefusedAloneIsNotTakenByOtherReaders()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start)), B);
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.WriteZip(OldA, B);
        await bench.FetchWellAsync();
        Assert.Equal("a.json", Assert.Single(bench.Store.Refused(DatedBench.Name, 9)).File);
        Assert.Equal(bodies, bench.Bodies());
        await bench.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL");
        bench.Simulator.Misbehaviour[""] = Away;
        await bench.FetchAsync();
        Assert.Equal(bodies, bench.Bodies());
        Assert.False(bench.Store.Row(DatedBench.Name).IsOfOtherReaders);
    }

    // What was refused alone comes again as it was, so that all is as it came last: it is not kept in the place of what is in use for that.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WhatWasRefusedAloneTwiceIsNotTakenByOtherReaders(int times)
    {
        await using var bench = await DatedBench.StartAsync("osv listed");
        bench.Publish("CVE-2026-0001", Start, ("CVE-2026-0002", Start.AddDays(-1)));
        bench.Write("a.json", Future("CVE-2026-0001", Start));
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.Write(OldA.Name, OldA.Text);
        for (var i = 0; i < times; i++)
        {
            await bench.FetchWellAsync();
        }

        Assert.Equal("a.json", Assert.Single(bench.Store.Refused(DatedBench.Name, 9)).File);
        await bench.ExecuteAsync("UPDATE advisory_feeds SET readers = NULL");
        bench.Simulator.Misbehaviour[""] = Away;
        await bench.FetchAsync();
        Assert.Equal(bodies, bench.Bodies());
        Assert.False(bench.Store.Row(DatedBench.Name).IsOfOtherReaders);
    }

    // What has no date is measured by those that have one.
    [Fact]
    public async Task AnOldArchiveOfWhichTheOthersHaveNoDateIsRefusedAsAWhole()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start)), ("b.json", Undated("CVE-2026-0002")));
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        Assert.Equal(3, bodies.Count);
        bench.WriteZip(OldA, ("b.json", Undated("CVE-2026-0003")));
        var error = (await bench.FetchAsync()).LastError;
        Assert.Equal(bodies, bench.Bodies());
        Assert.Contains("and b.json is another one now, and has no date", error, StringComparison.Ordinal);
    }

    // It is read again since a part of it is refused, and is what it was.
    [Fact]
    public async Task AnotherWithoutADateThatIsAsItWasStopsNothing()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        (string, string) undated = ("b.json", $"[{Undated("CVE-2026-0002")},{{}}]");
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start)), undated);
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.WriteZip(OldA, undated);
        await bench.FetchWellAsync();
        Assert.Equal(["a.json", "b.json"], bench.Store.Refused(DatedBench.Name, 9).Select(r => r.File).Order());
        Assert.Equal(bodies, bench.Bodies());
    }

    // It is older although a date of it does not count now either.
    [Fact]
    public async Task AnOldArchiveWithADateInTheFutureIsRefusedAsAWhole()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start)), B, C);
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start.AddDays(-5))), OldB, C);
        var error = (await bench.FetchAsync()).LastError;
        Assert.Equal(bodies, bench.Bodies());
        Assert.Contains("and b.json is older than it was too", error, StringComparison.Ordinal);
    }

    // What is of a later date than was seen is no old state: then what is older was taken back.
    [Fact]
    public async Task WhatIsOlderBesideADateInTheFutureCountsWhereAnotherIsNewer()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start)), B, C);
        await bench.FetchWellAsync();
        (string, string) a = ("a.json", Future("CVE-2026-0001", Start.AddDays(-5)));
        bench.WriteZip(a, B, C);
        await bench.FetchWellAsync();
        bench.WriteZip(a, OldB, C);
        Assert.Contains("a feed never goes back", (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        bench.WriteZip(a, OldB, ("c.json", DatedBench.Osv("CVE-2026-0003", Start.AddHours(1))));
        await bench.FetchWellAsync();
        Assert.Equal(4, bench.Bodies().Count);
    }

    // A vendor whose clock was wrong has dated several in the future.
    [Fact]
    public async Task SeveralWithADateInTheFutureStopNothing()
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(("a.json", DatedBench.Osv("CVE-2026-0001", Start)), B);
        await bench.FetchWellAsync();
        bench.WriteZip(("a.json", Future("CVE-2026-0001", Start.AddDays(-5))), ("b.json", Future("CVE-2026-0002", Start.AddDays(-6))));
        await bench.FetchWellAsync();
        Assert.Equal(4, bench.Bodies().Count);
    }

    // Nothing vouches for another place: what can't be read there may be what is missing.
    [Theory]
    [InlineData("c.json")]
    [InlineData("moved.json")]
    public async Task ATornDocumentOfAnotherPlaceClosesNothing(string name)
    {
        await using var bench = await DatedBench.StartAsync("osv");
        bench.WriteZip(B, C);
        await bench.FetchWellAsync();
        var bodies = bench.Bodies();
        bench.WriteZip(B, (name, C.Text[..^5]));
        File.Move(Path.Combine(bench.Root, "all.zip"), Path.Combine(bench.Root, "new.zip"));
        bench.Feed = bench.Feed with { Address = new(bench.Simulator.Address, "new.zip") };
        bench.Start();
        var error = (await bench.FetchAsync()).LastError;
        Assert.Equal(bodies, bench.Bodies());
        Assert.Contains($"are not those of before, and not all can be had ({name}", error, StringComparison.Ordinal);
        File.Delete(Path.Combine(bench.Root, "new.zip"));
        bench.WriteZip(B, (name, C.Text));
        File.Move(Path.Combine(bench.Root, "all.zip"), Path.Combine(bench.Root, "new.zip"));
        await bench.FetchWellAsync();
        Assert.Equal(2, bench.Bodies().Count);
    }

    // Nor what can't be unpacked, can't be had, or can't be told from a line of the list.
    [Theory]
    [InlineData("entry", "not all can be had (c.json: it can't be unpacked")]
    [InlineData("absent", "not all can be had (c.json: ")]
    [InlineData("line", "not all can be had (index.txt line 2: ")]
    public async Task WhatAnotherPlaceDoesNotGiveClosesNothing(string what, string why)
    {
        await using var bench = await DatedBench.StartAsync(what == "entry" ? "osv" : "osv listed");
        var address = what == "entry" ? "new.zip" : "new/index.txt";
        if (what == "entry")
        {
            bench.WriteZip(B, C);
            await bench.FetchWellAsync();
            var zip = File.ReadAllBytes(Path.Combine(bench.Root, "all.zip"));
            zip[zip.AsSpan().IndexOf("c.json"u8) + 10] ^= 0xff;
            bench.WriteBytes(address, zip);
        }
        else
        {
            Array.ForEach([B, C, ("index.txt", "b.json\nc.json\n"), ("new/b.json", B.Text), (address, what == "line" ? "b.json\n../c.json\n" : "b.json\nc.json\n")], d => bench.Write(d.Item1, d.Item2));
            await bench.FetchWellAsync();
        }

        var bodies = bench.Bodies();
        bench.Feed = bench.Feed with { Address = new(bench.Simulator.Address, address) };
        bench.Start();
        Assert.Contains(why, (await bench.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(bodies, bench.Bodies());
    }

    // That it need not be read again makes it no older.
    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task TheNewestOneVouchesAlsoWhereItIsAsItWas(string touched)
    {
        await using var bench = await DatedBench.StartAsync("osv");
        var newest = (Name: "a.json", Text: DatedBench.Osv("CVE-2026-0001", Start));
        bench.WriteZip(newest, ("b.json", DatedBench.Osv("CVE-2026-0002", Start)), C);
        await bench.FetchWellAsync();
        bench.WriteZip((newest.Name, newest.Text + touched), ("b.json", DatedBench.Osv("CVE-2026-0002", Start.AddYears(30))), ("c.json", DatedBench.Osv("CVE-2026-0003", Start.AddDays(-3))));
        await bench.FetchWellAsync();
        Assert.Equal(3, bench.Bodies().Count);
    }

    private static string Undated(string cve) =>
        $$"""{"id":"{{cve}}","affected":[{"package":{"ecosystem":"Debian:12","name":"x"},"versions":["1"]}]}""";

    private static string Future(string cve, DateTimeOffset date) => $"[{DatedBench.Osv(cve, date)},{DatedBench.Osv("CVE-2026-0009", Start.AddYears(30))}]";

    private static Task Away(HttpContext context) => Task.FromResult(context.Response.StatusCode = 503);
}
