using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Hosts;

public sealed partial record StartInput
{
    private const string Document = "patchflow-start";

    /// <summary>The input for a host of a wave.</summary>
    /// <param name="ticket">The ticket.</param>
    /// <param name="epoch">The server's epoch.</param>
    /// <param name="parts">Head, content of the target's profile, and checks, as raw bytes.</param>
    /// <param name="wave">The wave's number.</param>
    /// <param name="target">The host's line in the wave.</param>
    /// <param name="proof">That the line is in the wave.</param>
    public static StartInput ForHost(TicketId ticket, long epoch, PlanParts parts, int wave, Target target, InclusionProof proof) => new()
    {
        Ticket = ticket,
        Epoch = epoch,
        Wave = wave,
        Proof = proof,
        Head = parts.Head,
        Content = parts.Content,
        Checks = parts.Checks,
        Target = target.ToBytes(),
    };

    /// <summary>The input for a sandbox replica, which belongs to no wave.</summary>
    public static StartInput ForReplica(TicketId ticket, long epoch, PlanParts parts)
    {
        var target = new Target(Rollouts.Target.Replica, ContentPart.Parse(parts.Content.Span).Profile, Digest.Of(parts.Content.Span));
        return ForHost(ticket, epoch, parts, 0, target, new InclusionProof(0, 1, []));
    }

    /// <summary>The canonical bytes.</summary>
    /// <exception cref="DocumentException">A part is not canonical, or the parts, the target, the proof and the ticket don't belong together.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("ticket", Ticket.ToString());
        writer.Line("epoch", DocumentWriter.Text(Epoch));
        writer.Line("wave", DocumentWriter.Text(Wave));
        writer.Line("leaf", DocumentWriter.Text(Proof.Index), DocumentWriter.Text(Proof.Count));
        writer.List("path", Proof.Path, step => [step.IsLeft ? "L" : "R", step.Hash.Hex]);
        writer.Bytes("part", "head", Head.Span);
        writer.Bytes("part", "content", Content.Span);
        writer.Bytes("part", "checks", Checks.Span);
        writer.Bytes("part", "target", Target.Span);
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The digest that the <c>start</c> call names.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes. The part <c>decision</c> is reserved and refused.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static StartInput Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.StartBytes);
        var ticket = reader.One("ticket", TicketId.Read);
        var epoch = reader.One("epoch", l => l.Number("an epoch", 0));
        var wave = reader.One("wave", l => l.Int("a wave's number", 0));
        var (index, count) = reader.One("leaf", l => (l.Int("a leaf's index", 0), l.Int("a number of leaves", 1)));
        var path = reader.List("path", l => new PathStep(l.OneOf("R", "L") == 1, l.Digest()));
        var input = new StartInput
        {
            Ticket = ticket,
            Epoch = epoch,
            Wave = wave,
            Proof = new(index, count, path),
            Head = reader.Bytes("part", l => Length(l, "head", DocumentLimits.HeadBytes)),
            Content = reader.Bytes("part", l => Length(l, "content", DocumentLimits.ContentBytes)),
            Checks = reader.Bytes("part", l => Length(l, "checks", DocumentLimits.ChecksBytes)),
            Target = reader.Bytes("part", l => Length(l, "target", DocumentLimits.LineBytes + 1)),
        };
        reader.End();
        input.Check(reader);
        return input;
    }

    private static int Length(LineReader line, string part, int most)
    {
        line.Keyword(part);
        return line.Int("a length in bytes", 1, most);
    }

    private void Check(DocumentReader reader)
    {
        var head = SealedPlan.Parse(Head.Span);
        var content = ContentPart.Parse(Content.Span);
        var checks = ChecksPart.Parse(Checks.Span);
        var target = Rollouts.Target.Parse(Target.Span);
        Require(reader, Ticket.IsOf(Digest.Of(Head.Span)), "the ticket is of another plan than the head");
        Require(reader, Ticket.Host == target.Host, "the ticket is of another host than the target");
        Require(reader, target.Profile == content.Profile, "the content is of another profile than the target");
        Require(reader, target.Content == Digest.Of(Content.Span), "the content is not the one that the target names");
        head.RequireContent(content, Digest.Of(Content.Span));
        head.RequireChecks(checks, Digest.Of(Checks.Span));
        CheckPlace(reader, head, target);
    }

    private void CheckPlace(DocumentReader reader, SealedPlan head, Target target)
    {
        if (target.IsReplica)
        {
            Require(reader, Wave == 0 && Proof is { Index: 0, Count: 1, Path.IsEmpty: true }, "a replica is leaf 0 of 1 of wave 0, without a path");
            return;
        }

        Require(reader, Wave < head.Waves.Length, "the head has no such wave");
        var wave = head.Waves[Wave];
        Require(reader, Proof.Count == wave.Hosts, "the wave has another number of hosts");
        Require(reader, Targets.Verify(wave.Root, target, Proof), "the path does not lead from the target to the wave's root");
    }

    private static void Require(DocumentReader reader, bool holds, string otherwise)
    {
        if (!holds)
        {
            throw reader.Refuse(otherwise);
        }
    }
}

/// <summary>The raw bytes of what a host needs of a plan besides its own line.</summary>
/// <param name="Head">The head.</param>
/// <param name="Content">The content part of one profile.</param>
/// <param name="Checks">The checks part.</param>
public sealed record PlanParts(ReadOnlyMemory<byte> Head, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Checks);
