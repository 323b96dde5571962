namespace PatchFlow.Core.Advisories;

/// <summary>Reads what an archive of apt publishes as a document like others: nothing of it is verified.</summary>
public static class AptDocuments
{
    /// <summary>Reads a <c>Packages</c> index of any size, an <see cref="AptPackage"/> at a time.</summary>
    public static void ReadPackages(Stream document, AdvisorySink sink, Action<object> found)
    {
        var records = 0;
        try
        {
            AptPackages.Each(
                document,
                Math.Min(sink.Limits.RecordBytes, StanzaWindow.MostStanza),
                package =>
                {
                    if (++records > sink.Limits.Records)
                    {
                        sink.RefuseRest($"package {records}", $"the document has more than {sink.Limits.Records} records: the rest is not read");
                        return false;
                    }

                    found(package);
                    return true;
                },
                refused => sink.Refuse($"line {refused.Line}", refused.Reason));
        }
        catch (InvalidDataException e)
        {
            sink.RefuseRest("", $"{e.Message}: the rest is not read");
        }
    }

    /// <summary>Reads a <c>Release</c>, or what is signed of an <c>InRelease</c>, into an <see cref="AptRelease"/>.</summary>
    public static void ReadRelease(Stream document, AdvisorySink sink, Action<object> found)
    {
        if (JsonText.Bytes(document, sink) is not { } bytes)
        {
            return;
        }

        var text = bytes.Span;
        if (ClearSigned.IsBegun(text))
        {
            text = ClearSigned.Text(text);
        }

        if (text.IsEmpty && bytes.Length > 0)
        {
            sink.Refuse("", "it is not one clear-signed text with nothing around it: it was cut, or something was added to it");
        }
        else if (AptReleaseParser.TryParse(text, out var read, out var problem))
        {
            found(read);
        }
        else
        {
            sink.Refuse("", problem);
        }
    }
}
