using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Microsoft's months: only those that were revised are asked for, and a bad list takes nothing away.</summary>
public sealed class RemoteMonthsTests
{
    private const string Address = "cvrf/v3.0/cvrf/";

    [Fact]
    public async Task TheMonthsOfTheListAreReadAndOnlyWhatWasRevisedIsAskedForAgain()
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2018-05-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        WriteMonth(world, "2016-May", "CVE-2016-0089");
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088", "1 CVE-2016-0089"], world.Rows());
        Assert.Equal(["/cvrf/v3.0/updates 200", $"/{Address}2016-Apr 200", $"/{Address}2016-May 200"], world.Vendor.Requests);

        world.Vendor.Requests.Clear();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2026-11-20"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0001");
        WriteMonth(world, "2016-May", "CVE-2016-0089", "CVE-2016-0090");
        await world.FetchWellAsync();
        Assert.Equal(["/cvrf/v3.0/updates 200", $"/{Address}2016-May 200"], world.Vendor.Requests);
        Assert.Equal(["1 CVE-2016-0088", "1 CVE-2016-0089", "2 CVE-2016-0090"], world.Rows());
    }

    [Fact]
    public async Task TheVendorsRealListAndMonthAreRead()
    {
        await using var world = await StartAsync();
        world.Copy("msrc/cvrf/updates.json", "cvrf/v3.0/updates");
        world.Copy("msrc/cvrf/2016-Apr.xml", $"{Address}2016-Apr");
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088"], world.Rows());
        Assert.StartsWith("2024-Mar ", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AMonthThatFailsOnceIsThereTheNextTime()
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2018-05-10"), ("2016-Jun", "2018-06-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        WriteMonth(world, "2016-May", "CVE-2016-0089");
        WriteMonth(world, "2016-Jun", "CVE-2016-0090");
        world.Answer("2016-May", StatusOf(500));
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088", "1 CVE-2016-0090"], world.Rows());
        Assert.Contains("answers 500", Assert.Single(world.Refused()), StringComparison.Ordinal);
        world.Vendor.Misbehaviour.Clear();
        world.Vendor.Requests.Clear();
        await world.FetchWellAsync();
        Assert.Equal(["/cvrf/v3.0/updates 200", $"/{Address}2016-May 200"], world.Vendor.Requests);
        Assert.Equal(["1 CVE-2016-0088", "2 CVE-2016-0089", "1 CVE-2016-0090"], world.Rows());
        Assert.Empty(world.Refused());
    }

    [Theory]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("<cvrf:cvrfdoc xmlns:cvrf=\"http://www.icasi.org/CVRF/schema/cvrf/1.1\">")]
    public async Task WhatARevisedMonthSaidStaysWhereItCantBeReadAndItIsAskedForAgain(string text)
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2018-05-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        WriteMonth(world, "2016-May", "CVE-2016-0089");
        await world.FetchWellAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2026-11-20"));
        world.Write($"{Address}2016-May", text);
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088", "1 CVE-2016-0089"], world.Rows());
        WriteMonth(world, "2016-May", "CVE-2016-0090");
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088", "3 CVE-2016-0090"], world.Rows());
    }

    [Theory]
    [InlineData("<html>sign in</html>")]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("""{"value":[]}""")]
    [InlineData("""{"value":[{"ID":"2016-Apr","CurrentReleaseDate":"2026-11-20T00:00:00Z"}""")]
    [InlineData("""{"value":[{"ID":"../../secret","CurrentReleaseDate":"2026-11-20T00:00:00Z"}]}""")]
    [InlineData("""{"value":[{"ID":"2016-Apr","CurrentReleaseDate":"2026-11-20T00:00:00Z"}],"@odata.nextLink":"https://vendor.example/more"}""")]
    public async Task AListThatIsNoneOrNotWholeLeavesTheSnapshotAsItIs(string list)
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        await world.FetchWellAsync();
        world.Write("cvrf/v3.0/updates", list);
        world.Vendor.Requests.Clear();
        Assert.Contains("has no whole list of months", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["1 CVE-2016-0088"], world.Rows());
        Assert.Equal(["/cvrf/v3.0/updates 200"], world.Vendor.Requests);
    }

    [Fact]
    public async Task AMonthThatTheListLeavesOutStaysAndThatIsSaid()
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-May", "2018-05-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        WriteMonth(world, "2016-May", "CVE-2016-0089");
        await world.FetchWellAsync();
        WriteList(world, ("2016-May", "2018-05-10"));
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088", "1 CVE-2016-0089"], world.Rows());
        Assert.Contains("2016-Apr it is not in the list of months any more", Assert.Single(world.Refused()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OfAMonthThatIsListedTwiceTheLaterDateCounts()
    {
        await using var world = await StartAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0088");
        await world.FetchWellAsync();
        WriteList(world, ("2016-Apr", "2018-04-10"), ("2016-Apr", "2026-11-20"));
        WriteMonth(world, "2016-Apr", "CVE-2016-0089");
        await world.FetchWellAsync();
        Assert.Equal(["2 CVE-2016-0089"], world.Rows());
    }

    [Fact]
    public async Task ThreeMonthsInARowThatCantBeHadAreAVendorThatIsAway()
    {
        await using var world = await StartAsync();
        WriteList(world, [.. Enumerable.Range(1, 9).Select(n => ($"2016-{n}", "2018-04-10"))]);
        WriteMonth(world, "2016-1", "CVE-2016-0088");
        world.Answer("cvrf/2016-2", StatusOf(503));
        world.Answer("cvrf/2016-3", StatusOf(503));
        world.Answer("cvrf/2016-4", StatusOf(503));
        Assert.Contains("answers 503", (await world.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal($"/{Address}2016-4 503", world.Vendor.Requests.Last());
    }

    [Theory]
    [InlineData(DocumentKind.MsrcCvrf, "application/xml")]
    [InlineData(DocumentKind.MsrcCvrfJson, "application/json")]
    public async Task TheMonthIsAskedForInTheFormOfTheKind(DocumentKind kind, string form)
    {
        await using var world = await StartAsync(kind);
        WriteList(world, ("2016-Apr", "2018-04-10"));
        world.Answer("2016-Apr", async context =>
        {
            context.Response.StatusCode = context.Request.Headers.Accept == form ? 200 : 406;
            await context.Response.WriteAsync(kind == DocumentKind.MsrcCvrf ? Month("CVE-2016-0088") : MonthJson("CVE-2016-0088"));
        });
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0088"], world.Rows());
    }

    [Theory]
    [InlineData(DocumentKind.MsrcCvrf)]
    [InlineData(DocumentKind.MsrcCvrfJson)]
    public async Task SavedMonthsCanBeReadFromAFolder(DocumentKind kind)
    {
        await using var world = await RemoteWorld.FolderAsync(kind);
        world.Write("2016-May", kind == DocumentKind.MsrcCvrf ? Month("CVE-2016-0089") : MonthJson("CVE-2016-0089"));
        await world.FetchWellAsync();
        Assert.Equal(["1 CVE-2016-0089"], world.Rows());
    }

    private static Task<RemoteWorld> StartAsync(DocumentKind kind = DocumentKind.MsrcCvrf) => RemoteWorld.StartAsync(kind, (vendor, _) => vendor);

    private static Func<HttpContext, Task> StatusOf(int status) => context =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static void WriteList(RemoteWorld world, params (string Id, string Date)[] months) => world.Write("cvrf/v3.0/updates", JsonSerializer.Serialize(new
    {
        value = months.Select(m => new { ID = m.Id, Alias = m.Id, DocumentTitle = m.Id, CurrentReleaseDate = $"{m.Date}T07:00:00Z", CvrfUrl = "https://vendor.example/never-followed" }),
    }));

    private static void WriteMonth(RemoteWorld world, string id, params string[] cves) => world.Write($"{Address}{id}", Month(cves));

    // The real month has one vulnerability: it is repeated under other numbers.
    private static string Month(params string[] cves)
    {
        const string begin = "<vuln:Vulnerability ", end = "</vuln:Vulnerability>";
        var month = File.ReadAllText(FeedCorpus.PathOf("msrc/cvrf/2016-Apr.xml"));
        var (from, to) = (month.IndexOf(begin, StringComparison.Ordinal), month.IndexOf(end, StringComparison.Ordinal) + end.Length);
        var text = new StringBuilder(month[..from]);
        foreach (var cve in cves)
        {
            text.Append(month[from..to].Replace("CVE-2016-0088", cve, StringComparison.Ordinal));
        }

        return text.Append(month[to..]).ToString();
    }

    private static string MonthJson(string cve) => JsonSerializer.Serialize(new
    {
        DocumentTitle = new { Value = "x" },
        DocumentTracking = new { Identification = new { ID = new { Value = "x" } } },
        ProductTree = new { FullProductName = new[] { new { ProductID = "1", Value = "Windows 10" } } },
        Vulnerability = new[] { new { CVE = cve, ProductStatuses = new[] { new { Type = "KnownAffected", ProductID = new[] { "1" } } } } },
    });
}
