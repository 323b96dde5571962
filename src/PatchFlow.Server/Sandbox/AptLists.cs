using System.Text;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// Gives apt the verified snapshots as if it had fetched them: the stored files under the names that apt has for a source of its own in
/// <c>Dir::State::lists</c>, and that source's line. They were verified when they were fetched, so the source is trusted.
/// </summary>
internal static class AptLists
{
    // Nothing is ever read from there: apt only makes the lists' names of it.
    private const string Root = "/patchflow";

    /// <summary>The lines of <c>sources.list</c>.</summary>
    public static string Sources(IEnumerable<FeedSnapshot> snapshots) =>
        string.Concat(snapshots.Select(s => $"deb [trusted=yes] copy:{Root}/{s.Feed} {(s.IsFlat ? s.Suite + "/" : $"{s.Suite} {string.Join(' ', Components(s))}")}\n"));

    /// <summary>The lines of <c>preferences</c>: versions that are not taken unless they are asked for.</summary>
    public static string Preferences(IEnumerable<(string Name, string Version)> left) =>
        string.Concat(left.Select(p => $"Package: {p.Name}\nPin: version {p.Version}\nPin-Priority: -1\n\n"));

    /// <summary>The stored files with the paths that they get below the lists' folder: the lists whole, in whatever form they are kept.</summary>
    public static IEnumerable<TarFile> Files(IEnumerable<FeedSnapshot> snapshots) =>
        snapshots.SelectMany(s => s.PackageLists.Select(list => new TarFile(Name(s, list.Name), "644", list.Open)).Prepend(TarFile.Of(Name(s, Path.GetFileName(s.SignedIndex)), s.SignedIndex)));

    private static string Name(FeedSnapshot s, string file) => $"lists/{Prefix(s)}_{file}";

    private static string Prefix(FeedSnapshot s) => Quoted($"{Root}/{s.Feed}/{(s.IsFlat ? "" : "dists/")}{s.Suite.TrimEnd('/')}").Replace('/', '_');

    // updates/main stands in a list's name as updates_main.
    private static IEnumerable<string> Components(FeedSnapshot s) =>
        s.PackageLists.Select(list => list.Name.Split("_binary-")[0].Replace('_', '/')).Distinct().Order(StringComparer.Ordinal);

    // As apt's own QuoteString: these characters stand as % and two lowercase hex digits in the name of a list.
    private static string Quoted(string path)
    {
        var text = new StringBuilder();
        foreach (var c in path)
        {
            _ = c <= ' ' || c >= 127 || "\\|{}[]<>\"^~_=!@#$%^&*".Contains(c, StringComparison.Ordinal)
                ? text.Append('%').Append(Convert.ToHexStringLower([(byte)c]))
                : text.Append(c);
        }

        return text.ToString();
    }
}
