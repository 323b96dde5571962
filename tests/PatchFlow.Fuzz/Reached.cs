using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace PatchFlow.Fuzz;

/// <summary>Which steps from one place of the code to the next have been taken, and how often at once: what the instrumented parsers write.</summary>
internal sealed unsafe class Reached : IDisposable
{
    private const int Size = 1 << 16;

    private readonly byte* _map = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    public Reached() => Trace.SharedMem = _map;

    /// <summary>How many different steps were taken by any input.</summary>
    public int Count { get; private set; }

    /// <summary>Before an input is read.</summary>
    public void Forget()
    {
        new Span<byte>(_map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>After it was read: whether it took a step that none had taken, or one far more often.</summary>
    public bool IsNew()
    {
        var map = new ReadOnlySpan<byte>(_map, Size);
        var isNew = false;
        for (int at = 0, next; (next = map[at..].IndexOfAnyExcept((byte)0)) >= 0; at++)
        {
            at += next;
            var often = (byte)(1 << int.Log2(map[at]));
            if ((_seen[at] & often) == 0)
            {
                Count += _seen[at] == 0 ? 1 : 0;
                _seen[at] |= often;
                isNew = true;
            }
        }

        return isNew;
    }

    public void Dispose() => NativeMemory.Free(_map);
}
