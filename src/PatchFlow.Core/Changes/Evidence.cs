using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>The result of testing a plan: <c>evidence.txt</c> of docs/formats.md.</summary>
public sealed partial record Evidence
{
    /// <summary>The plan that was tested.</summary>
    public required Digest Plan { get; init; }

    /// <summary>One run per profile.</summary>
    public required ImmutableArray<EvidenceRun> Runs { get; init; }
}

/// <summary>One profile's run: its verdict and the digest of its bundle (what was done, output by output).</summary>
public sealed record EvidenceRun(string Profile, Verdict Verdict, Digest Bundle);

/// <summary>What a sandbox run says. Inconclusive is never a pass.</summary>
public enum Verdict
{
    /// <summary>Everything that must hold, held.</summary>
    Pass,

    /// <summary>The patch broke something.</summary>
    Fail,

    /// <summary>The run says nothing about the patch.</summary>
    Inconclusive,
}
