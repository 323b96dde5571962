using System.Text;

namespace PatchFlow.Core.Advisories;

/// <summary>Records of CSV as RFC 4180 has it: fields in quotes may hold commas, line ends and doubled quotes. A record is bounded.</summary>
internal sealed class CsvRecords(string text, int mostCharacters)
{
    private int _at;
    private int _next = 1;

    /// <summary>The line on which the last record began, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The next record that is not an empty line, or what is wrong with it; false at the end.</summary>
    public bool TryRead(out string[] fields, out string? problem)
    {
        (fields, problem) = ([], null);
        while (Peek() is '\r' or '\n')
        {
            _next += Read() == '\n' ? 1 : 0;
        }

        Line = _next;
        if (Peek() < 0)
        {
            return false;
        }

        (fields, problem) = ReadRecord();
        return true;
    }

    private int Peek() => _at < text.Length ? text[_at] : -1;

    private int Read() => _at < text.Length ? text[_at++] : -1;

    private (string[] Fields, string? Problem) ReadRecord()
    {
        var (fields, field, problem, length) = (new List<string>(), new StringBuilder(), (string?)null, 0);
        var (isQuoted, wasQuoted) = (false, false);
        for (int c; (c = Read()) >= 0;)
        {
            _next += c == '\n' ? 1 : 0;
            if (++length > mostCharacters)
            {
                // Nothing of a record that is too long is kept; it ends where its line or its quotes end.
                problem = $"the record has more than {mostCharacters} characters";
                field.Clear();
                fields.Clear();
            }

            if (c == '"')
            {
                var isDoubled = isQuoted && Peek() == '"';
                problem ??= !isQuoted && (field.Length > 0 || wasQuoted) ? "a quote within a field that does not begin with one" : null;
                field.Append(isDoubled ? ((char)Read()).ToString() : "");
                (isQuoted, wasQuoted) = (isDoubled || !isQuoted, true);
            }
            else if (isQuoted)
            {
                field.Append((char)c);
            }
            else if (c is ',' or '\n')
            {
                fields.Add(field.ToString());
                field.Clear();
                wasQuoted = false;
                if (c == '\n')
                {
                    return ([.. fields], problem);
                }
            }
            else if (c != '\r')
            {
                field.Append((char)c);
            }
        }

        return ([.. fields, field.ToString()], isQuoted ? "a quote is not closed" : problem);
    }
}
