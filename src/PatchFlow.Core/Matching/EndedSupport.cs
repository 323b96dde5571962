using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>Lists of packages whose security support has ended before that of their release, or is limited, as an advisory that can be matched.</summary>
public static class EndedSupport
{
    /// <summary>
    /// The advisory that a list is on a day: of each source package that is meant, no version has support any more. Where support is limited nobody can tell what of
    /// the package is left open, which depends on how it is used: that is the answer, with the limit in words.
    /// </summary>
    /// <param name="id">The list's name, for people.</param>
    /// <param name="platform">The release that the list is for.</param>
    /// <param name="entries">The list; an entry may be a pattern.</param>
    /// <param name="sources">The source packages that hosts have, against which patterns are held.</param>
    /// <param name="today">The day.</param>
    public static Advisory Of(string id, string platform, IReadOnlyList<DebianSupportEntry> entries, IEnumerable<string> sources, DateOnly today)
    {
        var counting = entries.Where(e => e.Limited || e.Ends <= today).ToList();
        return new Advisory
        {
            Id = id,
            Title = "security support has ended or is limited",
            Affected = [.. sources.Distinct().Order(StringComparer.Ordinal)
                .Select(source => (Source: source, Entry: counting.Find(e => e.Matches(source))))
                .Where(s => s.Entry is not null)
                .Select(s => new AffectedPackage
                {
                    Platform = platform,
                    Name = s.Source,
                    IsSource = true,
                    Scheme = Platforms.SchemeOf(platform),
                    // Without ranges it can't be told of any version what it is.
                    State = s.Entry!.Limited ? FixState.Fixed : FixState.SupportEnded,
                    Ranges = s.Entry.Limited ? [] : [VersionRange.All],
                    Note = $"{Words(s.Entry)}{(s.Entry.Note is null ? "" : $": {s.Entry.Note}")}",
                })],
        };
    }

    private static string Words(DebianSupportEntry entry) =>
        entry.Limited ? "security support is limited" : $"since {entry.Ends!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}";
}
