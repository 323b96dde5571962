
namespace PatchFlow.Core.Documents;

/// <summary>One line of a document, read word by word. Every word is checked as it is taken.</summary>
internal sealed class LineReader(string document, int number, string text, int at)
{
    private int _at = at;

    internal delegate bool Rule(ReadOnlySpan<char> text);

    internal DocumentException Refuse(string reason) => new(document, number, reason);

    /// <summary>The next word, which keeps the rule; <paramref name="expected"/> says which.</summary>
    internal string Word(Rule rule, string expected)
    {
        var word = Next(expected);
        return rule(word) ? word.ToString() : throw Wrong(word, expected);
    }

    internal string Word(string expected) => Word(Grammar.IsWord, expected);

    internal string Id(string what) => Word(Grammar.IsId, $"{what}: 1 to 63 of a-z, 0-9 and '-'");

    internal string Profile() => Word(Grammar.IsProfile, "a profile {group}-{os}-{release}-{arch}-{8 hex}");

    internal string Feed() => Word(Grammar.IsFeed, "a feed: 1 to 63 of a-z, 0-9, '.' and '-'");

    internal string Arch() => Word(Grammar.IsArch, "an architecture");

    internal string PackageName() => Word(Grammar.IsPackageName, "a package name (Debian Policy 5.6.7)");

    internal string PackageVersion() => Word(Grammar.IsPackageVersion, "a version (Debian Policy 5.6.12)");

    internal string Subject() => Word(Grammar.IsSubject, "'system' or 'user:ID'");

    internal string Unit() => Word(Grammar.IsUnit, "a unit, percent-encoded");

    internal Digest Digest()
    {
        const string Expected = "a SHA-256 in 64 lowercase hex digits";
        var word = Next(Expected);
        return Documents.Digest.TryParse(word, out var digest) ? digest : throw Wrong(word, Expected);
    }

    internal DateTimeOffset Seconds()
    {
        const string Expected = "a time in UTC to the second, 2026-11-23T18:00:00Z";
        var word = Next(Expected);
        return CanonicalTime.TryParseSeconds(word, out var time) ? time : throw Wrong(word, Expected);
    }

    internal DateTimeOffset Milliseconds()
    {
        const string Expected = "a time in UTC with three decimals, 2026-11-23T18:00:01.123Z";
        var word = Next(Expected);
        return CanonicalTime.TryParseMilliseconds(word, out var time) ? time : throw Wrong(word, Expected);
    }

    internal TimeSpan Duration()
    {
        const string Expected = "an ISO 8601 duration in canonical form, PT1H30M";
        var word = Next(Expected);
        return CanonicalDuration.TryParse(word, out var duration) ? duration : throw Wrong(word, Expected);
    }

    internal long Number(string what, long least, long most = DocumentLimits.MostNumber)
    {
        var expected = $"{what}: a whole number from {least} to {most}, without leading zeros";
        var word = Next(expected);
        var read = Numerals.TryRead(word, out long value);
        return read && (word[0] != '0' || word.Length == 1) && value >= least && value <= most ? value : throw Wrong(word, expected);
    }

    internal int Int(string what, int least, int most = int.MaxValue) => (int)Number(what, least, most);

    /// <summary>The index of the next word among those allowed.</summary>
    internal int OneOf(params ReadOnlySpan<string> words)
    {
        var expected = string.Join('|', words!);
        var word = Next(expected);
        for (var i = 0; i < words.Length; i++)
        {
            if (word.SequenceEqual(words[i]))
            {
                return i;
            }
        }

        throw Wrong(word, expected);
    }

    internal void Keyword(string word) => OneOf(word);

    /// <summary>The rest of the line as free text.</summary>
    internal string Text()
    {
        var rest = _at < text.Length ? text[(_at + 1)..] : "";
        _at = text.Length;
        return FreeText.IsValid(rest) ? rest : throw Wrong(rest, "text without control characters, not empty, not beginning with a space");
    }

    /// <summary>The rest of the line as words that have a grammar of their own.</summary>
    internal string Rest()
    {
        var rest = _at < text.Length ? text[(_at + 1)..] : "";
        _at = text.Length;
        return rest;
    }

    internal bool HasMore => _at < text.Length;

    internal void End()
    {
        if (_at < text.Length)
        {
            throw Refuse($"'{Shown(text.AsSpan(_at + 1))}' follows where the line should end");
        }
    }

    private ReadOnlySpan<char> Next(string expected)
    {
        if (_at >= text.Length)
        {
            throw Refuse($"the line ends where there should be {expected}");
        }

        var rest = text.AsSpan(_at + 1);
        var space = rest.IndexOf(' ');
        var word = space < 0 ? rest : rest[..space];
        _at += 1 + word.Length;
        return word;
    }

    private DocumentException Wrong(ReadOnlySpan<char> word, string expected) => Refuse($"'{Shown(word)}' is not {expected}");

    private static string Shown(ReadOnlySpan<char> word) => word.IsEmpty ? "" : FreeText.From(word.Length > 80 ? $"{word[..80]}…" : word.ToString());
}
