namespace PatchFlow.Cli;

/// <summary>Work that is done beside other work.</summary>
internal static class Beside
{
    /// <summary>Starts work on a thread of its own and answers what waits for its end; null where there is one processor.</summary>
    public static Func<Action, Action>? Start { get; } = Environment.ProcessorCount > 1
        ? work => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait
        : null;
}
