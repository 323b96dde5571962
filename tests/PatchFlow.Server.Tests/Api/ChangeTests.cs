using System.Net;
using PatchFlow.Client;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Matching;
using PatchFlow.Server.Tests.Reconcile;

namespace PatchFlow.Server.Tests.Api;

public sealed class ChangeTests
{
    [Fact]
    public void TheWireHasTheWordsOfTheRules()
    {
        Same<ChangeState, ChangeStatus>();
        Same<ChangeSort, ChangeKind>();
        Same<HostTaskState, HostTaskStatus>();
        Same<VoteKind, Vote>();
        Same<CommandKind, CommandAction>();
        Same<RunState, WorkStatus>();
        Same<SandboxVerdict, Verdict>();
        Same<HostStanding, HostState>();
        Same<AdvisorySeverity, Core.Advisories.Severity>();
        Same<ExposurePriority, Core.Patches.PriorityClass>();
        Same<DeadlineStanding, Core.Patches.DeadlineState>();
        Same<ExposureEnd, EndedBy>();
        Assert.Subset(Enum.GetNames<Core.Matching.Answer>().ToHashSet(), Enum.GetNames<ExposureAnswer>().ToHashSet());

        static void Same<TWire, TRule>()
            where TWire : struct, Enum
            where TRule : struct, Enum => Assert.Equal(Enum.GetNames<TRule>().Order(StringComparer.Ordinal), Enum.GetNames<TWire>().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task TheChangeAnswersTheEightQuestions()
    {
        await using var room = await Boardroom.OpenAsync();
        var change = await (await room.AsAsync("bob")).ChangeAsync("CHG-1");
        Assert.Equal(("CHG-1", ChangeState.AwaitingApproval, "web"), (change.Summary.Id, change.Summary.Status, change.Summary.Group));
        Assert.Contains("0 of 2", change.Summary.Waiting!.Sentence, StringComparison.Ordinal);
        Assert.True(change.Summary.Waiting.Person);
        Assert.Equal(Reconcile.Patches.All.Select(p => p.To), change.Upgrades.Select(u => u.To));
        Assert.Equal(["CVE-2026-0001"], change.Cves);
        Assert.Equal(["nginx.service"], change.Restarts);
        Assert.Equal(SandboxVerdict.Pass, Assert.Single(change.Tested!.Profiles).Verdict);
        Assert.Equal([(1, "PT1M"), (1, "PT0S")], change.Plan!.Waves.Select(w => (w.Hosts, w.Soak)));
        Assert.Equal(("change-board", 2, true), (change.Board!.Gate, change.Board.Needed, change.Board.YouMay));
        Assert.Null(change.Rollout);
    }

    [Fact]
    public async Task TheRankOfAChangeIsThatOfItsMostUrgentCveOnItsOwnHosts()
    {
        await using var room = await Boardroom.OpenAsync();
        var host = (await (await room.AsAsync("bob")).ChangeAsync("CHG-1")).Hosts[0];
        Assert.Null((await (await room.AsAsync("bob")).ChangeAsync("CHG-1")).Rank);
        StoredExposure row = new()
        {
            Host = host,
            Package = "nginx",
            Arch = "amd64",
            Vulnerability = "CVE-2026-0001",
            Version = "1.0",
            Answer = "FixAvailable",
            Advisories = "[]",
            Held = 0,
            Standing = "Current",
            Priority = "High",
            Rank = "2",
            Reasons = "[\"the vendor says high\"]",
            Since = "2026-11-23T00:00:00.000Z",
        };
        await new ExposureStore(room.Server.Database).SaveAsync(
            [row, row with { Host = "elsewhere", Rank = "0", Priority = "Kev" }, row with { Vulnerability = "CVE-2026-0002", Rank = "1", Priority = "Critical" }, row with { Package = "a", Rank = "3", Priority = "Low" }],
            TestContext.Current.CancellationToken);
        var rank = (await (await room.AsAsync("bob")).ChangeAsync("CHG-1")).Rank!;
        Assert.Equal((ExposurePriority.High, "CVE-2026-0001", host), (rank.Priority, rank.Vulnerability, rank.Host));
        Assert.Equal(["the vendor says high"], rank.Reasons);
        using var cli = new Cli.CliRun(room.Server.Address);
        await cli.PersonAsync(room.Server, "vera", Role.Viewer);
        Assert.Contains($"high is CVE-2026-0001 on {host}: the vendor says high", (await cli.AsAsync("vera", "show CHG-1")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheDocumentsAreTheBytesThatTheirDigestsName()
    {
        await using var room = await Boardroom.OpenAsync();
        var bob = await room.AsAsync("bob");
        var board = (await bob.ChangeAsync("CHG-1")).Board!;
        var plan = await bob.PlanAsync("CHG-1");
        Assert.Equal(board.Plan, DigestOf(plan));
        Assert.Equal(board.Evidence, DigestOf(await bob.EvidenceAsync("1")));
        Assert.Equal(board.Policy, DigestOf(await bob.PlanPipelineAsync("chg-1")));
        var head = SealedPlan.Parse(System.Text.Encoding.UTF8.GetBytes(plan));
        Assert.Equal(head.Checks.Hex, DigestOf(await bob.PlanChecksAsync("CHG-1")));
        Assert.Equal(head.Contents[0].Content.Hex, DigestOf(await bob.PlanContentAsync("CHG-1", head.Contents[0].Profile)));
        Assert.Contains("host web-", await bob.PlanTargetsAsync("CHG-1", 0), StringComparison.Ordinal);
        var run = Assert.Single((await bob.SandboxRunsAsync("CHG-1")).Items);
        Assert.Equal(run.Profiles[0].Bundle, DigestOf(await bob.BundleAsync("CHG-1", run.Number, run.Profiles[0].Profile)));
        Assert.Equal("{}", (await bob.NotesAsync("CHG-1")).GetRawText());
    }

    [Fact]
    public async Task WhatIsNotThereYetIsSaidSo()
    {
        await using var room = await Boardroom.OpenAsync(untilBoard: false);
        await room.Reconciling.Proposer.LookAsync(default);
        var bob = await room.AsAsync("bob");
        var change = await bob.ChangeAsync("CHG-1");
        Assert.Equal((ChangeState.Proposed, (string?)null), (change.Summary.Status, change.Summary.Plan));
        Assert.Null(change.Board);
        foreach (var ask in new Func<Task>[] { () => bob.PlanAsync("CHG-1"), () => bob.EvidenceAsync("CHG-1"), () => bob.RolloutAsync("CHG-1"), () => bob.NotesAsync("CHG-1") })
        {
            var refused = await Assert.ThrowsAsync<ApiProblemException>(ask);
            Assert.Equal(HttpStatusCode.NotFound, refused.Status);
            Assert.Contains("Proposed", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ApiProblemException>(() => bob.ChangeAsync("CHG-2"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await Assert.ThrowsAsync<ApiProblemException>(() => bob.ChangeAsync("first"))).Status);
    }

    [Fact]
    public async Task ListsFilterByStateHostAndCve()
    {
        await using var room = await Boardroom.OpenAsync();
        var bob = await room.AsAsync("bob");
        Assert.Equal(1, (await bob.ChangesAsync(status: ChangeState.AwaitingApproval, open: true, host: "web-1", cve: "cve-2026-0001")).Total);
        Assert.Equal(0, (await bob.ChangesAsync(status: ChangeState.Proposed)).Total);
        Assert.Equal(0, (await bob.ChangesAsync(open: false)).Total);
        Assert.Equal(0, (await bob.ChangesAsync(host: "db-1")).Total);
        Assert.Equal(0, (await bob.ChangesAsync(cve: "CVE-2026-9999")).Total);
    }

    [Fact]
    public async Task ARolloutIsSeenWaveByWaveToItsEnd()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        await room.DecideAsync("carol");
        await room.Reconciling.RunAsync(c => c.Wave == 0 && c.WaveDoneAt is not null);
        var bob = await room.AsAsync("bob");
        var rollout = await bob.RolloutAsync("CHG-1");
        Assert.Equal([(WaveState.Soaking, 1), (WaveState.Pending, 0)], rollout.Waves.Select(w => (w.State, w.Succeeded)));
        Assert.Equal(["canary", "rest"], rollout.Waves.Select(w => w.Name));
        Assert.NotNull(rollout.Waves[0].SoakUntil);
        await room.Reconciling.RunAsync(c => !c.IsOpen);
        rollout = (await bob.ChangeAsync("CHG-1")).Rollout!;
        Assert.Equal(ChangeState.Completed, rollout.Status);
        Assert.All(rollout.Waves, w => Assert.Equal(WaveState.Passed, w.State));
        Assert.Equal(2, rollout.Hosts[HostTaskState.Succeeded]);
        Assert.Equal(["web-1", "web-2"], (await bob.HostTasksAsync("CHG-1", sort: "host")).Items.Select(t => t.Host));
        Assert.Single((await bob.TasksOfHostAsync("web-2", status: HostTaskState.Succeeded)).Items);
        Assert.Equal(1, (await bob.HostTasksAsync("CHG-1", wave: 1)).Total);
        Assert.StartsWith("== ", await bob.HostLogAsync("CHG-1", "web-1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheTimelineTellsTheChangesStoryAndNoOther()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob");
        await room.DecideAsync("carol");
        await room.Reconciling.RunAsync(c => !c.IsOpen);
        await room.Server.Database.WriteAsync((c, t) => Auditing.AuditLog.Append(c, t, new("system", "test", "change.proposed", "change:10"), room.Ground.Time.GetUtcNow()));
        var bob = await room.AsAsync("bob");
        var (entries, cursor) = (new List<TimelineEntry>(), (string?)null);
        do
        {
            var part = await bob.TimelineAsync("CHG-1", limit: 5, cursor: cursor);
            (entries, cursor) = ([.. entries, .. part.Items], part.Next);
        }
        while (cursor is not null);
        Assert.Equal("change.proposed", entries[0].Action);
        Assert.Contains(entries, e => e is { Action: "change.approve", Actor: "user:bob" });
        Assert.Contains(entries, e => e.Object == "change:1/web-1");
        Assert.DoesNotContain(entries, e => e.Object == "change:10");
        Assert.Equal(entries.Select(e => e.Sequence).Distinct().Order(), entries.Select(e => e.Sequence));
    }

    [Fact]
    public async Task TheStatusShowsWhatWaitsForWhom()
    {
        await using var room = await Boardroom.OpenAsync();
        var status = await (await room.AsAsync("bob")).StatusAsync();
        Assert.Equal(1, status.Changes[ChangeState.AwaitingApproval]);
        Assert.Contains("approval", Assert.Single(status.Open).Waiting!.Sentence, StringComparison.Ordinal);
        Assert.Equal(2, status.Hosts[HostStanding.Enrolled]);
        Assert.Equal("database", status.Health.Parts[0].Name);
    }

    [Fact]
    public async Task WhichHostsLackAFixIsOneQuestion()
    {
        await using var room = await Boardroom.OpenAsync();
        var bob = await room.AsAsync("bob");
        var nginx = (await bob.PatchesAsync(package: "nginx")).Items;
        Assert.Equal([("web-1", "1.0", "1.1"), ("web-2", "1.0", "1.1")], nginx.Select(p => (p.Host, p.From, p.To!)));
        Assert.All(nginx, p => Assert.Equal("CHG-1", p.Change));
        Assert.Equal(Reconcile.Patches.All.Count, (await bob.PatchesAsync(host: "web-1")).Total);
        await KeepNotesAsync(room, """{"nginx":{"from":"1.0","to":"1.1","cves":["CVE-2026-0001"],"entries":[]}}""");
        Assert.Equal(["nginx", "nginx"], (await bob.PatchesAsync(cve: "CVE-2026-0001")).Items.Select(p => p.Package));
        Assert.Equal(0, (await bob.PatchesAsync(cve: "CVE-2026-0002")).Total);
    }

    private static Task KeepNotesAsync(Boardroom room, string notes) => room.Server.Database.WriteAsync((c, t) =>
    {
        var digest = Storage.Documents.Put(c, t, "notes", System.Text.Encoding.UTF8.GetBytes(notes), room.Ground.Time.GetUtcNow());
        Server.Reconcile.Rows.Update(c, t, Server.Reconcile.Rows.FindChange(c, 1)! with { Notes = digest });
    });

    private static string DigestOf(string text) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(text)).Hex;
}
