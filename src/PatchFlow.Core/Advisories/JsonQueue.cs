using System.Buffers;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What is shown to a reader: a record, what stands beside the records, or a refusal.</summary>
/// <param name="Record">Its name and place; the value is that of the document.</param>
/// <param name="Document">It, parsed; null for a refusal.</param>
/// <param name="IsBeside">Whether it stands beside the records.</param>
/// <param name="Refusal">What is wrong; null where it is no refusal.</param>
internal readonly record struct JsonShown(JsonRecord Record, JsonDocument? Document, bool IsBeside, Refusal? Refusal)
{
    private const int Own = 200;

    /// <summary>About how many bytes it takes beside its text.</summary>
    public int Weight => Own + (2 * ((Record.Name?.Length ?? 0) + (Refusal?.Position.Length ?? 0) + (Refusal?.Reason.Length ?? 0)));
}

/// <summary>What is handed over at once, with the text that it stands in, in memory that the pool lends.</summary>
internal sealed class JsonBlock(int length) : IDisposable
{
    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(length);
    private readonly List<JsonShown> _shown = [];
    private int _length;

    /// <summary>What is shown, in the order of the document.</summary>
    public IReadOnlyList<JsonShown> Shown => _shown;

    /// <summary>About how many bytes it takes.</summary>
    public long Weight { get; private set; }

    /// <summary>Adds what is to be shown next.</summary>
    public void Add(JsonShown shown)
    {
        _shown.Add(shown);
        Weight += shown.Weight;
    }

    /// <summary>Whether there is room for so many bytes more.</summary>
    public bool HasRoomFor(int count) => count <= _bytes.Length - _length;

    /// <summary>Keeps a text, for which there is room.</summary>
    public ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> text)
    {
        var kept = _bytes.AsMemory(_length, text.Length);
        text.CopyTo(kept);
        _length += text.Length;
        Weight += text.Length;
        return kept;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var shown in _shown)
        {
            shown.Document?.Dispose();
        }

        ArrayPool<byte>.Shared.Return(_bytes);
    }
}

/// <summary>Parsed records on their way from the thread that parses them to the one that looks at them. What waits has a bounded length: who parses waits then.</summary>
internal sealed class JsonQueue : IDisposable
{
    /// <summary>About how many bytes may wait before no more is parsed; a record may be longer, and then waits alone.</summary>
    public const int MostAhead = 1 << 20;

    // For each record alone the threads would wake one another too often.
    private const int BlockLength = 32 << 10;
    private readonly object _gate = new();
    private readonly Queue<JsonBlock> _ready = [];
    private JsonBlock _block = new(BlockLength);
    private long _waiting;
    private bool _isStopped;
    private bool _isEnded;

    /// <summary>Whether nobody looks at what comes any more.</summary>
    public bool IsStopped
    {
        get
        {
            lock (_gate)
            {
                return _isStopped;
            }
        }
    }

    /// <summary>Keeps the text of what is added next, for as long as somebody may look at it.</summary>
    public ReadOnlyMemory<byte> Keep(ReadOnlyMemory<byte> text)
    {
        if (!_block.HasRoomFor(text.Length))
        {
            HandOver(Math.Max(text.Length, BlockLength));
        }

        return _block.Keep(text);
    }

    /// <summary>Adds what is to be shown next, behind its text where it has one.</summary>
    public void Add(JsonShown shown)
    {
        _block.Add(shown);
        if (_block.Weight >= BlockLength)
        {
            HandOver(BlockLength);
        }
    }

    /// <summary>Says that nothing more comes.</summary>
    public void End()
    {
        try
        {
            HandOver(BlockLength);
        }
        finally
        {
            lock (_gate)
            {
                _isEnded = true;
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>What is shown next, which is then the caller's to dispose; null where nothing more comes.</summary>
    public JsonBlock? Next()
    {
        lock (_gate)
        {
            while (_ready.Count == 0 && !_isEnded)
            {
                Monitor.Wait(_gate);
            }

            if (!_ready.TryDequeue(out var block))
            {
                return null;
            }

            _waiting -= block.Weight;
            Monitor.PulseAll(_gate);
            return block;
        }
    }

    /// <summary>Says that nobody looks at what comes any more.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _isStopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _block.Dispose();
        while (_ready.TryDequeue(out var block))
        {
            block.Dispose();
        }
    }

    private void HandOver(int length)
    {
        var next = new JsonBlock(length);
        lock (_gate)
        {
            while (_waiting > 0 && _waiting + _block.Weight > MostAhead && !_isStopped)
            {
                Monitor.Wait(_gate);
            }

            _waiting += _block.Weight;
            _ready.Enqueue(_block);
            while (_isStopped && _ready.TryDequeue(out var unseen))
            {
                unseen.Dispose();
            }

            _block = next;
            Monitor.PulseAll(_gate);
        }
    }
}
