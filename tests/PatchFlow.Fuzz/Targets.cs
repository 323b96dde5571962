using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Fuzz;

/// <summary>A parser breaks its word.</summary>
internal sealed class BrokenPromiseException(string message) : Exception(message);

/// <summary>Every parser that reads what others wrote: vendors, hosts, whoever can write a file. Each reads or refuses, and never throws anything else.</summary>
internal static class Targets
{
    /// <summary>By name.</summary>
    public static SortedDictionary<string, Action<byte[]>> All { get; } = new(
        Enum.GetValues<DocumentKind>().ToDictionary(DocumentKinds.NameOf, Document).Concat(Texts()).Concat(Own()).ToDictionary(t => t.Key, t => t.Value), StringComparer.Ordinal);

    private static Action<byte[]> Document(DocumentKind kind) => bytes =>
    {
        DocumentKinds.Guess("document", bytes.AsSpan(0, Math.Min(bytes.Length, DocumentKinds.HeadBytes)));
        DocumentReader.Read(kind, new MemoryStream(bytes, writable: false), "document", _ => { }, refusal => Require(refusal.Reason.Length > 0, "a refusal without a reason"));
    };

    private static IEnumerable<KeyValuePair<string, Action<byte[]>>> Texts() =>
    [
        new("cvss", bytes => EachLine(bytes, Score)),
        new("debian-changelog", bytes => DebianChangelog.Cves(DebianChangelog.Between(Text(bytes), "1.0-1", "9.0-1"))),
        new("list-change", ListTargets.Change),
        new("list-delta", ListTargets.Delta),
        new("nevra", bytes => EachLine(bytes, line => Require(Nevra.TryParse(line, out _, out var problem) || problem.Length > 0, "a refusal without a reason"))),
        new("versions", bytes => EachLine(bytes, Compare)),
    ];

    // What is hashed and signed is read only in the one form in which it is written.
    private static IEnumerable<KeyValuePair<string, Action<byte[]>>> Own() =>
    [
        new("audit-entry", Canonical(b => AuditEntry.Parse(b).ToBytes())),
        new("check-file", OwnDocument(b => CheckFile.Parse(b))),
        new("checks", Canonical(b => ChecksPart.Parse(b).ToBytes())),
        new("content", Canonical(b => ContentPart.Parse(b).ToBytes())),
        new("decision", Canonical(b => Decision.Parse(b).ToBytes())),
        new("evidence", Canonical(b => Evidence.Parse(b).ToBytes())),
        new("inventory", Canonical(b => Inventory.Parse(b).ToBytes())),
        new("plan", Canonical(b => SealedPlan.Parse(b).ToBytes())),
        new("report", OwnDocument(b => Sorted(HostReport.Parse(b).ToBytes()))),
        new("start", Canonical(b => StartInput.Parse(b).ToBytes())),
        new("targets", Canonical(b => PatchFlow.Core.Rollouts.Targets.Parse(b).ToBytes())),
    ];

    private static Action<byte[]> Canonical(Func<byte[], byte[]> rewrite) =>
        OwnDocument(bytes => Require(rewrite(bytes).AsSpan().SequenceEqual(bytes), "it was accepted, and is written otherwise than it was read"));

    // A report comes in any order, and is kept in one.
    private static void Sorted(byte[] bytes) => Require(HostReport.Parse(bytes).ToBytes().AsSpan().SequenceEqual(bytes), "it is kept otherwise than it is read back");

    private static Action<byte[]> OwnDocument(Action<byte[]> read) => bytes =>
    {
        try
        {
            read(bytes);
        }
        catch (DocumentException)
        {
            // Its own refusal.
        }
    };

    private static void Score(string line)
    {
        if (!CvssVector.TryParse(line, out var vector, out var problem))
        {
            Require(problem.Length > 0, "a refusal without a reason");
            return;
        }

        Require(vector.Scores.Score is >= 0 and <= 10, $"{line} scores {vector.Scores.Score}");
    }

    private static void Compare(string line)
    {
        if (line.Split('\t') is not [var a, var b, ..])
        {
            return;
        }

        foreach (var scheme in Enum.GetValues<VersionScheme>())
        {
            var (there, back) = (VersionOrder.Compare(scheme, a, b), VersionOrder.Compare(scheme, b, a));
            Require(there is null == back is null && Math.Sign(there ?? 0) == -Math.Sign(back ?? 0), $"{scheme}: {a} and {b} compare to {there}, and back to {back}");
        }
    }

    private static void EachLine(byte[] bytes, Action<string> read)
    {
        foreach (var line in Text(bytes).Split('\n'))
        {
            read(line);
        }
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    internal static void Require(bool holds, string message)
    {
        if (!holds)
        {
            throw new BrokenPromiseException(message);
        }
    }
}
