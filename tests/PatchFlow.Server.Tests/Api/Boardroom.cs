using Dapper;
using Microsoft.Extensions.DependencyInjection;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Storage;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Api;

/// <summary>The API beside a reconciler with a simulated fleet, both on one database: a change waits for the board.</summary>
internal sealed class Boardroom : IAsyncDisposable
{
    private readonly Dictionary<string, IPatchFlowApi> _clients = new(StringComparer.Ordinal);

    private Boardroom(Ground ground, TestServer reconciling, ApiServer server) => (Ground, Reconciling, Server) = (ground, reconciling, server);

    public Ground Ground { get; }

    public TestServer Reconciling { get; }

    public ApiServer Server { get; }

    public static async Task<Boardroom> OpenAsync(Action<Ground>? prepare = null, bool untilBoard = true)
    {
        var ground = new Ground();
        prepare?.Invoke(ground);
        var reconciling = new TestServer(ground);
        var server = await ApiServer.StartAsync(services =>
        {
            services.AddSingleton<TimeProvider>(ground.Time);
            services.AddSingleton(reconciling.Database);
            services.AddSingleton(ground.Pipelines);
            services.AddSingleton(reconciling.Store);
            services.AddSingleton(reconciling.Inbox);
            services.AddSingleton(Sources(ground));
        });
        if (untilBoard)
        {
            await reconciling.ProposeAndWaitForBoardAsync();
        }
        else
        {
            await reconciling.EnrolAsync();
        }

        return new(ground, reconciling, server);
    }

    /// <summary>A client as that person.</summary>
    public async Task<IPatchFlowApi> AsAsync(string user, params Role[] roles)
    {
        if (!_clients.TryGetValue(user, out var client))
        {
            _clients[user] = client = await Server.ClientAsync(user, roles.Length == 0 ? [Role.Approver] : roles);
        }

        return client;
    }

    /// <summary>What the person sees now, as a decision on exactly that.</summary>
    public async Task<DecisionRequest> SeenAsync(string user, VoteKind vote = VoteKind.Approve, string? reason = null)
    {
        var board = (await (await AsAsync(user)).ChangeAsync("CHG-1")).Board!;
        return new(vote, board.Plan, board.Evidence, board.Policy, reason);
    }

    public async Task<DecisionRecorded> DecideAsync(string user, VoteKind vote = VoteKind.Approve, string? reason = null) =>
        await (await AsAsync(user)).DecideAsync("CHG-1", await SeenAsync(user, vote, reason));

    /// <summary>What a refused decision says; fails where it is recorded.</summary>
    public async Task<ApiProblemException> RefusedAsync(string user, DecisionRequest request)
    {
        var client = await AsAsync(user);
        var before = Count("decisions");
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => client.DecideAsync("CHG-1", request));
        Assert.Equal(before, Count("decisions"));
        return refused;
    }

    public long Count(string table) => Server.Database.Read(c => c.ExecuteScalar<long>($"SELECT COUNT(*) FROM {table}"));

    /// <summary>Changes the row behind the reconciler's back.</summary>
    public Task RewriteAsync(Func<Change, Change> rewrite) =>
        Server.Database.WriteAsync((c, t) => Assert.True(Rows.Update(c, t, rewrite(Rows.FindChange(c, 1)!))));

    private static ReconcileSources Sources(Ground ground) => new()
    {
        Channel = host => throw new InvalidOperationException($"the API reaches {host} by no ticket"),
        Drop = _ => ValueTask.CompletedTask,
        File = _ => null,
        Feeds = () => ground.Feeds,
        StaleFeeds = _ => ground.StaleFeeds,
        Resolve = (_, _, _) => throw new InvalidOperationException("the API resolves nothing"),
        Sandbox = (_, _, _) => throw new InvalidOperationException("the API tests nothing"),
    };

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Reconciling.DisposeAsync();
        Ground.Dispose();
    }
}
