using System.Globalization;

namespace PatchFlow.Core.Patches;

public readonly partial struct DebianVersion
{
    // The weights of a part's characters in a byte: a tilde, the end, letters, all else.
    private const int Tilde = 1;
    private const int End = 2;
    private const int Others = 128;

    /// <summary>Writes bytes whose order is that of <see cref="CompareTo"/>.</summary>
    internal void WriteKey(ref VersionKeyWriter writer)
    {
        Span<char> epoch = stackalloc char[10];
        Epoch.TryFormat(epoch, out var digits, provider: CultureInfo.InvariantCulture);
        writer.Number(((ReadOnlySpan<char>)epoch[..digits]).TrimStart('0'));
        WritePart(Upstream, ref writer);
        WritePart(Revision, ref writer);
    }

    // Turns of a non-digit part and a number, at least one of each, so that an empty part equals "0".
    private static void WritePart(scoped ReadOnlySpan<char> part, ref VersionKeyWriter writer)
    {
        do
        {
            for (; !part.IsEmpty && !char.IsAsciiDigit(part[0]); part = part[1..])
            {
                writer.Byte(part[0] == '~' ? Tilde : char.IsAsciiLetter(part[0]) ? part[0] : part[0] + Others);
            }

            writer.Byte(End);
            writer.Number(TakeNumber(ref part));
        }
        while (!part.IsEmpty);
        writer.Byte(End);
    }
}
