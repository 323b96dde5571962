using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Matching;

/// <summary>Builds of products, <c>10.0.19045.3803</c>: they are ordered within a branch alone, which is all but the last number.</summary>
internal static class ProductBuild
{
    private const int LeastNumbers = 3;

    /// <summary>Whether the installed build is older than a fixed one; null where they are of two branches, or can't be read.</summary>
    public static bool? IsOlder(string? installed, string? fix) =>
        Numbers(installed) is { } a && Numbers(fix) is { } b && a.Length == b.Length && a.AsSpan(0, a.Length - 1).SequenceEqual(b.AsSpan(0, b.Length - 1)) ? a[^1] < b[^1] : null;

    private static long[]? Numbers(string? build)
    {
        var parts = build?.Split('.') ?? [];
        var numbers = new long[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (!Numerals.TryRead(parts[i], out numbers[i]))
            {
                return null;
            }
        }

        return numbers.Length >= LeastNumbers ? numbers : null;
    }
}
