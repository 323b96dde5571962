namespace PatchFlow.Core.Advisories;

/// <summary>CVE ids: <c>CVE-</c>, a year of four digits, and a number of at least four (CVE Record Format, cveId).</summary>
public static class CveId
{
    private const int ShortestLength = 13;
    private const int LongestLength = 28;

    /// <summary>Whether the text is a CVE id, in capitals.</summary>
    public static bool IsValid(ReadOnlySpan<char> text)
    {
        if (text.Length is < ShortestLength or > LongestLength || !text.StartsWith("CVE-", StringComparison.Ordinal) || text[8] != '-')
        {
            return false;
        }

        return text[4..8].IndexOfAnyExceptInRange('0', '9') < 0 && text[9..].IndexOfAnyExceptInRange('0', '9') < 0;
    }

    /// <summary>The CVE id that a text is, in capitals: some write it in small letters. Null where it is none.</summary>
    public static string? Of(string text) => IsValid(text) ? text
        : text.StartsWith("CVE-", StringComparison.OrdinalIgnoreCase) && text.ToUpperInvariant() is var id && IsValid(id) ? id
        : null;

    /// <summary>The CVE ids in free text, in capitals, distinct, in order.</summary>
    public static IReadOnlyList<string> FindAll(string? text)
    {
        if (text is null || !text.Contains("CVE-", StringComparison.OrdinalIgnoreCase))
        {
            return [];
        }

        var found = new List<string>();
        HashSet<string>? seen = null;
        for (var at = 0; (at = text.IndexOf("CVE-", at, StringComparison.OrdinalIgnoreCase)) >= 0; at += 4)
        {
            var length = 4;
            while (at + length < text.Length && (char.IsAsciiDigit(text[at + length]) || (text[at + length] == '-' && length == 8)))
            {
                length++;
            }

            var id = text.Substring(at, length).ToUpperInvariant();
            if (IsValid(id) && (seen ??= []).Add(id))
            {
                found.Add(id);
            }
        }

        return found;
    }
}
