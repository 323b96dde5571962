using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>One thing that is said of a product, and the vulnerabilities that say it.</summary>
/// <param name="product">The product.</param>
/// <param name="status">Its status, which is one of the constants.</param>
/// <param name="state">What is or will be done.</param>
/// <param name="note">Why, or what can be done, in words; null where nothing is said.</param>
/// <param name="noteHash">The note's hash: a note is hashed once for all products.</param>
internal sealed class ProductStatement(CsafProduct product, string status, FixState state, string? note, int noteHash)
{
    private string? _first;
    private List<string>? _more;
    private HashSet<string>? _known;

    /// <summary>The product.</summary>
    public CsafProduct Product => product;

    /// <summary>Its status.</summary>
    public string Status => status;

    /// <summary>What is or will be done.</summary>
    public FixState State => state;

    /// <summary>The words of it.</summary>
    public string? Note => note;

    /// <summary>The statement on the same id that was made before it, where that is looked up from there.</summary>
    public ProductStatement? Before { get; init; }

    /// <summary>How many vulnerabilities say it.</summary>
    public int Count => (_first is null ? 0 : 1) + (_more?.Count ?? 0);

    /// <summary>What they are called.</summary>
    public ImmutableArray<string> All => _first is null ? [] : _more is null ? [_first] : [_first, .. _more];

    /// <summary>Whether another says the same. Each id has a product of its own, so only notes are compared by what they say.</summary>
    public bool Says(CsafProduct other, string otherStatus, FixState otherState, string? otherNote, int otherHash) =>
        ReferenceEquals(product, other) && ReferenceEquals(status, otherStatus) && state == otherState && noteHash == otherHash && note == otherNote;

    /// <summary>Adds a vulnerability that says it.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="mayBeKnown">Whether it may be among them already.</param>
    public void Add(string name, bool mayBeKnown)
    {
        _known ??= mayBeKnown ? [.. All] : null;
        if (!(_known?.Add(name) ?? true))
        {
            return;
        }

        if (_first is null)
        {
            _first = name;
        }
        else
        {
            (_more ??= []).Add(name);
        }
    }

    /// <summary>Takes out these vulnerabilities.</summary>
    public void Remove(IReadOnlySet<string> names)
    {
        var left = All.RemoveAll(names.Contains);
        (_first, _more) = (left.IsEmpty ? null : left[0], left.Length > 1 ? [.. left.Skip(1)] : null);
    }
}
