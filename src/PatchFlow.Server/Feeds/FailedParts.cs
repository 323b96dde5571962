using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>What a fetch that failed has refused: documents, parts of them, or stanzas. Nothing that it brought is in use.</summary>
/// <param name="Count">How many.</param>
/// <param name="First">The first of them.</param>
internal sealed record FailedParts(long Count, IReadOnlyList<FailedPart> First)
{
    private const int MostKept = 100;

    /// <summary>Those; null where there are none.</summary>
    /// <param name="refused">What was refused, as far as it was kept.</param>
    /// <param name="more">How much more there was.</param>
    public static FailedParts? Of(IReadOnlyCollection<Refusal> refused, long more = 0) =>
        refused.Count == 0 ? null : new(refused.Count + more, [.. refused.Take(MostKept).Select(r => new FailedPart(r.File, r.Position, FeedAttempts.Cut(r.Reason)))]);
}

/// <summary>One of them.</summary>
/// <param name="File">The document or index.</param>
/// <param name="Position">Where in it; empty for all of it.</param>
/// <param name="Reason">What is wrong.</param>
internal sealed record FailedPart(string File, string Position, string Reason);

/// <summary>What a fetch has at hand, which says what was refused where it then fails.</summary>
internal sealed class FetchCourse
{
    /// <summary>The documents as they are now; null before they are had.</summary>
    public Gathered? Gathered { get; set; }

    /// <summary>What was read of them; null before anything is.</summary>
    public AdvisoryReading? Reading { get; set; }

    /// <summary>What was refused before this was thrown; null where nothing was.</summary>
    public FailedParts? RefusedBefore(Exception failure) => (failure as FeedException)?.Refused
        ?? FailedParts.Of([.. Reading?.Refused ?? [], .. Gathered?.Refused ?? []], Reading?.MoreRefused ?? 0);
}
