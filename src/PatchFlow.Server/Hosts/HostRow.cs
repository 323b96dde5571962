using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Hosts;

/// <summary>The life of a host in PatchFlow.</summary>
internal enum HostState
{
    /// <summary>Known by name and address; nothing was installed on it.</summary>
    Added,

    /// <summary>Key pinned, account and helper installed: changes may be for it.</summary>
    Enrolled,

    /// <summary>Out of PatchFlow for good. Its id stays taken.</summary>
    Retired,

    /// <summary>Reported on, by somebody who can reach it: it has no address, and no change is ever for it.</summary>
    Reported,
}

/// <summary>A host as the table <c>hosts</c> keeps it. Only <see cref="HostStore"/> writes it.</summary>
internal sealed record HostRow
{
    /// <summary><c>[a-z0-9-]{1,63}</c>, never reused.</summary>
    public required string Id { get; init; }

    /// <summary>The revision that a save must still find (compare-and-swap).</summary>
    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Name or IP address; empty for a host that is only reported on.</summary>
    public required string Address { get; init; }

    /// <summary>The SSH port.</summary>
    public int Port { get; init; } = 22;

    /// <summary>The group that changes bundle by, <c>[a-z0-9-]{1,63}</c>.</summary>
    public required string Group { get; init; }

    /// <summary>The account that PatchFlow logs in as.</summary>
    public string Account { get; init; } = "patchflow";

    /// <summary>The pinned host keys: a connection that shows any other is refused.</summary>
    public ImmutableArray<HostKey> HostKeys { get; init; } = [];

    /// <summary>Labels, set by administrators.</summary>
    public ImmutableSortedDictionary<string, string> Labels { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Where it stands.</summary>
    public HostState State { get; init; }

    /// <summary>When it was added.</summary>
    public DateTimeOffset? AddedAt { get; init; }

    /// <summary>The last inventory's or report's digest (the bytes are in <c>documents</c>); null before the first.</summary>
    [JsonConverter(typeof(HostDigestJson))]
    public Digest? Inventory { get; init; }

    /// <summary>When that inventory was taken.</summary>
    public DateTimeOffset? InventoryAt { get; init; }

    /// <summary>When the host last answered.</summary>
    public DateTimeOffset? LastSeen { get; init; }

    /// <summary>Why it can't be used at present; null when the last contact was good.</summary>
    public string? LastError { get; init; }

    /// <summary>The epoch that the host last told.</summary>
    public long Epoch { get; init; }

    /// <summary>Whether it is only reported on: it was, where it is retired now.</summary>
    [JsonIgnore]
    public bool IsReported => Address.Length == 0;

    /// <summary>Whether it is matched against advisories.</summary>
    [JsonIgnore]
    public bool IsMatched => State is HostState.Enrolled or HostState.Reported;

    /// <summary>Why nothing can be done to a host that is only reported on.</summary>
    [JsonIgnore]
    public string WhyNotDeployed => $"host {Id} is reported on, not deployed to: PatchFlow has no way to it, and plans nothing for it";
}
