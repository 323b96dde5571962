using System.Diagnostics.CodeAnalysis;

namespace PatchFlow.Core.Advisories;

/// <summary>Walks through the XML of a CVRF document, 1.1 and 1.2 alike: their elements have the same local names.</summary>
internal sealed class CvrfXml(XmlWalk xml, AdvisorySink sink, CvrfProducts products)
{
    private int _number;

    /// <summary>What stands around the vulnerabilities, as far as it was read.</summary>
    public CvrfDocument Document { get; private set; } = new();

    /// <summary>Reads below the root a document that is one record.</summary>
    public void Read(Action<CvrfVulnerability> take)
    {
        xml.BeginRecord();
        var depth = xml.Enter();
        while (xml.Next(depth) && !xml.IsRecordTooLong)
        {
            if (!IsVulnerability(out var found))
            {
                ReadPart();
            }
            else
            {
                take(found);
            }
        }
    }

    /// <summary>Reads below the root a document in which each vulnerability is a record, and what stands around them too.</summary>
    /// <param name="take">Takes each vulnerability and how long it is; false where no more are wanted.</param>
    /// <returns>Whether the rest is to be read.</returns>
    public bool ReadEach(Func<CvrfVulnerability, long, bool> take)
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            xml.BeginRecord();
            var (name, line) = (xml.Name, xml.Line);
            if (!IsVulnerability(out var found))
            {
                ReadPart();
            }
            else if (!xml.IsRecordTooLong && !take(found, xml.RecordBytes))
            {
                return false;
            }

            if (xml.IsRecordTooLong)
            {
                sink.Refuse(found?.Position ?? $"{XmlWalk.Shown(name)} (line {line})", $"it is larger than {sink.Limits.RecordBytes} bytes{(found is null ? ": the rest is not read" : "")}");
                if (found is null)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private bool IsVulnerability([NotNullWhen(true)] out CvrfVulnerability? found)
    {
        found = null;
        if (xml.Name != "Vulnerability")
        {
            return false;
        }

        found = new CvrfVulnerability($"vulnerability {++_number} (line {xml.Line})");
        new CvrfXmlVulnerability(xml, found).Read();
        Document = Document with { Vulnerabilities = _number };
        return true;
    }

    private void ReadPart()
    {
        switch (xml.Name)
        {
            case "DocumentTitle":
                Document = Document with { Title = xml.Text().Trim() };
                break;
            case "DocumentTracking":
                ReadTracking();
                break;
            case "DocumentNotes":
                ReadNotes();
                break;
            case "AggregateSeverity":
                Document = Document with { Severity = xml.Text().Trim() };
                break;
            case "DocumentReferences":
                ReadReferences();
                break;
            case "ProductTree":
                products.Read(xml);
                Document = Document with { Products = products.Count };
                break;
        }
    }

    private void ReadTracking()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "Identification":
                    ReadIdentification();
                    break;
                case "Status":
                    Document = Document with { Status = xml.Text().Trim() };
                    break;
                case "Version":
                    Document = Document with { Version = xml.Text().Trim() };
                    break;
                case "InitialReleaseDate":
                    Document = Document with { Published = FeedDate.Of(xml.Text().Trim(), sink, "DocumentTracking/InitialReleaseDate") };
                    break;
                case "CurrentReleaseDate":
                    Document = Document with { Modified = FeedDate.Of(xml.Text().Trim(), sink, "DocumentTracking/CurrentReleaseDate") };
                    break;
            }
        }
    }

    private void ReadIdentification()
    {
        var (aliases, depth) = (new List<string>(), xml.Enter());
        while (xml.Next(depth))
        {
            switch (xml.Name)
            {
                case "ID":
                    Document = Document with { Id = xml.Text().Trim() };
                    break;
                case "Alias":
                    aliases.Add(xml.Text().Trim());
                    break;
            }
        }

        Document = Document with { Aliases = [.. aliases] };
    }

    private void ReadNotes()
    {
        var depth = xml.Enter();
        while (xml.Next(depth))
        {
            if (xml.Name == "Note")
            {
                var (type, title) = (xml.Attribute("Type"), xml.Attribute("Title"));
                Document = Document.WithNote(type, title, xml.Text().Trim());
            }
        }
    }

    private void ReadReferences()
    {
        var (found, depth) = (new List<string>(), xml.Enter());
        while (xml.Next(depth))
        {
            var inner = xml.Enter();
            while (xml.Next(inner))
            {
                found.AddRange(xml.Name == "URL" && xml.Text().Trim() is { Length: > 0 } address ? [address] : []);
            }
        }

        Document = Document with { References = [.. found.Distinct()] };
    }
}
