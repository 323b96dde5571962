namespace PatchFlow.Core.Patches;

public readonly partial struct SemVersion
{
    // A version without pre-release is newer than one with it; the end of the identifiers is older than a number, that older than a word.
    private const int HasPreRelease = 0;
    private const int IsRelease = 1;
    private const int End = 0;
    private const int ANumber = 1;
    private const int AWord = 2;

    /// <summary>Writes bytes whose order is that of <see cref="CompareTo"/>.</summary>
    internal void WriteKey(ref VersionKeyWriter writer)
    {
        WriteIdentifiers(Core, ref writer);
        writer.Byte(PreRelease.IsEmpty ? IsRelease : HasPreRelease);
        WriteIdentifiers(PreRelease, ref writer);
    }

    private static void WriteIdentifiers(scoped ReadOnlySpan<char> identifiers, ref VersionKeyWriter writer)
    {
        while (!identifiers.IsEmpty)
        {
            var identifier = Before(identifiers, '.');
            identifiers = identifiers[Math.Min(identifiers.Length, identifier.Length + 1)..];
            if (IsNumber(identifier))
            {
                writer.Byte(ANumber);
                writer.Number(identifier);
            }
            else
            {
                writer.Byte(AWord);
                writer.Word(identifier);
            }
        }

        writer.Byte(End);
    }
}
