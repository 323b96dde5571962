using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads the catalogue's CSV, which has the fields of the JSON, but neither its version nor its count: so it can't be seen to be complete.</summary>
public static class KevCsv
{
    private const int MostRecordCharacters = 256 * 1024;
    private static readonly string[] Needed = ["cveID", "dateAdded"];

    /// <summary>The entries; null when the whole was refused. Columns may stand in any order, and old documents lack some.</summary>
    public static ImmutableArray<KevEntry>? Read(Stream csv, string file, Action<Refusal> refused, AdvisoryLimits? limits = null)
    {
        var sink = new AdvisorySink(file, _ => { }, refused, limits);
        if (JsonText.Bytes(csv, sink) is not { } bytes)
        {
            return null;
        }

        var text = bytes.Span.StartsWith("\uFEFF"u8) ? bytes.Span[3..] : bytes.Span;
        if (!Utf8.IsValid(text))
        {
            sink.Refuse("", "it has bytes that are not UTF-8");
            return null;
        }

        return Read(new CsvRecords(Encoding.UTF8.GetString(text), MostRecordCharacters), sink);
    }

    private static ImmutableArray<KevEntry>? Read(CsvRecords records, AdvisorySink sink)
    {
        var columns = records.TryRead(out var head, out _) ? head : [];
        if (Array.Find(Needed, name => !columns.Contains(name)) is { } missing)
        {
            sink.Refuse("line 1", $"no column '{missing}': this is no catalogue of known exploited vulnerabilities");
            return null;
        }

        var entries = ImmutableArray.CreateBuilder<KevEntry>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        while (records.TryRead(out var fields, out var problem))
        {
            var position = $"line {records.Line}";
            if (entries.Count == sink.Limits.Records)
            {
                sink.Refuse(position, $"the document has more than {sink.Limits.Records} records: the rest is not read");
                return entries.ToImmutable();
            }

            if (ReadEntry(columns, fields, problem, known, p => sink.Refuse(position, p)) is { } entry)
            {
                entries.Add(entry);
            }
        }

        return entries.ToImmutable();
    }

    private static KevEntry? ReadEntry(string[] columns, string[] fields, string? problem, HashSet<string> known, Action<string> refuse)
    {
        problem ??= fields.Length != columns.Length ? $"has {fields.Length} fields, and there are {columns.Length} columns" : null;
        if (problem is not null)
        {
            refuse(problem);
            return null;
        }

        string? Field(string name) => Array.IndexOf(columns, name) is >= 0 and var at ? fields[at] : null;
        var cwes = (Field("cwes") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return Kev.ReadEntry(Field, cwes, known, refuse);
    }
}
