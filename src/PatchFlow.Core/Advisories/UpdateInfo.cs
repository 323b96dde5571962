namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads <c>updateinfo.xml</c>, the advisories of a repository of rpm, decompressed. No specification exists: createrepo_c is the writer that the
/// others follow. Updates with the same id and version are one advisory, whose packages are those of all of them; an id that comes with
/// another version is another advisory. Only where more than <see cref="AdvisoryUnion.DefaultBytes"/> lie between them they are handed out as two,
/// each with its own packages: whoever keeps advisories by id and version joins them.
/// </summary>
public sealed class UpdateInfo
{
    private readonly XmlWalk _xml;
    private readonly AdvisorySink _sink;
    private readonly AdvisoryUnion _union;
    private int _number;

    private UpdateInfo(XmlWalk xml, AdvisorySink sink, AdvisoryUnion union) => (_xml, _sink, _union) = (xml, sink, union);

    /// <summary>Reads the document into the sink, in its order. An update that is wrong is refused alone.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        var union = new AdvisoryUnion(sink);
        XmlWalk.Read(document, sink.Limits, "updates", sink.RefuseRest, xml => new UpdateInfo(xml, sink, union).ReadUpdates());
        union.End();
    }

    private bool ReadUpdates()
    {
        var depth = _xml.Enter();
        while (_xml.Next(depth))
        {
            if (_xml.Name == "update" && !ReadUpdate())
            {
                return false;
            }
        }

        return true;
    }

    private bool ReadUpdate()
    {
        _xml.BeginRecord();
        var draft = new UpdateDraft(_xml, _sink, ++_number);
        draft.Read();
        if (_xml.IsRecordTooLong)
        {
            _sink.Refuse(draft.Position, $"it is larger than {_sink.Limits.RecordBytes} bytes");
            return true;
        }

        return draft.ToAdvisory() is not { } advisory || _union.Add(advisory, _xml.RecordBytes);
    }
}
