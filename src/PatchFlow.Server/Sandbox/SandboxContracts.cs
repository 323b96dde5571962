using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Planning;

namespace PatchFlow.Server.Sandbox;

/// <summary>A host that a change is for, with the inventory that it is resolved from and the upgrades that apply.</summary>
internal sealed record HostSubject(string Host, string Group, Inventory Inventory, ImmutableArray<PackageUpgrade> Upgrades);

/// <summary>What is to be resolved.</summary>
internal sealed record ResolveRequest(long Change, Pipeline Pipeline, ImmutableArray<HostSubject> Hosts);

/// <summary>What resolving found: one content part per profile, with the hosts that share it, the snapshots used, and the notes for people.</summary>
internal sealed record Resolved(
    ImmutableArray<ResolvedProfile> Profiles, ImmutableArray<PlanSnapshot> Snapshots, ImmutableArray<string> Cves, byte[] Notes)
{
    /// <summary>Hosts that the plan can't take, with the reason: the others go on without them.</summary>
    public ImmutableArray<LeftOut> LeftOut { get; init; } = [];
}

/// <summary>Hosts of a profile that can't be resolved.</summary>
internal sealed record LeftOut(ImmutableArray<string> Hosts, string Reason)
{
    /// <summary>In a sentence.</summary>
    public override string ToString() => $"left out: {string.Join(' ', Hosts)}, because {Reason}";
}

/// <summary>One profile's content and its hosts.</summary>
internal sealed record ResolvedProfile(ContentPart Content, ImmutableArray<string> Hosts);

/// <summary>The change can't be resolved as its pipeline demands; trying again will not help.</summary>
internal sealed class UnresolvableException(string message) : Exception(message);

/// <summary>
/// The sandbox can't do its work now: no engine, no base image, a replica that could not be made or was lost. It says nothing about the
/// patch, and trying again may help once the remedy in the message was followed.
/// </summary>
internal class SandboxException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The test itself can't tell, whatever is tried again soon: its result is inconclusive, and counts as such.</summary>
internal sealed class InconclusiveException(string message) : Exception(message);

/// <summary>No container engine answers: nothing in the sandbox can go on.</summary>
internal sealed class EngineUnavailableException(string message, Exception? inner = null) : SandboxException(message, inner);

/// <summary>What is to be tested: the sealed plan with its parts.</summary>
/// <param name="Change">The change.</param>
/// <param name="Run">The work run's id: names and labels the replicas.</param>
/// <param name="Head">The plan's raw bytes.</param>
/// <param name="Contents">Raw content parts by profile.</param>
/// <param name="Checks">The checks part's raw bytes.</param>
/// <param name="CheckFiles">Check files by digest.</param>
/// <param name="Examples">Per profile, the inventory of one of its hosts.</param>
internal sealed record SandboxRequest(
    long Change,
    long Run,
    byte[] Head,
    ImmutableDictionary<string, byte[]> Contents,
    byte[] Checks,
    ImmutableDictionary<Digest, byte[]> CheckFiles,
    ImmutableDictionary<string, Inventory> Examples);

/// <summary>One profile's verdict and its bundle: everything that was done and said, as one document.</summary>
internal sealed record ProfileResult(string Profile, Verdict Verdict, byte[] Bundle, string Summary);
