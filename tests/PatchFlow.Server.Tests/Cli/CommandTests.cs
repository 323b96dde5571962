using System.Text.Json;
using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Server.Tests.Api;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>Every command of the tree, run against a server in which a change waits for the board.</summary>
public sealed class CommandTests
{
    /// <summary>Lines that are run below, as who, with their exit code. The documentation may show these and no others.</summary>
    internal static readonly (string User, string Line, int Exit)[] Lines =
    [
        ("ada", "status", Exit.Ok),
        ("ada", "audit --object change:1", Exit.Ok),
        ("ada", "feeds", Exit.Ok),
        ("ada", "feeds list", Exit.Ok),
        ("ada", "feeds show own", Exit.Ok),
        ("ada", "feeds rewind own --to 2026-11-01 --reason \"it was wrong\"", Exit.Refused),
        ("ada", "feeds rewind own --to 2026-11-01T00:00:00+01:00 --reason \"it was wrong\"", Exit.Refused),
        ("ada", "feeds rewind own --to 11/01/2026 --reason \"it was wrong\"", Exit.Usage),
        ("ada", "feeds rewind own --to 2026-11-01T00:00:00 --reason \"it was wrong\"", Exit.Usage),
        ("ada", "feeds rewind own --to soon --reason \"it was wrong\"", Exit.Usage),
        ("ada", "hosts", Exit.Ok),
        ("ada", "hosts list", Exit.Ok),
        ("ada", "hosts show HOST", Exit.Ok),
        ("ada", "hosts log HOST", Exit.Ok),
        ("ada", "hosts add web-9 --address 192.0.2.10 --group web", Exit.Ok),
        ("ada", "hosts retire web-9 --yes", Exit.Ok),
        ("ada", "patches", Exit.Ok),
        ("ada", "patches --cve CVE-2026-0001", Exit.Ok),
        ("ada", "patches --host HOST --package PACKAGE", Exit.Ok),
        ("ada", "advisories", Exit.Ok),
        ("ada", "advisories --cve CVE-2026-0001 --severity high --kev", Exit.Ok),
        ("ada", "exposure", Exit.Ok),
        ("ada", "exposure --cve CVE-2026-0001 --deadline missed", Exit.Ok),
        ("ada", "exposure --severity high", Exit.Usage),
        ("ada", "exposure --deadline nope", Exit.Usage),
        ("ada", "changes", Exit.Ok),
        ("ada", "changes --open", Exit.Ok),
        ("ada", "show CHG-1", Exit.Ok),
        ("ada", "show CHG-1 --cves", Exit.Ok),
        ("ada", "plan CHG-1", Exit.Ok),
        ("ada", "plan CHG-1 --evidence", Exit.Ok),
        ("ada", "users", Exit.Ok),
        ("ada", "users list", Exit.Ok),
        ("ada", "users add dan --roles approver", Exit.Ok),
        ("ada", "users disable dan", Exit.Ok),
        ("ada", "users enable dan", Exit.Ok),
        ("ada", "tokens", Exit.Ok),
        ("ada", "tokens list", Exit.Ok),
        ("ada", "tokens create work --user dan", Exit.Ok),
        ("ada", "watch --until approval --timeout 30", Exit.Ok),
        ("bob", "approve CHG-1 --yes", Exit.Ok),
        ("carol", "approve CHG-1 --yes --reason \"read, and tested\"", Exit.Ok),
        ("ada", "changes propose web", Exit.Ok),
        ("ada", "versions compare deb 1.0~rc1-1 1.0-1", Exit.Ok),
        ("ada", "versions compare semver 1.0 2.0", Exit.Refused),
        ("ada", "cvss score AV:N/AC:L/Au:N/C:P/I:P/A:P", Exit.Ok),
        ("ada", "cvss score 9.8", Exit.Refused),
        ("bob", "users list", Exit.Refused),
    ];

    private static readonly string[] Verbs = ["start", "pause", "resume", "abort", "rollback", "cancel", "test", "retry", "skip"];

