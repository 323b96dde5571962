using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Tests.Sandbox;

internal static class SandboxSamples
{
    public static readonly Digest Plan = Digest.Of("plan"u8);

    public static Inventory Host(params InstalledPackage[] packages) => new()
    {
        Host = "web-1",
        OsId = "debian",
        OsRelease = "12",
        Arch = "amd64",
        Kernel = "6.1.0-44-amd64",
        BootId = "00000000-0000-4000-8000-000000000000",
        InitStart = 1,
        Epoch = 0,
        Sequence = 0,
        RebootNeeded = false,
        Packages = [.. packages],
    };

    public static InstalledPackage Package(string name, string version, string arch = "amd64") => new(name, arch, version);

    public static PresentPackage Present(string name, string version, bool essential = false, string arch = "amd64") => new(name, arch, version, essential);

    public static TicketEnd End(TicketState state, int? exit, string log = "") =>
        new(TicketId.Of(Plan, TicketKind.Install, "replica", 1), state, exit, Encoding.UTF8.GetBytes(log));

    public static Bundle Bundle { get; } = new()
    {
        Profile = "web-debian-12-amd64-5d1c77e0",
        Plan = Plan,
        Run = 7,
        Image = "sha256:00",
        Base = "sha256:01",
        Fidelity = ["network: none", "kernel: another"],
        Stages =
        [
            new BundleStage("replica", "pass", new DateTimeOffset(2026, 11, 23, 18, 0, 1, 250, TimeSpan.Zero), 3.2, null, null, "kept image"),
            new BundleStage("patch", "fail", new DateTimeOffset(2026, 11, 23, 18, 0, 5, TimeSpan.Zero), 21, "aabbccddeeff.install.replica.a1", 20, "apt-get ended with 100"),
            new BundleStage("after", "pending", null, 0, null, null, "-"),
        ],
        Findings = ["new: listening tcp 0100007F 8080"],
        Verdict = Verdict.Fail,
        Summary = "the patch: apt-get ended with 100",
        Logs = [new BundleLog("replica", 0, ReadOnlyMemory<byte>.Empty), new BundleLog("patch", 0, "E: broken\n"u8.ToArray())],
    };
}
