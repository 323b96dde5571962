namespace PatchFlow.Core.Advisories;

/// <summary>One <c>update</c> of an updateinfo document, as far as it was read.</summary>
internal sealed class UpdateDraft
{
    private readonly XmlWalk _xml;
    private readonly AdvisorySink _sink;
    private readonly int _number;
    private readonly int _line;
    private readonly UpdatePackages _packages;
    private readonly List<string> _references = [];
    private readonly CveList _cves = new();
    private string? _id, _title, _severity, _release, _summary, _description, _issued, _updated;
    private string? _from, _status, _type, _version;
    private bool _isDoubled;
    private SuggestedActions _suggested;

    /// <summary>Begins with the element that the walk stands on.</summary>
    public UpdateDraft(XmlWalk xml, AdvisorySink sink, int number)
    {
        (_xml, _sink, _number, _line) = (xml, sink, number, xml.Line);
        _packages = new UpdatePackages(xml, (line, reason) => sink.Refuse(At(line), reason));
    }

    /// <summary>Where it begins, for a refusal.</summary>
    public string Position => At(_line);

    /// <summary>Reads all of it.</summary>
    public void Read()
    {
        ReadAttributes();
        var depth = _xml.Enter();
        while (_xml.Next(depth))
        {
            ReadChild();
        }
    }

    /// <summary>The advisory; null where it was refused.</summary>
    public Advisory? ToAdvisory()
    {
        var problem = RpmAdvisory.ProblemOf(_id, _from) ?? (_isDoubled ? "it has two ids" : null);
        var published = FeedDate.OfRpm(_issued, _sink, $"{Position} issued");
        var modified = FeedDate.OfRpm(_updated, _sink, $"{Position} updated");
        var isWithdrawn = RpmAdvisory.IsWithdrawn(_status);
        problem ??= isWithdrawn && (modified ?? published) is null ? $"it is {_status}, at a time that can't be read: it is not used" : null;
        if (problem is not null)
        {
            _sink.Refuse(Position, problem);
            return null;
        }

        var kind = RpmAdvisory.KindOf(_type, _cves.Any, _severity);
        AddFromText(kind);
        var suggested = _suggested | _packages.Suggested;
        return new Advisory
        {
            Id = _id!,
            Revision = _version,
            Kind = _type is null && _cves.Any ? AdvisoryKind.Security : kind,
            Title = string.IsNullOrEmpty(_title) ? _summary : _title,
            Description = _description,
            Severity = Severities.OfUpdate(_severity),
            SeverityText = string.IsNullOrEmpty(_severity) ? null : _severity,
            Cves = _cves.ToArray(),
            Published = published,
            Modified = modified,
            Withdrawn = isWithdrawn ? modified ?? published : null,
            Status = _status,
            RebootSuggested = suggested.HasFlag(SuggestedActions.Reboot),
            RestartSuggested = suggested.HasFlag(SuggestedActions.Restart),
            ReloginSuggested = suggested.HasFlag(SuggestedActions.Relogin),
            References = [.. _references],
            Affected = _packages.ToArray(),
        };
    }

    private string At(int line) => _id is { Length: > 0 } id ? $"{XmlWalk.Shown(id)} (line {line})" : $"update {_number} (line {line})";

    private void ReadAttributes()
    {
        while (_xml.NextAttribute())
        {
            switch (_xml.AttributeName)
            {
                case "from":
                    _from = _xml.AttributeValue;
                    break;
                case "status":
                    _status = _xml.AttributeValue;
                    break;
                case "type":
                    _type = _xml.AttributeValue is { Length: > 0 } type ? type : null;
                    break;
                case "version":
                    _version = _xml.AttributeValue;
                    break;
            }
        }
    }

    private void ReadChild()
    {
        switch (_xml.Name)
        {
            case "id":
                _isDoubled |= _id is not null;
                _id = _xml.Text().Trim();
                break;
            case "title":
                _title = _xml.Text();
                break;
            case "severity":
                _severity = _xml.Text().Trim();
                break;
            case "release":
                _release = _xml.Text();
                break;
            case "summary":
                _summary = _xml.Text();
                break;
            case "description":
                _description = _xml.Text();
                break;
            case "issued":
                _issued = _xml.Attribute("date");
                break;
            case "updated":
                _updated = _xml.Attribute("date");
                break;
            case "references":
                ReadReferences();
                break;
            case "pkglist":
                _packages.Read(_release);
                break;
            default:
                _suggested |= RpmAdvisory.Suggested(_xml);
                break;
        }
    }

    private void ReadReferences()
    {
        var depth = _xml.Enter();
        while (_xml.Next(depth))
        {
            if (_xml.Name == "reference")
            {
                ReadReference(_xml.Line);
            }
        }
    }

    private void ReadReference(int line)
    {
        string? href = null, id = null, type = null, title = null;
        while (_xml.NextAttribute())
        {
            switch (_xml.AttributeName)
            {
                case "href":
                    href = _xml.AttributeValue;
                    break;
                case "id":
                    id = _xml.AttributeValue;
                    break;
                case "type":
                    type = _xml.AttributeValue;
                    break;
                case "title":
                    title = _xml.AttributeValue;
                    break;
            }
        }

        if (href is { Length: > 0 })
        {
            _references.Add(href);
        }

        // Fedora names CVEs only in titles of references to bugs.
        var found = _cves.Add(id);
        found |= title != id && _cves.Add(title);
        if (!found && type == "cve")
        {
            _sink.Refuse(At(line), $"reference '{XmlWalk.Shown(id ?? "")}' of type cve names no CVE; the rest of it is kept");
        }
    }

    // SUSE of old and others name CVEs in words only. Words also compare with other CVEs, so they count only where no reference names one.
    private void AddFromText(AdvisoryKind kind)
    {
        if (!_cves.Any && (kind == AdvisoryKind.Security || _type is null) && !(_cves.Add(_title) | _cves.Add(_summary)))
        {
            _cves.Add(_description);
        }
    }
}
