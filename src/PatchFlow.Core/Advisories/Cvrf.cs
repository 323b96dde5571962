namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads CVRF 1.1 (ICASI) and 1.2 (OASIS), as Cisco, Red Hat, SUSE and openEuler publish it: one document is one advisory. Microsoft's months
/// are <see cref="MsrcCvrf"/>.
/// </summary>
public static class Cvrf
{
    /// <summary>Puts the document's advisory into the sink, or refuses it; a part that can't be trusted is refused by itself.</summary>
    public static void Read(Stream document, AdvisorySink sink) => _ = ReadDocument(document, sink);

    /// <summary>As <see cref="Read"/>, and says what stands around the vulnerabilities; null where the document was refused.</summary>
    public static CvrfDocument? ReadDocument(Stream document, AdvisorySink sink)
    {
        try
        {
            return ReadWithin(document, sink);
        }
        catch (ProductLimitException tooMany)
        {
            sink.Refuse("ProductTree", $"{tooMany.Message}: the document is not used");
            return null;
        }
    }

    private static CvrfDocument? ReadWithin(Stream document, AdvisorySink sink)
    {
        var (products, found) = (new CvrfProducts(sink), new List<CvrfVulnerability>());
        CvrfDocument? read = null;
        var isWhole = XmlWalk.Read(document, sink.Limits, "cvrfdoc", sink.Refuse, xml =>
        {
            var walk = new CvrfXml(xml, sink, products);
            walk.Read(found.Add);
            read = xml.IsRecordWhole(sink) ? walk.Document : null;
            return read is not null;
        });
        if (!isWhole || read is null)
        {
            return null;
        }

        if (read.Id.Length == 0)
        {
            sink.Refuse("DocumentTracking/Identification", "a CVRF document without ID (CVRF 1.2, 4.5.1)");
            return null;
        }

        sink.Found(new CvrfAdvisory(read, products, sink).Of(found));
        return read;
    }
}
