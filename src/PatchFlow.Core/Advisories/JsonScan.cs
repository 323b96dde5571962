using System.Numerics;
using System.Runtime.Intrinsics;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Finds where an array or an object of JSON ends, without knowing what is in it: brackets outside of strings are counted, 64 bytes at a time where the
/// machine can. The bytes may come in parts. Brackets of either kind count alike: whoever parses the value sees that they don't match.
/// </summary>
/// <param name="deepest">How deep it may be nested.</param>
internal struct JsonScan(int deepest)
{
    private const int Block = 2 * 32;
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>Whether it is nested deeper than allowed.</summary>
    public bool IsTooDeep { get; private set; }

    /// <summary>How many of these bytes belong to the value, with the bracket that closes it; -1 where it does not end in them: then it goes on with the next call.</summary>
    public int EndIn(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        for (; Vector256.IsHardwareAccelerated && at + Block <= bytes.Length; at += Block)
        {
            var end = EndInBlock(bytes.Slice(at, Block));
            if (end >= 0)
            {
                return at + end;
            }
        }

        var rest = EndOneByOne(bytes[at..]);
        return rest < 0 ? -1 : at + rest;
    }

    private int EndInBlock(ReadOnlySpan<byte> block)
    {
        var (low, high) = (Vector256.Create(block), Vector256.Create(block[32..]));
        // A square bracket is a curly one without this bit.
        var (anyLow, anyHigh) = (low | Vector256.Create((byte)0x20), high | Vector256.Create((byte)0x20));
        var (opens, closes) = (Bits(anyLow, anyHigh, (byte)'{'), Bits(anyLow, anyHigh, (byte)'}'));
        // Backslashes are rare, and so is what may be nested too deep: nothing is gained there.
        if (_escaped || Bits(low, high, (byte)'\\') != 0 || _depth + BitOperations.PopCount(opens) > deepest)
        {
            return EndOneByOne(block);
        }

        var strings = Strings(Bits(low, high, (byte)'"'));
        (opens, closes) = (opens & ~strings, closes & ~strings);
        if (End(opens, closes) is var end and >= 0)
        {
            return end;
        }

        _depth += BitOperations.PopCount(opens) - BitOperations.PopCount(closes);
        return -1;
    }

    private readonly int End(ulong opens, ulong closes)
    {
        if (_depth > BitOperations.PopCount(closes))
        {
            return -1;
        }

        for (var closed = 1; closes != 0; closes &= closes - 1, closed++)
        {
            var at = BitOperations.TrailingZeroCount(closes);
            if (_depth + BitOperations.PopCount(opens & ((1UL << at) - 1)) == closed)
            {
                return at + 1;
            }
        }

        return -1;
    }

    private static ulong Bits(Vector256<byte> low, Vector256<byte> high, byte value) =>
        Vector256.Equals(low, Vector256.Create(value)).ExtractMostSignificantBits() | ((ulong)Vector256.Equals(high, Vector256.Create(value)).ExtractMostSignificantBits() << 32);

    // Each quotation mark turns all bits from its own on, so that what lies between two of them, and only that, is turned an odd number of times.
    private ulong Strings(ulong quotes)
    {
        quotes ^= quotes << 1;
        quotes ^= quotes << 2;
        quotes ^= quotes << 4;
        quotes ^= quotes << 8;
        quotes ^= quotes << 16;
        quotes ^= quotes << 32;
        quotes ^= _inString ? ulong.MaxValue : 0;
        _inString = (long)quotes < 0;
        return quotes;
    }

    private int EndOneByOne(ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (_inString)
            {
                _inString = _escaped || bytes[i] != '"';
                _escaped = !_escaped && bytes[i] == '\\';
            }
            else if (Counts(bytes[i]))
            {
                return i + 1;
            }
        }

        return -1;
    }

    // Whether this byte, outside of strings, closes the value.
    private bool Counts(byte next)
    {
        switch (next)
        {
            case (byte)'"':
                _inString = true;
                break;
            case (byte)'{' or (byte)'[':
                IsTooDeep |= ++_depth > deepest;
                break;
            case (byte)'}' or (byte)']':
                return --_depth == 0;
            default:
                break;
        }

        return false;
    }
}
