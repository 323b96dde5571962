using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

public sealed partial record ChecksPart
{
    private const string Document = "patchflow-checks";

    /// <summary>The canonical bytes; the checks are sorted here.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Set("check", Checks, c =>
            [c.Profile, c.Name, c.Digest.Hex, c.Must ? "must" : "should", c.Production ? "production" : "sandbox"]);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest by which a head names this part.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes. No check at all is a valid part; whether it is allowed, policy says.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static ChecksPart Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.ChecksBytes);
        var part = new ChecksPart { Checks = reader.Set("check", 2, ReadCheck) };
        reader.End();
        return part;
    }

    private static PlannedCheck ReadCheck(LineReader line) => new(
        line.Profile(),
        line.Id("a check's name"),
        line.Digest(),
        line.OneOf("must", "should") == 0,
        line.OneOf("production", "sandbox") == 0);
}
