using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>Lists of packages whose security support has ended before that of their release, as an advisory that can be matched.</summary>
public static class EndedSupport
{
    /// <summary>
    /// The advisory that a list is on a day: of each source package that is meant, no version has support any more. Limited support is none of it,
    /// since it says how a package may be used.
    /// </summary>
    /// <param name="id">The list's name, for people.</param>
    /// <param name="platform">The release that the list is for.</param>
    /// <param name="entries">The list; an entry may be a pattern.</param>
    /// <param name="sources">The source packages that hosts have, against which patterns are held.</param>
    /// <param name="today">The day.</param>
    public static Advisory Of(string id, string platform, IReadOnlyList<DebianSupportEntry> entries, IEnumerable<string> sources, DateOnly today)
    {
        var ended = entries.Where(e => !e.Limited && e.Ends <= today).ToList();
        return new Advisory
        {
            Id = id,
            Title = "security support has ended",
            Affected = [.. sources.Distinct().Order(StringComparer.Ordinal)
                .Select(source => (Source: source, Entry: ended.Find(e => e.Matches(source))))
                .Where(s => s.Entry is not null)
                .Select(s => new AffectedPackage
                {
                    Platform = platform,
                    Name = s.Source,
                    IsSource = true,
                    Scheme = Platforms.SchemeOf(platform),
                    State = FixState.SupportEnded,
                    Ranges = [VersionRange.All],
                    Note = $"since {s.Entry!.Ends!.Value.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{(s.Entry.Note is null ? "" : $": {s.Entry.Note}")}",
                })],
        };
    }
}
