using System.Globalization;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The rules on a document's revisions that reading depends on: which revision it is must be one answer.</summary>
internal static class CsafTracking
{
    /// <summary>Refuses a version that is not the latest of the history (CSAF 6.1.16) and a revision stated twice (6.1.22).</summary>
    public static void Check(JsonElement tracking, AdvisorySink sink)
    {
        var revisions = tracking.Items("revision_history").Select(revision => revision.Text("number")).OfType<string>().ToList();
        var twice = revisions.GroupBy(number => number).FirstOrDefault(group => group.Count() > 1);
        if (twice is not null)
        {
            sink.Refuse("document/tracking/revision_history", $"revision '{AptGrammar.Shown(twice.Key)}' is stated twice (CSAF 6.1.22)");
        }

        var version = Plain(tracking.Text("version"), tracking);
        var latest = tracking.Items("revision_history")
            .Where(revision => revision.Text("number") is not null)
            .OrderBy(revision => DateTimeOffset.TryParse(revision.Text("date"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date) ? date : DateTimeOffset.MinValue)
            .ThenBy(revision => Plain(revision.Text("number"), tracking), Comparer<string>.Create(Compare))
            .Select(revision => Plain(revision.Text("number"), tracking)).LastOrDefault();
        if (latest is not null && Compare(latest, version) != 0)
        {
            sink.Refuse("document/tracking/version", $"version '{AptGrammar.Shown(version)}' is not the latest of the revision history, '{AptGrammar.Shown(latest)}' (CSAF 6.1.16)");
        }
    }

    /// <summary>Orders whole numbers, and versions of Semantic Versioning (CSAF 3.1.11); the numbers have any length.</summary>
    public static int Compare(string left, string right)
    {
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
    private static string Plain(string? version, JsonElement tracking)
    {
        var text = (version ?? "").Split('+')[0];
        return tracking.Text("status") == "draft" ? text.Split('-')[0] : text;
    }
}
