using System.Globalization;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>
/// Random schedules by seed: processes that die, effects that fail done or not done, package managers that are killed, tickets that are
/// lost or late, gates and rollbacks that fail, operators who pause, retry, abort and roll back. The invariants hold in all of them.
/// <c>PATCHFLOW_CRASH_SEEDS</c> says how many (<c>./check --campaign crash</c>), <c>PATCHFLOW_CRASH_SEED</c> runs one again. Steps run on
/// the thread pool, so a seed repeats the schedule, and nearly the order of effects.
/// </summary>
public sealed class CrashScheduleTests
{
    private const int Processes = 6;

    [Fact]
    public async Task WhateverTheScheduleTheRolloutEndsAndItsInvariantsHold()
    {
        var only = Environment.GetEnvironmentVariable("PATCHFLOW_CRASH_SEED");
        var count = int.Parse(Environment.GetEnvironmentVariable("PATCHFLOW_CRASH_SEEDS") ?? "20", CultureInfo.InvariantCulture);
        foreach (var seed in only is null ? Enumerable.Range(1, count) : [int.Parse(only, CultureInfo.InvariantCulture)])
        {
            try
            {
                await new Schedule(seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"PATCHFLOW_CRASH_SEED={seed}: {e.Message}", e);
            }
        }
    }

