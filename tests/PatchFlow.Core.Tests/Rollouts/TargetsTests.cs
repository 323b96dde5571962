using System.Text;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Rollouts;

public sealed class TargetsTests
{
    [Theory]
    [InlineData("host kms-1", "host replica", "'replica' is reserved for the sandbox")]
    [InlineData("host kms-1", "host KMS-1", "is not a host")]
    [InlineData("host kms-1", "host kms-3", "must be sorted bytewise")]
    [InlineData("host kms-2 kms", "host kms-1 web", "a second line with 'host kms-1'")]
    [InlineData("host kms-1", "patchflow-targets 1\nhost kms-1", "unknown, out of order or repeated")]
    public void TargetsThatBreakARuleAreRefused(string old, string changed, string reason) => Refusal.Of("targets-wave-1.txt", old, changed, reason);

    [Fact]
    public void AWaveHasAtLeastOneHost() => Refusal.Bytes("targets", [], "at least one host");

    [Fact]
    public void TargetsAreSortedBeforeTheyAreCounted()
    {
        var wave = Targets.Parse(Golden.Bytes("targets-wave-1.txt"));
        var turned = new Targets { Hosts = [.. wave.Hosts.Reverse()] };
        Assert.Throws<DocumentException>(turned.ToBytes);
        Assert.Equal(Golden.Bytes("targets-wave-1.txt"), Targets.Of(turned.Hosts).ToBytes());
    }

    [Fact]
    public void AProofHoldsForItsTargetInItsWaveOnly()
    {
        var wave = Targets.Parse(Golden.Bytes("targets-wave-1.txt"));
        var other = Targets.Parse(Golden.Bytes("targets-wave-0.txt"));
        Assert.True(Targets.Verify(wave.Root(), wave.Hosts[2], wave.ProofFor(2)));
        Assert.False(Targets.Verify(wave.Root(), wave.Hosts[1], wave.ProofFor(2)));
        Assert.False(Targets.Verify(wave.Root(), wave.Hosts[2] with { Host = "web-9" }, wave.ProofFor(2)));
        Assert.False(Targets.Verify(other.Root(), wave.Hosts[2], wave.ProofFor(2)));
    }

    [Fact]
    public void ALeafIsItsLineWithTheLineFeed()
    {
        var target = Targets.Parse(Golden.Bytes("targets-wave-0.txt")).Hosts[0];
        Assert.Equal(Golden.Bytes("targets-wave-0.txt"), target.ToBytes());
        Assert.Equal(MerkleTree.LeafHash(Encoding.UTF8.GetBytes(target.Line + "\n")), target.LeafHash());
        Assert.Equal(target, Target.Parse(target.ToBytes()));
        Assert.Throws<DocumentException>((target with { Host = "a b" }).ToBytes);
    }
}
