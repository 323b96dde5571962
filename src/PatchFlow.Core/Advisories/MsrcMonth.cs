namespace PatchFlow.Core.Advisories;

/// <summary>
/// Hands out the advisories of a month one by one. They name products of the tree, which stands before them in every document that was seen; where
/// it comes after them, as JSON allows, they wait for it, up to the bytes of one record.
/// </summary>
internal sealed class MsrcMonth(CvrfProducts products, AdvisorySink sink)
{
    private readonly MsrcAdvisory _maker = new(products, sink);
    private readonly List<CvrfVulnerability> _waiting = [];
    private long _bytes;

    /// <summary>Takes a vulnerability; false where no more are wanted.</summary>
    /// <param name="vulnerability">The vulnerability.</param>
    /// <param name="bytes">How long its text is.</param>
    /// <param name="month">What was read around the vulnerabilities.</param>
    public bool Take(CvrfVulnerability vulnerability, long bytes, CvrfDocument month)
    {
        if (products.IsWhole)
        {
            return IsTaken(vulnerability, month);
        }

        _waiting.Add(vulnerability);
        _bytes += bytes;
        if (_bytes > sink.Limits.RecordBytes)
        {
            sink.Refuse(vulnerability.Position, $"more than {sink.Limits.RecordBytes} bytes of vulnerabilities stand before the product tree: the rest is not read");
            _waiting.Clear();
            return false;
        }

        return true;
    }

    /// <summary>Hands out those that waited; where there is no tree at all, each product that they name is refused.</summary>
    public void End(CvrfDocument month)
    {
        foreach (var vulnerability in _waiting)
        {
            if (!IsTaken(vulnerability, month))
            {
                return;
            }
        }
    }

    // Whether more are wanted.
    private bool IsTaken(CvrfVulnerability vulnerability, CvrfDocument month)
    {
        try
        {
            return _maker.Of(vulnerability, month) is not { } advisory || sink.Found(advisory);
        }
        catch (ProductLimitException tooMany)
        {
            sink.RefuseRest(vulnerability.Position, $"{tooMany.Message}: it and the rest are not read");
            return false;
        }
    }
}
