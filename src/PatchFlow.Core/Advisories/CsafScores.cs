using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The CVSS statements of a vulnerability: <c>scores</c> of CSAF 2.0, which some publish under 2.1 too, and <c>metrics</c> of 2.1.</summary>
internal static class CsafScores
{
    private static readonly string[] Versions = ["cvss_v4", "cvss_v3", "cvss_v2"];

    /// <summary>Adds each vector and base score of a vulnerability, in the order of the document.</summary>
    public static void AddTo(List<PublishedScore> found, JsonElement vulnerability, string? cve)
    {
        foreach (var score in vulnerability.Items("scores"))
        {
            AddTo(found, score, cve, Versions);
        }

        foreach (var metric in vulnerability.Items("metrics"))
        {
            if (metric.Object("content") is { } content)
            {
                AddTo(found, content, cve, Versions);
            }
        }
    }

    private static void AddTo(List<PublishedScore> found, JsonElement stated, string? cve, string[] versions)
    {
        foreach (var version in versions)
        {
            if (stated.Object(version) is { } cvss && Score(cvss, cve) is { } score)
            {
                found.Add(score);
            }
        }
    }

    private static PublishedScore? Score(JsonElement cvss, string? cve)
    {
        var score = cvss.TryGetProperty("baseScore", out var number) && number.ValueKind == JsonValueKind.Number
            && number.TryGetDecimal(out var value) && value is >= 0 and <= 10 ? value : (decimal?)null;
        var vector = cvss.Text("vectorString");
        return vector is null && score is null ? null : new PublishedScore(vector, score, cve);
    }
}
