using System.Text.RegularExpressions;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>
/// A clone works on any machine: no file names a path of somebody's machine, or the host of an archive or registry. Archive
/// addresses come from the machine's own apt configuration.
/// </summary>
internal static partial class NeutralityRules
{
    public static IEnumerable<Finding> Check(string file, string text)
    {
        foreach (Match match in MachinePath().Matches(text))
        {
            yield return new Finding(Place(file, text, match), $"'{match.Value}' is a path of one machine");
        }

        foreach (Match match in ArchiveHost().Matches(text))
        {
            yield return new Finding(Place(file, text, match), $"'{match.Value}' is an archive's or registry's host: take it from the machine's configuration");
        }
    }

    private static string Place(string file, string text, Match match) => $"{file}:{text.AsSpan(0, match.Index).Count('\n') + 1}";

    // Written so that neither expression matches its own text.
    [GeneratedRegex(@"(?<![\w.~$}])/(?:wor[k]|hom[e]|roo[t]|User[s])/[\w.-]+")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\b(?:[\w-]+\.)*(?:debia[n]\.(?:org|net)|ubunt[u]\.com|nuge[t]\.org|npmj[s]\.(?:org|com)|(?:registry-1|hub|index)\.docke[r]\.(?:io|com)|ghc[r]\.io|qua[y]\.io|mc[r]\.microsoft\.com)\b")]
    private static partial Regex ArchiveHost();
}
