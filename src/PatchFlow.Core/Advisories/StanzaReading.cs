namespace PatchFlow.Core.Advisories;

/// <summary>What was read of a package index so far, piece by piece: each piece begins where a stanza may begin.</summary>
/// <param name="bytes">How many bytes are expected: only the memory that is laid out depends on it.</param>
/// <param name="mostRefused">How many refused stanzas are kept at a time; all are counted.</param>
internal sealed class StanzaReading(long bytes, int mostRefused = StanzaReading.MaxRefusedKept)
{
    private const int MaxRefusedKept = 1000;
    private const int BytesEach = 800;
    private readonly List<AptPackage> _packages = new((int)Math.Min(bytes / BytesEach, 1 << 20));
    private readonly List<RefusedStanza> _refused = [];

    /// <summary>The stanzas that are whole.</summary>
    public IReadOnlyList<AptPackage> Packages => _packages;

    /// <summary>The refused ones, as far as they are kept.</summary>
    public IReadOnlyList<RefusedStanza> Refused => _refused;

    /// <summary>How many were refused.</summary>
    public int RefusedCount { get; private set; }

    /// <summary>How many stanzas there were.</summary>
    public int Stanzas { get; private set; }

    /// <summary>How many lines there were.</summary>
    public int Lines { get; private set; }

    /// <summary>Reads the next piece.</summary>
    public void Read(ReadOnlySpan<byte> text)
    {
        var reader = new Deb822Reader(text, stanzasBefore: Stanzas, linesBefore: Lines);
        while (reader.NextStanza())
        {
            var line = reader.Line;
            var draft = new AptPackageDraft();
            var problem = draft.Read(ref reader, ref line) ?? draft.Check();
            if (problem is null)
            {
                _packages.Add(draft.Package());
            }
            else
            {
                Refuse(new RefusedStanza(reader.Stanza, line, problem));
            }
        }

        (Stanzas, Lines) = (reader.Stanza, reader.LinesRead);
    }

    /// <summary>Gives what was read since the last time, and keeps none of it; false where there is somebody who wants no more.</summary>
    public bool Give(Func<AptPackage, bool> found, Action<RefusedStanza> refused)
    {
        _refused.ForEach(refused);
        var isWanted = _packages.TrueForAll(package => found(package));
        _refused.Clear();
        _packages.Clear();
        return isWanted;
    }

    /// <summary>Goes past a piece of which all is known already.</summary>
    public void Skip(int stanzas, int lines) => (Stanzas, Lines) = (Stanzas + stanzas, Lines + lines);

    /// <summary>All of it.</summary>
    public AptPackageList List() => new(_packages, _refused, RefusedCount);

    private void Refuse(RefusedStanza stanza)
    {
        RefusedCount++;
        if (_refused.Count < mostRefused)
        {
            _refused.Add(stanza);
        }
    }
}
