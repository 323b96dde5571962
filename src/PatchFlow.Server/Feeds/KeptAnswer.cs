using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>What an address of a feed answered: a line of the lists in the feed's folder of answers.</summary>
/// <param name="Key">The address, as archives name it (<see cref="CarriedAnswers.KeyOf"/>).</param>
/// <param name="Sha256">The digest of the body as it came; the default value where the answer was that there is nothing.</param>
/// <param name="SizeBytes">The size of the body.</param>
/// <param name="StoredBytes">The size of the file that it is kept in.</param>
/// <param name="At">When it was answered.</param>
internal sealed record KeptAnswer(UInt128 Key, Digest Sha256, long SizeBytes, long StoredBytes, DateTimeOffset At)
{
    private const int Columns = 8;

    /// <summary>What the server said of it, to ask again whether it is the same.</summary>
    public Validators Validators { get; init; } = new(null, null);

    /// <summary>When the list that names it says that it was changed; empty where that is not known.</summary>
    public string Dated { get; init; } = "";

    /// <summary>Whether the answer was that there is nothing.</summary>
    public bool IsAbsent => Sha256 == default;

    /// <summary>It as a line.</summary>
    public string Line => string.Join('\t', KeyText(Key), IsAbsent ? "" : Sha256.Hex, Number(SizeBytes), Number(StoredBytes), Number(At.UtcTicks), Escaped(Validators.ETag), Escaped(Validators.LastModified), Escaped(Dated));

    /// <summary>A key as lines have it.</summary>
    public static string KeyText(UInt128 key) => key.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>The key of such a text.</summary>
    public static bool TryKey(ReadOnlySpan<char> text, out UInt128 key)
    {
        key = default;
        return text.Length == 32 && UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key);
    }

    /// <summary>The answer of a line; null where it is none, as where the last one was cut.</summary>
    public static KeptAnswer? Parse(ReadOnlySpan<char> line)
    {
        Span<Range> words = stackalloc Range[Columns + 1];
        var digest = default(Digest);
        return line.Split(words, '\t') == Columns
            && TryKey(line[words[0]], out var key)
            && (line[words[1]].IsEmpty || Digest.TryParse(line[words[1]], out digest))
            && TryNumber(line[words[2]], out var size)
            && TryNumber(line[words[3]], out var stored)
            && TryNumber(line[words[4]], out var at) && at <= DateTimeOffset.MaxValue.UtcTicks
                ? new KeptAnswer(key, digest, size, stored, new DateTimeOffset(at, TimeSpan.Zero))
                {
                    Validators = new(Text(line[words[5]]), Text(line[words[6]])),
                    Dated = Text(line[words[7]]) ?? "",
                }
                : null;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

    private static string Escaped(string? text) => Uri.EscapeDataString(text ?? "");

    private static string? Text(ReadOnlySpan<char> escaped) => escaped.IsEmpty ? null : escaped.Contains('%') ? Uri.UnescapeDataString(escaped) : escaped.ToString();
}
