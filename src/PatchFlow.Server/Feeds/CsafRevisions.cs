using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What a document may become: a newer revision of what it was. An old mirror, or who answers in the vendor's place, may offer an older one, or
/// another document of the vendor, with good signatures both.
/// </summary>
internal static class CsafRevisions
{
    /// <summary>Why an advisory does not take the place of what is in use; null where it does.</summary>
    /// <param name="found">The advisory.</param>
    /// <param name="document">Its document.</param>
    /// <param name="before">What the document said before.</param>
    /// <param name="inUse">Advisories of its id that are in use, with their documents.</param>
    /// <param name="feed">The feed.</param>
    public static Refusal? Refusal(Advisory found, SourceDocument document, IReadOnlyList<Advisory> before, IEnumerable<(string Document, Advisory Advisory)> inUse, string feed)
    {
        if (before.Count > 0 && before.All(b => b.Id != found.Id))
        {
            return Whole(document, "id", $"it was '{AptGrammar.Shown(before[0].Id)}' and is '{AptGrammar.Shown(found.Id)}' now: a document never becomes another one (CSAF 5.1); look for a broken mirror");
        }

        // Vendors of one folder may use the same id, CVEs above all; a vendor names a document always by its id (CSAF 5.1).
        var newer = inUse.Where(k => document.IsListed || Path.GetFileName(k.Document) == Path.GetFileName(document.Name)).Select(k => k.Advisory).FirstOrDefault(k => Csaf.Replaces(k, found));
        return newer is null ? null : Whole(document, "version",
            $"version {Shown(found)} of {AptGrammar.Shown(found.Id)} is older than {Shown(newer)}, which is in use: a document never goes back; look for an old mirror or cache{FeedProgress.OrRewind(feed, found.Modified)}");
    }

    private static Refusal Whole(SourceDocument document, string position, string reason) => new(document.Name, $"document/tracking/{position}", reason) { IsOfTheRest = true };

    private static string Shown(Advisory advisory) => $"{AptGrammar.Shown(advisory.Revision ?? "-")} of {advisory.Modified?.ToString("u") ?? "no date"}";
}
