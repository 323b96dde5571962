using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;

namespace PatchFlow.Core.Changes;

public sealed partial record SealedPlan
{
    /// <summary>The part must be one that this head names, and its indices snapshots of this head.</summary>
    /// <exception cref="DocumentException">It is not.</exception>
    public void RequireContent(ContentPart content) => RequireContent(content, content.ComputeDigest());

    /// <summary>The part must be the one that this head names, and speak of this head's profiles only.</summary>
    /// <exception cref="DocumentException">It is not.</exception>
    public void RequireChecks(ChecksPart checks) => RequireChecks(checks, checks.ComputeDigest());

    /// <summary>The targets must be those of the wave, and get contents that this head names.</summary>
    /// <exception cref="DocumentException">They are not.</exception>
    public void RequireTargets(int wave, Targets targets)
    {
        Require(wave >= 0 && wave < Waves.Length, $"has no wave {wave}");
        Require(Waves[wave].Hosts == targets.Hosts.Length && Waves[wave].Root == targets.Root(), $"names other targets for wave {wave}");
        var contents = Contents.ToHashSet();
        foreach (var target in targets.Hosts)
        {
            Require(contents.Contains(new(target.Profile, target.Content)), $"does not name the content of the host {target.Host}");
        }
    }

    // The digests are the callers', who have just read the parts from the very bytes.
    internal void RequireContent(ContentPart content, Digest digest)
    {
        Require(Contents.Contains(new(content.Profile, digest)), $"names no such content for the profile {content.Profile}");
        foreach (var index in content.Indices)
        {
            Require(Snapshots.Contains(index), $"has no snapshot of {index.Feed} equal to the index of the content for {content.Profile}");
        }
    }

    internal void RequireChecks(ChecksPart checks, Digest digest)
    {
        Require(Checks == digest, "names other checks");
        var profiles = Contents.Select(c => c.Profile).ToHashSet();
        foreach (var check in checks.Checks)
        {
            Require(profiles.Contains(check.Profile), $"has no profile {check.Profile}, for which there is the check '{check.Name}'");
        }
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new DocumentException(Document, 0, $"the head {otherwise}");
        }
    }
}
