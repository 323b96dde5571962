namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads a month of Microsoft's security updates, <c>/cvrf/v3.0/cvrf/2016-Apr</c>, in its XML form (CVRF 1.1 with additions): each vulnerability
/// is an advisory of its own. Hosts with Windows are reported on, not deployed to.
/// </summary>
public static class MsrcCvrf
{
    /// <summary>Reads a month into the sink. A vulnerability that is wrong is refused alone.</summary>
    public static void Read(Stream document, AdvisorySink sink) => _ = ReadMonth(document, sink);

    /// <summary>As <see cref="Read"/>, and says what stands around the vulnerabilities; null where the document could not be read to its end.</summary>
    public static CvrfDocument? ReadMonth(Stream document, AdvisorySink sink)
    {
        var products = new CvrfProducts(sink);
        var month = new MsrcMonth(products, sink);
        CvrfDocument? read = null;
        try
        {
            var isWhole = XmlWalk.Read(document, sink.Limits, "cvrfdoc", sink.Refuse, xml =>
            {
                var walk = new CvrfXml(xml, sink, products);
                var isWanted = walk.ReadEach((vulnerability, bytes) => month.Take(vulnerability, bytes, walk.Document));
                read = walk.Document;
                month.End(read);
                return isWanted;
            });
            return isWhole ? read : null;
        }
        catch (ProductLimitException tooMany)
        {
            // The tree itself: what a vulnerability comes to is refused with it.
            sink.RefuseRest("ProductTree", $"{tooMany.Message}: it and the rest are not read");
            return null;
        }
    }
}
