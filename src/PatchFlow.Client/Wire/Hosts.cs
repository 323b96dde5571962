namespace PatchFlow.Client;

/// <summary>The life of a host.</summary>
public enum HostStanding
{
    /// <summary>Known by name and address; nothing was installed on it.</summary>
    Added,

    /// <summary>Key pinned, account and helper installed.</summary>
    Enrolled,

    /// <summary>Out of PatchFlow for good.</summary>
    Retired,

    /// <summary>Reported on, and not deployed to: it has no address, and no change is for it.</summary>
    Reported,
}

/// <summary>A host.</summary>
/// <param name="Id"><c>[a-z0-9-]{1,63}</c>, never reused.</param>
/// <param name="Address">Name or IP address; empty for a host that is only reported on.</param>
/// <param name="Port">The SSH port.</param>
/// <param name="Group">Changes bundle by it.</param>
/// <param name="Account">The account that PatchFlow logs in as.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Labels">Set by administrators.</param>
/// <param name="HostKeys">The pinned keys' fingerprints.</param>
/// <param name="Inventory">The digest of its last inventory.</param>
/// <param name="InventoryAt">When that was taken.</param>
/// <param name="LastSeen">When the host last answered.</param>
/// <param name="LastError">Why it can't be used at present, or that its report is old, with the remedy.</param>
public sealed record HostView(
    string Id,
    string Address,
    int Port,
    string Group,
    string Account,
    HostStanding State,
    IReadOnlyDictionary<string, string> Labels,
    IReadOnlyList<string> HostKeys,
    string? Inventory,
    DateTimeOffset? InventoryAt,
    DateTimeOffset? LastSeen,
    string? LastError);

/// <summary>A host to add.</summary>
/// <param name="Id"><c>[a-z0-9-]{1,63}</c>.</param>
/// <param name="Address">Name or IP address.</param>
/// <param name="Group"><c>[a-z0-9-]{1,63}</c>.</param>
/// <param name="Port">The SSH port; 22 where it is left out.</param>
/// <param name="Labels">Labels.</param>
public sealed record HostAdd(string Id, string Address, string Group, int? Port = null, IReadOnlyDictionary<string, string>? Labels = null);

/// <summary>What is to be different about a host; what is left out stays.</summary>
/// <param name="Address">Name or IP address.</param>
/// <param name="Port">The SSH port.</param>
/// <param name="Group">The group.</param>
/// <param name="Labels">All labels from now on.</param>
public sealed record HostEdit(string? Address = null, int? Port = null, string? Group = null, IReadOnlyDictionary<string, string>? Labels = null);

/// <summary>How to get into a host, once, to install PatchFlow's account and helper. Nothing of it is kept.</summary>
/// <param name="User">An account there that is root, or may use sudo without a password.</param>
/// <param name="PrivateKey">That account's private key (OpenSSH or PEM text, without passphrase).</param>
/// <param name="Fingerprint">The host key's fingerprint, <c>SHA256:…</c>, as a person read it on the host's own console.</param>
/// <param name="KnownHosts">Or the text of a known_hosts file that has the host.</param>
public sealed record EnrolmentRequest(string User, string PrivateKey, string? Fingerprint = null, string? KnownHosts = null);

/// <summary>What enrolling a host will do there.</summary>
/// <param name="Host">The host.</param>
/// <param name="HostKeys">The keys that it shows now, which nobody has confirmed yet.</param>
/// <param name="Steps">In order, for people.</param>
public sealed record EnrolmentPlanView(string Host, IReadOnlyList<string> HostKeys, IReadOnlyList<string> Steps);

/// <summary>What is reported of a host that PatchFlow can't ask.</summary>
/// <param name="Report">The report's lines, as docs/formats.md has them.</param>
/// <param name="Group">The group, for a host that is not known yet.</param>
public sealed record HostReportRequest(string Report, string? Group = null);

/// <summary>What doctor found.</summary>
/// <param name="Host">The host.</param>
/// <param name="Healthy">Whether nothing stands in the way.</param>
/// <param name="Findings">In the order in which they were looked at.</param>
public sealed record DoctorView(string Host, bool Healthy, IReadOnlyList<DoctorFinding> Findings);

/// <summary>One thing that doctor looked at.</summary>
/// <param name="Name">What.</param>
/// <param name="Good">Whether it is as it must be.</param>
/// <param name="Detail">What was found, with the remedy.</param>
public sealed record DoctorFinding(string Name, bool Good, string Detail);

/// <summary>What a host said of itself.</summary>
/// <param name="Host">The host.</param>
/// <param name="Digest">The digest of the document.</param>
/// <param name="At">When it was taken.</param>
/// <param name="Os">os-release ID and VERSION_ID.</param>
/// <param name="Arch">The architecture.</param>
/// <param name="Kernel">The running kernel.</param>
/// <param name="RebootNeeded">Whether the host says that it must be rebooted.</param>
/// <param name="RestartNeeded">Units that map replaced libraries.</param>
/// <param name="Holds">Packages on hold.</param>
/// <param name="Sources">Package sources.</param>
/// <param name="Packages">Installed packages.</param>
/// <param name="EditedConffiles">Configuration files that differ from what their package shipped.</param>
/// <param name="Services">Services.</param>
/// <param name="Listens">Listening sockets.</param>
/// <param name="Updates">The numbers of installed updates, of a host of Windows; its products are among the packages.</param>
public sealed record InventoryView(
    string Host,
    string Digest,
    DateTimeOffset? At,
    string Os,
    string Arch,
    string Kernel,
    bool RebootNeeded,
    IReadOnlyList<string> RestartNeeded,
    IReadOnlyList<string> Holds,
    IReadOnlyList<string> Sources,
    IReadOnlyList<InventoryPackage> Packages,
    IReadOnlyList<string> EditedConffiles,
    IReadOnlyList<InventoryService> Services,
    IReadOnlyList<string> Listens,
    IReadOnlyList<string> Updates);

/// <summary>Why this server goes on although hosts have seen more than it knows.</summary>
/// <param name="Reason">Recorded in the audit log.</param>
public sealed record OvertakeRequest(string Reason);

/// <summary>Where the server stands after it overtook.</summary>
/// <param name="Epoch">Its epoch, higher than any host had seen.</param>
/// <param name="Sequence">Its last plan's number: the next is higher than any host has seen.</param>
/// <param name="Hosts">The hosts that had seen more than it knew.</param>
public sealed record OvertakenView(long Epoch, long Sequence, IReadOnlyList<string> Hosts);

/// <summary>An installed package.</summary>
public sealed record InventoryPackage(string Name, string Arch, string Version);

/// <summary>A service and its state.</summary>
public sealed record InventoryService(string Unit, string State);
