using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Reads a document, and the date that it says of itself.</summary>
internal static class AdvisoryReader
{
    /// <summary>
    /// Names these readers: another build may understand a document otherwise, and nobody has to remember to say so. Of the modules' ids, which are others as soon
    /// as anything of them is.
    /// </summary>
    public static string Build { get; } = string.Join(' ', new[] { typeof(DocumentReader), typeof(AdvisoryReader) }.Select(t => t.Module.ModuleVersionId.ToString("N")));

    /// <summary>Gives each record to <paramref name="found"/> and each refused part to <paramref name="refused"/>; answers the document's own date, or null.</summary>
    public static DateTimeOffset? Read(DocumentKind kind, Stream document, string file, Action<object> found, Action<Refusal> refused)
    {
        switch (kind)
        {
            case DocumentKind.Epss:
                return Epss.Read(document, file, found, refused)?.ScoreDate;
            case DocumentKind.Kev:
                var catalogue = Kev.Read(document, file, refused);
                foreach (var entry in catalogue?.Entries ?? [])
                {
                    found(entry);
                }

                return catalogue?.Released;
            case DocumentKind.MsrcProducts:
                MsrcGuide.ReadEntries(document, new AdvisorySink(file, found, refused));
                return null;
            default:
                DocumentReader.Read(kind, document, file, found, refused);
                return null;
        }
    }

    /// <summary>When a record was changed last, as it says; null where it does not.</summary>
    public static DateTimeOffset? DateOf(object record) => record switch
    {
        Advisory advisory => advisory.Modified ?? advisory.Published,
        KevEntry entry => new DateTimeOffset(entry.Added, TimeOnly.MinValue, TimeSpan.Zero),
        VendorUpdate update => update.Released,
        _ => null,
    };
}
