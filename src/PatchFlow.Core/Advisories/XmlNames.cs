using System.Xml;

namespace PatchFlow.Core.Advisories;

/// <summary>The names of an XML document's elements and attributes, each once: a bounded number of them, so that no document takes memory by making up names.</summary>
internal sealed class XmlNames : XmlNameTable
{
    private const int Most = 2048;
    private const int Slots = 4 * Most;
    private readonly string?[] _slots = new string?[Slots];
    private int _count;

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    public override string Add(char[] array, int offset, int length) => Add(array.AsSpan(offset, length), null);

    /// <inheritdoc/>
    /// <exception cref="InvalidDataException">There are too many.</exception>
    public override string Add(string array) => Add(array, array);

    /// <inheritdoc/>
    public override string? Get(char[] array, int offset, int length) => _slots[SlotOf(array.AsSpan(offset, length))];

    /// <inheritdoc/>
    public override string? Get(string array) => _slots[SlotOf(array)];

    private string Add(ReadOnlySpan<char> name, string? text)
    {
        ref var slot = ref _slots[SlotOf(name)];
        if (slot is null)
        {
            _count = _count < Most ? _count + 1 : throw new InvalidDataException($"it has more than {Most} names of elements and attributes");
            slot = text ?? name.ToString();
        }

        return slot;
    }

    // The hash differs from run to run, so that nobody can choose names that fall together.
    private int SlotOf(ReadOnlySpan<char> name)
    {
        var at = (int)((uint)string.GetHashCode(name, StringComparison.Ordinal) % Slots);
        while (_slots[at] is { } other && !name.SequenceEqual(other))
        {
            at = (at + 1) % Slots;
        }

        return at;
    }
}
