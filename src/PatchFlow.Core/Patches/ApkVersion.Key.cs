namespace PatchFlow.Core.Patches;

public readonly partial struct ApkVersion
{
    // Before any end of a version, which comes before all other parts.
    private const int BeforeRelease = 0;

    // A number that begins with 0 is read as a fraction, which is less than any that does not.
    private const int Fraction = 0;

    /// <summary>Writes bytes whose order is that of <see cref="CompareTo"/>.</summary>
    internal void WriteKey(ref VersionKeyWriter writer)
    {
        var parts = new Parts(Text);
        for (var kind = parts.Next(); kind != Kind.End; kind = parts.Next())
        {
            writer.Byte(parts.IsBeforeRelease ? BeforeRelease : KeyOf(kind));
            WritePart(parts, ref writer);
        }

        writer.Byte(KeyOf(Kind.End));
    }

    // Where the kinds of a part differ, the one that stands first is the newer one.
    private static int KeyOf(Kind kind) => Kind.Wrong - kind;

    private static void WritePart(scoped in Parts part, ref VersionKeyWriter writer)
    {
        if (part.Kind == Kind.Suffix)
        {
            writer.Byte(part.Suffix);
        }
        else if (part.IsFraction)
        {
            writer.Byte(Fraction);
            writer.Word(part.Value);
        }
        else if (part.IsNumber)
        {
            writer.Number(part.Value.TrimStart('0'));
        }
        else
        {
            writer.Word(part.Value);
        }
    }
}
