using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

public sealed partial record SealedPlan
{
    private const string Document = "patchflow-plan";
    private static readonly string[] Kinds = ["standard", "normal", "emergency"];

    /// <summary>The canonical bytes; sets are sorted here, waves must already be in order.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken, or the head is over its 64 KiB.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("change", DocumentWriter.Text(Change));
        writer.Line("sequence", DocumentWriter.Text(Sequence));
        writer.Line("kind", Kinds[(int)Kind]);
        writer.Line("pipeline", Pipeline, PipelineDigest.Hex);
        writer.Line("proposed-by", ProposedBy);
        writer.Line("triggered-by", TriggeredBy);
        writer.Set("snapshot", Snapshots, s => [s.Feed, writer.Seconds(s.Time), s.Index.Hex]);
        writer.Set("content", Contents, c => [c.Profile, c.Content.Hex]);
        writer.Line("checks", Checks.Hex);
        writer.List("wave", Waves, w => WaveWords(w, writer));
        writer.Set("budget", Budgets, b => [b.Service, DocumentWriter.Text(b.Limit)]);
        writer.Set("window", Windows, w => w.Split(' '));
        writer.Line("not-after", writer.Seconds(NotAfter));
        var bytes = writer.ToBytes();
        _ = Parse(bytes);
        return bytes;
    }

    /// <summary>The plan's digest: over the canonical bytes of this head.</summary>
    /// <exception cref="DocumentException">As <see cref="ToBytes"/>.</exception>
    public Digest ComputeDigest() => Digest.Of(ToBytes());

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static SealedPlan Parse(ReadOnlySpan<byte> bytes)
    {
        var reader = DocumentReader.Open(Document, 1, bytes, DocumentLimits.HeadBytes);
        var change = reader.One("change", l => l.Number("a change", 1));
        var sequence = reader.One("sequence", l => l.Number("a sequence", 1));
        var kind = reader.One("kind", l => (ChangeKind)l.OneOf(Kinds));
        var (pipeline, policy) = reader.One("pipeline", l => (l.Id("a pipeline"), l.Digest()));
        var plan = new SealedPlan
        {
            Change = change,
            Sequence = sequence,
            Kind = kind,
            Pipeline = pipeline,
            PipelineDigest = policy,
            ProposedBy = reader.One("proposed-by", l => l.Subject()),
            TriggeredBy = reader.One("triggered-by", l => l.Subject()),
            Snapshots = reader.Set("snapshot", 3, l => new PlanSnapshot(l.Feed(), l.Seconds(), l.Digest())),
            Contents = reader.Set("content", 1, l => new PlanContent(l.Profile(), l.Digest())),
            Checks = reader.One("checks", l => l.Digest()),
            Waves = reader.List("wave", ReadWave),
            Budgets = reader.Set("budget", 1, l => new PlanBudget(l.Id("a service"), l.Int("a limit", 1))),
            Windows = reader.Set("window", 5, WindowWords.Read),
            NotAfter = reader.One("not-after", l => l.Seconds()),
        };
        reader.End();
        return plan.Checked(reader);
    }

    private static string[] WaveWords(PlanWave wave, DocumentWriter writer) =>
    [
        DocumentWriter.Text(wave.Number), DocumentWriter.Text(wave.Hosts), wave.Root.Hex,
        "errors", DocumentWriter.Text(wave.Errors),
        "soak", writer.Duration(wave.Soak),
        "concurrency", DocumentWriter.Text(wave.Concurrency),
    ];

    private static PlanWave ReadWave(LineReader line)
    {
        var number = line.Int("a wave's number", 0);
        var hosts = line.Int("a wave's hosts", 1);
        var root = line.Digest();
        line.Keyword("errors");
        var errors = line.Int("tolerated errors", 0);
        line.Keyword("soak");
        var soak = line.Duration();
        line.Keyword("concurrency");
        return new(number, hosts, root, errors, soak, line.Int("hosts at once", 1));
    }

    private SealedPlan Checked(DocumentReader reader)
    {
        if (Snapshots.IsEmpty || Contents.IsEmpty || Waves.IsEmpty)
        {
            throw reader.Refuse("a plan has at least one snapshot, one content and one wave");
        }

        for (var i = 0; i < Waves.Length; i++)
        {
            if (Waves[i].Number != i)
            {
                throw reader.Refuse($"wave {Waves[i].Number} stands where wave {i} should be: waves count from 0 without gaps");
            }
        }

        return this;
    }
}
