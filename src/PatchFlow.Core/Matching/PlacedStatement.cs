using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>What a statement says of an installed version. Findings are made once for all versions of which the same is said.</summary>
/// <param name="Placed">The statement.</param>
/// <param name="Answer">What it says.</param>
/// <param name="End">Where what is affected ends; null where that is not known.</param>
/// <param name="Rank">The place of its platform among those of the host; 0 is the most specific.</param>
/// <param name="IsUnclear">Whether it is not known for which module stream the package was built.</param>
internal readonly record struct Judgement(PlacedStatement Placed, Answer Answer, AffectedEnd? End = null, int Rank = 0, bool IsUnclear = false)
{
    public Statement Statement => Placed.Statement;

    /// <summary>How far the feed is trusted that says so.</summary>
    public FeedTrust Trust => Statement.Trust;

    /// <summary>Whether something is open.</summary>
    public bool IsOpen => Answer < Answer.NotAffected;

    /// <summary>Whether the vendor says in as many words that it is not affected; a version outside of all ranges only follows from others.</summary>
    public bool IsDenied => Answer == Answer.NotAffected && Statement.State == FixState.NotAffected;

    /// <summary>What is said of a version that is affected.</summary>
    public static Judgement Affected(PlacedStatement placed, FixState state, AffectedEnd? end) => state switch
    {
        FixState.Fixed => placed.Statement.IsInTesting ? new(placed, Answer.NoFixYet) : new(placed, Answer.FixAvailable, end),
        FixState.NoFixYet => end is null ? new(placed, Answer.NoFixYet) : new(placed, Answer.FixAvailable, end),
        FixState.WillNotFix => new(placed, Answer.WillNotFix),
        FixState.SupportEnded => new(placed, Answer.SupportEnded),
        FixState.UnderInvestigation => new(placed, Answer.UnderInvestigation),
        _ => new(placed, Answer.NotAffected),
    };

    /// <summary>The same for people.</summary>
    public Finding Finding => IsUnclear ? Placed.UnclearFinding : End is null ? Placed.FindingOf(Answer) : End.Finding ??= Placed.FindingOf(Answer, End);
}

/// <summary>The version with which what is affected ends.</summary>
internal sealed class AffectedEnd(VersionRange range, VersionBounds bounds, int place)
{
    /// <summary>The first fixed version; null where none is known.</summary>
    public string? Fixed { get; } = range.Fixed;

    /// <summary>Its key; empty where none is known.</summary>
    public ReadOnlySpan<byte> FixedKey => Fixed is null ? default : bounds.KeyAt(place);

    /// <summary>The last affected version, where that is known instead.</summary>
    public string? LastAffected { get; } = range.LastAffected;

    /// <summary>What is said of all versions that it is the end of.</summary>
    public Finding? Finding { get; set; }
}

/// <summary>A statement whose versions are places among the bounds of its package name.</summary>
internal sealed class PlacedStatement
{
    private readonly PlaceRange[] _ranges;
    private readonly int[] _points;
    private readonly bool _isReadable;
    private Finding? _finding;

    /// <summary>Finds the places of the statement's versions.</summary>
    public PlacedStatement(Statement statement, VersionBounds bounds)
    {
        Statement = statement;
        _ranges = [.. statement.Ranges.Select(r => PlaceRange.Of(r, bounds)).OfType<PlaceRange>()];
        _isReadable = _ranges.Length == statement.Ranges.Length;
        _points = statement.Versions.IsEmpty ? [] : [.. statement.Versions.Select(bounds.PlaceOf).OfType<int>()];
        foreach (var range in _ranges)
        {
            range.End = EndOf(range);
        }
    }

    private sealed class PlaceRange(int from, int to, AffectedEnd? own)
    {
        public int From { get; } = from;

        public int To { get; } = to;

        public AffectedEnd? Own { get; } = own;

        // Where what is affected from this range on ends.
        public AffectedEnd? End { get; set; }

