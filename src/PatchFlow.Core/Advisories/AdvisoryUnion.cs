using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Holds the advisories of a document until its end, so that those with the same id and revision become one. What may be held has a limit;
/// beyond it a repeated advisory comes again by itself, with the packages that it lists there.
/// </summary>
internal sealed class AdvisoryUnion(AdvisorySink sink, long mostBytes = 256 << 20)
{
    // An advisory takes about as much memory as its text, and this much more.
    private const int BytesEach = 1024;

    private readonly OrderedDictionary<(string Id, string? Revision), Held> _held = [];
    private long _bytes;

    /// <summary>Takes an advisory; false where the sink wants no more.</summary>
    /// <param name="advisory">The advisory.</param>
    /// <param name="bytes">How long its text is.</param>
    public bool Add(Advisory advisory, long bytes)
    {
        if (!_held.TryAdd((advisory.Id, advisory.Revision), new Held(advisory), out var at))
        {
            _held.GetAt(at).Value.More.Add(advisory);
        }

        _bytes += bytes + BytesEach;
        return _bytes <= mostBytes || End();
    }

    /// <summary>Hands out what is held; false where the sink wants no more.</summary>
    public bool End()
    {
        foreach (var held in _held.Values)
        {
            if (!sink.Found(held.Union()))
            {
                return false;
            }
        }

        _held.Clear();
        _bytes = 0;
        return true;
    }

    private sealed class Held(Advisory first)
    {
        private List<Advisory>? _more;

        public List<Advisory> More => _more ??= [first];

        public Advisory Union() => _more is null ? first : _more.Aggregate(Head) with
        {
            Cves = [.. _more.SelectMany(a => a.Cves).Distinct()],
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

        private static (string Platform, string Name, string? Arch, bool IsSource, string? Build, string? Fixed) KeyOf(AffectedPackage p) =>
            (p.Platform, p.Name, p.Arch, p.IsSource, p.Product, p.Ranges is [var range] ? range.Fixed : null);
    }
}
