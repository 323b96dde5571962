using System.Net;
using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Matching;

/// <summary>What is asked for and is not there, or was not looked at, is never told as clean.</summary>
public sealed class ExposureFilterTests
{
    private const string Vulnerable = "openssl 3.0.1-1", NotYet = "what it has now was not matched yet: ask again in a moment";

    [Theory]
    [InlineData("host", "there is no host 'nope': see 'patchflow hosts list'")]
    [InlineData("group", "there is no group 'nope': see 'patchflow hosts list'")]
    public async Task AHostOrGroupThatIsNotThereIsAnErrorThatNamesIt(string filter, string message)
    {
        await using var world = await LackingAsync();
        var api = await world.ApiAsync();
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => api.ExposureAsync(host: filter == "host" ? "nope" : null, group: filter == "group" ? "nope" : null));
        Assert.Equal((HttpStatusCode.NotFound, message), (refused.Status, refused.Message));
        var ran = await world.CliAsync($"exposure --{filter} nope");
        Assert.Equal((Exit.Refused, ""), (ran.Exit, ran.Out));
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.Equal((await world.CliAsync("hosts show nope")).Exit, ran.Exit);
        Assert.Contains("openssl", (await world.CliAsync($"exposure --{filter} {(filter == "host" ? "web-1" : "web")}")).Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("host", "there is no host 'nope': see 'patchflow hosts list'")]
    [InlineData("group", "there is no group 'nope': see 'patchflow hosts list'")]
    public async Task SoItIsWherePatchesAreAskedFor(string filter, string message)
    {
        await using var world = await LackingAsync();
        var api = await world.ApiAsync();
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => api.PatchesAsync(host: filter == "host" ? "nope" : null, group: filter == "group" ? "nope" : null));
        Assert.Equal((HttpStatusCode.NotFound, message), (refused.Status, refused.Message));
        var ran = await world.CliAsync($"patches --{filter} nope --package openssl");
        Assert.Equal((Exit.Refused, ""), (ran.Exit, ran.Out));
        Assert.Contains(message, ran.Error, StringComparison.Ordinal);
        Assert.Equal(Exit.Ok, (await world.CliAsync($"patches --{filter} {(filter == "host" ? "web-1" : "web")}")).Exit);
    }

    [Theory]
    [InlineData("added", "it is added, and patches are found for hosts that are enrolled")]
    [InlineData("reported", "it is reported on only, and no archive's patches are brought to it: see 'patchflow exposure'")]
    [InlineData("silent", "it has not told what it has yet")]
    public async Task AHostOfWhichNothingIsKnownIsNotCalledClean(string how, string why)
    {
        await using var world = await LackingAsync();
        var row = new HostRow { Id = "new-1", Address = how == "reported" ? "" : "127.0.10.9", Group = "new", State = how switch { "added" => HostState.Added, "reported" => HostState.Reported, _ => HostState.Enrolled } };
        await world.Server.Get<HostStore>().AddAsync(row, new Audit("system", "test", "host.add", "host:new-1"));
        Assert.Equal([new BlindHost("new-1", why)], (await (await world.ApiAsync()).PatchesAsync(host: "new-1")).Blind);
        Assert.Equal($"Nothing is known of what it lacks.\n! nothing can be said of new-1: {why}\n", (await world.CliAsync("patches --host new-1 --package openssl")).Out);
        Assert.Equal(how == "silent" ? ["new-1"] : [], (await (await world.ApiAsync()).PatchesAsync(group: "new")).Blind.Select(b => b.Host));
        Assert.Empty((await (await world.ApiAsync()).PatchesAsync(group: "web")).Blind);
    }

    [Theory]
    [InlineData("--package nope", "Nothing is open of package nope.")]
    [InlineData("--host web-1 --package nope", "Nothing is open of package nope on host web-1.")]
    [InlineData("--group web --deadline missed", "Nothing is open in group web with the deadline missed.")]
    [InlineData("--answer willnotfix --priority low", "Nothing is open with the answer will not fix with the priority low.")]
    [InlineData("--host web-1 --ended", "Nothing has ended on host web-1.")]
    [InlineData("--cve CVE-2026-0001 --package nope", "Nothing is open of CVE-2026-0001 of package nope; 1 advisory speaks of it.")]
    public async Task NothingIsSaidOfWhatWasAskedFor(string filters, string sentence)
    {
        await using var world = await LackingAsync();
        Assert.StartsWith(sentence + "\n", (await world.CliAsync($"exposure {filters}")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostWhoseReportCameAfterTheLastLookIsNotCalledClean()
    {
        await using var world = await LackingAsync();
        await world.HostAsync("web-2", Vulnerable);
        var page = await (await world.ApiAsync()).ExposureAsync(host: "web-2");
        Assert.Empty(page.Items);
        Assert.Equal([new BlindHost("web-2", NotYet)], page.Old);
        Assert.Contains($"web-2: {NotYet}", (await world.CliAsync("exposure --host web-2")).Out, StringComparison.Ordinal);

        await world.LookAsync();
        Assert.Empty((await world.ExposureAsync()).Old);
        Assert.DoesNotContain("not matched", (await world.CliAsync("exposure")).Out, StringComparison.Ordinal);

        // What it said before is shown, and what is new waits.
        await world.HostAsync("web-1", "openssl 3.0.2-1");
        Assert.Equal([new BlindHost("web-1", NotYet)], (await world.ExposureAsync()).Old);
    }

    [Fact]
    public async Task AHostThatIsNotMatchedAtAllIsNotCalledClean()
    {
        await using var world = await LackingAsync();
        await world.Server.Get<HostStore>().AddAsync(new HostRow { Id = "new-1", Address = "127.0.10.9", Group = "web" }, new Audit("system", "test", "host.add", "host:new-1"));
        Assert.Contains("nothing can be said of new-1: it is added", (await world.CliAsync("exposure --host new-1")).Out, StringComparison.Ordinal);
        Assert.Empty((await world.ExposureAsync()).Blind);
    }

    [Fact]
    public async Task PatchesSayThatWhatVendorsSayIsElsewhere()
    {
        await using var world = await LackingAsync();
        Assert.Equal("No patch is open: what vendors' advisories say of hosts is in 'patchflow exposure'.\n", (await world.CliAsync("patches --package nope")).Out);
        Assert.Contains("what vendors' advisories say is in 'patchflow exposure'", (await world.CliAsync("patches --help")).Out, StringComparison.Ordinal);
    }

    private static async Task<ExposureWorld> LackingAsync()
    {
        var world = await ExposureWorld.StartAsync();
        world.WriteTracker("openssl CVE-2026-0001 high 3.0.2-1");
        await world.FetchWellAsync("tracker");
        await world.HostAsync("web-1", Vulnerable);
        await world.LookAsync();
        return world;
    }
}
