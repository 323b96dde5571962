using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>Without a standing quorum no call but an inventory ever reaches a host. (The simulated hosts log each call.)</summary>
public sealed class NothingReachesAHostTests : IAsyncLifetime
{
    private readonly Ground _ground = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = new TestServer(_ground);
        await _server.ProposeAndWaitForBoardAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _ground.Dispose();
    }

    [Fact]
    public Task WithoutAnApproval() => NothingHappensAsync();

    [Fact]
    public async Task WithOneApproval()
    {
        await _server.DecideAsync("user:ann");
        await NothingHappensAsync();
    }

    [Fact]
    public async Task WithOneMemberTwice()
    {
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:ann");
        await NothingHappensAsync();
    }

    [Fact]
    public async Task WithTheProposersOwn()
    {
        await Rewrite(c => c with { ProposedBy = "user:pam", TriggeredBy = "user:tim" });
        await _server.DecideAsync("user:ann");
        await Assert.ThrowsAsync<InboxRefusedException>(() => _server.DecideAsync("user:pam"));
        await Assert.ThrowsAsync<InboxRefusedException>(() => _server.DecideAsync("user:tim"));
        await Smuggle(_server.DecisionOf("user:pam"));
        await NothingHappensAsync();
    }

    [Fact]
    public async Task WithAnExpiredOne()
    {
        await _server.DecideAsync("user:ann");
        await Smuggle(_server.DecisionOf("user:bob") with { At = Patches.Start - TimeSpan.FromDays(8), Expires = Patches.Start - TimeSpan.FromDays(1) });
        await NothingHappensAsync();
    }

    [Fact]
    public async Task WithOneThatThePipelinesLifetimeHasPassed()
    {
        await _server.DecideAsync("user:ann");
        _ground.Time.Advance(TimeSpan.FromDays(7));
        await NothingHappensAsync();
        Assert.Equal(ChangeStatus.Expired, _server.Change.Status);
    }

    [Theory]
    [InlineData("disabled", "approver", 1)]
    [InlineData("stripped of the role", "viewer,operator", 0)]
    public async Task WithOneOfAMemberWhoWasSince(string what, string roles, int disabled)
    {
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await _server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(
            c, "INSERT INTO users (id, name, roles, disabled, at) VALUES ('bob', @what, @roles, @disabled, 'now')", new { what, roles, disabled }, t));
        await NothingHappensAsync();
    }

    [Theory]
    [InlineData("plan")]
    [InlineData("evidence")]
    [InlineData("policy")]
    [InlineData("gate")]
    public async Task WithOneOnSomethingElse(string what)
    {
        var other = Digest.Of("other"u8);
        var decision = _server.DecisionOf("user:bob");
        decision = what switch
        {
            "plan" => decision with { Plan = other },
            "evidence" => decision with { Evidence = other },
            "policy" => decision with { Policy = other },
            _ => decision with { Gate = "lunch-club" },
        };
        await _server.DecideAsync("user:ann");
        await Assert.ThrowsAsync<InboxRefusedException>(() =>
            _server.Inbox.DecideAsync(decision, "change-board", new Sender("user:bob", "127.0.0.1"), CancellationToken.None));
        await Smuggle(decision);
        await NothingHappensAsync();
    }

    [Fact]
    public async Task AfterThePolicyWasEdited()
    {
        await _server.DecideAsync("user:ann");
        _ground.WritePipeline(Ground.Pipeline.Replace("P30D", "P29D", StringComparison.Ordinal));
        var before = _server.Change.Plan;
        await _server.RunAsync(c => c.Plan != before && c.Waiting?.For == "approval");
        await Smuggle(_server.DecisionOf("user:bob") with { Plan = before!.Value });
        await _server.DecideAsync("user:cid");
        await NothingHappensAsync();
    }

    [Fact]
    public async Task WhileThePipelineCanNotBeRead()
    {
        _ground.WritePipeline(Ground.Pipeline + "extra: 1\n");
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await NothingHappensAsync();
        Assert.Contains("normal.yaml line 16: 'extra' is not a known key", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhileAFeedIsStale()
    {
        _ground.StaleFeeds = [new("debian-security", "debian-security is 9 days old: fetch it")];
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await NothingHappensAsync();
        Assert.Equal("debian-security is 9 days old: fetch it", _server.Change.Waiting?.Sentence);
    }

    [Fact]
    public async Task AfterARejection()
    {
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob", Vote.Reject);
        await _server.DecideAsync("user:cid");
        await NothingHappensAsync();
        Assert.Equal(ChangeStatus.Rejected, _server.Change.Status);
    }

    [Fact]
    public async Task WhenAnOperatorStartsItWithoutAQuorum()
    {
        await _server.DecideAsync("user:ann");
        var command = await _server.CommandAsync(CommandAction.Start);
        await NothingHappensAsync();
        Assert.StartsWith("refused: ", _server.Inbox.AnswerTo(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnAnAlarmThatTheTargetsAreNotThoseOfTheApprovedPlan()
    {
        var wave = Targets.Parse(new Documents(_server.Database).Get(_server.Change.Targets[0]));
        var wider = Targets.Of([.. wave.Hosts, wave.Hosts[0] with { Host = "web-9" }]).ToBytes();
        await _server.Database.WriteAsync((c, t) => Documents.Put(c, t, "targets", wider, Patches.Start));
        await Rewrite(c => c with { Targets = c.Targets.SetItem(0, Digest.Of(wider)) });
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await _server.RunAsync(c => c.Status == ChangeStatus.Halted);
        Assert.Contains("names other targets for wave 0", _server.Task("web-1").Detail, StringComparison.Ordinal);
        Assert.All(_ground.Fleet.Hosts.Values, host => Assert.DoesNotContain("start", host.Calls));
        Assert.All(_ground.Fleet.Hosts.Values, host => Assert.Empty(host.Tickets));
    }

    private async Task NothingHappensAsync()
    {
        for (var i = 0; i < 10; i++)
        {
            await _server.TickAsync();
            _ground.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.All(_ground.Fleet.Hosts.Values, host =>
        {
            Assert.All(host.Calls, call => Assert.Equal("inventory", call));
            Assert.Empty(host.Tickets);
            Assert.Empty(host.DpkgLog);
        });
    }

    // As somebody who writes to the table without the server's door would.
    private Task Smuggle(Decision decision) => _server.Database.WriteAsync((c, t) =>
    {
        var digest = Documents.Put(c, t, "decision", decision.ToBytes(), Patches.Start);
        Dapper.SqlMapper.Execute(
            c, "INSERT INTO decisions (change_id, subject, digest, at) VALUES (1, @subject, @digest, 'now')", new { subject = decision.Subject, digest = digest.Hex }, t);
    });

    private Task<bool> Rewrite(Func<Change, Change> edit) => _server.Store.SaveAsync(new SaveChange(edit(_server.Change), new Note("test.rewrite", [])), CancellationToken.None);
}
