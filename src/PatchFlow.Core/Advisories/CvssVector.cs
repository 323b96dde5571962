using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>A version of the Common Vulnerability Scoring System.</summary>
public enum CvssVersion
{
    /// <summary>2.0; its vectors have no prefix.</summary>
    V2,

    /// <summary>3.0.</summary>
    V30,

    /// <summary>3.1.</summary>
    V31,

    /// <summary>4.0.</summary>
    V40,
}

/// <summary>
/// A CVSS vector, read as its specification says: every mandatory metric once, no metric twice, no other metric or value. The order is free
/// in version 3 and fixed in versions 2 and 4 ("every other ordering is invalid", v4.0 specification, section 7; "in a predetermined order",
/// v2.0 guide, section 2.4). A score before it, as Red Hat writes (<c>9.8/CVSS:3.1/…</c>), is kept apart.
/// </summary>
public sealed class CvssVector
{
    private const int MaxLength = 1000;
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private CvssVector(string text, CvssVersion version, decimal? published)
    {
        (Text, Version, PublishedScore) = (text, version, published);
    }

    /// <summary>The vector as it was written, without a score or brackets around it.</summary>
    public string Text { get; }

    /// <summary>Which version it is of.</summary>
    public CvssVersion Version { get; }

    /// <summary>The score written before the vector; null where there is none.</summary>
    public decimal? PublishedScore { get; }

    /// <summary>The scores that the specification's formulas give.</summary>
    public CvssScores Scores => CvssScores.Of(this);

    /// <summary>The value of a metric; null where it is not given, or given as not defined.</summary>
    internal string? this[string metric] => _values.TryGetValue(metric, out var value) && value is not ("X" or "ND") ? value : null;

    /// <summary>Whether any metric of a group is given, and not as not defined.</summary>
    internal bool Has(CvssGroup group) => _values.Any(p => p.Value is not ("X" or "ND") && CvssMetrics.Of(Version)[p.Key].Group == group);

    /// <summary>Reads a vector, or says what is wrong with it.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out CvssVector? vector, [NotNullWhen(false)] out string? problem)
    {
        vector = null;
        if (text.Length is 0 or > MaxLength)
        {
            problem = $"a vector has 1 to {MaxLength} characters";
            return false;
        }

        var rest = TakeScore(text, out var published, out problem);
        var read = problem is null ? Make(rest, published, out problem) : null;
        problem ??= read!.Fill();
        vector = problem is null ? read : null;
        return problem is null;
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    // What stands before the first slash is a score where it is no metric.
    private static string TakeScore(string text, out decimal? published, out string? problem)
    {
        (published, problem) = (null, null);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var head = slash < 0 ? text : text[..slash];
        if (head.Contains(':', StringComparison.Ordinal))
        {
            return text;
        }

        if (!Numerals.TryRead(head, NumberStyles.AllowDecimalPoint, out var score) || score > 10m || score != decimal.Round(score, 1))
        {
            problem = $"it begins with '{head}', which is neither METRIC:VALUE, nor CVSS:3.1, nor a score from 0.0 to 10.0";
            return text;
        }

        published = score;
        problem = slash < 0 ? "a score and no vector" : null;
        return slash < 0 ? text : text[(slash + 1)..];
    }

    private static CvssVector? Make(string text, decimal? published, out string? problem)
    {
        problem = null;
        if (!text.StartsWith("CVSS:", StringComparison.Ordinal))
        {
            // The National Vulnerability Database wrote version 2 in brackets.
            return new(text is ['(', .., ')'] ? text[1..^1] : text, CvssVersion.V2, published);
        }

        CvssVersion? version = text.Split('/')[0] switch
        {
            "CVSS:3.0" => CvssVersion.V30,
            "CVSS:3.1" => CvssVersion.V31,
            "CVSS:4.0" => CvssVersion.V40,
            _ => null,
        };
        problem = version is null ? $"'{text.Split('/')[0]}' is no version that is known: CVSS:3.0, CVSS:3.1, CVSS:4.0, or none for version 2" : null;
        return version is { } known ? new(text, known, published) : null;
    }

    private string? Fill()
    {
        var metrics = CvssMetrics.Of(Version);
        CvssMetric? last = null;
        foreach (var field in Text.Split('/').Skip(Version == CvssVersion.V2 ? 0 : 1))
        {
            var colon = field.IndexOf(':', StringComparison.Ordinal);
            var (name, value) = colon < 0 ? (field, "") : (field[..colon], field[(colon + 1)..]);
            var metric = metrics.GetValueOrDefault(name);
            if (ProblemOf(field, name, value, metric, last) is { } problem)
            {
                return problem;
            }

            _values[name] = value;
            last = metric;
        }

        var missing = metrics.Values.Where(m => m.Group == CvssGroup.Base && !_values.ContainsKey(m.Name)).OrderBy(m => m.Position).Select(m => m.Name).ToList();
        return missing.Count > 0 ? $"{string.Join(", ", missing)} must be given" : null;
    }

    private string? ProblemOf(string field, string name, string value, CvssMetric? metric, CvssMetric? last) =>
        field.Length == 0 ? "there is nothing between two slashes, or after the last one"
        : metric is null ? $"'{name}' is no metric of it{(CvssMetrics.OtherWith(name, Version) is { } other ? $", but of CVSS {other}: is the prefix right?" : "")}"
        : value.Length == 0 ? $"'{field}' is not METRIC:VALUE"
        : !metric.Values.Contains(value) ? $"{name} can't be '{value}', but {string.Join(", ", metric.Values)}"
        : _values.ContainsKey(name) ? $"{name} is given twice"
        : Version is CvssVersion.V2 or CvssVersion.V40 && metric.Position < last?.Position ? $"{name} stands after {last.Name}: the order is fixed in this version"
        : null;
}
