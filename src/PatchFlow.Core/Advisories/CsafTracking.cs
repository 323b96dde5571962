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
        if (revisions.Count > 0 && revisions.All(number => Plain(number, tracking) != version))
        {
            sink.Refuse("document/tracking/version", $"version '{AptGrammar.Shown(version)}' is not in the revision history (CSAF 6.1.16)");
        }
    }

    // Build metadata never counts, and a pre-release part does not while the document is a draft (CSAF 6.1.16).
    private static string Plain(string? version, JsonElement tracking)
    {
        var text = (version ?? "").Split('+')[0];
        return tracking.Text("status") == "draft" ? text.Split('-')[0] : text;
    }
}
