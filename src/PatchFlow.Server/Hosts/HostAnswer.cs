using System.Globalization;
using System.Text;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Hosts;

/// <summary>Reading what a host said. It may say anything: what reaches people or logs is bounded and printable.</summary>
internal static class HostAnswer
{
    /// <summary>Characters of a host's words that are shown at most.</summary>
    public const int ShownLimit = 2000;

    private const int GlimpseLimit = 120;
    private const int TextLimitBytes = 8 * 1024 * 1024;

    /// <summary>The answer as ASCII text.</summary>
    /// <exception cref="HostRefusedException">It is too long, or not ASCII.</exception>
    public static string Text(HostReply reply, string verb, string expected) =>
        reply.Output.Length <= TextLimitBytes && Ascii.IsValid(reply.Output.Span)
            ? Encoding.ASCII.GetString(reply.Output.Span)
            : throw HostRefusedException.Garbage(verb, expected, Glimpse(reply.Output));

    /// <summary>The first bytes as text, for a message.</summary>
    public static string Glimpse(ReadOnlyMemory<byte> bytes) =>
        Encoding.UTF8.GetString(bytes.Span[..Math.Min(bytes.Length, GlimpseLimit)]);

    /// <summary>Text without control and formatting characters, on one line, of at most <see cref="ShownLimit"/> characters.</summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder(Math.Min(text.Length, ShownLimit));
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= ShownLimit)
            {
                return clean.Append('…').ToString();
            }

            clean.Append(IsPrintable(rune) ? rune.ToString() : clean is { Length: > 0 } && clean[^1] != ' ' ? " " : "");
        }

        return clean.ToString().TrimEnd();
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
