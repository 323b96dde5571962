using System.Text;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>The golden documents, and for each file the parser and writer of its kind.</summary>
internal static class Golden
{
    internal static readonly string[] Files =
    [
        "content-web.txt", "content-kms.txt", "checks.txt", "plan.txt", "evidence.txt", "decision.txt", "entry.txt",
        "start-kms-2.txt", "inventory.txt", "targets-wave-0.txt", "targets-wave-1.txt",
    ];

    internal static byte[] Bytes(string file) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", file));

    internal static string Text(string file) => Encoding.UTF8.GetString(Bytes(file));

    internal static IEnumerable<string[]> Vectors() =>
        Text("VECTORS.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '));

    /// <summary>Writes again what was parsed of the bytes.</summary>
    internal static byte[] Rewritten(string file, ReadOnlySpan<byte> bytes) => file.Split('-', '.')[0] switch
    {
        "content" => ContentPart.Parse(bytes).ToBytes(),
        "checks" => ChecksPart.Parse(bytes).ToBytes(),
        "plan" => SealedPlan.Parse(bytes).ToBytes(),
        "evidence" => Evidence.Parse(bytes).ToBytes(),
        "decision" => Decision.Parse(bytes).ToBytes(),
        "entry" => AuditEntry.Parse(bytes).ToBytes(),
        "start" => StartInput.Parse(bytes).ToBytes(),
        "inventory" => Inventory.Parse(bytes).ToBytes(),
        "targets" => Targets.Parse(bytes).ToBytes(),
        _ => throw new ArgumentException($"no document kind for {file}"),
    };
}
