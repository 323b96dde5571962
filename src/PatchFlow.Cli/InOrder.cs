using System.Runtime.ExceptionServices;

namespace PatchFlow.Cli;

/// <summary>
/// Works on many items on all processors, and hands out what comes of them in the order of the items, one by one, as if they had been worked on one
/// after another. What comes of the item whose turn it is goes out at once. What comes of later ones is kept until their turn: of an item that yields
/// much the work waits, none is begun far ahead, and one that with the others ahead weighs more than may wait goes no further than to say so, so that the
/// memory is bounded however many items there are and however large they are.
/// </summary>
internal sealed class InOrder<TItem, TResult>
{
    /// <summary>How many results are kept of an item whose turn it is not.</summary>
    public const int MostKept = 1000;

    /// <summary>How many items a processor may be ahead of the one whose turn it is.</summary>
    public const int MostAhead = 8;

    /// <summary>How much the items may weigh together that are worked on before their turn; one that weighs more alone waits for its turn.</summary>
    public const long MostWeight = 64 << 20;

    private readonly IReadOnlyList<TItem> _items;
    private readonly Action<TItem, Action<long>, Action<TResult>> _work;
    private readonly Action<TResult> _take;
    private readonly int _ahead;
    private readonly object _gate = new();
    private readonly Dictionary<int, List<TResult>> _finished = [];
    private readonly Dictionary<int, long> _weights = [];
    private long _weight;
    private int _next;
    private int _turn;
    private Exception? _failure;

    private InOrder(IReadOnlyList<TItem> items, Action<TItem, Action<long>, Action<TResult>> work, Action<TResult> take, int processors) =>
        (_items, _work, _take, _ahead) = (items, work, take, processors * MostAhead);

    /// <summary>
    /// Does all of it. The first exception of the work or of who takes the results ends it. What who takes throws is never the work's: the work gets an
    /// <see cref="OperationCanceledException"/> instead, which it must let through.
    /// </summary>
    /// <param name="items">What is worked on.</param>
    /// <param name="work">
    /// Does one item and yields its results; several at the same time. Before it takes memory for it, it says what the item weighs, for instance its length in
    /// bytes, which waits until there is room: nobody else can find that out without holding up all.
    /// </param>
    /// <param name="take">Takes a result; one at a time.</param>
    /// <param name="processors">How many items are worked on at the same time; all processors where none is given.</param>
    public static void Run(IReadOnlyList<TItem> items, Action<TItem, Action<long>, Action<TResult>> work, Action<TResult> take, int? processors = null)
    {
        var workers = Math.Min(processors ?? Environment.ProcessorCount, items.Count);
        var all = new InOrder<TItem, TResult>(items, work, take, workers);
        var others = Enumerable.Range(1, Math.Max(workers - 1, 0)).Select(_ => Task.Run(all.Work)).ToArray();
        all.Work();
        Task.WaitAll(others);
        if (all._failure is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Work()
    {
        try
        {
            while (Begin() is { } index)
            {
                var kept = new List<TResult>();
                _work(_items[index], weight => Weigh(index, weight), result => Add(index, kept, result));
                End(index, kept);
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
    }

    private void Fail(Exception e)
    {
        lock (_gate)
        {
            _failure ??= e;
            Monitor.PulseAll(_gate);
        }
    }

    private int? Begin()
    {
        lock (_gate)
        {
            while (_failure is null && _next < _items.Count)
            {
                if (_next < _turn + _ahead)
                {
                    return _next++;
                }

                Monitor.Wait(_gate);
            }

            return null;
        }
    }

    // The item whose turn it is does not wait, so it weighs nothing.
    private void Weigh(int index, long weight)
    {
        lock (_gate)
        {
            while (_turn != index && weight > MostWeight - _weight && _failure is null)
            {
                Monitor.Wait(_gate);
            }

            if (_failure is not null)
            {
                throw new OperationCanceledException();
            }

            if (_turn != index)
            {
                _weights.Add(index, weight);
                _weight += weight;
            }
        }
    }

    private void Add(int index, List<TResult> kept, TResult result)
    {
        if (Volatile.Read(ref _failure) is { } failure)
        {
            throw new OperationCanceledException("something else failed", failure);
        }

        kept.Add(result);
        if (Volatile.Read(ref _turn) == index || (kept.Count == MostKept && WaitForTurn(index)))
        {
            HandOut(kept);
        }
    }

    private bool WaitForTurn(int index)
    {
        lock (_gate)
        {
            while (_turn != index && _failure is null)
            {
                Monitor.Wait(_gate);
            }

            return _failure is null ? true : throw new OperationCanceledException();
        }
    }

    // Whoever ends the item whose turn it is hands out those behind it too that have waited for it.
    private void End(int index, List<TResult> kept)
    {
        for (List<TResult>? ready = kept; ready is not null; ready = Pass())
        {
            lock (_gate)
            {
                if (_turn != index)
                {
                    _finished.Add(index, ready);
                    return;
                }
            }

            HandOut(ready);
            index++;
        }
    }

    private List<TResult>? Pass()
    {
        lock (_gate)
        {
            _turn++;
            _weight -= _weights.Remove(_turn, out var weight) ? weight : 0;
            Monitor.PulseAll(_gate);
            return _finished.Remove(_turn, out var ready) ? ready : null;
        }
    }

    private void HandOut(List<TResult> kept)
    {
        try
        {
            foreach (var result in kept)
            {
                _take(result);
            }
        }
        catch (Exception e)
        {
            Fail(e);
            throw new OperationCanceledException("the results are not taken any more", e);
        }

        kept.Clear();
    }
}
