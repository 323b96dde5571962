namespace PatchFlow.Core.Tests.Advisories;

/// <summary>A table of the corpus: fields between tabs, comments after a number sign.</summary>
internal static class Table
{
    /// <summary>Its rows without comments and empty lines.</summary>
    public static IEnumerable<string[]> Rows(string file) =>
        File.ReadLines(Corpus.PathOf(file)).Where(line => line.Length > 0 && !line.StartsWith('#')).Select(line => line.Split('\t'));
}
