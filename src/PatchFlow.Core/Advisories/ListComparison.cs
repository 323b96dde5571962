using System.Runtime.InteropServices;

namespace PatchFlow.Core.Advisories;

/// <summary>One reading of a list beside the known one: group for group while they agree, stanza for stanza where they don't until they agree again.</summary>
internal sealed class ListComparison(KnownList known, StanzaWindow window, GroupTags tags, long mostChanged, KnownStanzas old) : IDisposable
{
    private const int FreeMisses = 1 << 20;
    private readonly StanzaReading _found = new(0);
    private readonly LentText _text = new();
    private readonly List<ListEdit> _edits = [];
    private readonly List<ListRun> _runs = [];
    private readonly List<AptPackage> _gone = [];
    private int _next;
    private long _missed;

    /// <summary>Reads it; null where more is changed than may be.</summary>
    public ListChange? Read()
    {
        while (true)
        {
            if (_next < known.Groups.Count && IsHere(_next))
            {
                Meet();
            }
            else if (!window.Has(1) && _next == known.Groups.Count)
            {
                return new ListChange(known, _runs, _found.Packages, _gone, _found.Refused, _found.RefusedCount, _edits, _text.ToArray(), window.Position);
            }
            else if (!Change())
            {
                return null;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    // Nothing follows a group that is not closed, so it is met only at the end.
    private bool IsHere(int number)
    {
        ref readonly var group = ref Group(number);
        if (!group.IsClean || !window.Has(group.Length) || (!group.IsClosed && window.Has(group.Length + 1)))
        {
            return false;
        }

        var isHere = tags.Of(number, window.Held[..group.Length]) == group.Tag;
        _missed += isHere ? 0 : group.Length;
        return isHere;
    }

    private void Meet()
    {
        ref readonly var group = ref Group(_next++);
        _found.Skip(group.Stanzas, group.Lines);
        window.Take(group.Length);
        Add(new ListRun(true, group.First, group.Packages));
    }

    private void Add(ListRun run)
    {
        if (_runs.Count > 0 && _runs[^1] is var last && last.IsKnown == run.IsKnown && last.First + last.Count == run.First)
        {
            _runs[^1] = last with { Count = last.Count + run.Count };
        }
        else if (run.Count > 0)
        {
            _runs.Add(run);
        }
    }

    // From here to where a later group begins, or to the end of this one where its last stanza is met, or to the end of the list.
    private bool Change()
    {
        var isKnown = _next < known.Groups.Count;
        old.Open(isKnown ? Group(_next) : default, _next, tags);
        var (from, package) = (isKnown ? Group(_next).Start : known.Length, isKnown ? Group(_next).First : known.List.Packages.Count);
        var again = known.Groups.Count;
        var edit = (Text: _text.Length, Package: _found.Packages.Count);
        while (window.Has(1))
        {
            var stanza = window.Stanza();
            if (old.Find(stanza) is { } met)
            {
                Close(ref edit, from, met.Start, package, met.Package);
                _found.Skip(1, stanza.Count((byte)'\n'));
                window.Take(stanza.Length);
                Add(new ListRun(true, met.Package, 1));
                (from, package) = (met.Start + met.Length, met.Package + 1);
                if (old.IsAtEnd)
                {
                    _next++;
                    return true;
                }
            }
            else if (IsAgain(out again))
            {
                break;
            }
            else if (!Take(window.Stanza()))
            {
                return false;
            }
        }

        Close(
            ref edit,
            from,
            again < known.Groups.Count ? Group(again).Start : known.Length,
            package,
            again < known.Groups.Count ? Group(again).First : known.List.Packages.Count);
        _next = again;
        return true;
    }

    private bool Take(ReadOnlySpan<byte> stanza)
    {
        _found.Read(stanza);
        _text.Write(stanza);
        window.Take(stanza.Length);
        // Bytes that are not verified yet may be made so that each stanza looks like the beginning of a long group.
        return _text.Length <= mostChanged && _missed <= known.Length + FreeMisses;
    }

    // What was read since the last stanza that was met stands where these bytes and packages of the known list were.
    private void Close(ref (int Text, int Package) edit, long from, long to, int gone, int kept)
    {
        if (to > from || _text.Length > edit.Text)
        {
            _edits.Add(new ListEdit(from, to - from, edit.Text, _text.Length - edit.Text));
        }

        Add(new ListRun(false, edit.Package, _found.Packages.Count - edit.Package));
        for (var at = gone; at < kept; at++)
        {
            _gone.Add(known.List.Packages[at]);
        }

        edit = (_text.Length, _found.Packages.Count);
    }

    private bool IsAgain(out int group)
    {
        window.Has(StanzaGroup.FirstLineBytes);
        group = known.GroupLike(window.Held);
        var isAgain = group >= _next && !(group == _next && old.IsBegun) && IsHere(group);
        group = isAgain ? group : known.Groups.Count;
        return isAgain;
    }

    private ref readonly StanzaGroup Group(int number) => ref CollectionsMarshal.AsSpan(known.Groups)[number];
}
