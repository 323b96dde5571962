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
    /// <exception cref="InvalidDataException">A stanza is longer than any may be.</exception>
    public static AptPackageList Read(Stream index, long bytes, Action<BlockPart> seen)
    {
        var found = new StanzaReading(bytes);
        using var window = new StanzaWindow(index, seen);
        Read(window, text =>
        {
            found.Read(text);
            return true;
        });
        return found.List();
    }

    /// <summary>Gives each stanza of an index of any size as it is read: those of a piece that are refused before the others of it.</summary>
    /// <param name="index">Read to its end.</param>
    /// <param name="longest">How many bytes a stanza may have.</param>
    /// <param name="found">Takes a package; false where it wants no more.</param>
    /// <param name="refused">Takes a stanza that is malformed.</param>
    /// <exception cref="InvalidDataException">A stanza is longer.</exception>
    public static void Each(Stream index, int longest, Func<AptPackage, bool> found, Action<RefusedStanza> refused)
    {
        var reading = new StanzaReading(0, int.MaxValue);
        using var window = new StanzaWindow(index, _ => { }, longest);
        Read(window, text =>
        {
            reading.Read(text);
            return reading.Give(found, refused);
        });
    }

    /// <summary>The same, remembered so that <see cref="KnownList.Compare"/> reads the list's next state by what is new in it.</summary>
    /// <param name="index">Read to its end.</param>
    /// <param name="bytes">How many it has, as far as known.</param>
    /// <param name="key">16 random bytes that nobody else knows: see <see cref="GroupTags"/>.</param>
    /// <param name="seen">Takes the bytes, in order.</param>
    /// <exception cref="InvalidDataException">A stanza is longer than any may be.</exception>
    public static KnownList ReadKnown(Stream index, long bytes, byte[] key, Action<BlockPart> seen)
    {
        var (found, groups) = (new StanzaReading(bytes), new List<StanzaGroup>());
        using (var tags = new GroupTags(key))
        using (var window = new StanzaWindow(index, seen))
        {
            Read(window, text =>
            {
                StanzaGroup.AddTo(groups, text, found, tags);
                return true;
            });
        }

        return new KnownList(found.List(), groups, key);
    }

    // Each piece ends with an empty line, after which a stanza may begin, or with the index.
    private static void Read(StanzaWindow window, Func<ReadOnlySpan<byte>, bool> read)
    {
        // What was looked through is not looked through again, but for its last byte, which may be the first half of what is sought.
        for (var looked = 0; window.Fill(); looked = Math.Max(0, window.Held.Length - 1))
        {
            var end = window.Held[looked..].LastIndexOf("\n\n"u8);
            if (end >= 0)
            {
                var whole = looked + end + 2;
                if (!read(window.Held[..whole]))
                {
                    return;
                }

                window.Take(whole);
            }
        }

        read(window.Held);
    }
}
