namespace PatchFlow.Core.Advisories;

/// <summary>What a document may hold. Fixed, so that no feed can take all the memory or never end.</summary>
/// <param name="Records">Advisories, and packages, a document.</param>
/// <param name="RecordBytes">Bytes of one advisory in a document of many, or of a document that is one advisory.</param>
/// <param name="Depth">Nesting of JSON or XML.</param>
public sealed record AdvisoryLimits(int Records, int RecordBytes, int Depth)
{
    /// <summary>What every known vendor stays below by a factor of ten.</summary>
    public static AdvisoryLimits Default { get; } = new(5_000_000, 64 << 20, 64);
}

/// <summary>A part of a document that was refused while the rest went in.</summary>
/// <param name="File">The document, as the caller named it.</param>
/// <param name="Position">Where: <c>line 12</c>, <c>RHSA-2024:0010</c>, <c>affected[3]</c>; empty for the whole document.</param>
/// <param name="Reason">What is wrong, and with a remedy where there is one.</param>
public sealed record Refusal(string File, string Position, string Reason)
{
    /// <summary>
    /// Whether what follows it, or all of the document, was not read either: then what was found is not all that the vendor says, and that
    /// something is missing means nothing.
    /// </summary>
    public bool IsOfTheRest { get; init; }
}

/// <summary>
/// Where a reader puts what it finds, one by one, so that a document of any size needs the memory of one record. A reader never throws for
/// what a document holds: it refuses the part, or the whole, and goes on.
/// </summary>
public sealed class AdvisorySink(string file, Action<Advisory> found, Action<Refusal> refused, AdvisoryLimits? limits = null)
{
    private int _records;

    /// <summary>What the document may hold.</summary>
    public AdvisoryLimits Limits { get; } = limits ?? AdvisoryLimits.Default;

    /// <summary>
    /// Starts work beside the reader, on another thread, and answers what waits for its end: then a long document is parsed there, ahead of its reader,
    /// who notices nothing of it. Null where one thread does all. What is started throws nothing.
    /// </summary>
    public Func<Action, Action>? Beside { get; init; }

    /// <summary>Takes an advisory; false when there were too many, which is refused once: then the reader stops.</summary>
    public bool Found(Advisory advisory)
    {
        if (++_records <= Limits.Records)
        {
            found(advisory);
            return true;
        }

        if (_records == Limits.Records + 1)
        {
            RefuseRest($"record {_records}", $"the document has more than {Limits.Records} records: the rest is not read");
        }

        return false;
    }

    /// <summary>Notes that a part was refused.</summary>
    public void Refuse(string position, string reason) => refused(new Refusal(file, position, reason));

    /// <summary>Notes that a part was refused, and that nothing behind it was read.</summary>
    public void RefuseRest(string position, string reason) => refused(new Refusal(file, position, reason) { IsOfTheRest = true });
}
