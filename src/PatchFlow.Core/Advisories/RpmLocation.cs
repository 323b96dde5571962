namespace PatchFlow.Core.Advisories;

/// <summary>Where a file of a repository of rpm lies: always below the repository's own address.</summary>
internal static class RpmLocation
{
    /// <summary>
    /// Reads a path. Absolute ones, other addresses, <c>..</c> and whatever <see cref="AptGrammar.TryPath"/> refuses besides are refused, also where
    /// percent signs hide them.
    /// </summary>
    public static bool TryRead(string text, out string path) =>
        AptGrammar.TryPath(text, out path) && (!text.Contains('%', StringComparison.Ordinal) || AptGrammar.TryPath(Uri.UnescapeDataString(path), out _));
}
