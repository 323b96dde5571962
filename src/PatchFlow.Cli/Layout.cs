using System.Text;
using Spectre.Console;

namespace PatchFlow.Cli;

/// <summary>
/// Cuts and wraps lines of markup by what is seen of them. Spectre wraps a line that is too long and cuts single words only, and
/// then a screen has more lines than were counted.
/// </summary>
internal static class Layout
{
    private readonly record struct Glyph(string Text, string Style, int Width)
    {
        public bool IsSpace => Text == " ";
    }

    /// <summary>Cells that a line of markup takes.</summary>
    public static int Width(string markup) => Parse(markup).Sum(g => g.Width);

    /// <summary>The line, or as much of it as fits, with a mark where it was cut.</summary>
    public static string Cut(string markup, int width, bool utf8)
    {
        var glyphs = Parse(markup);
        if (glyphs.Sum(g => g.Width) <= width)
        {
            return markup;
        }

        var mark = utf8 ? "…" : "...";
        var room = width - mark.Length;
        var kept = glyphs.TakeWhile(g => (room -= g.Width) >= 0).ToList();
        return Write(kept) + mark;
    }

    /// <summary>Lines of at most <paramref name="width"/> cells, broken at spaces; all but the first begin with <paramref name="indent"/> spaces.</summary>
    public static IReadOnlyList<string> Wrap(string markup, int width, int indent)
    {
        var (lines, rest) = (new List<string>(), Parse(markup));
        while (true)
        {
            var start = new string(' ', lines.Count == 0 ? 0 : indent);
            var room = Math.Max(8, width - start.Length);
            var fits = Fitting(rest, room);
            if (rest.FindIndex(g => g.Text == "\n") is >= 0 and var end && end <= fits)
            {
                lines.Add(start + Write(rest[..end]));
                rest = rest[(end + 1)..];
                continue;
            }

            if (fits == rest.Count)
            {
                lines.Add(start + Write(rest));
                return lines;
            }

            // A word that is longer than a line is broken where the line ends.
            var at = rest[fits].IsSpace ? fits : rest.FindLastIndex(fits - 1, g => g.IsSpace);
            at = at <= 0 || rest.Take(at).All(g => g.IsSpace) ? fits : at;
            lines.Add(start + Write(rest[..at]).TrimEnd());
            rest = [.. rest.Skip(at).SkipWhile(g => g.IsSpace)];
        }
    }

    /// <summary>Pieces side by side, as many to a line as fit.</summary>
    public static IEnumerable<string> Flow(IEnumerable<string> pieces, int width, int indent)
    {
        var (line, used) = (new StringBuilder(), 0);
        foreach (var piece in pieces)
        {
            var needed = Width(piece);
            if (used > 0 && indent + used + 2 + needed > width)
            {
                yield return new string(' ', indent) + line;
                (line, used) = (new StringBuilder(), 0);
            }

            line.Append(used > 0 ? "  " : "").Append(piece);
            used += (used > 0 ? 2 : 0) + needed;
        }

        if (used > 0)
        {
            yield return new string(' ', indent) + line;
        }
    }

    private static int Fitting(List<Glyph> glyphs, int room)
    {
        var index = 0;
        while (index < glyphs.Count && (room -= glyphs[index].Width) >= 0)
        {
            index++;
        }

        return index;
    }

    private static List<Glyph> Parse(string markup)
    {
        var (glyphs, styles) = (new List<Glyph>(), new Stack<string>());
        for (var i = 0; i < markup.Length; i++)
        {
            var isTag = markup[i] == '[' && i + 1 < markup.Length && markup[i + 1] != '[';
            if (isTag)
            {
                var end = markup.IndexOf(']', i);
                var tag = markup[(i + 1)..end];
                i = end;
                if (tag == "/")
                {
                    styles.Pop();
                }
                else
                {
                    styles.Push(styles.TryPeek(out var outer) ? $"{outer} {tag}" : tag);
                }

                continue;
            }

            var length = char.IsHighSurrogate(markup[i]) && i + 1 < markup.Length ? 2 : 1;
            var text = markup.Substring(i, length);
            glyphs.Add(new(text, styles.TryPeek(out var style) ? style : "", Cells(text)));

            // Escaped brackets are doubled.
            i += text is "[" or "]" ? 1 : length - 1;
        }

        return glyphs;
    }

    private static string Write(IEnumerable<Glyph> glyphs)
    {
        var (text, open) = (new StringBuilder(), "");
        foreach (var glyph in glyphs)
        {
            if (glyph.Style != open)
            {
                text.Append(open.Length > 0 ? "[/]" : "").Append(glyph.Style.Length > 0 ? $"[{glyph.Style}]" : "");
                open = glyph.Style;
            }

            text.Append(Markup.Escape(glyph.Text));
        }

        return text.Append(open.Length > 0 ? "[/]" : "").ToString();
    }

    // East Asian wide characters and what lies beyond the basic plane take two cells; taking too much only cuts earlier.
    private static int Cells(string text) => text.Length == 2 || text[0] is (>= '\u1100' and <= '\u115F') or (>= '\u2E80' and <= '\uA4CF')
        or (>= '\uAC00' and <= '\uD7A3') or (>= '\uF900' and <= '\uFAFF') or (>= '\uFE30' and <= '\uFE6F') or (>= '\uFF00' and <= '\uFF60') or (>= '\uFFE0' and <= '\uFFE6')
        ? 2 : 1;
}
