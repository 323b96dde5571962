namespace PatchFlow.Core.Advisories;

/// <summary>
/// Makes one of the advisories of a document that have the same id and revision. It holds only the latest of them, so that a document of any size
/// needs the same memory: one that is repeated farther away comes again by itself, with the packages that it lists there.
/// </summary>
internal sealed class AdvisoryUnion(AdvisorySink sink, long mostBytes = AdvisoryUnion.DefaultBytes)
{
    /// <summary>How many bytes of a document's text are held.</summary>
    public const long DefaultBytes = 1 << 20;

    // An advisory takes about as much memory as its text, and this much more.
    private const int BytesEach = 1024;

    private readonly Dictionary<(string Id, string? Revision), Held> _held = [];
    private readonly Queue<Held> _order = [];
    private long _bytes;

    /// <summary>Takes an advisory; false where the sink wants no more.</summary>
    /// <param name="advisory">The advisory.</param>
    /// <param name="bytes">How long its text is.</param>
    public bool Add(Advisory advisory, long bytes)
    {
        if (_held.TryGetValue((advisory.Id, advisory.Revision), out var held))
        {
            held.More.Add(advisory);
        }
        else
        {
            held = new Held(advisory);
            _held.Add((advisory.Id, advisory.Revision), held);
            _order.Enqueue(held);
        }

        held.Bytes += bytes + BytesEach;
        _bytes += bytes + BytesEach;
        return HandOut(mostBytes);
    }

    /// <summary>Hands out what is held; false where the sink wants no more.</summary>
    public bool End() => HandOut(0);

    // The oldest first, which is the order of the document.
    private bool HandOut(long most)
    {
        while (_bytes > most)
        {
            var oldest = _order.Dequeue();
            _held.Remove((oldest.First.Id, oldest.First.Revision));
            _bytes -= oldest.Bytes;
            if (!sink.Found(oldest.Union()))
            {
                return false;
            }
        }

        return true;
    }

    private sealed class Held(Advisory first)
    {
        private List<Advisory>? _more;

        public Advisory First => first;

        public List<Advisory> More => _more ??= [first];

        public long Bytes { get; set; }

        public Advisory Union() => _more is null ? first : _more.Aggregate(Head) with
        {
            Cves = [.. _more.SelectMany(a => a.Cves).Distinct()],
            Scores = [.. _more.SelectMany(a => a.Scores).Distinct()],
            References = [.. _more.SelectMany(a => a.References).Distinct()],
            Affected = [.. _more.SelectMany(a => a.Affected).DistinctBy(KeyOf)],
        };

        // Where only one can be told the worse and the wider counts.
        private static Advisory Head(Advisory a, Advisory b) => a with
        {
            Kind = a.Kind < b.Kind ? a.Kind : b.Kind,
            Title = a.Title ?? b.Title,
            Description = a.Description ?? b.Description,
            Severity = a.Severity < b.Severity ? b.Severity : a.Severity,
            SeverityText = a.Severity < b.Severity ? b.SeverityText : a.SeverityText ?? b.SeverityText,
            Published = a.Published < b.Published || b.Published is null ? a.Published : b.Published,
            Modified = a.Modified > b.Modified || b.Modified is null ? a.Modified : b.Modified,
            Withdrawn = a.Withdrawn is null || b.Withdrawn is null ? null : a.Withdrawn > b.Withdrawn ? a.Withdrawn : b.Withdrawn,
            Status = a.Withdrawn is not null || a.InTesting ? b.Status : a.Status,
            RebootSuggested = a.RebootSuggested || b.RebootSuggested,
            RestartSuggested = a.RestartSuggested || b.RestartSuggested,
            ReloginSuggested = a.ReloginSuggested || b.ReloginSuggested,
        };

        private static (string Platform, string Name, string? Arch, bool IsSource, string? Build, string? Fixed, string? Update) KeyOf(AffectedPackage p) =>
            (p.Platform, p.Name, p.Arch, p.IsSource, p.Product, p.Ranges is [var range] ? range.Fixed : null, p.Update?.Id);
    }
}
