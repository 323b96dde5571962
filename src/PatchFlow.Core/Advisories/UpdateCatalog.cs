using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads pages of the Microsoft Update Catalog: lists that a search found, and the details of one update, which say what replaces it and what it
/// replaces. There is no interface for programs, so these are the pages for people; as HTML they have a document type, and are not read as XML.
/// </summary>
public static partial class UpdateCatalog
{
    private const string DetailMark = "id=\"ScopedViewHandler_titleText\"";
    private const string ListMark = "id=\"ctl00_catalogBody_updateMatches\"";
    private const string NothingMark = "id=\"ctl00_catalogBody_noResultText\"";

    /// <summary>Reads a page; one that is neither, such as a page that reports an error, is refused.</summary>
    public static void Read(Stream document, AdvisorySink sink, Action<VendorUpdate> found)
    {
        if (JsonText.Bytes(document, sink) is not { } bytes)
        {
            return;
        }

        var page = Encoding.UTF8.GetString(bytes.Span);
        if (page.Contains(DetailMark, StringComparison.Ordinal))
        {
            ReadDetails(page, sink, found);
        }
        else if (page.IndexOf(ListMark, StringComparison.Ordinal) is var at and >= 0)
        {
            ReadList(page, at, sink, found);
        }
        else if (!page.Contains(NothingMark, StringComparison.Ordinal))
        {
            sink.Refuse("", "neither a list of updates nor the details of one: a search of the Microsoft Update Catalog, or its page on an update, is expected");
        }
    }

    private static void ReadList(string page, int start, AdvisorySink sink, Action<VendorUpdate> found)
    {
        var (count, line, seen) = (0, 1, 0);
        for (var row = Row().Match(page, start); row.Success; row = row.NextMatch())
        {
            line += page.AsSpan(seen, row.Index - seen).Count('\n');
            seen = row.Index;
            if (++count > sink.Limits.Records)
            {
                sink.Refuse($"line {line}", $"the page has more than {sink.Limits.Records} records: the rest is not read");
                return;
            }

            if (UpdateOf(page[row.Index..End(page, row.Index, "</tr>")], $"line {line}", sink) is { } update)
            {
                found(update);
            }
        }

        if (count == 0)
        {
            sink.Refuse("", "a list of updates with no row that can be read");
        }
    }

    private static VendorUpdate? UpdateOf(string row, string position, AdvisorySink sink)
    {
        var cells = Cell().Matches(row).Select(cell => Text(row[(cell.Index + cell.Length)..End(row, cell.Index, "</td>")])).ToList();
        if (cells.Count < 6 || NumberIn(cells[1]) is not { } number)
        {
            sink.Refuse(position, "a row without a title that ends with the number of an article, or without products and date");
            return null;
        }

        return new VendorUpdate
        {
            Id = number,
            Title = cells[1],
            Product = cells[2],
            Kind = cells[3],
            Released = DateOf(cells[4], position, sink),
            SizeBytes = long.TryParse(Size().Match(row).Groups["size"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null,
        };
    }

    private static void ReadDetails(string page, AdvisorySink sink, Action<VendorUpdate> found)
    {
        var title = Text(Between(page, DetailMark, "</span>"));
        var number = VendorUpdate.NumbersIn(Field(page, "kbDiv")) is [var first, ..] ? first : NumberIn(title);
        if (number is null)
        {
            sink.Refuse("", "the details of an update without the number of an article");
            return;
        }

        found(new VendorUpdate
        {
            Id = number,
            Title = title,
            Product = Given(Field(page, "productsDiv")),
            Kind = Given(Field(page, "classificationDiv")),
            Severity = Given(Text(Between(page, "id=\"ScopedViewHandler_msrcSeverity\"", "</span>"))),
            Restart = Given(Text(Between(page, "id=\"ScopedViewHandler_rebootBehavior\"", "</span>"))),
            Released = DateOf(Text(Between(page, "id=\"ScopedViewHandler_date\"", "</span>")), number, sink),
            SupersededBy = Updates(Between(page, "id=\"supersededbyInfo\"", "<span")),
            Supersedes = Updates(Between(page, "id=\"supersedesInfo\"", "id=\"languageBox\"")),
        });
    }

    // Each update is named by its title, which ends with its number.
    private static ImmutableArray<string> Updates(string html) => [.. Title().Matches(html).Select(match => $"KB{match.Groups["number"].Value}").Distinct()];

    private static string? NumberIn(string title) => Title().Matches(title) is { Count: > 0 } matches ? $"KB{matches[^1].Groups["number"].Value}" : null;

    // What stands in a division behind its label.
    private static string Field(string page, string id)
    {
        const string end = "</span>";
        var inside = Between(page, $"id=\"{id}\"", "</div>");
        return inside.IndexOf(end, StringComparison.Ordinal) is var at and >= 0 ? Text(inside[(at + end.Length)..]) : "";
    }

    private static string? Given(string text) => text.Length == 0 || text == "n/a" ? null : text;

    private static string Between(string page, string begin, string end)
    {
        var at = page.IndexOf(begin, StringComparison.Ordinal);
        var from = at < 0 ? -1 : page.IndexOf('>', at);
        var to = from < 0 ? -1 : page.IndexOf(end, from, StringComparison.Ordinal);
        return to < 0 ? "" : page[(from + 1)..to];
    }

    private static int End(string text, int from, string end) => text.IndexOf(end, from, StringComparison.Ordinal) is var at and >= 0 ? at : text.Length;

    // Tags are left out, the entities that such pages have resolved and blanks joined; the ampersand comes last, so that nothing is resolved twice.
    private static string Text(string html) => Blanks().Replace(Tag().Replace(html, " "), " ").Trim()
        .Replace("&lt;", "<", StringComparison.Ordinal).Replace("&gt;", ">", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal)
        .Replace("&#39;", "'", StringComparison.Ordinal).Replace("&amp;", "&", StringComparison.Ordinal);

    private static DateTimeOffset? DateOf(string text, string position, AdvisorySink sink)
    {
        if (DateTimeOffset.TryParseExact(text, "M/d/yyyy", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return date;
        }

        sink.Refuse(position, $"'{XmlWalk.Shown(text)}' is no date (4/11/2023); the rest of it is kept");
        return null;
    }

    [GeneratedRegex("<tr id=\"[0-9a-f-]{36}_R[0-9]{1,9}\">", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Row();

    [GeneratedRegex("<td [^>]*_C[0-9]_R[0-9]{1,9}\">", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Cell();

    [GeneratedRegex("_originalSize\">(?<size>[0-9]{1,15})<", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Size();

    [GeneratedRegex(@"\(KB(?<number>[0-9]{6,7})\)", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Title();

    [GeneratedRegex("<[^>]*>", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Blanks();
}
