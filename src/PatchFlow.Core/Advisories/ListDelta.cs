using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>A piece of a list: bytes of its base, and after them bytes of the delta itself.</summary>
/// <param name="Start">Where in the list it begins.</param>
/// <param name="From">Where in the base its bytes begin.</param>
/// <param name="Copied">How many they are.</param>
/// <param name="Text">Where in the delta its own bytes begin.</param>
/// <param name="Added">How many they are.</param>
public readonly record struct DeltaPiece(long Start, long From, long Copied, int Text, int Added)
{
    /// <summary>Where in the list the next one begins.</summary>
    public long End => Start + Copied + Added;
}

/// <summary>
/// A list as it differs from another: a header with what both are, and pieces in order. It proves nothing: the list that it makes counts only where its
/// digest is the signed index's.
/// </summary>
public sealed class ListDelta
{
    private const int HeaderBytes = 24 + 32 + 32 + 8 + 8;
    private const int PieceBytes = 8 + 8 + 4;

    private ListDelta(Digest from, Digest list, long fromLength, long length, DeltaPiece[] pieces, ReadOnlyMemory<byte> bytes) =>
        (Base, List, BaseLength, Length, Pieces, Bytes) = (from, list, fromLength, length, pieces, bytes);

    /// <summary>The SHA-256 of the list that it differs from.</summary>
    public Digest Base { get; }

    /// <summary>The SHA-256 of the list that it makes.</summary>
    public Digest List { get; }

    /// <summary>How many bytes the base has.</summary>
    public long BaseLength { get; }

    /// <summary>How many bytes the list has.</summary>
    public long Length { get; }

    /// <summary>The pieces of the list, in order.</summary>
    public IReadOnlyList<DeltaPiece> Pieces { get; }

    /// <summary>The delta's own bytes, in which the pieces' texts are.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    private static ReadOnlySpan<byte> Magic => "PatchFlow list delta 1\n\n"u8;

    /// <summary>Reads a delta. Every piece lies within its base and its own bytes, and together they are as long as the list.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out ListDelta? delta, [NotNullWhen(false)] out string? problem)
    {
        delta = null;
        var text = bytes.Span;
        if (text.Length < HeaderBytes || !text.StartsWith(Magic))
        {
            problem = "it does not begin as the delta of a list does";
            return false;
        }

        var (from, list) = (Digest.FromBytes(text.Slice(24, 32)), Digest.FromBytes(text.Slice(56, 32)));
        var (fromLength, length) = (BinaryPrimitives.ReadInt64BigEndian(text[88..]), BinaryPrimitives.ReadInt64BigEndian(text[96..]));
        // A negative length less what is copied would be a large one.
        var pieces = Array.Empty<DeltaPiece>();
        problem = fromLength < 0 || length < 0 ? "its list or its base would have less than no bytes" : Read(text, fromLength, length, out pieces);
        delta = problem is null ? new ListDelta(from, list, fromLength, length, pieces, bytes) : null;
        return delta is not null;
    }

    /// <summary>The delta of a change.</summary>
    /// <param name="change">What changed.</param>
    /// <param name="from">The SHA-256 of the known list.</param>
    /// <param name="list">The SHA-256 of the list.</param>
    /// <param name="read">Reads bytes of the known list at a place: bytes that are the same there need not be in the delta. Fewer are none.</param>
    public static ReadOnlyMemory<byte> Of(ListChange change, Digest from, Digest list, Func<long, Memory<byte>, int> read)
    {
        var writer = new Writer(new ArrayBufferWriter<byte>(HeaderBytes + change.Edits.Count * 64));
        writer.Header(from, list, change.Known.Length, change.Length);
        foreach (var edit in change.Edits)
        {
            writer.Edit(edit, change.Text.Slice(edit.TextStart, edit.TextLength), read);
        }

        return writer.End(change.Known.Length);
    }

    private static string? Read(ReadOnlySpan<byte> text, long fromLength, long length, out DeltaPiece[] pieces)
    {
        var (found, at, start) = (new List<DeltaPiece>(), HeaderBytes, 0L);
        pieces = [];
        while (at < text.Length)
        {
            if (text.Length - at < PieceBytes)
            {
                return $"it is cut within the head of piece {found.Count + 1}";
            }

            var (from, copied) = (BinaryPrimitives.ReadInt64BigEndian(text[at..]), BinaryPrimitives.ReadInt64BigEndian(text[(at + 8)..]));
            var added = BinaryPrimitives.ReadInt32BigEndian(text[(at + 16)..]);
            at += PieceBytes;
            if (from < 0 || copied < 0 || from > fromLength - copied || added < 0 || added > text.Length - at || copied > length - start || added > length - start - copied)
            {
                return $"piece {found.Count + 1} is not within the list and its base";
            }

            found.Add(new DeltaPiece(start, from, copied, at, added));
            (at, start) = (at + added, start + copied + added);
        }

        pieces = [.. found];
        return start == length ? null : $"its pieces have {start} bytes where the list has {length}";
    }

    private sealed class Writer(ArrayBufferWriter<byte> to)
    {
        private long _from;

        public void Header(Digest from, Digest list, long fromLength, long length)
        {
            to.Write(Magic);
            to.Write(from.ToBytes());
            to.Write(list.ToBytes());
            Number(fromLength);
            Number(length);
        }

        // What is the same at the beginning and the end of both is taken from the base.
        public void Edit(ListEdit edit, ReadOnlyMemory<byte> text, Func<long, Memory<byte>, int> read)
        {
            var most = Math.Min(edit.OldLength, text.Length);
            var old = ArrayPool<byte>.Shared.Rent((int)most);
            var first = read(edit.OldStart, old.AsMemory(0, (int)most));
            var same = text.Span.CommonPrefixLength(old.AsSpan(0, first));
            var last = most == edit.OldLength ? first : read(edit.OldStart + edit.OldLength - most, old.AsMemory(0, (int)most));
            var alike = last < most ? 0 : Math.Min(CommonSuffix(text.Span, old.AsSpan(0, last)), (int)most - same);
            ArrayPool<byte>.Shared.Return(old);
            Piece(edit.OldStart + same, text.Span[same..(text.Length - alike)]);
            _from = edit.OldStart + edit.OldLength - alike;
        }

        public ReadOnlyMemory<byte> End(long fromLength)
        {
            Piece(fromLength, []);
            return to.WrittenMemory;
        }

        private void Piece(long until, ReadOnlySpan<byte> added)
        {
            Number(_from);
            Number(until - _from);
            BinaryPrimitives.WriteInt32BigEndian(to.GetSpan(4), added.Length);
            to.Advance(4);
            to.Write(added);
        }

        private void Number(long number)
        {
            BinaryPrimitives.WriteInt64BigEndian(to.GetSpan(8), number);
            to.Advance(8);
        }

        private static int CommonSuffix(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
        {
            var length = 0;
            while (length < Math.Min(a.Length, b.Length) && a[^(length + 1)] == b[^(length + 1)])
            {
                length++;
            }

            return length;
        }
    }
}
