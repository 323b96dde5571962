using PatchFlow.Core.Changes;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>An approval that did not count when the rollout started never comes to count in it (ADR 8).</summary>
public sealed class UncountedApprovalTests : IAsyncLifetime
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

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task IsNoneForTheHostsThatAreLeft(bool isGivenBack)
    {
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:cid");
        await DisableAsync("cid", 1);
        await _server.DecideAsync("user:bob");
        await _server.RunAsync(c => c.Status == ChangeStatus.RollingOut && _server.Task("web-1").Status == HostTaskStatus.Succeeded);
        await DisableAsync("cid", isGivenBack ? 0 : 1);

        // One of the two who counted takes it back: the third is still none.
        await _server.DecideAsync("user:ann", Vote.Abstain);
        await _server.RunAsync(c => c.Waiting?.For == "approval");
        for (var i = 0; i < 10; i++)
        {
            await _server.TickAsync();
            _ground.Time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(HostTaskStatus.Pending, _server.Task("web-2").Status);
        Assert.Empty(_ground.Fleet.Hosts["web-2"].Tickets);
        Assert.Contains("1 of 2", _server.Change.Waiting?.Sentence, StringComparison.Ordinal);

        // An approval that somebody gives now is another decision.
        await _server.DecideAsync("user:dot");
        await _server.RunAsync(c => c.Status == ChangeStatus.Completed);
    }

    [Fact]
    public async Task StopsAStartThatWasPlannedBefore()
    {
        var before = _server.Change.Plan;
        _ground.WritePipeline(Ground.Pipeline.Replace("start: by-itself", "start: manual", StringComparison.Ordinal));
        await _server.RunAsync(c => c.Plan != before && c.Waiting?.For == "approval");
        await _server.DecideAsync("user:ann");
        await _server.DecideAsync("user:bob");
        await _server.RunAsync(c => c.Status == ChangeStatus.Approved && c.Waiting?.For == "start");
        await _server.CommandAsync(CommandAction.Start);
        var loaded = _server.Store.Load(1)!;
        var pipeline = PipelineFile.Parse("normal.yaml", new Documents(_server.Database).Get(loaded.Change.Policy!.Value));
        var step = Assert.IsType<SaveChange>(Assert.Single(Planner.Next(loaded.Change, loaded.Facts, pipeline, _ground.Time.GetUtcNow()).Steps));
        Assert.Equal(ChangeStatus.RollingOut, step.Next.Status);

        await DisableAsync("bob", 1);

        Assert.False(await _server.Store.SaveAsync(step, loaded, CancellationToken.None));
        Assert.Equal(ChangeStatus.Approved, _server.Change.Status);
    }

    private Task DisableAsync(string name, int disabled) => _server.Database.WriteAsync((c, t) => Dapper.SqlMapper.Execute(
        c,
        "INSERT INTO users (id, name, roles, disabled, at) VALUES (@name, @name, 'approver', @disabled, 'now') ON CONFLICT (id) DO UPDATE SET disabled = @disabled",
        new { name, disabled },
        t));
}
