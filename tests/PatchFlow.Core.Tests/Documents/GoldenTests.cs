using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Documents;

public sealed class GoldenTests
{
    public static TheoryData<string> Files => [.. Golden.Files];

    public static TheoryData<string> Vectors => [.. Golden.Vectors().Select(words => string.Join(' ', words))];

    [Theory]
    [MemberData(nameof(Files))]
    public void EveryGoldenDocumentIsWrittenAgainByteForByte(string file) =>
        Assert.Equal(Golden.Text(file), System.Text.Encoding.UTF8.GetString(Golden.Rewritten(file, Golden.Bytes(file))));

    [Theory]
    [MemberData(nameof(Vectors))]
    public void EveryVectorIsReproduced(string vector)
    {
        var words = vector.Split(' ');
        var expected = string.Join(' ', words[(words[0] == "inclusion" ? 3 : 2)..]);
        Assert.Equal(expected, Reproduced(words));
    }

    [Fact]
    public void TheStartInputIsMadeFromItsParts()
    {
        var parts = new PlanParts(Golden.Bytes("plan.txt"), Golden.Bytes("content-kms.txt"), Golden.Bytes("checks.txt"));
        var plan = SealedPlan.Parse(parts.Head.Span);
        var wave = Targets.Parse(Golden.Bytes("targets-wave-1.txt"));
        var ticket = TicketId.Of(plan.ComputeDigest(), TicketKind.Install, "kms-2", 1);
        var start = StartInput.ForHost(ticket, 3, parts, 1, wave.Hosts[1], wave.ProofFor(1));
        Assert.Equal(Golden.Bytes("start-kms-2.txt"), start.ToBytes());
    }

    [Fact]
    public void TheHeadNamesItsGoldenParts()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        plan.RequireContent(ContentPart.Parse(Golden.Bytes("content-kms.txt")));
        plan.RequireContent(ContentPart.Parse(Golden.Bytes("content-web.txt")));
        plan.RequireChecks(ChecksPart.Parse(Golden.Bytes("checks.txt")));
        plan.RequireTargets(0, Targets.Parse(Golden.Bytes("targets-wave-0.txt")));
        plan.RequireTargets(1, Targets.Parse(Golden.Bytes("targets-wave-1.txt")));
        Assert.Throws<DocumentException>(() => plan.RequireTargets(0, Targets.Parse(Golden.Bytes("targets-wave-1.txt"))));
        Assert.Throws<DocumentException>(() => plan.RequireTargets(2, Targets.Parse(Golden.Bytes("targets-wave-1.txt"))));
        Assert.Throws<DocumentException>(() => plan.RequireChecks(new ChecksPart { Checks = [] }));
    }

    private static string Reproduced(string[] vector)
    {
        var (kind, subject) = (vector[0], vector[1]);
        return kind switch
        {
            "digest" => Digest.Of(Golden.Rewritten(subject, Golden.Bytes(subject))).Hex,
            "merkle-root" => Targets.Parse(Golden.Bytes(subject)).Root().Hex,
            "leaf" => AuditEntry.Parse(Golden.Bytes(subject)).LeafHash().Hex,
            "ticket" => TicketId.Of(SealedPlan.Parse(Golden.Bytes("plan.txt")).ComputeDigest(), TicketKind.Install, subject, 1).ToString(),
            "inclusion" => Path(Targets.Parse(Golden.Bytes(subject)), int.Parse(vector[2], System.Globalization.CultureInfo.InvariantCulture)),
            _ => throw new ArgumentException($"unknown vector '{kind}'"),
        };
    }

    private static string Path(Targets targets, int index)
    {
        var proof = targets.ProofFor(index);
        Assert.True(Targets.Verify(targets.Root(), targets.Hosts[index], proof));
        return string.Join(' ', proof.Path.Select(step => $"{(step.IsLeft ? 'L' : 'R')}:{step.Hash}"));
    }
}
