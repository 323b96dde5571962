using System.Text;

namespace PatchFlow.Core.Documents;

/// <summary>
/// The text that people and programs wrote: last on its line, valid Unicode, without control characters. The characters that
/// reverse the direction of what follows are refused too: what the board reads must be what is there.
/// </summary>
public static class FreeText
{
    private const int MostBytes = 960;

    /// <summary>Whether a document takes this text as it is (its line may still be too long).</summary>
    public static bool IsValid(string text) =>
        text.Length > 0 && text[0] != ' ' && text[^1] != ' ' && !text.EnumerateRunes().Any(r => r == Rune.ReplacementChar || IsRefused(r));

    /// <summary>
    /// Makes text that a document takes of any text, for messages of programs: refused characters become spaces, it is cut to fit
    /// a line, and nothing becomes <c>-</c>. Never for what a person is quoted with: that is refused instead.
    /// </summary>
    public static string From(string text)
    {
        var clean = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var kept = rune == Rune.ReplacementChar ? new Rune('?') : IsRefused(rune) ? new Rune(' ') : rune;
            bytes += kept.Utf8SequenceLength;
            if (bytes > MostBytes)
            {
                break;
            }

            clean.Append(kept);
        }

        var trimmed = clean.ToString().Trim(' ');
        return trimmed.Length > 0 ? trimmed : "-";
    }

    private static bool IsRefused(Rune rune) =>
        Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069);
}
