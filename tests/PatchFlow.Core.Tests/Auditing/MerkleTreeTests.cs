using System.Security.Cryptography;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Auditing;

public sealed class MerkleTreeTests
{
    private static readonly byte[][] KnownLeaves =
    [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
    ];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void RootsAreThoseOfCertificateTransparencysOwnTestTree(int leaves, string root) =>
        Assert.Equal(root, new MerkleTree([.. KnownLeaves.Take(leaves).Select(leaf => MerkleTree.LeafHash(leaf))]).Root.Hex);

    [Fact]
    public void EveryTreeHasTheRootThatTheRfcDefinesAndProofsThatHold()
    {
        for (var count = 1; count <= 40; count++)
        {
            var leaves = Leaves(count);
            var tree = new MerkleTree([.. leaves]);
            Assert.Equal(ByDefinition(leaves), tree.Root);
            for (var i = 0; i < count; i++)
            {
                var proof = tree.ProofFor(i);
                Assert.True(MerkleTree.Verify(tree.Root, leaves[i], proof));
                Assert.False(MerkleTree.Verify(tree.Root, leaves[(i + 1) % count], proof) && count > 1);
            }
        }
    }

    [Fact]
    public void AProofOfAnotherIndexCountSideOrLengthDoesNotHold()
    {
        var leaves = Leaves(11);
        var tree = new MerkleTree([.. leaves]);
        var proof = tree.ProofFor(6);
        var path = proof.Path;
        Assert.True(MerkleTree.Verify(tree.Root, leaves[6], proof));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Index = 7 }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Index = -1 }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Index = 11 }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Count = 7 }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Count = 0 }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Path = path[..^1] }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Path = path.Add(path[0]) }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Path = path.SetItem(0, path[0] with { IsLeft = !path[0].IsLeft }) }));
        Assert.False(MerkleTree.Verify(tree.Root, leaves[6], proof with { Path = path.SetItem(1, path[1] with { Hash = leaves[0] }) }));
    }

    [Fact]
    public void AnIndexOutsideTheTreeIsProvenByNothing()
    {
        var leaf = Leaves(1)[0];
        Assert.True(MerkleTree.Verify(leaf, leaf, new(0, 1, [])));
        Assert.False(MerkleTree.Verify(leaf, leaf, new(1, 1, [])));
        Assert.False(MerkleTree.Verify(leaf, leaf, new(0, 0, [])));
    }

    [Fact]
    public void AnInnerNodeIsNoLeaf()
    {
        var leaves = Leaves(2);
        byte[] inner = [1, .. leaves[0].ToBytes(), .. leaves[1].ToBytes()];
        Assert.NotEqual(MerkleTree.LeafHash(inner), new MerkleTree([.. leaves]).Root);
        Assert.Equal(Digest.Of(inner), new MerkleTree([.. leaves]).Root);
    }

    [Fact]
    public void AProofAmongAHundredThousandLeavesHasSeventeenSteps()
    {
        var leaves = Leaves(100_000);
        var tree = new MerkleTree([.. leaves]);
        var proof = tree.ProofFor(12_345);
        Assert.Equal(17, proof.Path.Length);
        Assert.True(MerkleTree.Verify(tree.Root, leaves[12_345], proof));
    }

    [Fact]
    public void AnIndexOutsideTheTreeIsABug()
    {
        var tree = new MerkleTree([.. Leaves(3)]);
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.ProofFor(3));
        Assert.Throws<ArgumentOutOfRangeException>(() => tree.ProofFor(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MerkleTree([]).ProofFor(0));
    }

    private static Digest[] Leaves(int count) => [.. Enumerable.Range(0, count).Select(i => MerkleTree.LeafHash(BitConverter.GetBytes(i)))];

    // RFC 6962, section 2.1, word for word: split at the largest power of two smaller than n.
    private static Digest ByDefinition(ReadOnlySpan<Digest> leaves)
    {
        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        var split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        byte[] node = [1, .. ByDefinition(leaves[..split]).ToBytes(), .. ByDefinition(leaves[split..]).ToBytes()];
        return Digest.FromBytes(SHA256.HashData(node));
    }
}
