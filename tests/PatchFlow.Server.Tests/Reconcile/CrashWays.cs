using Dapper;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>A way that a change can go from the board's table on: what its hosts do, what people do who see its state, and where it ends.</summary>
internal abstract class CrashWay
{
    /// <summary>Every way besides the straight one, by name; the first host is the canary.</summary>
    public static SortedDictionary<string, Func<CrashWay>> All { get; } = new(StringComparer.Ordinal)
    {
        ["a rollback after a halted canary"] = () => new RollsBack(isCutOff: false),
        ["a rollback that is cut off"] = () => new RollsBack(isCutOff: true),
        ["a check that fails after the patch"] = () => new Halts(check: 1),
        ["a check that fails after the soak"] = () => new Halts(check: 2),
        ["a failed host that is retried"] = () => new IsRetried(),
        ["an attempt that is lost"] = () => new IsTriedAgain("lost"),
        ["an attempt that is pending"] = () => new IsTriedAgain("pending"),
        ["an attempt that is pending and then lost"] = () => new IsTriedAgain("pending", then: "lost"),
        ["an attempt that is interrupted"] = () => new IsTriedAgain(null, then: "interrupted"),
        ["a rejection"] = () => new NeverStarts(ChangeStatus.Rejected),
        ["an expiry"] = () => new NeverStarts(ChangeStatus.Expired),
        ["an approver who is disabled"] = () => new NeverStarts(ChangeStatus.Expired, isDisabled: true),
    };

    /// <summary>Where the change ends, or stays for good.</summary>
    public abstract ChangeStatus End { get; }

    /// <summary>One host where what follows on others is the straight way.</summary>
    public virtual int Hosts => 2;

    /// <summary>What the hosts will do.</summary>
    public virtual void Prepare(Ground ground)
    {
    }

    /// <summary>What the board and the operators do: they see the state only.</summary>
    public virtual Task SteerAsync(Ground ground, TestServer server) => ApproveAsync(server);

    /// <summary>What befalls the hosts between two ticks.</summary>
    public virtual void Disturb(SimulatedHost canary)
    {
    }

    /// <summary>Whether the change is on this way now: before and after it is on the straight one, which <see cref="CrashMatrixTests"/> walks.</summary>
    public abstract bool IsOn(Ground ground, TestServer server);

    /// <summary>What must hold at the end.</summary>
    public abstract void Check(Ground ground, TestServer server);

    protected static async Task ApproveAsync(TestServer server)
    {
        if (server.Change.Status == ChangeStatus.AwaitingApproval && server.Store.Decisions(1).Length < 2)
        {
            await server.DecideAsync(server.Store.Decisions(1).IsEmpty ? "user:ann" : "user:bob");
        }
    }

    protected static async Task CommandOnceAsync(TestServer server, CommandAction action, string? host = null)
    {
        if (server.Database.Read(c => c.ExecuteScalar<long>("SELECT COUNT(*) FROM commands WHERE answer IS NULL")) == 0)
        {
            await server.CommandAsync(action, host);
        }
    }

    protected static bool HasEnded(Ground ground, TicketKind kind, int attempt) =>
        ground.Fleet.Hosts["web-1"].Tickets.Any(t => t.Id.Kind == kind && t.Id.Attempt == attempt && t.State != "running");

    protected static void Has(SimulatedHost host, TicketKind kind, params int[] attempts) =>
        Assert.Equal(attempts, host.Tickets.Where(t => t.Id.Kind == kind).Select(t => t.Id.Attempt).Order());

    /// <summary>Each planned package was moved exactly once, forward and, where so, back.</summary>
    protected static void Moved(SimulatedHost host, bool isBack = false)
    {
        var forward = Patches.All.Select(p => $"upgrade {p.Name}:{p.Arch} {p.From} {p.To}");
        var back = Patches.All.Select(p => $"upgrade {p.Name}:{p.Arch} {p.To} {p.From}");
        Assert.Equal((isBack ? forward.Concat(back) : forward).Order(), host.DpkgLog.Order());
        Assert.Equal(Patches.All.Select(p => (p.Name, isBack ? p.From : p.To)), host.Packages.Select(p => (p.Key, p.Value)));
        Assert.Empty(host.HalfInstalled);
    }

