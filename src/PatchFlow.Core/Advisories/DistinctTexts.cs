using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>Texts, each once, in the order in which they came. Few are compared one by one: no set is made for them.</summary>
internal sealed class DistinctTexts
{
    private const int Few = 8;
    private readonly List<string> _found = [];
    private HashSet<string>? _known;

    /// <summary>Adds a text; false where it is there already.</summary>
    public bool Add(string text)
    {
        if (_found.Count == Few && _known is null)
        {
            _known = [.. _found];
        }

        var isNew = _known?.Add(text) ?? !_found.Contains(text);
        if (isNew)
        {
            _found.Add(text);
        }

        return isNew;
    }

    /// <summary>All of them.</summary>
    public ImmutableArray<string> All() => [.. _found];
}