    [Fact]
    public async Task EveryLineEndsWithItsCodeAndPrintsRecordsWhenAsked()
    {
        await using var room = await Boardroom.OpenAsync();
        using var cli = await PeopleAsync(room);
        foreach (var (user, line, exit) in Lines)
        {
            var ran = await cli.AsAsync(user, await Concrete(room, line));
            Assert.True(exit == ran.Exit, $"{line}: {ran.Exit}, {ran.Error}");
            Assert.True(exit == Exit.Ok || ran.Error.Length > 0, line);
            Assert.DoesNotContain(ran.Out.Split('\n'), text => text.EndsWith(' '));
            Assert.DoesNotContain("   at ", ran.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("status", "changes feeds health hostErrors hosts now open runs version")]
    [InlineData("audit", "items next total")]
    [InlineData("feeds list", "items next total")]
    [InlineData("feeds show own", "address alarm arch blocked components failures kept kind lastAttemptAt lastError lastRefused lastSuccessAt name nextAttemptAt quarantined remark schedule security snapshot state suite trust vouching")]
    [InlineData("hosts list", "items next total")]
    [InlineData("hosts show HOST", "account address group hostKeys id inventory inventoryAt labels lastError lastSeen port state")]
    [InlineData("patches", "blind items next total unknown")]
    [InlineData("advisories", "items next total")]
    [InlineData("exposure", "advisories blind deadlines feeds items lookedAt next old total")]
    [InlineData("changes", "items next total")]
    [InlineData("show CHG-1", "board cves hosts installs irreversible notTested plan proposedBy rank reboot restarts rollout summary tested triggeredBy upgrades")]
    [InlineData("users list", "items next total")]
    [InlineData("users add dan --roles viewer", "createdAt disabled id name roles")]
    [InlineData("tokens list", "items next total")]
    [InlineData("tokens create x", "secret token")]
    [InlineData("hosts add web-9 --address 192.0.2.10 --group web", "account address group hostKeys id inventory inventoryAt labels lastError lastSeen port state")]
    public async Task TheKeysOfARecordAreStable(string line, string keys)
    {
        await using var room = await Boardroom.OpenAsync();
        using var cli = await PeopleAsync(room);
        var ran = await cli.AsAsync("ada", await Concrete(room, line) + " --json");
        Assert.Equal(Exit.Ok, ran.Exit);
        using var record = JsonDocument.Parse(ran.Out);
        Assert.Equal(keys, string.Join(' ', record.RootElement.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task EveryVerbOfARolloutIsGivenAndAnsweredOrTimesOut()
    {
        await using var room = await Boardroom.OpenAsync();
        using var cli = await PeopleAsync(room);
        var host = await HostAsync(room);
        foreach (var verb in Verbs)
        {
            var running = cli.AsAsync("ada", $"rollout {verb} CHG-1{(verb is "retry" or "skip" ? $" {host}" : "")} --reason \"a reason of a test\" --json");
            while (!running.IsCompleted)
            {
                await room.Reconciling.TickAsync();
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            var ran = await running;
            using var record = JsonDocument.Parse(ran.Out);
            Assert.Equal(verb, record.RootElement.GetProperty("action").GetString());
            Assert.Equal(record.RootElement.GetProperty("accepted").GetBoolean() ? Exit.Ok : Exit.Refused, ran.Exit);
        }
    }

    [Fact]
    public async Task ARejectedChangeEndsTheWatcherOfItWithThree()
    {
        await using var room = await Boardroom.OpenAsync();
        using var cli = await PeopleAsync(room);
        Assert.Equal(Exit.TimedOut, (await cli.AsAsync("ada", "rollout watch CHG-1 --timeout 1")).Exit);
        Assert.Equal(Exit.Ok, (await cli.AsAsync("bob", "reject CHG-1 --yes --reason \"not this week\"")).Exit);
        await room.RewriteAsync(c => c with { Status = Core.Changes.ChangeStatus.Rejected, Waiting = null });
        Assert.Equal(Exit.WentWrong, (await cli.AsAsync("ada", "rollout watch CHG-1")).Exit);
    }

    [Fact]
    public async Task CtrlCLeavesWithOneHundredAndThirty()
    {
        await using var room = await Boardroom.OpenAsync();
        using var cli = await PeopleAsync(room);
        using var cancel = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        Assert.Equal(Exit.Left, (await cli.AsAsync("ada", "watch", cancel.Token)).Exit);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("show")]
    [InlineData("show seven")]
    [InlineData("status --color blue")]
    [InlineData("reject CHG-1")]
    public async Task WhatCantBeCarriedOutAsGivenEndsWithTwo(string line)
    {
        using var cli = new CliRun(new("http://127.0.0.1:9"));
        cli.Write("ada", "token");
        var ran = await cli.AsAsync("ada", line);
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.StartsWith("patchflow: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerThatIsNotThereEndsWithSix()
    {
        using var cli = new CliRun(new("http://127.0.0.1:9"));
        cli.Write("ada", "token");
        var ran = await cli.AsAsync("ada", "status");
        Assert.Equal(Exit.Unreachable, ran.Exit);
        Assert.Contains("remedy: ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAnswerThatIsNotPatchFlowsEndsWithSix()
    {
        using var page = new NotPatchFlow();
        using var cli = new CliRun(page.Address);
        cli.Write("ada", "token");
        var ran = await cli.AsAsync("ada", "status");
        Assert.Equal(Exit.Unreachable, ran.Exit);
        Assert.Contains("does not answer as PatchFlow does", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("two\nlines")]
    [InlineData("")]
    public async Task ATokenFileWithoutATokenIsASentence(string text)
    {
        using var cli = new CliRun(new("http://127.0.0.1:9"));
        cli.Write("ada", text);
        var ran = await cli.AsAsync("ada", "status");
        Assert.Equal(Exit.Usage, ran.Exit);
        Assert.Contains("holds no token", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACodeIsNotSpentWhereItsTokenCantBeKept()
    {
        await using var server = await ApiServer.StartAsync();
        using var cli = new CliRun(server.Address);
        var code = Path.Combine(server.DataDirectory, "setup-code");
        Directory.CreateDirectory(Path.Combine(cli.Folder, "ada"));
        Assert.Equal(Exit.Usage, (await cli.AsAsync("ada", $"setup --code-file {code} --user ada")).Exit);
        Assert.True(File.Exists(code));
        Assert.Equal(Exit.Ok, (await cli.AsAsync("token", $"setup --code-file {code} --user ada")).Exit);
        Assert.Equal(Exit.Ok, (await cli.AsAsync("token", "status")).Exit);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(cli.Folder, "token")));
    }

    [Fact]
    public async Task ATokenIsNotMadeWhereItCantBeKept()
    {
        await using var server = await ApiServer.StartAsync();
        using var cli = new CliRun(server.Address);
        await cli.PersonAsync(server, "ada", Role.Admin);
        Assert.Equal(Exit.Usage, (await cli.AsAsync("ada", $"tokens create x --out {cli.Folder}")).Exit);
        Assert.DoesNotContain(" x ", (await cli.AsAsync("ada", "tokens list")).Out, StringComparison.Ordinal);
        Assert.Equal(Exit.Ok, (await cli.AsAsync("ada", $"tokens create x --out {cli.Folder}/x")).Exit);
        Assert.Equal(Exit.Ok, (await cli.AsAsync("x", "status")).Exit);
    }

    private static async Task<CliRun> PeopleAsync(Boardroom room)
    {
        var cli = new CliRun(room.Server.Address);
        await cli.PersonAsync(room.Server, "ada", Enum.GetValues<Role>());
        await cli.PersonAsync(room.Server, "bob", Role.Approver);
        await cli.PersonAsync(room.Server, "carol", Role.Approver);
        return cli;
    }

    private static async Task<string> HostAsync(Boardroom room) => (await (await room.AsAsync("reader", Role.Viewer)).ChangeAsync("CHG-1")).Hosts[0];

    private static async Task<string> Concrete(Boardroom room, string line) => line.Contains("HOST", StringComparison.Ordinal)
        ? line.Replace("HOST", await HostAsync(room), StringComparison.Ordinal).Replace("PACKAGE", "nginx", StringComparison.Ordinal)
        : line;

    /// <summary>A web server that answers everything with a page.</summary>
    private sealed class NotPatchFlow : IDisposable
    {
        private readonly System.Net.HttpListener _listener = new();

        public NotPatchFlow()
        {
            using (var probe = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0))
            {
                probe.Start();
                Address = new($"http://127.0.0.1:{((System.Net.IPEndPoint)probe.LocalEndpoint).Port}/");
            }

            _listener.Prefixes.Add($"{Address}");
            _listener.Start();
            _ = AnswerAsync();
        }

        public Uri Address { get; }

        public void Dispose() => _listener.Close();

        private async Task AnswerAsync()
        {
            var context = await _listener.GetContextAsync();
            context.Response.ContentType = "text/html";
            context.Response.OutputStream.Write("<html>hello</html>"u8);
            context.Response.Close();
        }
    }
}
