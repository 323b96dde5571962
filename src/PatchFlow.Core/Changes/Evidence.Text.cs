using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

public sealed partial record Evidence
{
    private const string Document = "patchflow-evidence";
    private static readonly string[] Verdicts = ["pass", "fail", "inconclusive"];

    /// <summary>The canonical bytes; the runs are sorted here.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("plan", Plan.Hex);
        writer.Set("run", Runs, r => [r.Profile, Verdicts[(int)r.Verdict], r.Bundle.Hex]);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest that decisions name.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static Evidence Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.EvidenceBytes);
        var evidence = new Evidence
        {
            Plan = reader.One("plan", l => l.Digest()),
            Runs = reader.Set("run", 1, l => new EvidenceRun(l.Profile(), (Verdict)l.OneOf(Verdicts), l.Digest())),
        };
        reader.End();
        return evidence.Runs.IsEmpty ? throw reader.Refuse("evidence has at least one run") : evidence;
    }
}