    protected static void IsUntouched(SimulatedHost host)
    {
        Assert.Empty(host.Calls);
        Assert.Empty(host.Tickets);
        Assert.Empty(host.DpkgLog);
        Assert.Equal(Patches.All.Select(p => (p.Name, p.From)), host.Packages.Select(p => (p.Key, p.Value)));
    }

    private sealed class RollsBack(bool isCutOff) : CrashWay
    {
        private bool _wasCutOff;

        public override ChangeStatus End => ChangeStatus.RolledBack;

        public override void Prepare(Ground ground) => ground.Fleet.Hosts["web-1"].Exits = t => t.Kind == TicketKind.CheckAfter ? 31 : null;

        public override async Task SteerAsync(Ground ground, TestServer server)
        {
            await ApproveAsync(server);
            if (server.Change.Status == ChangeStatus.Halted)
            {
                await CommandOnceAsync(server, CommandAction.Rollback);
            }
        }

        public override bool IsOn(Ground ground, TestServer server) =>
            isCutOff ? HasEnded(ground, TicketKind.Rollback, 1) : HasEnded(ground, TicketKind.CheckAfter, 1);

        public override void Disturb(SimulatedHost canary)
        {
            if (isCutOff && !_wasCutOff && canary.HalfInstalled.Count > 0 && canary.Tickets.Any(t => t is { State: "running", Id.Kind: TicketKind.Rollback }))
            {
                _wasCutOff = true;
                canary.Kill();
            }
        }

        public override void Check(Ground ground, TestServer server)
        {
            var canary = ground.Fleet.Hosts["web-1"];
            Moved(canary, isBack: true);
            Has(canary, TicketKind.Install, 1);
            Has(canary, TicketKind.Rollback, isCutOff ? [1, 2] : [1]);
            Has(canary, TicketKind.CheckRehearsed, 1);
            Assert.Equal((HostTaskStatus.RolledBack, HostTaskStatus.Skipped), (server.Task("web-1").Status, server.Task("web-2").Status));
            IsUntouched(ground.Fleet.Hosts["web-2"]);
        }
    }

    private sealed class Halts(int check) : CrashWay
    {
        public override ChangeStatus End => ChangeStatus.Halted;

        public override void Prepare(Ground ground) =>
            ground.Fleet.Hosts["web-1"].Exits = t => t.Kind == TicketKind.CheckAfter && t.Attempt == check ? 31 : null;

        public override bool IsOn(Ground ground, TestServer server) => HasEnded(ground, TicketKind.CheckAfter, check);

        public override void Check(Ground ground, TestServer server)
        {
            var canary = ground.Fleet.Hosts["web-1"];
            Moved(canary);
            Has(canary, TicketKind.Install, 1);
            Has(canary, TicketKind.CheckAfter, [.. Enumerable.Range(1, check)]);
            Assert.Equal((HostTaskStatus.Failed, HostTaskStatus.Pending), (server.Task("web-1").Status, server.Task("web-2").Status));
            Assert.DoesNotContain(server.Audit(), e => e.Action == "wave.begin" && e.Details.Contains("wave 1 of 2"));
            IsUntouched(ground.Fleet.Hosts["web-2"]);
        }
    }

    private sealed class IsRetried : CrashWay
    {
        private int _steps;

        public override ChangeStatus End => ChangeStatus.Completed;

        // It fails halfway, so that what is mended is half of the packages.
        public override void Prepare(Ground ground) =>
            ground.Fleet.Hosts["web-1"].Exits = t => t is { Kind: TicketKind.Install, Attempt: 1 } && ++_steps == 2 ? 20 : null;

        public override bool IsOn(Ground ground, TestServer server) => HasEnded(ground, TicketKind.Install, 1) && server.Change.Wave == 0 && server.Change.WaveDoneAt is null;

