using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>
/// A whole rollout, once for every effect that it has: there the process dies, before or after the effect, or the effect fails, done or
/// not. A process that died is followed by a new one on the same database and the same hosts. Each time the rollout must complete.
/// </summary>
public sealed class CrashMatrixTests
{
    [Theory]
    [InlineData(Fault.DiesBefore)]
    [InlineData(Fault.DiesAfter)]
    [InlineData(Fault.NotDone)]
    [InlineData(Fault.DoneButReportedAsFailed)]
    public async Task WhateverGoesWrongAtAnyEffectTheRolloutCompletes(Fault fault)
    {
        var effects = await RolloutAsync(new Faults());
        Assert.InRange(effects.Count, 60, 400);
        for (var at = 0; at < effects.Count; at++)
        {
            try
            {
                await RolloutAsync(new Faults(at, fault));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{fault} at effect {at}, {effects[at]}: {e.Message}", e);
            }
        }
    }

    [Fact]
    public async Task TheMatrixHasEveryKindOfEffect()
    {
        var effects = await RolloutAsync(new Faults());
        string[] kinds = ["write", "web-1 inventory", "web-1 staged", "web-1 stage", "web-1 start", "web-1 status", "web-1 complete"];
        Assert.All(kinds, kind => Assert.Contains(kind, effects));
    }

    private static async Task<IReadOnlyList<string>> RolloutAsync(Faults faults)
    {
        using var ground = new Ground();
        var first = faults;
        for (var process = 1; ; process++)
        {
            Assert.InRange(process, 1, 3);
            await using var server = new TestServer(ground, faults);
            ground.Fleet.Witness = (host, call) => CrashInvariants.Witness(ground, server, host, call);
            if (await LiveAsync(server))
            {
                Check(ground, server);
                return first.Effects;
            }

            faults = new Faults();
        }
    }

    // True where the change came to its end, false where the process died on the way.
    private static async Task<bool> LiveAsync(TestServer server)
    {
        if (server.Store.Find(1) is null)
        {
            await server.EnrolAsync();
            await server.Proposer.LookAsync(CancellationToken.None);
        }

        await server.RunAsync(c => c.Waiting?.For == "approval" || c.Status > ChangeStatus.AwaitingApproval || !c.IsOpen);
        if (server.Faults.IsDead)
        {
            return false;
        }

        if (server.Change.Status == ChangeStatus.AwaitingApproval && server.Store.Decisions(1).IsEmpty)
        {
            await server.DecideAsync("user:ann");
            await server.DecideAsync("user:bob");
        }

        await server.RunAsync(c => !c.IsOpen);
        return !server.Faults.IsDead;
    }

    private static void Check(Ground ground, TestServer server)
    {
        Assert.Equal(ChangeStatus.Completed, server.Change.Status);
        foreach (var host in ground.Fleet.Hosts.Values)
        {
            Assert.Equal(Patches.All.Select(p => (p.Name, p.To)), host.Packages.Select(p => (p.Key, p.Value)));
            Assert.Equal(Patches.All.Select(p => $"upgrade {p.Name}:{p.Arch} {p.From} {p.To}").Order(), host.DpkgLog.Order());
            Assert.Equal(["done"], host.Tickets.Where(t => t.Id.Kind == TicketKind.Install).Select(t => t.State));
            CrashInvariants.TicketsAreInOrder(host);
            Assert.Equal((HostTaskStatus.Succeeded, 1), (server.Task(host.Id).Status, server.Task(host.Id).InstallAttempt));
        }

        CrashInvariants.AuditVerifies(server);
    }
}
