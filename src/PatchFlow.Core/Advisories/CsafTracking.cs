using System.Globalization;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The rules on a document's revisions that reading depends on: which revision it is must be one answer.</summary>
internal static class CsafTracking
{
    private static readonly JsonWords Numbers = new("1", "1.0.0", "2", "3");

    /// <summary>Refuses a version that is not the latest of the history (CSAF 6.1.16) and a revision stated twice (6.1.22).</summary>
    public static void Check(JsonElement tracking, AdvisorySink sink)
    {
        var isDraft = tracking.Is("status"u8, "draft"u8);
        var revisions = new List<(string Number, JsonElement Revision)>();
        foreach (var revision in tracking.Objects("revision_history"u8, sink, "document/tracking"))
        {
            if (Numbers.Text(revision, "number"u8) is { } number)
            {
                revisions.Add((number, revision));
            }
        }

        var twice = IsAnyTwice(revisions) ? revisions.GroupBy(r => r.Number).FirstOrDefault(group => group.Count() > 1) : null;
        if (twice is not null)
        {
            sink.Refuse("document/tracking/revision_history", $"revision '{AptGrammar.Shown(twice.Key)}' is stated twice (CSAF 6.1.22)");
        }

        var version = Plain(Numbers.Text(tracking, "version"u8), isDraft);
        if (Latest(revisions, isDraft) is { } latest && Compare(latest, version) != 0)
        {
            sink.Refuse("document/tracking/version", $"version '{AptGrammar.Shown(version)}' is not the latest of the revision history, '{AptGrammar.Shown(latest)}' (CSAF 6.1.16)");
        }
    }

    private static bool IsAnyTwice(List<(string Number, JsonElement Revision)> revisions)
    {
        var numbers = new DistinctTexts();
        return revisions.Count > 1 && !revisions.TrueForAll(revision => numbers.Add(revision.Number));
    }

    // By date, and on the same date by number.
    private static string? Latest(List<(string Number, JsonElement Revision)> revisions, bool isDraft)
    {
        (string Number, DateTimeOffset Date)? latest = null;
        foreach (var (number, revision) in revisions)
        {
            var (plain, date) = (Plain(number, isDraft), revisions.Count > 1 ? DateOf(revision) : default);
            if (latest is not { } other || date > other.Date || (date == other.Date && Compare(plain, other.Number) >= 0))
            {
                latest = (plain, date);
            }
        }

        return latest?.Number;
    }

    private static DateTimeOffset DateOf(JsonElement revision) =>
        revision.Has("date"u8, JsonValueKind.String, out var text) && FeedDate.TryUsual(text, out var usual) ? usual
        : DateTimeOffset.TryParse(revision.Text("date"u8), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : DateTimeOffset.MinValue;

    /// <summary>Orders whole numbers, and versions of Semantic Versioning (CSAF 3.1.11); the numbers have any length.</summary>
    public static int Compare(string left, string right)
    {
        if (left == right)
        {
            return 0;
        }

        var (a, b) = (left.Split('-', 2), right.Split('-', 2));
        var (x, y) = (a[0].Split('.'), b[0].Split('.'));
        for (var i = 0; i < Math.Max(x.Length, y.Length); i++)
        {
            var (m, n) = (x.ElementAtOrDefault(i)?.TrimStart('0') ?? "", y.ElementAtOrDefault(i)?.TrimStart('0') ?? "");
            var order = m.Length != n.Length ? m.Length.CompareTo(n.Length) : string.CompareOrdinal(m, n);
            if (order != 0)
            {
                return order;
            }
        }

        return a.Length != b.Length ? b.Length.CompareTo(a.Length) : string.CompareOrdinal(a[^1], b[^1]) * (a.Length - 1);
    }

    // Build metadata never counts, and a pre-release part does not while the document is a draft (CSAF 6.1.16).
    private static string Plain(string? version, bool isDraft)
    {
        var text = Before(version ?? "", '+');
        return isDraft ? Before(text, '-') : text;
    }

    private static string Before(string text, char mark) => text.IndexOf(mark, StringComparison.Ordinal) is var at and >= 0 ? text[..at] : text;
}
