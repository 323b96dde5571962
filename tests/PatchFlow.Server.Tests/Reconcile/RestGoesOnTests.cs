using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>What goes wrong with one host, feed or pipeline is said there, and holds up nothing else.</summary>
public sealed class RestGoesOnTests : IAsyncLifetime
{
    private const string Bad = "web-3";
    private static readonly string[] Good = ["web-1", "web-2", "web-4", "web-5"];
    private readonly Ground _ground = new(5);
    private TestServer _server = null!;

    private SimulatedHost BadHost => _ground.Fleet.Hosts[Bad];

    public ValueTask InitializeAsync()
    {
        _ground.WritePipeline(Ground.Pipeline.Replace("errors: 0, soak: PT0S", "errors: 1, soak: PT0S", StringComparison.Ordinal));
        _server = new TestServer(_ground);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Theory]
    [InlineData("no space for a file", HostTaskStatus.Failed, "stage: refused with exit 23: patchflow-host: no space: the file could not be written below /var/lib/patchflow")]
    [InlineData("no space at install", HostTaskStatus.Failed, "no space: 5000 bytes are needed below /usr, 4096 are free; nothing was changed; free some and try again")]
    [InlineData("locked", HostTaskStatus.Failed, "3 attempts, the last: the package manager is in use by pid 4711 (unattended-upgr); nothing was changed")]
    [InlineData("fails to configure", HostTaskStatus.Failed, "apt-get failed with 100: nginx did not configure")]
    [InlineData("fails its check", HostTaskStatus.Failed, "check web-port failed: nothing listens on port 80")]
    [InlineData("silent", HostTaskStatus.Offline, "web-3 does not answer")]
    [InlineData("drifted", HostTaskStatus.Drifted, "nginx:amd64 is 0.9, the plan goes from 1.0 to 1.1")]
    [InlineData("drifted since its files came", HostTaskStatus.Drifted, "nginx is neither 1.0 nor 1.1")]
    public async Task AHostThatFailsSaysWhyAndTheOthersAreDone(string what, HostTaskStatus status, string words)
    {
        await ApprovedAsync();
        Break(what);
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((status, words), (_server.Task(Bad).Status, _server.Task(Bad).Detail));
        Assert.Equal(what == "fails its check", BadHost.DpkgLog.Count > 0);
        OthersAreDone();
        Assert.Equal((ChangeStatus.CompletedWithExceptions, $"{Bad} {status}: {words}"), (_server.Change.Status, _server.Change.Reason));
    }

