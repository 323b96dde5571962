namespace PatchFlow.Cli;

/// <summary>A table without a frame. Its last column holds what is long, and is wrapped below itself; no line ends with spaces.</summary>
internal sealed class Grid(params string[] columns)
{
    private const int Gap = 2;
    private const int LeastLast = 24;
    private const int Indent = 4;
    private readonly List<string[]> _rows = [];

    /// <summary>How many rows there are, without the head.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row of markup.</summary>
    public void AddRow(params string[] cells) => _rows.Add(cells);

    /// <summary>The lines, as markup.</summary>
    public IEnumerable<string> Lines(int width)
    {
        var head = columns.Select(column => $"[bold]{column}[/]").ToArray();
        var widths = columns.Select((_, i) => _rows.Append(head).Max(row => Layout.Width(row[i]))).ToArray();
        return _rows.Prepend(head).SelectMany(row => Row(row, widths, width));
    }

    private static IEnumerable<string> Row(string[] cells, int[] widths, int width)
    {
        var last = cells.Length - 1;
        var before = string.Concat(cells.Take(last).Select((cell, i) => cell + new string(' ', widths[i] - Layout.Width(cell) + Gap)));
        var at = widths.Take(last).Sum(w => w + Gap);
        if (cells[last].Length == 0)
        {
            return [before.TrimEnd()];
        }

        // Where the others leave too little room, what is long goes below them.
        return width - at >= Math.Min(LeastLast, widths[last])
            ? Layout.Wrap(cells[last], width - at, 0).Select((line, i) => (i == 0 ? before : new string(' ', at)) + line)
            : Layout.Wrap(cells[last], width - Indent, 0).Select(line => new string(' ', Indent) + line).Prepend(before.TrimEnd());
    }
}
