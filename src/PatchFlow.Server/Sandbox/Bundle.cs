using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Sandbox;

/// <summary>One stage as the bundle keeps it.</summary>
/// <param name="Name">The stage.</param>
/// <param name="State"><c>pass</c>, <c>fail</c>, <c>inconclusive</c>, or <c>pending</c> where it was not reached.</param>
/// <param name="StartedAt">When it began; null where it was not reached.</param>
/// <param name="Seconds">How long it took, to the tenth.</param>
/// <param name="Ticket">The ticket that did its work, or null.</param>
/// <param name="ExitCode">The ticket's exit status, or null.</param>
/// <param name="Detail">One line.</param>
internal sealed record BundleStage(string Name, string State, DateTimeOffset? StartedAt, double Seconds, string? Ticket, int? ExitCode, string Detail);

/// <summary>What a stage printed.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Cut">Bytes that were left out in the middle.</param>
/// <param name="Bytes">The rest.</param>
internal sealed record BundleLog(string Stage, long Cut, ReadOnlyMemory<byte> Bytes);

/// <summary>
/// Everything that was done and said for one profile, as one document (docs/evidence.md): its digest stands in the evidence that the board
/// decides on. Lines of text, then the logs by length.
/// </summary>
internal sealed partial record Bundle
{
    /// <summary>Largest bundle, in bytes.</summary>
    public const int LimitBytes = 4 * 1024 * 1024;

    /// <summary>Largest log of one stage; what is beyond it is left out in the middle.</summary>
    public const int LogLimitBytes = 512 * 1024;

    private const string FirstLine = "patchflow-bundle 1";
    private const int MostLines = 2000;

    /// <summary>The profile.</summary>
    public required string Profile { get; init; }

    /// <summary>The plan under test.</summary>
    public required Digest Plan { get; init; }

    /// <summary>The work run's id.</summary>
    public required long Run { get; init; }

    /// <summary>The id of the replica's image; <c>-</c> where it came to none.</summary>
    public string Image { get; init; } = "-";

    /// <summary>The id of the base image; <c>-</c> where there was none.</summary>
    public string Base { get; init; } = "-";

    /// <summary>How the replica differs from production, a sentence each.</summary>
    public ImmutableArray<string> Fidelity { get; init; } = [];

    /// <summary>The stages in their order.</summary>
    public ImmutableArray<BundleStage> Stages { get; init; } = [];

    /// <summary>What the patch changed beside files of its packages, a sentence each.</summary>
    public ImmutableArray<string> Findings { get; init; } = [];

    /// <summary>The verdict.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The verdict in words.</summary>
    public required string Summary { get; init; }

    /// <summary>The stages' logs in their order.</summary>
    public ImmutableArray<BundleLog> Logs { get; init; } = [];

    /// <summary>The document's bytes.</summary>
    public byte[] ToBytes()
    {
        var text = new StringBuilder();
        Line(text, FirstLine);
        Line(text, $"profile {Profile}");
        Line(text, $"plan {Plan.Hex}");
        Line(text, string.Create(CultureInfo.InvariantCulture, $"run {Run}"));
        Line(text, $"image {Image}");
        Line(text, $"base {Base}");
        Free(text, "fidelity", Fidelity);
        foreach (var stage in Stages)
        {
            Line(text, $"stage {Words(stage)} {FreeText.From(stage.Detail)}");
        }

        Free(text, "finding", Findings);
        Line(text, $"verdict {WordOf(Verdict)} {FreeText.From(Summary)}");
        var bytes = new ArrayBufferWriter<byte>();
        bytes.Write(Encoding.UTF8.GetBytes(text.ToString()));
        foreach (var log in Logs)
        {
            bytes.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"log {log.Stage} {log.Cut} {log.Bytes.Length}\n")));
            bytes.Write(log.Bytes.Span);
        }

        return bytes.WrittenCount <= LimitBytes
            ? bytes.WrittenSpan.ToArray()
            : throw new InvalidOperationException($"a bundle of {bytes.WrittenCount} bytes: logs and lists must be cut before they come here");
    }

    /// <summary>A stage's log, cut to its limit: the beginning and the end stay, whole lines of each.</summary>
    public static BundleLog Cut(string stage, ReadOnlyMemory<byte> log)
    {
        var ended = log.Length == 0 || log.Span[^1] == (byte)'\n' ? log : (byte[])[.. log.Span, (byte)'\n'];
        if (ended.Length <= LogLimitBytes)
        {
            return new BundleLog(stage, 0, ended);
        }

        var head = ended[..(LogLimitBytes / 2)];
        head = head[..(head.Span.LastIndexOf((byte)'\n') + 1)];
        var tail = ended[^(LogLimitBytes / 2)..];
        tail = tail[(tail.Span.IndexOf((byte)'\n') + 1)..];
        return new BundleLog(stage, ended.Length - head.Length - tail.Length, (byte[])[.. head.Span, .. tail.Span]);
    }

    /// <summary>A verdict's word.</summary>
    public static string WordOf(Verdict verdict) => verdict switch
    {
        Verdict.Pass => "pass",
        Verdict.Fail => "fail",
        _ => "inconclusive",
    };

    private static string Words(BundleStage s) => string.Create(
        CultureInfo.InvariantCulture,
        $"{s.Name} {s.State} {(s.StartedAt is { } at ? CanonicalTime.FormatMilliseconds(CanonicalTime.ToMilliseconds(at)) : "-")} {s.Seconds:0.0} {s.Ticket ?? "-"} {(s.ExitCode is { } code ? code.ToString(CultureInfo.InvariantCulture) : "-")}");

    private static void Free(StringBuilder text, string key, ImmutableArray<string> lines)
    {
        foreach (var line in lines.Take(MostLines))
        {
            Line(text, $"{key} {FreeText.From(line)}");
        }

        if (lines.Length > MostLines)
        {
            Line(text, string.Create(CultureInfo.InvariantCulture, $"{key} and {lines.Length - MostLines} more"));
        }
    }

    private static void Line(StringBuilder text, string line) => text.Append(line).Append('\n');
}
