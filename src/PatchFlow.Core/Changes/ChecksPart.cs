using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>The checks of a plan by profile: <c>checks.txt</c> of docs/formats.md.</summary>
public sealed partial record ChecksPart
{
    /// <summary>Sorted bytewise by their line.</summary>
    public required ImmutableArray<PlannedCheck> Checks { get; init; }
}

/// <summary>One check of a profile.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Name">The check's name.</param>
/// <param name="Digest">Over the check file's raw bytes.</param>
/// <param name="Must">A failure fails the run (<c>must</c>) or is reported (<c>should</c>).</param>
/// <param name="Production">Also a health check after each wave (<c>production</c>), or for the sandbox alone.</param>
public sealed record PlannedCheck(string Profile, string Name, Digest Digest, bool Must, bool Production);
