using System.Collections.Immutable;

namespace PatchFlow.Core.Planning;

/// <summary>What is to be done now, and what is waited for.</summary>
/// <param name="Steps">Steps whose keys differ; they don't depend on each other.</param>
/// <param name="Waiting">Null when nothing is waited for.</param>
public sealed record Agenda(ImmutableArray<Step> Steps, Waiting? Waiting)
{
    /// <summary>Nothing to do and nothing to wait for: the end.</summary>
    public static Agenda Nothing { get; } = new([], null);

    /// <summary>One step.</summary>
    public static Agenda Do(Step step, Waiting? waiting = null) => new([step], waiting);

    /// <summary>Only waiting.</summary>
    public static Agenda Wait(string kind, string sentence, DateTimeOffset? until = null) => new([], new(kind, sentence, until));
}
