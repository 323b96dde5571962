using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>The CVEs that an advisory names: distinct, in the order in which they were met.</summary>
internal sealed class CveList
{
    private readonly List<string> _ids = [];
    private readonly HashSet<string> _seen = [];

    /// <summary>Whether there is one.</summary>
    public bool Any => _ids.Count > 0;

    /// <summary>Adds the CVEs in an id or a text, and says whether there are any.</summary>
    public bool Add(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return false;
        }

        if (CveId.IsValid(text))
        {
            Keep(text);
            return true;
        }

        var found = CveId.FindAll(text);
        foreach (var id in found)
        {
            Keep(id);
        }

        return found.Count > 0;
    }

    /// <summary>All of them.</summary>
    public ImmutableArray<string> ToArray() => [.. _ids];

    private void Keep(string id)
    {
        if (_seen.Add(id))
        {
            _ids.Add(id);
        }
    }
}
