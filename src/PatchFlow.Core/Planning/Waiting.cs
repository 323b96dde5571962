using System.Text.Json.Serialization;

namespace PatchFlow.Core.Planning;

/// <summary>What a change waits for: saved every time it changes, and shown word for word in UI, CLI and API.</summary>
/// <param name="For">The kind of waiting: <c>approval</c>, <c>resolving</c>, <c>sandbox</c>, <c>soak</c>, <c>change</c>, <c>start</c>, <c>window</c>, <c>feed</c>, <c>policy</c>, <c>hosts</c>, <c>person</c>.</param>
/// <param name="Sentence">The sentence.</param>
/// <param name="Until">Until when, where that is known.</param>
public sealed record Waiting(string For, string Sentence, DateTimeOffset? Until = null)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public bool IsPerson => For is "approval" or "start" or "person";
}
