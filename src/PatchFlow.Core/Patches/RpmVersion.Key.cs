namespace PatchFlow.Core.Patches;

public readonly partial struct RpmVersion
{
    /// <summary>Writes bytes whose order is that of <see cref="CompareTo"/>.</summary>
    internal void WriteKey(ref VersionKeyWriter writer)
    {
        WritePart(Epoch, ref writer);
        WritePart(Version, ref writer);
        writer.Byte(HasRelease ? 1 : 0);
        WritePart(Release, ref writer);
    }

    /// <summary>
    /// How long the epoch's part of a key is. An epoch is digits alone, and fewer than 255 of them: their mark, how many there are, they themselves,
    /// and the mark of the end.
    /// </summary>
    internal static int LengthOfEpoch(ReadOnlySpan<byte> key) => key[1] + 3;

    private static void WritePart(scoped ReadOnlySpan<char> part, ref VersionKeyWriter writer)
    {
        scoped ReadOnlySpan<char> segment;
        do
        {
            segment = Next(ref part);
            writer.Byte(Rank(segment));
            if (!segment.IsEmpty && char.IsAsciiDigit(segment[0]))
            {
                writer.Number(segment);
            }
            else if (!segment.IsEmpty && char.IsAsciiLetter(segment[0]))
            {
                writer.Word(segment);
            }
        }
        while (!segment.IsEmpty);
    }
}
