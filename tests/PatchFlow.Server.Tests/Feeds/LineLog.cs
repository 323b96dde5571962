using Microsoft.Extensions.Logging;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A log that keeps its lines.</summary>
internal sealed class LineLog<T> : ILogger<T>
{
    private readonly List<string> _lines = [];

    /// <summary>The lines since the last time.</summary>
    public IReadOnlyList<string> Take()
    {
        string[] lines = [.. _lines];
        _lines.Clear();
        return lines;
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Add($"{logLevel} {formatter(state, exception)}");
}
