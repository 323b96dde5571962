using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Which of the listed package indices a feed needs.</summary>
internal static class AptIndexPaths
{
    /// <summary>Below the suite's folder: per component the architecture's, and that of <c>all</c> where it is apart.</summary>
    public static IEnumerable<string> Of(Feed feed, AptRelease release)
    {
        if (feed.IsFlat)
        {
            yield return "Packages";
        }

        foreach (var component in feed.Components.Select(c => Folder(c, feed.Arch, release)).Distinct(StringComparer.Ordinal))
        {
            yield return $"{component}/binary-{feed.Arch}/Packages";
            var all = $"{component}/binary-all/Packages";
            // An archive may list an index for all without having it; "all" among its architectures says that it has (repository format).
            if (release.Architectures.Contains("all") && !release.HasNoIndexForAll && feed.Arch != "all" && release.Files.ContainsKey(all))
            {
                yield return all;
            }
        }
    }

    /// <summary>Whether the snapshot's folder has an index for every component of the feed, under either of its names.</summary>
    public static bool AreIn(string folder, Feed feed) => feed.IsFlat
        ? new KeptList(folder, "Packages").IsThere
        : feed.Components.All(c => new[] { c, Last(c) }.Any(n => new KeptList(folder, FeedSnapshot.ListName($"{n}/binary-{feed.Arch}/Packages")).IsThere));

    // A release names a component updates/main whose files lie below main/ (Debian's security archive up to buster): the last part serves.
    private static string Folder(string component, string arch, AptRelease release) =>
        release.Files.ContainsKey($"{component}/binary-{arch}/Packages") || !release.Files.ContainsKey($"{Last(component)}/binary-{arch}/Packages")
            ? component
            : Last(component);

    private static string Last(string component) => component[(component.LastIndexOf('/') + 1)..];
}
