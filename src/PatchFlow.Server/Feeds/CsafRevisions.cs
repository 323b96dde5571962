using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>A revision of an advisory never takes the place of a newer one: an old mirror, or who answers in the vendor's place, may offer it.</summary>
internal static class CsafRevisions
{
    private const string Position = "document/tracking/version";

    /// <summary>The refusal of an advisory that is older than what is in use of its document, also under another path; null where it is not.</summary>
    /// <param name="found">The advisory.</param>
    /// <param name="document">Its document.</param>
    /// <param name="inUse">Advisories of its id that are in use.</param>
    public static Refusal? Older(Advisory found, string document, IEnumerable<(string Document, Advisory Advisory)> inUse)
    {
        // Vendors of one folder may use the same id, CVEs above all; a vendor names a document always by its id (CSAF 5.1).
        var newer = inUse.Where(k => k.Document == document || Path.GetFileName(k.Document) == Path.GetFileName(document)).Select(k => k.Advisory).FirstOrDefault(k => Csaf.Replaces(k, found));
        return newer is null ? null : new Refusal(document, Position, $"version {Shown(found)} of {found.Id} is older than {Shown(newer)}, which is in use: a document never goes back; look for an old mirror or cache")
        {
            IsOfTheRest = true,
        };
    }

    private static string Shown(Advisory advisory) => $"{advisory.Revision ?? "-"} of {advisory.Modified?.ToString("u") ?? "no date"}";
}
