namespace PatchFlow.Core.Matching;

/// <summary>
/// Names as small numbers, so that they are looked up and compared as such. An index of advisories and the package sets that are matched
/// against it share one. It only grows, and has one writer at a time; matching does not use it.
/// </summary>
public sealed class NameTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>How many names it has; each number is below it.</summary>
    public int Count => _names.Count;

    /// <summary>The number of a name, which it gets here where it has none yet.</summary>
    public int Of(string name)
    {
        if (!_numbers.TryGetValue(name, out var number))
        {
            _numbers[name] = number = _names.Count;
            _names.Add(name);
        }

        return number;
    }

    /// <summary>The one instance of a text that is written over and over, so that it is in memory once.</summary>
    internal string Shared(string name) => _names[Of(name)];
}
