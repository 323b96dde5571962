using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>A list that was read whole, remembered group by group: of its next state only what is new is read, and the rest is what it was.</summary>
public sealed class KnownList
{
    private readonly byte[] _key;
    private readonly Dictionary<int, int> _byFirstLine = [];

    internal KnownList(AptPackageList list, List<StanzaGroup> groups, byte[] key)
    {
        (List, Groups, _key) = (list, groups, key);
        for (var number = 0; number < groups.Count; number++)
        {
            _byFirstLine.TryAdd(groups[number].FirstLine, number);
        }
    }

    /// <summary>What it lists.</summary>
    public AptPackageList List { get; }

    /// <summary>How many bytes it has.</summary>
    public long Length => Groups.Count == 0 ? 0 : Groups[^1].End;

    internal List<StanzaGroup> Groups { get; }

    /// <summary>The list itself, as a change that changes nothing.</summary>
    public ListChange Unchanged => new(
        this, [new ListRun(true, 0, List.Packages.Count)], [], [], List.Refused, List.RefusedCount, [], ReadOnlyMemory<byte>.Empty, Length);

    /// <summary>
    /// Reads another state of the list. What it answers is exactly what reading all of it would find; null where more is changed than may be, and then
    /// the stream is not read to its end.
    /// </summary>
    /// <param name="index">The other state.</param>
    /// <param name="mostChanged">So many bytes may be in stanzas that have to be parsed.</param>
    /// <param name="seen">Takes the bytes, in order: what was read counts only where their hash is right.</param>
    /// <param name="read">Reads bytes of the known list at a place, from where it is kept. Fewer or other bytes only cost time.</param>
    /// <exception cref="InvalidDataException">A stanza is longer than any may be.</exception>
    public ListChange? Compare(Stream index, long mostChanged, Action<BlockPart> seen, Func<long, Memory<byte>, int> read)
    {
        using var window = new StanzaWindow(index, seen);
        using var tags = new GroupTags(_key);
        using var comparison = new ListComparison(this, window, tags, mostChanged, new KnownStanzas(read));
        return comparison.Read();
    }

    /// <summary>The first group that begins with the line that the text begins with; negative where none does.</summary>
    internal int GroupLike(ReadOnlySpan<byte> text) => _byFirstLine.GetValueOrDefault(StanzaGroup.FirstLineOf(text), -1);
}

/// <summary>Packages that stand together in a list.</summary>
/// <param name="IsKnown">Whether they are of the known list, and of the new packages otherwise.</param>
/// <param name="First">The place of the first.</param>
/// <param name="Count">How many.</param>
public readonly record struct ListRun(bool IsKnown, int First, int Count);

/// <summary>A place where a list differs from the known one.</summary>
/// <param name="OldStart">Where in the known list the bytes begin that are not there any more.</param>
/// <param name="OldLength">How many they are.</param>
/// <param name="TextStart">Where in <see cref="ListChange.Text"/> the bytes begin that stand in their place.</param>
/// <param name="TextLength">How many they are.</param>
public readonly record struct ListEdit(long OldStart, long OldLength, int TextStart, int TextLength);

/// <summary>A list, told by what it has in common with a known one.</summary>
/// <param name="Known">The known one.</param>
/// <param name="Runs">All packages in their order.</param>
/// <param name="New">The packages that were read.</param>
/// <param name="Gone">Those of the known list that were not met again.</param>
/// <param name="Refused">The refused stanzas: the first 1,000.</param>
/// <param name="RefusedCount">How many were refused.</param>
/// <param name="Edits">Where its bytes differ, in order.</param>
/// <param name="Text">The bytes that are there instead.</param>
/// <param name="Length">How many bytes the list has.</param>
public sealed record ListChange(
    KnownList Known,
    IReadOnlyList<ListRun> Runs,
    IReadOnlyList<AptPackage> New,
    IReadOnlyList<AptPackage> Gone,
    IReadOnlyList<RefusedStanza> Refused,
    int RefusedCount,
    IReadOnlyList<ListEdit> Edits,
    ReadOnlyMemory<byte> Text,
    long Length)
{
    /// <summary>All packages in their order.</summary>
    public IEnumerable<AptPackage> Packages => Runs.SelectMany(run => (run.IsKnown ? Known.List.Packages : New).Skip(run.First).Take(run.Count));

    /// <summary>How many packages there are.</summary>
    public int Count => Runs.Sum(run => run.Count);

    /// <summary>The list by itself.</summary>
    public AptPackageList ToList() => new(Packages.ToImmutableArray(), Refused, RefusedCount);
}
