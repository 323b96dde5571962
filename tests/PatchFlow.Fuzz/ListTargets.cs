using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Fuzz;

/// <summary>What is read by what changed says the same as what is read whole, and what is kept as a change is the list again.</summary>
internal static class ListTargets
{
    /// <summary>The list that inputs are read beside, and their seed.</summary>
    public static byte[] Base { get; } = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 80).Select(i =>
        $"Package: p{i % 30}\nSource: s{i % 7} (1.{i})\nVersion: 1.{i}-1\nArchitecture: amd64\nFilename: pool/p{i}.deb\nSize: {i}\nSHA256: {Digest.Of([(byte)i]).Hex}\n\n")));

    private static readonly KnownList Known = AptPackages.ReadKnown(new MemoryStream(Base, writable: false), Base.Length, new byte[16], _ => { });

    /// <summary>A delta is read within its bounds, or refused with a reason.</summary>
    public static void Delta(byte[] bytes)
    {
        if (!ListDelta.TryParse(bytes, out var delta, out var problem))
        {
            Targets.Require(problem.Length > 0, "a refusal without a reason");
            return;
        }

        Targets.Require(delta.Pieces.All(p => p.From >= 0 && p.From + p.Copied <= delta.BaseLength && p.Text + p.Added <= bytes.Length), "a piece beyond its bounds");
        Targets.Require(delta.Pieces.Sum(p => p.Copied + p.Added) == delta.Length, "pieces that are not the list");
    }

    /// <summary>The input as another state of the list.</summary>
    public static void Change(byte[] bytes)
    {
        if (Known.Compare(new MemoryStream(bytes, writable: false), long.MaxValue, _ => { }, FromBase) is not { } change)
        {
            return;
        }

        var (told, whole) = (change.ToList(), AptPackages.Parse(bytes));
        Targets.Require(told.Packages.Select(Line).SequenceEqual(whole.Packages.Select(Line)), "other packages than when it is read whole");
        Targets.Require(told.RefusedCount == whole.RefusedCount && told.Refused.SequenceEqual(whole.Refused), "other refusals than when it is read whole");
        Targets.Require(Rebuilt(ListDelta.Of(change, Digest.Of(Base), Digest.Of(bytes), FromBase)).AsSpan().SequenceEqual(bytes), "kept as a change it is another list");
    }

    /// <summary>A delta from the list to one of which a stanza is new.</summary>
    public static byte[] SomeDelta()
    {
        var other = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Base).Replace("Version: 1.20-1", "Version: 1.20-2", StringComparison.Ordinal));
        var change = Known.Compare(new MemoryStream(other, writable: false), long.MaxValue, _ => { }, FromBase)!;
        return ListDelta.Of(change, Digest.Of(Base), Digest.Of(other), FromBase).ToArray();
    }

    private static string Line(AptPackage package) => $"{package.Name} {package.Version} {package.Arch} {package.Source} {package.SourceVersion} {package.Filename} {package.SizeBytes} {package.Sha256}";

    private static byte[] Rebuilt(ReadOnlyMemory<byte> bytes)
    {
        Targets.Require(ListDelta.TryParse(bytes, out var delta, out var problem), $"its delta is refused: {problem}");
        var list = new MemoryStream();
        foreach (var piece in delta!.Pieces)
        {
            list.Write(Base.AsSpan((int)piece.From, (int)piece.Copied));
            list.Write(bytes.Span.Slice(piece.Text, piece.Added));
        }

        return list.ToArray();
    }

    private static int FromBase(long at, Memory<byte> to)
    {
        var length = (int)Math.Clamp(Base.Length - at, 0, to.Length);
        Base.AsSpan((int)Math.Min(at, Base.Length), length).CopyTo(to.Span);
        return length;
    }
}
