namespace PatchFlow.Core.Advisories;

/// <summary>
/// The stanzas of one known group, from its bytes: a group in which one is new need not be parsed whole. The bytes come from a file, and count only where
/// their tag is the group's.
/// </summary>
/// <param name="read">Reads bytes of the known list at a place; it may read fewer.</param>
internal sealed class KnownStanzas(Func<long, Memory<byte>, int> read)
{
    private const int MostBytes = 1 << 18;
    private readonly List<(int Start, int Length)> _stanzas = [];
    private byte[] _bytes = [];
    private StanzaGroup _group;
    private int _next;

    /// <summary>Whether a stanza of the group was met.</summary>
    public bool IsBegun => _next > 0;

    /// <summary>Whether the last one was.</summary>
    public bool IsAtEnd => _next == _stanzas.Count;

    /// <summary>Goes to a group. Where its bytes can't be had it has no stanzas.</summary>
    public void Open(StanzaGroup group, int number, GroupTags tags)
    {
        (_group, _next) = (group, 0);
        _stanzas.Clear();
        if (!group.IsClean || !group.IsClosed || group.Length > MostBytes)
        {
            return;
        }

        if (_bytes.Length < group.Length)
        {
            _bytes = new byte[Math.Max(1 << 14, group.Length)];
        }

        if (read(group.Start, _bytes.AsMemory(0, group.Length)) == group.Length && tags.Of(number, _bytes.AsSpan(0, group.Length)) == group.Tag)
        {
            Split(_bytes.AsSpan(0, group.Length));
        }
    }

    /// <summary>The place of this stanza in the known list, and that of its package; null where it is not among those that are left.</summary>
    public (long Start, int Length, int Package)? Find(ReadOnlySpan<byte> stanza)
    {
        for (var at = _next; at < _stanzas.Count; at++)
        {
            var (start, length) = _stanzas[at];
            if (stanza.SequenceEqual(_bytes.AsSpan(start, length)))
            {
                _next = at + 1;
                return (_group.Start + start, length, _group.First + at);
            }
        }

        return null;
    }

    // Each piece begins with a line that is not blank, and there are as many as stanzas: so each is one, and gave one package.
    private void Split(ReadOnlySpan<byte> text)
    {
        for (var at = 0; at < text.Length; at += _stanzas[^1].Length)
        {
            _stanzas.Add((at, text[at..].IndexOf("\n\n"u8) + 2));
            if (text[at] is (byte)'\n' or (byte)' ' or (byte)'\t')
            {
                _stanzas.Clear();
                return;
            }
        }

        if (_stanzas.Count != _group.Stanzas)
        {
            _stanzas.Clear();
        }
    }
}
