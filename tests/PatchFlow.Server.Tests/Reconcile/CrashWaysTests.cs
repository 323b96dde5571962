using PatchFlow.Core.Changes;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>
/// The crash matrix on every way that is not the straight one: rollback, halt, retry, attempts that die, changes that never start. A way is
/// walked at each of its own effects, with an effect that is not done and one that is done and reported as failed; what comes before and
/// after is the straight way, which <see cref="CrashMatrixTests"/> walks. <c>./check --campaign crash</c> (<c>PATCHFLOW_CRASH_SEEDS</c>)
/// walks at all effects, and with processes that die.
/// </summary>
public sealed class CrashWaysTests
{
    private static readonly Lazy<Task<(byte[] Database, TimeSpan Age)>>[] AtTheBoard = [.. Enumerable.Range(1, 2).Select(hosts => new Lazy<Task<(byte[] Database, TimeSpan Age)>>(() => PrepareAsync(hosts)))];
    private static readonly bool IsCampaign = Environment.GetEnvironmentVariable("PATCHFLOW_CRASH_SEEDS") is not null;
    private static readonly Fault[] Always = [Fault.NotDone, Fault.DoneButReportedAsFailed];

    public static TheoryData<string, Fault> Cells
    {
        get
        {
            var cells = new TheoryData<string, Fault>();
            foreach (var way in CrashWay.All.Keys)
            {
                (IsCampaign ? Enum.GetValues<Fault>() : Always).ToList().ForEach(fault => cells.Add(way, fault));
            }

            return cells;
        }
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task WhateverGoesWrongAtAnyEffectTheWayEndsAsItShould(string way, Fault fault)
    {
        var (effects, own) = await WalkAsync(way, new Faults());
        Assert.InRange(own.To - own.From, 2, 100);
        for (var at = IsCampaign ? 0 : own.From; at < (IsCampaign ? effects.Count : own.To); at++)
        {
            try
            {
                await WalkAsync(way, new Faults(at, fault));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{way}: {fault} at effect {at}, {effects[at]}: {e.Message}", e);
            }
        }
    }

    private static async Task<(IReadOnlyList<string> Effects, Stretch Own)> WalkAsync(string name, Faults faults)
    {
        var way = CrashWay.All[name]();
        var (database, age) = await AtTheBoard[way.Hosts - 1].Value;
        using var ground = new Ground(way.Hosts);
        await File.WriteAllBytesAsync(ground.DatabasePath, database);
        ground.Time.Advance(age);
        way.Prepare(ground);
        var (first, own) = (faults, new Stretch());
        for (var process = 1; ; process++)
        {
            Assert.InRange(process, 1, 2);
            await using var server = new TestServer(ground, faults);
            ground.Fleet.Witness = (host, call) => CrashInvariants.Witness(ground, server, host, call);
            if (await LiveAsync(way, ground, server, own))
            {
                ground.Fleet.Hosts.Values.ToList().ForEach(CrashInvariants.TicketsAreInOrder);
                CrashInvariants.AuditVerifies(server);
                way.Check(ground, server);
                return (first.Effects, own);
            }

            faults = new Faults();
        }
    }

    // True where the change came to the way's end and nothing more happened in a while, false where the process died.
    private static async Task<bool> LiveAsync(CrashWay way, Ground ground, TestServer server, Stretch own)
    {
        for (var (tick, quiet) = (0, 0); !server.Faults.IsDead; tick++)
        {
            Assert.True(tick < 400, $"{server.Change.Status} never ends, it waits for {server.Change.Waiting?.Sentence}; {string.Join("; ", server.Reconciler.Troubles)}");
            await way.SteerAsync(ground, server);
            var before = server.Faults.Effects.Count;
            var begun = await server.TickAsync();
            own.Note(way.IsOn(ground, server), before, server.Faults.Effects.Count);
            ground.Fleet.Work();
            way.Disturb(ground.Fleet.Hosts["web-1"]);
            var isQuiet = begun == 0 && server.Change.Status == way.End && server.Reconciler.Troubles.IsEmpty && server.Store.Tasks(1).All(t => t.NotBefore is null);
            quiet = isQuiet ? quiet + 1 : 0;
            if (quiet == 2 && !server.Faults.IsDead)
            {
                return true;
            }

            ground.Time.Advance(begun > 0 ? TimeSpan.FromMilliseconds(100) : TimeSpan.FromSeconds(20));
        }

        return false;
    }

    // The effects of a way that are not the straight one's.
    private sealed class Stretch
    {
        public int From { get; private set; } = -1;

        public int To { get; private set; }

        public void Note(bool isOn, int before, int after)
        {
            if (isOn)
            {
                (From, To) = (From < 0 ? before : From, after);
            }
        }
    }

    private static async Task<(byte[] Database, TimeSpan Age)> PrepareAsync(int hosts)
    {
        using var ground = new Ground(hosts);
        await using (var server = new TestServer(ground))
        {
            await server.ProposeAndWaitForBoardAsync();
            Assert.Equal(ChangeStatus.AwaitingApproval, server.Change.Status);
        }

        Assert.False(File.Exists(ground.DatabasePath + "-wal"), "the database was not closed: its file alone is not all of it");
        return (await File.ReadAllBytesAsync(ground.DatabasePath), ground.Time.GetUtcNow() - Patches.Start);
    }
}
