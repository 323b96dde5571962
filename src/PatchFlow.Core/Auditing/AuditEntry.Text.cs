using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Auditing;

public sealed partial record AuditEntry
{
    private const string Document = "patchflow-entry";

    /// <summary>The canonical bytes: what the log keeps. Foreign names in object or origin are percent-encoded by the caller.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken; programs' messages go through <see cref="FreeText.From"/>.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("sequence", DocumentWriter.Text(Sequence));
        writer.Line("at", writer.Milliseconds(At));
        writer.Line("actor", Actor);
        writer.Line("origin", Origin);
        writer.Line("action", Action);
        writer.Line("object", Object);
        if (Digest is { } digest)
        {
            writer.Line("digest", digest.Hex);
        }

        foreach (var detail in Details)
        {
            writer.Free("detail", detail);
        }

        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest of the canonical bytes.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Documents.Digest.Of(ToBytes());

    /// <summary>The entry's leaf in the log's Merkle tree: <c>SHA-256(0x00 ‖ bytes)</c>.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest LeafHash() => MerkleTree.LeafHash(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static AuditEntry Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.EntryBytes);
        var entry = new AuditEntry
        {
            Sequence = reader.One("sequence", l => l.Number("a sequence", 1)),
            At = reader.One("at", l => l.Milliseconds()),
            Actor = reader.One("actor", l => l.Subject()),
            Origin = reader.One("origin", l => l.Word("an origin")),
            Action = reader.One("action", l => l.Word("an action")),
            Object = reader.One("object", l => l.Word("an object")),
            Digest = reader.IsNext("digest") ? reader.One("digest", l => l.Digest()) : null,
            Details = reader.List("detail", l => l.Text()),
        };
        reader.End();
        return entry;
    }
}
