using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

public sealed partial record Decision
{
    private const string Document = "patchflow-decision";
    private static readonly string[] Votes = ["approve", "reject", "abstain"];

    /// <summary>The canonical bytes: what a board member signs.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken, for example a rejection without a reason.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("change", DocumentWriter.Text(Change));
        writer.Line("plan", Plan.Hex);
        writer.Line("evidence", Evidence.Hex);
        writer.Line("policy", Policy.Hex);
        writer.Line("subject", Subject);
        writer.Line("gate", Gate);
        writer.Line("decision", Votes[(int)Vote]);
        writer.Line("at", writer.Seconds(At));
        writer.Line("expires", writer.Seconds(Expires));
        writer.Line("nonce", Nonce);
        if (Reason is not null)
        {
            writer.Free("reason", Reason);
        }

        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The decision's digest, which its audit entry names.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static Decision Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.DecisionBytes);
        var decision = new Decision
        {
            Change = reader.One("change", l => l.Number("a change", 1)),
            Plan = reader.One("plan", l => l.Digest()),
            Evidence = reader.One("evidence", l => l.Digest()),
            Policy = reader.One("policy", l => l.Digest()),
            Subject = reader.One("subject", l => l.Word(Grammar.IsUser, "a person, 'user:ID'")),
            Gate = reader.One("gate", l => l.Id("a gate")),
            Vote = reader.One("decision", l => (Vote)l.OneOf(Votes)),
            At = reader.One("at", l => l.Seconds()),
            Expires = reader.One("expires", l => l.Seconds()),
            Nonce = reader.One("nonce", l => l.Word(text => Grammar.IsHex(text, 32), "128 bits in 32 lowercase hex digits")),
            Reason = reader.IsNext("reason") ? reader.One("reason", l => l.Text()) : null,
        };
        reader.End();
        return decision.Checked(reader);
    }

    private Decision Checked(DocumentReader reader)
    {
        if (Expires <= At)
        {
            throw reader.Refuse("the decision expires before it is made");
        }

        return Vote == Vote.Reject && Reason is null ? throw reader.Refuse("a rejection needs a reason") : this;
    }
}