    [Theory]
    [InlineData("another key", "host web-3 (127.0.10.1) shows the key ssh-ed25519 SHA256:")]
    [InlineData("damaged", "dpkg's status file is damaged")]
    [InlineData("silent at work", "web-3 does not answer")]
    public async Task AHostThatAPersonMustLookAtSaysWhyAndTheOthersAreDoneBeforeAnybodyLooks(string what, string words)
    {
        await ApprovedAsync();
        Break(what);
        await _server.RunAsync(c => c.Waiting?.For == "person" && Good.All(h => _server.Task(h).Status == HostTaskStatus.Succeeded));
        Assert.Equal(HostTaskStatus.NeedsAttention, _server.Task(Bad).Status);
        Assert.StartsWith(words, _server.Task(Bad).Detail, StringComparison.Ordinal);
        OthersAreDone();
        Assert.Equal(ChangeStatus.RollingOut, _server.Change.Status);
        Assert.Equal($"{Bad} needs attention: {_server.Task(Bad).Detail}; then 'patchflow rollout retry' or 'skip' with this host", _server.Change.Waiting!.Sentence);
        Assert.Equal(what != "another key", BadHost.Tickets.Any());

        await _server.CommandAsync(CommandAction.Skip, Bad);
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.CompletedWithExceptions, _server.Change.Status);
        Assert.StartsWith($"{Bad} Skipped: left out by user:op", _server.Change.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AHostThatShowsItsOwnKeyAgainIsTriedAgainAndAllIsDone()
    {
        await ApprovedAsync();
        Break("another key");
        await _server.RunAsync(_ => _server.Task(Bad).Status == HostTaskStatus.NeedsAttention);
        BadHost.Instead = _ => null;
        await _server.CommandAsync(CommandAction.Retry, Bad);
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal((ChangeStatus.Completed, HostTaskStatus.Succeeded), (_server.Change.Status, _server.Task(Bad).Status));
        Assert.Equal(Patches.All.Select(p => p.To), BadHost.Packages.Values);
    }

    [Fact]
    public async Task AStaleFeedHoldsUpNoChangeThatDoesNotDependOnIt()
    {
        _ground.StaleFeeds = [new StaleFeed("another", "feed another is stale: fetch it")];
        await ApprovedAsync();
        await _server.RunAsync(c => !c.IsOpen);
        Assert.Equal(ChangeStatus.Completed, _server.Change.Status);
    }

    [Fact]
    public async Task APipelineThatCanNotBeReadHoldsUpTheChangesOfItsGroupsAlone()
    {
        _ground.Fleet.Hosts["web-1"].Group = "db";
        _ground.PipelineGroups["db"] = "strict";
        _ground.WritePipeline(Ground.Pipeline + "extra: 1\n", "strict");
        await ProposedAsync();
        await _server.RunAsync(_ => _server.Store.Find(2)!.Status == ChangeStatus.AwaitingApproval);
        await _server.DecideAsync("user:ann", change: 2);
        await _server.DecideAsync("user:bob", change: 2);
        await _server.RunAsync(_ => !_server.Store.Find(2)!.IsOpen);
        Assert.Equal((ChangeStatus.Completed, "web"), (_server.Store.Find(2)!.Status, _server.Store.Find(2)!.Group));
        Assert.Equal((ChangeStatus.Proposed, "db"), (_server.Change.Status, _server.Change.Group));
        Assert.Contains("strict.yaml line 16: 'extra' is not a known key", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);
        Assert.Empty(_ground.Fleet.Hosts["web-1"].Calls);

        _ground.WritePipeline(Ground.Pipeline.Replace("groups: [web]", "groups: [db]", StringComparison.Ordinal), "strict");
        await _server.RunAsync(c => c.Status == ChangeStatus.AwaitingApproval);
    }

    private void Break(string what)
    {
        switch (what)
        {
            case "another key":
                var (shown, pinned) = (HostKey.Of("ssh-ed25519", "another"u8), HostKey.Of("ssh-ed25519", "pinned"u8));
                BadHost.Instead = _ => throw new HostKeyException(Bad, "127.0.10.1", shown, [pinned]);
                break;
            case "no space for a file":
                BadHost.Instead = words => words[0] == "stage" ? SimulatedHost.Bad(23, "no space: the file could not be written below /var/lib/patchflow") : null;
                break;
            case "no space at install":
                Exit(TicketKind.Install, 23, "no space: 5000 bytes are needed below /usr, 4096 are free; nothing was changed; free some and try again");
                break;
            case "locked":
                Exit(TicketKind.Install, 22, "the package manager is in use by pid 4711 (unattended-upgr); nothing was changed");
                break;
            case "fails to configure":
                Exit(TicketKind.Install, 20, "apt-get failed with 100: nginx did not configure");
                break;
            case "fails its check":
                Exit(TicketKind.CheckAfter, 31, "check web-port failed: nothing listens on port 80");
                break;
            case "damaged":
                Exit(TicketKind.Install, 70, "dpkg's status file is damaged");
                break;
            case "silent":
                BadHost.IsReachable = false;
                break;
            case "silent at work":
                BadHost.Instead = words => words[0] == "status" ? throw new HostUnreachableException($"{Bad} does not answer") : null;
                break;
            case "drifted":
                BadHost.Packages["nginx"] = "0.9";
                break;
            default:
                Exit(TicketKind.Install, 10, "nginx is neither 1.0 nor 1.1");
                break;
        }
    }

    private void Exit(TicketKind kind, int code, string words)
    {
        BadHost.Exits = ticket => ticket.Kind == kind ? code : null;
        BadHost.Complaint = words;
    }

    private void OthersAreDone()
    {
        var wave = _server.Store.Tasks(1).Where(t => t.Wave == 1).OrderBy(t => t.Leaf).Select(t => t.Host).ToList();
        Assert.InRange(wave.IndexOf(Bad), 1, wave.Count - 2);
        Assert.All(Good, host =>
        {
            Assert.Equal((HostTaskStatus.Succeeded, null), (_server.Task(host).Status, _server.Task(host).Detail));
            Assert.Equal(Patches.All.Select(p => p.To), _ground.Fleet.Hosts[host].Packages.Values);
        });
    }

    private async Task ProposedAsync()
    {
        await _server.EnrolAsync();
        await _server.Proposer.LookAsync(CancellationToken.None);
    }

    private async Task ApprovedAsync()
    {
        await ProposedAsync();
        await _server.RunAsync(c => c.Waiting?.For == "approval");
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
    }
}