        // Null where a version of it can't be read.
        public static PlaceRange? Of(VersionRange range, VersionBounds bounds)
        {
            var from = range.Introduced is null ? 0 : bounds.PlaceOf(range.Introduced);
            var to = (range.Fixed ?? range.LastAffected) is { } end ? bounds.PlaceOf(end) : int.MaxValue;
            return from is null || to is null ? null
                : to == int.MaxValue ? new(from.Value, to.Value, null)
                : new(from.Value, range.Fixed is null ? to.Value : to.Value - 1, new AffectedEnd(range, bounds, to.Value));
        }

        public bool Contains(int place) => From <= place && place <= To;
    }

    public Statement Statement { get; }

    /// <summary>The only range of versions of which it speaks: all of them where it names none; null where there are several, or it lists versions.</summary>
    public SoleRange? Sole => Statement.IsWhole ? new(this, 0, int.MaxValue, null)
        : _isReadable && _ranges.Length == 1 && Statement.Versions.IsEmpty ? new(this, _ranges[0].From, _ranges[0].To, _ranges[0].End)
        : null;

    /// <summary>What it says of the versions at a place; false where it says nothing.</summary>
    public bool TryJudge(int place, out Judgement judgement)
    {
        foreach (var range in _ranges)
        {
            if (range.Contains(place))
            {
                judgement = Affected(range.End);
                return true;
            }
        }

        var found = Statement.IsBare ? Bare() : Array.IndexOf(_points, place) >= 0 ? Affected(null) : Outside(place);
        judgement = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>What it says of a version that can't be compared: only what it says of every version, and of exactly that one.</summary>
    public bool TryJudge(string version, out Judgement judgement)
    {
        var found = Statement.IsBare ? Bare()
            : Statement.Ranges.Contains(VersionRange.All) || Statement.Versions.Contains(version) ? Affected(null)
            : Statement.Ranges.IsEmpty || Statement.State == FixState.NotAffected ? (Judgement?)null
            : new(this, Answer.Undetermined);
        judgement = found.GetValueOrDefault();
        return found is not null;
    }

    /// <summary>What it says of a package of which it may speak, for people.</summary>
    public Finding UnclearFinding => FindingOf(Answer.Undetermined, null) with
    {
        Note = $"it is for hosts with the module stream {Statement.Module}; the package was built for a module, and no stream of that one is known to be enabled",
    };

    /// <summary>What it says, for people.</summary>
    public Finding FindingOf(Answer answer) => _finding?.Answer == answer ? _finding : _finding = FindingOf(answer, null);

    /// <summary>What it says, for people.</summary>
    public Finding FindingOf(Answer answer, AffectedEnd? end) =>
        new(answer, Statement.Advisory, Statement.Vulnerabilities, end?.Fixed, end?.LastAffected, Statement.IsSource, NoteOf(answer));

    private string? NoteOf(Answer answer) => Statement.Note ?? (answer == Answer.Undetermined
        ? Statement.IsBare ? "the advisory does not say which versions are affected" : "the versions can't be compared"
        : null);

    // Where a range begins at once behind another, or reaches over it, the fix of the first is affected by the second.
    private AffectedEnd? EndOf(PlaceRange range)
    {
        while (range.To != int.MaxValue && Array.Find(_ranges, r => r.Contains(range.To + 1)) is { } next)
        {
            range = next;
        }

        return range.Own;
    }

    private Judgement Bare() => Statement.IsWhole ? Affected(null) : new(this, Answer.Undetermined);

    private Judgement Affected(AffectedEnd? end) => Judgement.Affected(this, Statement.State, end);

    // A list of versions says nothing of others; nor does a statement that some are not affected.
    private Judgement? Outside(int place) =>
        Statement.State == FixState.NotAffected ? null
        : !_isReadable ? new(this, Answer.Undetermined)
        : _ranges.Length == 0 ? null
        : new(this, Array.Exists(_ranges, r => r.To < place) ? Answer.Patched : Answer.NotAffected);
}
