using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Hosts;

public sealed class StartInputTests
{
    private static readonly PlanParts Parts = new(Golden.Bytes("plan.txt"), Golden.Bytes("content-kms.txt"), Golden.Bytes("checks.txt"));
    private static readonly Digest Plan = Digest.Of(Parts.Head.Span);

    [Theory]
    [InlineData("ticket 01bf2d21334d", "ticket 01bf2d21334e", "the ticket is of another plan than the head")]
    [InlineData("install.kms-2.a1", "install.kms-1.a1", "the ticket is of another host than the target")]
    [InlineData("install.kms-2.a1", "remove.kms-2.a1", "a ticket")]
    [InlineData("wave 1\nleaf", "wave 0\nleaf", "the wave has another number of hosts")]
    [InlineData("wave 1\nleaf", "wave 2\nleaf", "the head has no such wave")]
    [InlineData("leaf 1 3", "leaf 0 3", "the path does not lead from the target to the wave's root")]
    [InlineData("leaf 1 3", "leaf 1 4", "the wave has another number of hosts")]
    [InlineData("path L a0c2", "path R a0c2", "the path does not lead from the target to the wave's root")]
    [InlineData("path L a0c2", "path L a0c3", "the path does not lead from the target to the wave's root")]
    [InlineData("part head 963", "part head 962", "line 25: the line is empty")]
    [InlineData("part head 963", "part head 964", "should begin with 'part'")]
    [InlineData("part head 963", "part head 65537", "a length in bytes")]
    [InlineData("part head 963", "part decision 963", "'decision' is not head")]
    [InlineData("part target 105", "part target 106", "106 bytes are announced, 105 follow")]
    [InlineData("part target 105", "part target 104", "line 49: the line is empty")]
    [InlineData("upgrade libssl3 amd64 3.0.20-1~deb12u2 3.0.22-1~deb12u2", "upgrade libssl3 amd64 3.0.20-1~deb12u2 3.0.22-1~deb12u3", "no 'file' line")]
    [InlineData("restart ssh.service", "restart ssh.servicf", "the content is not the one that the target names")]
    [InlineData("must production", "must productiom", "'productiom' is not production|sandbox")]
    [InlineData("check kms-debian-12-amd64-a94b02f3 pkcs11-sign", "check kms-debian-12-amd64-a94b02f3 pkcs12-sign", "names other checks")]
    [InlineData("host kms-2 kms-debian-12-amd64-a94b02f3", "host kms-2 kms-debian-12-amd64-a94b02f4", "the content is of another profile than the target")]
    public void AStartInputWhosePartsDoNotBelongTogetherIsRefused(string old, string changed, string reason) =>
        Refusal.Of("start-kms-2.txt", old, changed, reason);

    [Fact]
    public void ADecisionPartIsRefusedForNow()
    {
        var decision = Golden.Text("decision.txt");
        Refusal.Of("start-kms-2.txt", "part target", $"part decision {decision.Length}\n{decision}part target", "'decision' is not target");
    }

    [Fact]
    public void AReplicaNeedsNoPath()
    {
        var start = StartInput.ForReplica(TicketId.Of(Plan, TicketKind.CheckBefore, Target.Replica, 1), 3, Parts);
        var text = System.Text.Encoding.UTF8.GetString(start.ToBytes());
        Assert.Contains("\nwave 0\nleaf 0 1\npart head 963\n", text, StringComparison.Ordinal);
        Assert.EndsWith(
            "\nhost replica kms-debian-12-amd64-a94b02f3 e9fbb2d9a458b7a9da4f5f729ccc7e792bed7e655cf79d2faf130f85fa433ded\n",
            text,
            StringComparison.Ordinal);
        Rewriting.Same(start.ToBytes(), StartInput.Parse(start.ToBytes()).ToBytes());
    }

    [Fact]
    public void AReplicaBelongsToNoWave()
    {
        var start = StartInput.ForReplica(TicketId.Of(Plan, TicketKind.Install, Target.Replica, 1), 3, Parts);
        Assert.Throws<DocumentException>((start with { Wave = 1 }).ToBytes);
        Assert.Throws<DocumentException>((start with { Proof = new(0, 2, [new(false, Plan)]) }).ToBytes);
        Assert.Throws<DocumentException>((start with { Proof = new(0, 1, [new(false, Plan)]) }).ToBytes);
    }

    [Fact]
    public void AReplicaTicketOrTargetDoesNotServeAHost()
    {
        var wave = Targets.Parse(Golden.Bytes("targets-wave-1.txt"));
        var ticket = TicketId.Of(Plan, TicketKind.Install, "kms-2", 1);
        var replica = new Target(Target.Replica, wave.Hosts[1].Profile, wave.Hosts[1].Content);
        Assert.Throws<DocumentException>(StartInput.ForHost(ticket with { Host = Target.Replica }, 3, Parts, 1, wave.Hosts[1], wave.ProofFor(1)).ToBytes);
        Assert.Throws<DocumentException>(StartInput.ForHost(ticket, 3, Parts, 1, replica, wave.ProofFor(1)).ToBytes);
        Assert.Throws<DocumentException>(StartInput.ForHost(ticket, 3, Parts, 0, wave.Hosts[1], new InclusionProof(0, 1, [])).ToBytes);
    }

    [Fact]
    public void AContentThatTheHeadNamesForAnotherProfileIsRefused()
    {
        var plan = SealedPlan.Parse(Parts.Head.Span);
        var without = plan with { Contents = [plan.Contents[1]] };
        var parts = Parts with { Head = without.ToBytes() };
        var start = StartInput.ForReplica(TicketId.Of(without.ComputeDigest(), TicketKind.Install, Target.Replica, 1), 3, parts);
        Assert.Contains("names no such content", Assert.Throws<DocumentException>(start.ToBytes).Message, StringComparison.Ordinal);
    }
}
