using PatchFlow.Cli.Watch;
using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>Snapshots as a server would give them.</summary>
internal static class SnapshotMaker
{
    public static readonly DateTimeOffset Now = new(2026, 11, 23, 18, 0, 0, TimeSpan.Zero);

    public static ChangeSummary Change(string id, ChangeState status, string title = "nginx and 3 more on web", string? sentence = null, int wave = -1) => new(
        id, title, "web", ChangeSort.Normal, "normal", status, Now, null, 2, 4, 2, new string('a', 64), wave, 2,
        sentence is null ? null : new WaitingFor("approval", sentence, null, true), Now);

    public static HostTaskView Task(string host, int wave, HostTaskState status, string? detail = null) =>
        new("CHG-1", host, wave, "web-debian-12-amd64-5d1c77e0", status, Now, 1, null, detail, false, null);

    public static RolloutView Rollout(ChangeState status, params HostTaskView[] exceptions) => new(
        "CHG-1", status, 1, Now,
        [
            new(0, "canary", 1, 1, 1, 0, 0, "PT5S", null, 1, WaveState.Passed, new Dictionary<HostTaskState, int>()),
            new(1, "rest", 4, 1, 2, 1, 1, "PT5S", null, 2, WaveState.Running, new Dictionary<HostTaskState, int>()),
        ],
        new Dictionary<HostTaskState, int>(), exceptions, null);

    public static Snapshot Of(IReadOnlyList<ChangeSummary> changes, RolloutView? rollout = null, IReadOnlyList<HostTaskView>? tasks = null, params RunningWork[] runs)
    {
        var feed = new FeedView(
            "debian-security", "file:/feed", "stable-security", ["main"], "amd64", true, "0 0 * * * ?", FeedState.Fresh, Now, Now, null, 0, null,
            new(new string('b', 64), Now, Now, Now.AddDays(7), 63_440, 0));
        var status = new ServerStatus(
            "0.1.0", Now, new(true, []), [feed], new Dictionary<HostStanding, int> { [HostStanding.Enrolled] = 2 }, [],
            new Dictionary<ChangeState, int>(), changes, runs);
        return new(
            Now, status, changes,
            rollout is null ? new Dictionary<string, RolloutView>() : new() { ["CHG-1"] = rollout },
            new Dictionary<string, IReadOnlyList<HostTaskView>> { ["CHG-1"] = tasks ?? [] });
    }

    public static RunningWork SandboxRun(params StageView[] stages) => new(
        "CHG-1", "sandbox", new(1, RunState.Running, new string('a', 64), Now, null, null, [new("web-debian-12-amd64-5d1c77e0", stages, null, null)]));
}
