using System.Globalization;
using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>How likely a CVE is exploited within 30 days, as FIRST's Exploit Prediction Scoring System has it.</summary>
/// <param name="Cve">The CVE.</param>
/// <param name="Probability">0 to 1.</param>
/// <param name="Percentile">The share of all CVEs that are scored the same or lower, 0 to 1; null in the first generation, which has none.</param>
public sealed record EpssScore(string Cve, decimal Probability, decimal? Percentile);

/// <summary>What an EPSS document says of itself.</summary>
/// <param name="Model">The model's version; scores of different models don't compare. Null where none is stated, before 2022.</param>
/// <param name="ScoreDate">When they were computed; null where not stated, or not readable.</param>
/// <param name="Scores">How many were read.</param>
public sealed record EpssRelease(string? Model, DateTimeOffset? ScoreDate, int Scores);

/// <summary>
/// Reads EPSS documents, decompressed: CSV with a header of one of four generations (two columns without comment, three columns without comment,
/// a comment with <c>+0000</c>, a comment with <c>Z</c>). They are not signed, so they rank patches and authorise nothing.
/// </summary>
public static class Epss
{
    private const int MostLineBytes = 1024;
    private const int MostRefused = 1000;
    private const NumberStyles Number = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss'+0000'"];

    /// <summary>Gives each score to <paramref name="found"/> and each row that is refused to <paramref name="refused"/>; null when the whole was refused.</summary>
    /// <param name="csv">The document, decompressed.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="found">Takes a score.</param>
    /// <param name="refused">Takes a row that is no score, or the reason why all is refused.</param>
    public static EpssRelease? Read(Stream csv, string file, Action<EpssScore> found, Action<Refusal> refused)
    {
        var lines = new ByteLines(csv, MostLineBytes);
        void Refuse(string reason, bool isOfTheRest = false) => refused(new(file, lines.Number == 0 ? "" : $"line {lines.Number}", reason) { IsOfTheRest = isOfTheRest });

        lines.TryRead(out var head);
        head = head.StartsWith("\uFEFF"u8) ? head[3..] : head;
        var (model, date) = head.StartsWith("#"u8) ? ReadComment(Encoding.UTF8.GetString(head), reason => Refuse(reason)) : (null, null);
        if (head.StartsWith("#"u8))
        {
            lines.TryRead(out head);
        }

        var columns = head.SequenceEqual("cve,epss,percentile"u8) ? 3 : head.SequenceEqual("cve,epss"u8) ? 2 : 0;
        if (columns == 0)
        {
            Refuse("the columns must be cve,epss,percentile, or cve,epss: this is no EPSS document, or of a new generation", isOfTheRest: true);
            return null;
        }

        return ReadRows(lines, columns, found, Refuse) is { } scores ? new EpssRelease(model, date, scores) : null;
    }

    private static int? ReadRows(ByteLines lines, int columns, Action<EpssScore> found, Action<string, bool> refuse)
    {
        var (scores, bad) = (0, 0);
        while (lines.TryRead(out var line))
        {
            if (line.IsEmpty && !lines.WasTooLong)
            {
                continue;
            }

            if (!lines.WasTooLong && ReadRow(line, columns) is { } score)
            {
                found(score);
                scores++;
                continue;
            }

            refuse($"not a CVE, a number from 0 to 1{(columns == 3 ? " and another" : "")}, separated by commas", false);
            if (++bad == MostRefused)
            {
                refuse($"{MostRefused} rows were refused: the rest is not read, and nothing of it is used", true);
                return null;
            }
        }

        return scores;
    }

    private static EpssScore? ReadRow(ReadOnlySpan<byte> line, int columns)
    {
        Span<Range> fields = stackalloc Range[4];
        var text = Encoding.ASCII.GetString(line);
        return text.AsSpan().Split(fields, ',') == columns && CveId.IsValid(text.AsSpan(fields[0]))
            && IsShare(text.AsSpan(fields[1]), out var probability) && IsShare(columns == 3 ? text.AsSpan(fields[2]) : "0", out var percentile)
            ? new EpssScore(text[fields[0]], probability, columns == 3 ? percentile : null) : null;
    }

    private static bool IsShare(ReadOnlySpan<char> text, out decimal share) => Numerals.TryRead(text, Number, out share) && share is >= 0m and <= 1m;

    // A comment that can't be read costs its two facts, not the scores.
    private static (string? Model, DateTimeOffset? Date) ReadComment(string comment, Action<string> refuse)
    {
        var facts = comment[1..].Split(',').Select(fact => fact.Split(':', 2)).Where(fact => fact.Length == 2).ToLookup(fact => fact[0].Trim(), fact => fact[1].Trim());
        var (model, time) = (facts["model_version"].FirstOrDefault(), facts["score_date"].FirstOrDefault());
        var isRead = DateTimeOffset.TryParseExact(time, Times, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date);
        if (model is null || !isRead)
        {
            refuse("the comment must be #model_version:VERSION,score_date:2026-09-29T12:00:22Z: model and date are taken as unknown");
        }

        return (model, isRead ? date : null);
    }
}
