using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>The CVSS statements of a vulnerability: <c>scores</c> of CSAF 2.0, which some publish under 2.1 too, and <c>metrics</c> of 2.1.</summary>
internal static class CsafScores
{
    /// <summary>Adds each vector and base score of a vulnerability, in the order of the document.</summary>
    public static void AddTo(List<PublishedScore> found, JsonElement vulnerability, string? cve, AdvisorySink sink, string position)
    {
        var place = new Place(cve, sink, position);
        foreach (var score in vulnerability.Objects("scores"u8, sink, position))
        {
            AddAll(found, score, place);
        }

        foreach (var metric in vulnerability.Objects("metrics"u8, sink, position))
        {
            if (metric.Object("content"u8, sink, position) is { } content)
            {
                AddAll(found, content, place);
            }
        }
    }

    private static void AddAll(List<PublishedScore> found, JsonElement stated, in Place place)
    {
        Add(found, stated.Object("cvss_v4"u8, place.Sink, place.Position), place);
        Add(found, stated.Object("cvss_v3"u8, place.Sink, place.Position), place);
        Add(found, stated.Object("cvss_v2"u8, place.Sink, place.Position), place);
    }

    private static void Add(List<PublishedScore> found, JsonElement? cvss, in Place place)
    {
        if (cvss is { } stated && Score(stated, place) is { } score)
        {
            found.Add(score);
        }
    }

    private static PublishedScore? Score(JsonElement cvss, in Place place)
    {
        var score = cvss.Number("baseScore"u8, place.Sink, place.Position) is { } number && number.TryGetDecimal(out var value) && value is >= 0 and <= 10 ? value : (decimal?)null;
        var vector = cvss.Text("vectorString"u8, place.Sink, place.Position);
        return vector is null && score is null ? null : new PublishedScore(vector, score, place.Cve);
    }

    private readonly record struct Place(string? Cve, AdvisorySink Sink, string Position);
}
