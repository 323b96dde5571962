using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The CVSS statements of a vulnerability: <c>scores</c> of CSAF 2.0, which some publish under 2.1 too, and <c>metrics</c> of 2.1.</summary>
internal static class CsafScores
{
    /// <summary>Adds each vector and base score of a vulnerability, in the order of the document.</summary>
    public static void AddTo(List<PublishedScore> found, JsonElement vulnerability, string? cve)
    {
        foreach (var score in vulnerability.Items("scores"u8))
        {
            AddAll(found, score, cve);
        }

        foreach (var metric in vulnerability.Items("metrics"u8))
        {
            if (metric.Object("content"u8) is { } content)
            {
                AddAll(found, content, cve);
            }
        }
    }

    private static void AddAll(List<PublishedScore> found, JsonElement stated, string? cve)
    {
        Add(found, stated.Object("cvss_v4"u8), cve);
        Add(found, stated.Object("cvss_v3"u8), cve);
        Add(found, stated.Object("cvss_v2"u8), cve);
    }

    private static void Add(List<PublishedScore> found, JsonElement? cvss, string? cve)
    {
        if (cvss is { } stated && Score(stated, cve) is { } score)
        {
            found.Add(score);
        }
    }

    private static PublishedScore? Score(JsonElement cvss, string? cve)
    {
        var score = cvss.Has("baseScore"u8, JsonValueKind.Number, out var number)
            && number.TryGetDecimal(out var value) && value is >= 0 and <= 10 ? value : (decimal?)null;
        var vector = cvss.Text("vectorString"u8);
        return vector is null && score is null ? null : new PublishedScore(vector, score, cve);
    }
}
