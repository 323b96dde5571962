using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>What a statement says of an installed version.</summary>
/// <param name="Statement">The statement.</param>
/// <param name="Answer">What it says.</param>
/// <param name="Fixed">The first fixed version; null where none is known.</param>
/// <param name="LastAffected">The last affected version, where that is known instead; else null.</param>
/// <param name="Rank">The place of its platform among those of the host; 0 is the most specific.</param>
internal readonly record struct Judgement(Statement Statement, Answer Answer, string? Fixed = null, string? LastAffected = null, int Rank = 0)
{
    /// <summary>Whether something is open.</summary>
    public bool IsOpen => Answer is not (Answer.NotAffected or Answer.Patched);

    /// <summary>Whether the vendor says in as many words that it is not affected; a version outside of all ranges only follows from others.</summary>
    public bool IsDenied => Answer == Answer.NotAffected && Statement.State == FixState.NotAffected;

    /// <summary>The same for people.</summary>
    public Finding ToFinding() => new(Answer, Statement.Advisory, Statement.Vulnerabilities, Fixed, LastAffected, Statement.IsSource, NoteOf());

    private string? NoteOf() => Statement.Note ?? (Answer == Answer.Undetermined
        ? Statement.IsBare ? "the advisory does not say which versions are affected" : "the versions can't be compared"
        : null);
}

/// <summary>A statement whose versions are places among the bounds of its package name.</summary>
internal sealed class PlacedStatement
{
    private readonly Statement _statement;
    private readonly PlaceRange[] _ranges;
    private readonly int[] _points;
    private readonly bool _isReadable;

    /// <summary>Finds the places of the statement's versions.</summary>
    public PlacedStatement(Statement statement, VersionBounds bounds)
    {
        _statement = statement;
        var ranges = statement.Ranges.Select(r => PlaceRange.Of(r, statement.Scheme, bounds)).ToArray();
        _isReadable = ranges.All(r => r is not null);
        _ranges = [.. ranges.OfType<PlaceRange>()];
        _points = [.. statement.Versions.Select(v => VersionKey.Of(statement.Scheme, v)).OfType<byte[]>().Select(key => bounds.PlaceOf(key))];
    }

    private sealed record PlaceRange(int From, int To, string? Fixed, string? LastAffected)
    {
        // Null where a version of it can't be read.
        public static PlaceRange? Of(VersionRange range, VersionScheme scheme, VersionBounds bounds)
        {
            var from = PlaceOf(range.Introduced, scheme, bounds, 0);
            var to = range.Fixed is not null ? PlaceOf(range.Fixed, scheme, bounds, 0) - 1 : PlaceOf(range.LastAffected, scheme, bounds, int.MaxValue);
            return from is null || to is null ? null : new(from.Value, to.Value, range.Fixed, range.LastAffected);
        }

        private static int? PlaceOf(string? version, VersionScheme scheme, VersionBounds bounds, int none) =>
            version is null ? none : VersionKey.Of(scheme, version) is { } key ? bounds.PlaceOf(key) : null;
    }

    /// <summary>What it says of the versions at a place; null where it says nothing.</summary>
    public Judgement? At(int place)
    {
        if (_statement.IsBare)
        {
            return Bare();
        }

        var range = Array.Find(_ranges, r => r.From <= place && place <= r.To);
        return range is not null ? Affected(EndOf(range))
            : _points.Contains(place) ? Affected(null)
            : Outside(place);
    }

    /// <summary>What it says of a version that can't be compared: only what it says of every version, and of exactly that one.</summary>
    public Judgement? Of(string version) =>
        _statement.IsBare ? Bare()
        : _statement.Ranges.Contains(VersionRange.All) || _statement.Versions.Contains(version) ? Affected(null)
        : _statement.Ranges.IsEmpty || _statement.State == FixState.NotAffected ? null
        : new(_statement, Answer.Undetermined);

    private Judgement Bare() => _statement.IsWhole ? Affected(null) : new(_statement, Answer.Undetermined);

    // Where a range begins at once behind another, or reaches over it, the fix of the first is affected by the second.
    private PlaceRange EndOf(PlaceRange range)
    {
        while (range.To != int.MaxValue && Array.Find(_ranges, r => r.From <= range.To + 1 && range.To + 1 <= r.To) is { } next)
        {
            range = next;
        }

        return range;
    }

    private Judgement Affected(PlaceRange? range) => _statement.State switch
    {
        FixState.Fixed or FixState.NoFixYet when range is { Fixed: not null } or { LastAffected: not null } =>
            new(_statement, Answer.FixAvailable, range.Fixed, range.LastAffected),
        FixState.Fixed => new(_statement, Answer.FixAvailable),
        FixState.NoFixYet => new(_statement, Answer.NoFixYet),
        FixState.WillNotFix => new(_statement, Answer.WillNotFix),
        FixState.SupportEnded => new(_statement, Answer.SupportEnded),
        FixState.UnderInvestigation => new(_statement, Answer.UnderInvestigation),
        _ => new(_statement, Answer.NotAffected),
    };

    // A list of versions says nothing of others; nor does a statement that some are not affected.
    private Judgement? Outside(int place) =>
        _statement.State == FixState.NotAffected ? null
        : !_isReadable ? new(_statement, Answer.Undetermined)
        : _ranges.Length == 0 ? null
        : new(_statement, Array.Exists(_ranges, r => r.To < place) ? Answer.Patched : Answer.NotAffected);
}
