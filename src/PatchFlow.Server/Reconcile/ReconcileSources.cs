using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server.Reconcile;

/// <summary>What the reconciler takes from other features, so that the composition root wires them and tests give simulated ones.</summary>
internal sealed record ReconcileSources
{
    /// <summary>The channel to a host.</summary>
    public required Func<string, IHostChannel> Channel { get; init; }

    /// <summary>Closes pooled connections to a host after its packages changed: the old connection maps old libraries.</summary>
    public required Func<string, ValueTask> Drop { get; init; }

    /// <summary>The path of a verified package file; null where it is not kept.</summary>
    public required Func<Digest, string?> File { get; init; }

    /// <summary>The current snapshots as applicability takes them.</summary>
    public required Func<IReadOnlyList<FeedIndex>> Feeds { get; init; }

    /// <summary>Feeds that can't be relied on at that moment.</summary>
    public required Func<DateTimeOffset, ImmutableArray<StaleFeed>> StaleFeeds { get; init; }

    /// <summary>Finds the exact files in a replica.</summary>
    public required ResolveWork Resolve { get; init; }

    /// <summary>Tests a sealed plan on replicas.</summary>
    public required SandboxWork Sandbox { get; init; }
}

/// <summary>Resolving.</summary>
internal delegate Task<Resolved> ResolveWork(ResolveRequest request, IProgress<ProfileProgress> progress, CancellationToken cancel);

/// <summary>A sandbox run.</summary>
internal delegate Task<ImmutableArray<ProfileResult>> SandboxWork(SandboxRequest request, IProgress<ProfileProgress> progress, CancellationToken cancel);