    private sealed class Schedule(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly CommandAction _wish = (CommandAction)(seed % 4) switch { (CommandAction)1 => CommandAction.Pause, (CommandAction)2 => CommandAction.Abort, (CommandAction)3 => CommandAction.Rollback, _ => CommandAction.Resume };
        private int _retries;
        private int _ticks;

        public async Task RunAsync()
        {
            using var ground = new Ground(hosts: 2 + _random.Next(2));
            ground.Fleet.Hosts.Values.ToList().ForEach(Trouble);
            for (var process = 1; process <= Processes; process++)
            {
                var faults = process == Processes ? new Faults() : new Faults(_random.Next(140), (Fault)_random.Next(4));
                await using var server = new TestServer(ground, faults);
                ground.Fleet.Witness = (host, call) => Witness(ground, server, host, call);
                if (await LiveAsync(ground, server))
                {
                    Check(ground, server);
                    return;
                }
            }

            Assert.Fail("the last process died without a fault");
        }

        // Each kind of ticket has its own misfortune on some hosts, and only at its first attempts: a person's retries come to an end.
        private void Trouble(SimulatedHost host)
        {
            var (fails, code) = _random.Next(8) switch
            {
                0 => (TicketKind.Install, 20),
                1 => (TicketKind.Install, 22),
                2 => (TicketKind.CheckAfter, 31),
                3 => (TicketKind.Rollback, 40),
                4 => (TicketKind.CheckRehearsed, 31),
                _ => (TicketKind.Stage, 0),
            };
            var attempt = 1 + _random.Next(2);
            var begins = (string?[])[null, null, "pending", "lost"];
            var begin = begins[_random.Next(begins.Length)];
            host.Exits = t => t.Kind == fails && t.Attempt == attempt ? code : null;
            host.Begins = t => t.Attempt == 1 || begin != "lost" ? begin : null;
        }

        // True where the change came to its end, false where the process died on the way.
        private async Task<bool> LiveAsync(Ground ground, TestServer server)
        {
            if (server.Store.Find(1) is null)
            {
                await server.EnrolAsync();
                await server.Proposer.LookAsync(CancellationToken.None);
            }

            for (; !server.Faults.IsDead; _ticks++)
            {
                Assert.True(_ticks < 1500, $"{server.Change.Status} never ends, it waits for {server.Change.Waiting?.Sentence}; {string.Join("; ", server.Reconciler.Troubles)}");
                if (!await SteerAsync(server))
                {
                    return true;
                }

                var begun = await server.TickAsync();
                ground.Fleet.Work();
                if (_random.Next(25) == 0)
                {
                    ground.Fleet.Hosts.Values.ElementAt(_random.Next(ground.Fleet.Hosts.Count)).Kill();
                }

                ground.Time.Advance(begun > 0 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(20));
            }

            return false;
        }

        // The board and the operators, who see the state only, as people do. False where nothing is left to do.
        private async Task<bool> SteerAsync(TestServer server)
        {
            var change = server.Change;
            var needy = server.Store.Tasks(1).FirstOrDefault(t => t.Status == HostTaskStatus.NeedsAttention)
                ?? server.Store.Tasks(1).FirstOrDefault(t => t.Status == HostTaskStatus.Failed);
            switch (change.Status)
            {
                case ChangeStatus.AwaitingApproval when server.Store.Decisions(1).Length < 2:
                    await server.DecideAsync(server.Store.Decisions(1).IsEmpty ? "user:ann" : "user:bob");
                    break;
                case ChangeStatus.RollingOut when _wish is CommandAction.Pause or CommandAction.Abort && _random.Next(20) == 0:
                    await server.CommandAsync(_wish);
                    break;
                case ChangeStatus.RollingOut when _wish == CommandAction.Rollback && _random.Next(20) == 0:
                    await server.CommandAsync(CommandAction.Pause);
                    break;
                case ChangeStatus.Paused:
                    await server.CommandAsync(_wish == CommandAction.Rollback || _random.Next(4) == 0 ? CommandAction.Rollback : CommandAction.Resume);
                    break;
                case ChangeStatus.RollingOut or ChangeStatus.Halted when needy is not null && _retries < 8 && _random.Next(5) == 0:
                    _retries++;
                    await server.CommandAsync(CommandAction.Retry, needy.Host);
                    break;
                case ChangeStatus.RollingOut when needy is { Status: HostTaskStatus.NeedsAttention } && _retries >= 8:
                    await server.CommandAsync(CommandAction.Abort);
                    break;
                case ChangeStatus.Halted when _retries >= 8:
                    await server.CommandAsync(CommandAction.Rollback);
                    break;
                case ChangeStatus.RolledBackWithExceptions when needy is not null && _retries < 12:
                    _retries++;
                    await server.CommandAsync(CommandAction.Retry, needy.Host);
                    break;
            }

            return change.IsOpen || server.Store.ToPlan().Length > 0;
        }

        private static void Witness(Ground ground, TestServer server, string host, HostCall call)
        {
            if (call.Words[0] != "start")
            {
                return;
            }

            // No ticket before the quorum, and none without its entry.
            var audit = server.Audit();
            Assert.Contains(audit, e => e.Action == "change.approved");
            Assert.Equal(2, audit.Where(e => e.Action == "change.approve").Select(e => e.Actor).Distinct().Count());
            Assert.Contains(audit, e => e.Details.Contains($"ticket {call.Words[1]}"));

            // Attempt n+1 only after n is proven dead.
            var ticket = TicketId.Parse(call.Words[1]);
            Assert.DoesNotContain(
                ground.Fleet.Hosts[host].Tickets, t => t.Id.Kind == ticket.Kind && t.Id.Attempt == ticket.Attempt - 1 && t.State is "running" or "pending");
        }

        private static void Check(Ground ground, TestServer server)
        {
            Assert.False(server.Change.IsOpen);
            foreach (var host in ground.Fleet.Hosts.Values)
            {
                var task = server.Task(host.Id);
                foreach (var patch in Patches.All)
                {
                    // What an install does to a package it does once, however often it was cut off, repeated and retried.
                    var upgrades = host.DpkgLog.Count(line => line == $"upgrade {patch.Name}:{patch.Arch} {patch.From} {patch.To}");
                    Assert.InRange(upgrades, task.Status == HostTaskStatus.Succeeded ? 1 : 0, 1);
                    if (task.Status is HostTaskStatus.Succeeded or HostTaskStatus.RolledBack)
                    {
                        Assert.Equal(task.Status == HostTaskStatus.Succeeded ? patch.To : patch.From, host.Packages[patch.Name]);
                        Assert.Empty(host.HalfInstalled);
                    }
                }

                foreach (var kind in host.Tickets.GroupBy(t => t.Id.Kind))
                {
                    Assert.Equal(Enumerable.Range(1, kind.Count()), kind.Select(t => t.Id.Attempt).Order());
                }

                Assert.DoesNotContain(host.Tickets, t => t.State is "running" or "pending");
            }
        }
    }
}
