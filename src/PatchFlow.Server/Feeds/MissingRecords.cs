using System.Collections.Frozen;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Which records of a document count on although it does not have them any more: what can't be read closes nothing that is open, and neither does what may be torn.
/// </summary>
internal static class MissingRecords
{
    // Lists of text have no mark of their end; JSON and XML that are cut can't be read.
    private static readonly FrozenSet<DocumentKind> WithoutEnd =
        [DocumentKind.DebianList, DocumentKind.DebianSupportEnded, DocumentKind.DebianSupportLimited, DocumentKind.Epss, DocumentKind.KevCsv];

    /// <summary>What is to be said of a list that lacks much of what it said before; null where it does not, or says itself where it ends.</summary>
    /// <param name="kind">The kind of the document.</param>
    /// <param name="lacking">How many records it lacks.</param>
    /// <param name="known">How many it had.</param>
    public static string? Doubt(DocumentKind kind, int lacking, int known) => WithoutEnd.Contains(kind)
        ? ListDoubt.Of(lacking, known, "if the vendor has taken them back, give the feed another name, with which it begins anew", "records")
        : null;

    /// <summary>
    /// Those that count on. A record that can't be read any more says what it said, and nobody knows which of the missing ones it is: where a part is refused that was
    /// not before, they all count on until as much can be read as before.
    /// </summary>
    /// <param name="known">The document when it was last read; null where it was not.</param>
    /// <param name="refused">What is refused of it now, the first of it.</param>
    /// <param name="count">How much is.</param>
    /// <param name="before">What was refused of it then: the shapes of positions, with the reasons.</param>
    /// <param name="missing">The records that it has not any more.</param>
    public static string[] Held(KnownDocument? known, IReadOnlyCollection<Refusal> refused, long count, HashSet<(string Shape, string Reason)> before, string[] missing) =>
        count == 0 ? []
        : known is null || count > known.Refused || refused.Any(r => !before.Contains((Shape(r.Position), r.Reason))) ? missing
        : [.. missing.Intersect(ListingRecords.KeysOf(known))];

    /// <summary>A position without its numbers, which are others as soon as something comes before it.</summary>
    public static string Shape(string position) => string.Concat(position.Where(c => !char.IsAsciiDigit(c)));
}
