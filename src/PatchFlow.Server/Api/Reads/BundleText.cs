using System.Text;

namespace PatchFlow.Server.Api.Reads;

/// <summary>What people read of a sandbox bundle (docs/evidence.md): a head of lines up to its verdict, then logs.</summary>
internal static class BundleText
{
    private const int MostHeadBytes = 1 << 20;
    private const string Key = "fidelity ";

    /// <summary>The lines that say how the replica differed from production.</summary>
    public static IEnumerable<string> Fidelity(byte[] bundle) => Encoding.UTF8.GetString(bundle, 0, Math.Min(bundle.Length, MostHeadBytes))
        .Split('\n')
        .TakeWhile(line => !line.StartsWith("verdict ", StringComparison.Ordinal))
        .Where(line => line.StartsWith(Key, StringComparison.Ordinal))
        .Select(line => line[Key.Length..]);
}
