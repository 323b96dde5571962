using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Patches;

/// <summary>How long a patch may be lacking, by class: <c>kev: P3D, critical: P7D</c>. A class without its own span has that of the next lower class that has one.</summary>
public sealed record DeadlinePolicy
{
    private readonly ImmutableSortedDictionary<PriorityClass, TimeSpan> _spans;

    private DeadlinePolicy(ImmutableSortedDictionary<PriorityClass, TimeSpan> spans) => _spans = spans;

    /// <summary>No deadline for anything.</summary>
    public static DeadlinePolicy None { get; } = new(ImmutableSortedDictionary<PriorityClass, TimeSpan>.Empty);

    /// <summary>Reads the pairs of a pipeline, or says what is wrong with them.</summary>
    public static bool TryParse(IEnumerable<KeyValuePair<string, string>> pairs, [NotNullWhen(true)] out DeadlinePolicy? policy, [NotNullWhen(false)] out string? problem)
    {
        (policy, problem) = (null, null);
        var spans = ImmutableSortedDictionary.CreateBuilder<PriorityClass, TimeSpan>();
        foreach (var (name, text) in pairs)
        {
            problem ??= ProblemOf(name, text, spans);
        }

        problem ??= Disordered(spans);
        policy = problem is null ? new(spans.ToImmutable()) : null;
        return policy is not null;
    }

    /// <summary>The span of a class; null where it has no deadline.</summary>
    public TimeSpan? SpanOf(PriorityClass priority)
    {
        for (var at = priority; at >= PriorityClass.None; at--)
        {
            if (_spans.TryGetValue(at, out var span))
            {
                return span;
            }
        }

        return null;
    }

    private static string? ProblemOf(string name, string text, IDictionary<PriorityClass, TimeSpan> spans)
    {
        PriorityClass? priority = name switch
        {
            "kev" => PriorityClass.Kev,
            "critical" => PriorityClass.Critical,
            "high" => PriorityClass.High,
            "medium" => PriorityClass.Medium,
            "low" => PriorityClass.Low,
            _ => null,
        };
        return priority is not { } known ? $"'{name}' has no deadline: kev, critical, high, medium and low have"
            : !CanonicalDuration.TryParse(text, out var span) || span <= TimeSpan.Zero ? $"{name}: '{text}' must be an ISO 8601 duration such as P3D or PT12H"
            : !spans.TryAdd(known, span) ? $"{name} is given twice"
            : null;
    }

    // Else a patch that becomes more urgent would get more time.
    private static string? Disordered(ImmutableSortedDictionary<PriorityClass, TimeSpan>.Builder spans) =>
        spans.Zip(spans.Skip(1)).Where(p => p.Second.Value > p.First.Value)
            .Select(p => $"{Lower(p.Second.Key)} must not have longer than {Lower(p.First.Key)}").FirstOrDefault();

    private static string Lower(PriorityClass priority) => $"{priority}".ToLowerInvariant();
}
