using System.Text;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Rollouts;

public sealed partial record Targets
{
    private const string Document = "targets";

    /// <summary>The targets in the order of their lines, which is what <see cref="ProofFor"/> counts by.</summary>
    public static Targets Of(IEnumerable<Target> hosts) => new() { Hosts = [.. hosts.OrderBy(h => h.Line, StringComparer.Ordinal)] };

    /// <summary>The canonical bytes. The hosts must be sorted (<see cref="Of"/>), since proofs count them.</summary>
    /// <exception cref="DocumentException">A value is wrong, or the hosts are unsorted, repeated or none.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document);
        writer.List("host", Hosts, h => h.Words);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The wave's root: RFC 6962, with leaves <c>SHA-256(0x00 ‖ line ‖ LF)</c>.</summary>
    public Digest Root() => Tree().Root;

    /// <summary>The proof for one host. For many hosts keep the <see cref="Tree"/>: this builds it each time.</summary>
    public InclusionProof ProofFor(int index) => Tree().ProofFor(index);

    /// <summary>The tree of the wave: built once in O(n), then O(log n) a proof.</summary>
    public MerkleTree Tree() => new([.. Hosts.Select(h => h.LeafHash())]);

    /// <summary>Whether the wave with this root holds the target.</summary>
    public static bool Verify(Digest root, Target target, InclusionProof proof) => MerkleTree.Verify(root, target.LeafHash(), proof);

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static Targets Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.OpenBare(Document, bytes, DocumentLimits.TargetsBytes);
        var targets = new Targets { Hosts = reader.Set("host", 1, ReadHost) };
        reader.End();
        return targets.Hosts.IsEmpty ? throw reader.Refuse("a wave has at least one host") : targets;
    }

    // A replica's target never comes in a wave: else a plan could name it, and a production host could be told it is one.
    private static Target ReadHost(LineReader line)
    {
        var target = Target.Read(line);
        return target.IsReplica ? throw line.Refuse($"'{Target.Replica}' is reserved for the sandbox and can't be a host of a wave") : target;
    }
}

public sealed partial record Target
{
    /// <summary>The host of a sandbox replica's target; no enrolled host may have this id.</summary>
    public const string Replica = "replica";

    /// <summary>Whether this is the target of a sandbox replica.</summary>
    public bool IsReplica => Host == Replica;

    /// <summary>The leaf as text, without its line feed.</summary>
    public string Line => $"host {Host} {Profile} {Content}";

    internal string[] Words => [Host, Profile, Content.Hex];

    /// <summary>The leaf's hash: <c>SHA-256(0x00 ‖ line ‖ LF)</c>.</summary>
    public Digest LeafHash() => MerkleTree.LeafHash(Encoding.UTF8.GetBytes($"{Line}\n"));

    /// <summary>The bytes of this one leaf, line feed included, as a host gets it.</summary>
    /// <exception cref="DocumentException">A value is wrong.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter("target");
        writer.Line("host", Words);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>Reads one leaf, a replica's too.</summary>
    /// <exception cref="DocumentException">The bytes are anything else than what <see cref="ToBytes"/> writes.</exception>
    public static Target Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.OpenBare("target", bytes, DocumentLimits.LineBytes + 1);
        var target = reader.One("host", Read);
        reader.End();
        return target;
    }

    internal static Target Read(LineReader line) => new(line.Id("a host"), line.Profile(), line.Digest());
}
