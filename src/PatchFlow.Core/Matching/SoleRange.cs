using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>
/// The only range of versions of which a statement speaks. Those of a package lie side by side, since with an index that was just built a
/// matcher waits for memory more than for anything else.
/// </summary>
/// <param name="Placed">The statement.</param>
/// <param name="From">The first place that is affected.</param>
/// <param name="To">The last one; the greatest number where there is no end.</param>
/// <param name="End">Where what is affected ends; null where that is not known.</param>
internal readonly record struct SoleRange(PlacedStatement Placed, int From, int To, AffectedEnd? End)
{
    private readonly FixState _state = Placed.Statement.State;

    /// <summary>
    /// Whether <see cref="Compare"/> puts it where what it says is wanted: what is fixed by the version, and all else by the answer. Where
    /// the last affected version is known instead of the first fixed one, the end does not say where the fix is.
    /// </summary>
    public bool IsOrdered => End is null || End.Fixed is not null;

    /// <summary>In the order in which verdicts have what is open: fixes first, the newest version before all others.</summary>
    public static int Compare(SoleRange a, SoleRange b)
    {
        var (left, right) = (Judgement.Affected(a.Placed, a._state, a.End).Answer, Judgement.Affected(b.Placed, b._state, b.End).Answer);
        var order = left.CompareTo(right);
        order = order != 0 || left != Answer.FixAvailable ? order : b.Ending.CompareTo(a.Ending);
        order = order != 0 ? order : string.CompareOrdinal(a.Placed.Statement.Advisory.Key, b.Placed.Statement.Advisory.Key);
        return order != 0 ? order : string.CompareOrdinal(a.Placed.Statement.Note, b.Placed.Statement.Note);
    }

    private int Ending => End is null ? -1 : To;

    /// <summary>What the statement says of the versions at a place; false where it says nothing.</summary>
    public bool TryJudge(int place, out Judgement judgement)
    {
        if (From <= place && place <= To)
        {
            judgement = Judgement.Affected(Placed, _state, End);
            return true;
        }

        judgement = new(Placed, To < place ? Answer.Patched : Answer.NotAffected);
        return _state != FixState.NotAffected;
    }
}
