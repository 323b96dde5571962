using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads a <c>Packages</c> index. A stanza that is malformed is refused with its position and reason; the rest goes in.</summary>
public static class AptPackages
{
    /// <summary>Reads every stanza of the index.</summary>
    public static AptPackageList Parse(ReadOnlySpan<byte> text)
    {
        var found = new StanzaReading(text.Length);
        found.Read(text);
        return found.List();
    }

    /// <summary>
    /// Reads every stanza of an index of any size with the memory of the longest. The bytes also go to <paramref name="seen"/>, so that they can be
    /// hashed on the way: what was read counts only where that hash is right.
    /// </summary>
    /// <param name="index">Read to its end.</param>
    /// <param name="bytes">How many it has, as far as known: only the memory that is laid out depends on it.</param>
    /// <param name="seen">Takes the bytes, in order.</param>
    public static AptPackageList Read(Stream index, long bytes, Action<BlockPart> seen)
    {
        var found = new StanzaReading(bytes);
        Read(index, seen, found.Read);
        return found.List();
    }

    /// <summary>The same, remembered so that <see cref="KnownList.Compare"/> reads the list's next state by what is new in it.</summary>
    /// <param name="index">Read to its end.</param>
    /// <param name="bytes">How many it has, as far as known.</param>
    /// <param name="key">16 random bytes that nobody else knows: see <see cref="GroupTags"/>.</param>
    /// <param name="seen">Takes the bytes, in order.</param>
    public static KnownList ReadKnown(Stream index, long bytes, byte[] key, Action<BlockPart> seen)
    {
        var (found, groups) = (new StanzaReading(bytes), new List<StanzaGroup>());
        using (var tags = new GroupTags(key))
        {
            Read(index, seen, text => StanzaGroup.AddTo(groups, text, found, tags));
        }

        return new KnownList(found.List(), groups, key);
    }

    // Each piece ends with an empty line, after which a stanza may begin, or with the index.
    private static void Read(Stream index, Action<BlockPart> seen, Action<ReadOnlySpan<byte>> read)
    {
        using var window = new StanzaWindow(index, seen);
        // What was looked through is not looked through again, but for its last byte, which may be the first half of what is sought.
        for (var looked = 0; window.Fill(); looked = Math.Max(0, window.Held.Length - 1))
        {
            var end = window.Held[looked..].LastIndexOf("\n\n"u8);
            if (end >= 0)
            {
                var whole = looked + end + 2;
                read(window.Held[..whole]);
                window.Take(whole);
            }
        }

        read(window.Held);
    }
}
