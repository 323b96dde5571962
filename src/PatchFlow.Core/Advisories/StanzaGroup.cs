using System.Buffers.Binary;
using System.Security.Cryptography;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Tells whether bytes are those that were seen before, by a tag of 16 bytes (GMAC, NIST SP 800-38D) under a key that only this process
/// knows: nobody can make other bytes with the same tag, and that is less work than hashing them a second time. A number is used again,
/// for other bytes, when a list's next state is compared: whoever saw tags of both could make others. Nobody does, since they never leave the process.
/// </summary>
/// <param name="key">16 random bytes, of one list only.</param>
internal sealed class GroupTags(byte[] key) : IDisposable
{
    private const int TagBytes = 16;
    private readonly AesGcm _mac = new(key, TagBytes);

    /// <summary>The tag of a group.</summary>
    /// <param name="number">The group's number.</param>
    /// <param name="group">Its bytes.</param>
    public UInt128 Of(int number, ReadOnlySpan<byte> group)
    {
        Span<byte> nonce = stackalloc byte[12], tag = stackalloc byte[TagBytes];
        nonce.Clear();
        BinaryPrimitives.WriteInt32BigEndian(nonce, number);
        _mac.Encrypt(nonce, default, default, tag, group);
        return BinaryPrimitives.ReadUInt128BigEndian(tag);
    }

    /// <inheritdoc/>
    public void Dispose() => _mac.Dispose();
}

/// <summary>A few stanzas of a list that stand together, as they were read once: where they are met again they need not be read again.</summary>
/// <param name="Start">Where in the list its bytes begin.</param>
/// <param name="Length">How many they are.</param>
/// <param name="Tag">Tells them from all others.</param>
/// <param name="FirstLine">A number for the first line: only where to look depends on it.</param>
/// <param name="Stanzas">How many stanzas it has.</param>
/// <param name="Lines">How many lines.</param>
/// <param name="First">The place of its first package in the list's.</param>
/// <param name="IsClean">Whether no stanza was refused: the place of a refused one is told anew each time.</param>
/// <param name="IsClosed">Whether it ends with an empty line: what follows one that does not belongs to its last stanza.</param>
internal readonly record struct StanzaGroup(
    long Start, int Length, UInt128 Tag, int FirstLine, int Stanzas, int Lines, int First, bool IsClean, bool IsClosed)
{
    private const int StanzasEach = 16;
    internal const int FirstLineBytes = 200;

    /// <summary>Where in the list the bytes after it begin.</summary>
    public long End => Start + Length;

    /// <summary>How many packages it has.</summary>
    public int Packages => IsClean ? Stanzas : 0;

    /// <summary>Reads the text group by group, and adds the groups to those before it.</summary>
    public static void AddTo(List<StanzaGroup> groups, ReadOnlySpan<byte> text, StanzaReading found, GroupTags tags)
    {
        while (!text.IsEmpty)
        {
            var group = text[..LengthOf(text)];
            var (stanzas, lines, packages, refused) = (found.Stanzas, found.Lines, found.Packages.Count, found.RefusedCount);
            found.Read(group);
            groups.Add(new StanzaGroup(
                groups.Count == 0 ? 0 : groups[^1].End,
                group.Length,
                tags.Of(groups.Count, group),
                FirstLineOf(group),
                found.Stanzas - stanzas,
                found.Lines - lines,
                packages,
                refused == found.RefusedCount,
                group.EndsWith("\n\n"u8)));
            text = text[group.Length..];
        }
    }

    /// <summary>The number for the first line of a text.</summary>
    public static int FirstLineOf(ReadOnlySpan<byte> text)
    {
        var line = text[..Math.Min(text.Length, FirstLineBytes)];
        var end = line.IndexOf((byte)'\n');
        var hash = default(HashCode);
        hash.AddBytes(end < 0 ? line : line[..end]);
        return hash.ToHashCode();
    }

    private static int LengthOf(ReadOnlySpan<byte> text)
    {
        var length = 0;
        for (var stanza = 0; stanza < StanzasEach; stanza++)
        {
            var end = text[length..].IndexOf("\n\n"u8);
            if (end < 0)
            {
                return text.Length;
            }

            length += end + 2;
        }

        return length;
    }
}
