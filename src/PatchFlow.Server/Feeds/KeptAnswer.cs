using System.Globalization;

namespace PatchFlow.Server.Feeds;

/// <summary>What an address of a feed answered: a line of the lists in the feed's folder of answers.</summary>
/// <param name="Name">The address, as archives name it (<see cref="CarriedAnswers.NameOf"/>).</param>
/// <param name="Sha256">The digest of the body as it came, in hex; empty where the answer was that there is nothing.</param>
/// <param name="SizeBytes">The size of the body.</param>
/// <param name="StoredBytes">The size of the file that it is kept in.</param>
/// <param name="At">When it was answered.</param>
internal sealed record KeptAnswer(string Name, string Sha256, long SizeBytes, long StoredBytes, DateTimeOffset At)
{
    private const int Columns = 8;

    /// <summary>What the server said of it, to ask again whether it is the same.</summary>
    public Validators Validators { get; init; } = new(null, null);

    /// <summary>When the list that names it says that it was changed; empty where that is not known.</summary>
    public string Dated { get; init; } = "";

    /// <summary>Whether the answer was that there is nothing.</summary>
    public bool IsAbsent => Sha256.Length == 0;

    /// <summary>It as a line.</summary>
    public string Line => string.Join('\t', Name, Sha256, SizeBytes.ToString(CultureInfo.InvariantCulture), StoredBytes.ToString(CultureInfo.InvariantCulture),
        At.UtcDateTime.ToString("O", CultureInfo.InvariantCulture), Escaped(Validators.ETag), Escaped(Validators.LastModified), Escaped(Dated));

    /// <summary>The answer of a line; null where it is none, as where the last one was cut.</summary>
    public static KeptAnswer? Parse(string line) =>
        line.Split('\t') is { Length: Columns } words
        && words[1].Length is 0 or 64 && words[1].All(char.IsAsciiHexDigitLower)
        && long.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out var size)
        && long.TryParse(words[3], NumberStyles.None, CultureInfo.InvariantCulture, out var stored)
        && DateTimeOffset.TryParseExact(words[4], "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? new KeptAnswer(words[0], words[1], size, stored, at) { Validators = new(Text(words[5]), Text(words[6])), Dated = Text(words[7]) ?? "" }
            : null;

    private static string Escaped(string? text) => Uri.EscapeDataString(text ?? "");

    private static string? Text(string escaped) => escaped.Length == 0 ? null : Uri.UnescapeDataString(escaped);
}