        public override async Task SteerAsync(Ground ground, TestServer server)
        {
            await ApproveAsync(server);
            if (server.Change.Status == ChangeStatus.Halted && server.Task("web-1").Status == HostTaskStatus.Failed)
            {
                await CommandOnceAsync(server, CommandAction.Retry, "web-1");
            }
        }

        public override void Check(Ground ground, TestServer server)
        {
            ground.Fleet.Hosts.Values.ToList().ForEach(h => Moved(h));
            Has(ground.Fleet.Hosts["web-1"], TicketKind.Install, 1, 2);
            Has(ground.Fleet.Hosts["web-2"], TicketKind.Install, 1);
            Assert.Equal((HostTaskStatus.Succeeded, false), (server.Task("web-1").Status, server.Task("web-1").IsError));
        }
    }

    private sealed class IsTriedAgain(string? begins, string? then = null) : CrashWay
    {
        private int _rounds;

        public override ChangeStatus End => ChangeStatus.Completed;

        public override void Prepare(Ground ground) =>
            ground.Fleet.Hosts["web-1"].Begins = t => t is { Kind: TicketKind.Install, Attempt: 1 } ? begins : null;

        public override bool IsOn(Ground ground, TestServer server) =>
            ground.Fleet.Hosts["web-1"].Tickets.Any() && server.Task("web-1").Status is HostTaskStatus.Running or HostTaskStatus.Unknown;

        public override int Hosts => 1;

        // What is pending stays so for some rounds, to be seen; what is interrupted has done half of its work.
        public override void Disturb(SimulatedHost canary)
        {
            if (canary.Tickets.FirstOrDefault(t => t.Id is { Kind: TicketKind.Install, Attempt: 1 }) is not { State: "running" } first)
            {
                return;
            }

            _rounds++;
            first.State = begins == "pending" && _rounds < 4 ? "pending"
                : then == "lost" || (then == "interrupted" && canary.HalfInstalled.Count > 0) ? then
                : first.State;
        }

        public override void Check(Ground ground, TestServer server)
        {
            ground.Fleet.Hosts.Values.ToList().ForEach(h => Moved(h));
            Has(ground.Fleet.Hosts["web-1"], TicketKind.Install, begins == "pending" && then is null ? [1] : [1, 2]);
            Assert.All(server.Store.Tasks(1), t => Assert.Equal(HostTaskStatus.Succeeded, t.Status));
        }
    }

    private sealed class NeverStarts(ChangeStatus end, bool isDisabled = false) : CrashWay
    {
        private bool _waited;

        public override ChangeStatus End => end;

        public override bool IsOn(Ground ground, TestServer server) => true;

        public override async Task SteerAsync(Ground ground, TestServer server)
        {
            var status = server.Change.Status;
            var decisions = server.Store.Decisions(1).Length;
            if (status == ChangeStatus.AwaitingApproval && decisions < (end == ChangeStatus.Expired && !isDisabled ? 1 : 2))
            {
                var vote = end == ChangeStatus.Rejected && decisions == 1 ? Vote.Reject : Vote.Approve;
                await server.DecideAsync(decisions == 0 ? "user:ann" : "user:bob", vote);
            }
            else if (isDisabled && status == ChangeStatus.Approved)
            {
                await server.Database.WriteAsync((c, t) => c.Execute(
                    "INSERT INTO users (id, name, roles, disabled, at) VALUES ('bob', 'Bob', 'approver', 1, 'now') ON CONFLICT (id) DO NOTHING", transaction: t));
            }
            else if (end == ChangeStatus.Expired && status == ChangeStatus.AwaitingApproval && !_waited)
            {
                _waited = true;
                ground.Time.Advance(TimeSpan.FromDays(7) + TimeSpan.FromMinutes(1));
            }
        }

        public override void Check(Ground ground, TestServer server)
        {
            ground.Fleet.Hosts.Values.ToList().ForEach(IsUntouched);
            Assert.All(server.Store.Tasks(1), t => Assert.Equal(HostTaskStatus.Pending, t.Status));
            Assert.DoesNotContain(server.Audit(), e => e.Details.Any(d => d.StartsWith("ticket ", StringComparison.Ordinal)));
        }
    }
}
