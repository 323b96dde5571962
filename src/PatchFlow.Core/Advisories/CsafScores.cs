using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The CVSS statements of a vulnerability: <c>scores</c> of CSAF 2.0, which some publish under 2.1 too, and <c>metrics</c> of 2.1.</summary>
internal static class CsafScores
{
    private static readonly string[] Versions = ["cvss_v4", "cvss_v3", "cvss_v2"];

    /// <summary>Each vector and base score once, in the order of the document.</summary>
    public static IEnumerable<PublishedScore> Of(JsonElement vulnerability)
    {
        var cve = vulnerability.Text("cve");
        var stated = vulnerability.Items("scores").Concat(vulnerability.Items("metrics").Select(metric => metric.Object("content")).OfType<JsonElement>());
        return stated.SelectMany(item => Versions.Select(version => item.Object(version))).OfType<JsonElement>().Select(cvss => Score(cvss, cve)).OfType<PublishedScore>().Distinct();
    }

    private static PublishedScore? Score(JsonElement cvss, string? cve)
    {
        var score = cvss.TryGetProperty("baseScore", out var number) && number.ValueKind == JsonValueKind.Number
            && number.TryGetDecimal(out var value) && value is >= 0 and <= 10 ? value : (decimal?)null;
        var vector = cvss.Text("vectorString");
        return vector is null && score is null ? null : new PublishedScore(vector, score, cve);
    }
}
