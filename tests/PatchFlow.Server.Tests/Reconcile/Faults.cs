using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Reconcile;

/// <summary>What goes wrong at an effect.</summary>
public enum Fault
{
    /// <summary>The process dies before the effect: it is not done.</summary>
    DiesBefore,

    /// <summary>The effect is done, and the process dies right after.</summary>
    DiesAfter,

    /// <summary>The effect is not done, and reported as failed; the process goes on.</summary>
    NotDone,

    /// <summary>The effect is done, and reported as failed; the process goes on.</summary>
    DoneButReportedAsFailed,
}

/// <summary>Counts every effect of one server process (calls of hosts and writes to the database), and lets one of them go wrong.</summary>
internal sealed class Faults(int? at = null, Fault fault = Fault.DiesBefore)
{
    private readonly List<string> _effects = [];
    private int _count;

    public bool IsDead { get; private set; }

    public IReadOnlyList<string> Effects => _effects;

    /// <summary>Stands around a write.</summary>
    public async Task AroundAsync(Func<Task> write) => await AroundAsync("write", async () => { await write(); return true; });

    public async Task<T> AroundAsync<T>(string name, Func<Task<T>> effect)
    {
        var number = Count(name);
        var isHere = number == at;
        if (IsDead || (isHere && fault == Fault.DiesBefore))
        {
            IsDead = true;
            throw new ProcessDiedException();
        }

        if (isHere && fault == Fault.NotDone)
        {
            throw Failure(name);
        }

        var result = await effect();
        if (isHere && fault == Fault.DiesAfter)
        {
            IsDead = true;
            throw new ProcessDiedException();
        }

        return isHere && fault == Fault.DoneButReportedAsFailed ? throw Failure(name) : result;
    }

    private int Count(string name)
    {
        lock (_effects)
        {
            _effects.Add(name);
            return _count++;
        }
    }

    private static Exception Failure(string name) =>
        name == "write" ? new IOException("the disk reported an error") : new HostUnreachableException($"no answer to {name}");
}

/// <summary>Nothing of this process happens any more.</summary>
internal sealed class ProcessDiedException : Exception;
