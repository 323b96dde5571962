namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads stanzas of <c>Name: value</c> fields over the bytes themselves (deb822(5), deb-control(5)): nothing is copied and nothing
/// is decoded, so that 50 MB of index take a fraction of a second.
/// </summary>
public ref struct Deb822Reader
{
    private readonly bool _comments;
    private readonly int _first;
    private ReadOnlySpan<byte> _rest;
    private int _nextLine;

    /// <summary>Reads <paramref name="text"/>; with <paramref name="comments"/>, lines that begin with <c>#</c> are skipped (apt's source files have them).</summary>
    /// <param name="text">What is read.</param>
    /// <param name="comments">Whether there are comments.</param>
    /// <param name="stanzasBefore">How many stanzas stand before the text, where it is a part of more.</param>
    /// <param name="linesBefore">How many lines stand before it.</param>
    public Deb822Reader(ReadOnlySpan<byte> text, bool comments = false, int stanzasBefore = 0, int linesBefore = 0)
    {
        _rest = text;
        _comments = comments;
        _first = stanzasBefore;
        Stanza = stanzasBefore;
        _nextLine = linesBefore + 1;
        Name = default;
        Value = default;
    }

    /// <summary>The number of the stanza, from 1.</summary>
    public int Stanza { get; private set; }

    /// <summary>The line on which the current field, or the stanza, begins, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>The current field's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The current field's value without white space around it; folded lines are still inside, with their line feeds.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>How many lines there are up to here, with those before the text.</summary>
    public readonly int LinesRead => _nextLine - 1;

    /// <summary>What is wrong with the current line; null where it is a field.</summary>
    public string? Problem { get; private set; }

    /// <summary>Goes to the next stanza, past what is left of the current one.</summary>
    public bool NextStanza()
    {
        while (Stanza > _first && NextField())
        {
            // Skips the fields that the caller did not want.
        }

        while (!_rest.IsEmpty && (IsBlank(FirstLine()) || IsComment()))
        {
            TakeLine();
        }

        Line = _nextLine;
        Stanza += _rest.IsEmpty ? 0 : 1;
        return !_rest.IsEmpty;
    }

    /// <summary>Goes to the next field of the stanza; false at its end. A line that is no field sets <see cref="Problem"/>.</summary>
    public bool NextField()
    {
        while (IsComment())
        {
            TakeLine();
        }

        Line = _nextLine;
        var first = FirstLine();
        if (IsBlank(first))
        {
            return false;
        }

        var start = _rest;
        TakeLine();
        while (!_rest.IsEmpty && (_rest[0] is (byte)' ' or (byte)'\t' && !IsBlank(FirstLine()) || IsComment()))
        {
            TakeLine();
        }

        var colon = first.IndexOf((byte)':');
        Problem = colon > 0 && first[0] is not ((byte)' ' or (byte)'\t' or (byte)'-') && first[..colon].IndexOfAnyExceptInRange((byte)0x21, (byte)0x7e) < 0
            ? null
            : "a field is expected: a name, a colon, a value";
        Name = Problem is null ? first[..colon] : default;
        Value = Problem is null ? start[(colon + 1)..(start.Length - _rest.Length)].Trim(" \t\r\n"u8) : default;
        return true;
    }

    private readonly bool IsComment() => _comments && !_rest.IsEmpty && _rest[0] == (byte)'#';

    private readonly ReadOnlySpan<byte> FirstLine()
    {
        var end = _rest.IndexOf((byte)'\n');
        return end < 0 ? _rest : _rest[..end];
    }

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;

    private void TakeLine()
    {
        var end = _rest.IndexOf((byte)'\n');
        _rest = end < 0 ? default : _rest[(end + 1)..];
        _nextLine++;
    }
}
