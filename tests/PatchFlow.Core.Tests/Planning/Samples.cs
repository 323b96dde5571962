using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;

namespace PatchFlow.Core.Tests.Planning;

/// <summary>A pipeline, a change and a plan to test with. Hosts web-1… share a profile, but every third is of another.</summary>
internal static class Samples
{
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    public static readonly byte[] Check = "patchflow-check 1\nname http-page\nkind tcp\ntimeout PT10S\naddress 127.0.0.1\nport 80\n"u8.ToArray();
    private static readonly PlanSnapshot Snapshot = new("debian-security", Start, Digest.Of("index"u8));

    public static Pipeline Pipeline { get; } = new()
    {
        Name = "normal",
        Kind = ChangeKind.Normal,
        Gate = "change-board",
        Approvals = 2,
        DecisionLifetime = TimeSpan.FromDays(3),
        PlanLifetime = TimeSpan.FromDays(14),
        StartsByItself = true,
        Waves = [new("canary", 1, null, 0, TimeSpan.FromMinutes(10), 1), new("rest", null, 100, 1, TimeSpan.FromMinutes(5), 2)],
        Checks = [new("http-page", ["web"], true, true)],
        InstallAttempts = 3,
        InconclusiveRuns = 3,
        AllowIrreversible = false,
    };

    public static Digest PolicyOf(Pipeline pipeline) => Digest.Of(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{pipeline.Name} {pipeline.Approvals} {pipeline.StartsByItself} {pipeline.Waves.Length}")));

    public static Change Change(int hosts) => new()
    {
        Id = 42,
        Status = ChangeStatus.Proposed,
        Since = Start,
        Title = "nginx on web",
        Group = "web",
        Kind = ChangeKind.Normal,
        Pipeline = "normal",
        ProposedBy = "system",
        TriggeredBy = "user:tim",
        ProposedAt = Start,
        Hosts = [.. Enumerable.Range(1, hosts).Select(Host)],
    };

    public static Decision Decision(Change change, string subject, Vote vote, DateTimeOffset now) => new()
    {
        Change = change.Id,
        Plan = change.Plan ?? default,
        Evidence = change.Evidence ?? default,
        Policy = change.Policy ?? default,
        Subject = subject,
        Gate = "change-board",
        Vote = vote,
        At = now,
        Expires = now + TimeSpan.FromDays(3),
        Nonce = new string('0', 32),
        Reason = vote == Vote.Reject ? "not today" : null,
    };

    public static SealInput Seal(Change change, Pipeline pipeline, int hosts, long sequence, DateTimeOffset now) => new()
    {
        Change = change,
        Sequence = sequence,
        Pipeline = pipeline,
        Policy = PolicyOf(pipeline),
        Profiles = [.. Enumerable.Range(1, hosts).GroupBy(n => n % 3 == 0).Select(g => new SealProfile(Content(g.Key ? "1.1" : "1.0"), [.. g.Select(Host)]))],
        Snapshots = [Snapshot],
        CheckFiles = ImmutableDictionary<string, byte[]>.Empty.Add("http-page", Check),
        Now = now,
    };

    public static ContentPart Content(string from) => new()
    {
        Profile = $"web-debian-12-amd64-{Digest.Of(Encoding.UTF8.GetBytes(from)).Hex[..8]}",
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Indices = [Snapshot],
        Upgrades = [new("nginx", "amd64", from, "1.2")],
        Files = [new("nginx", "amd64", from, 10, Digest.Of(Encoding.UTF8.GetBytes(from))), new("nginx", "amd64", "1.2", 11, Digest.Of("new"u8))],
        Restarts = ["nginx.service"],
    };

    private static string Host(int number) => $"web-{number}";
}
