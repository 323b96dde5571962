namespace PatchFlow.Client;

/// <summary>Everything at one glance.</summary>
/// <param name="Version">The server's version.</param>
/// <param name="Now">The server's time.</param>
/// <param name="Health">As at <c>/healthz/ready</c>.</param>
/// <param name="Feeds">The feeds.</param>
/// <param name="Hosts">How many hosts are in each state.</param>
/// <param name="HostErrors">Enrolled hosts that can't be used at present.</param>
/// <param name="Changes">How many changes are in each state.</param>
/// <param name="Open">Changes in which something is still to happen.</param>
/// <param name="Runs">Resolving and sandbox runs at work now.</param>
public sealed record ServerStatus(
    string Version,
    DateTimeOffset Now,
    HealthView Health,
    IReadOnlyList<FeedView> Feeds,
    IReadOnlyDictionary<HostStanding, int> Hosts,
    IReadOnlyList<HostError> HostErrors,
    IReadOnlyDictionary<ChangeState, int> Changes,
    IReadOnlyList<ChangeSummary> Open,
    IReadOnlyList<RunningWork> Runs);

/// <summary>A host that can't be used at present.</summary>
public sealed record HostError(string Host, string Error);

/// <summary>A run at work now.</summary>
/// <param name="Change">The change.</param>
/// <param name="Kind"><c>resolve</c> or <c>sandbox</c>.</param>
/// <param name="Run">The run.</param>
public sealed record RunningWork(string Change, string Kind, SandboxRunView Run);

/// <summary>The server's health.</summary>
/// <param name="Healthy">Whether every part is.</param>
/// <param name="Parts">The parts.</param>
public sealed record HealthView(bool Healthy, IReadOnlyList<HealthPart> Parts);

/// <summary>One part of the server's health.</summary>
/// <param name="Name">For example <c>database</c>, <c>docker</c>, <c>feed:NAME</c>.</param>
/// <param name="Healthy">Whether it is.</param>
/// <param name="Detail">What is wrong, with the remedy; or a word of what is right.</param>
public sealed record HealthPart(string Name, bool Healthy, string Detail);

/// <summary>An installed package on a host that lacks a security fix.</summary>
/// <param name="Host">The host.</param>
/// <param name="Group">Its group.</param>
/// <param name="Package">The package.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="From">What is installed.</param>
/// <param name="To">What the feed has; null where nothing newer is known.</param>
/// <param name="Feed">The feed that has it.</param>
/// <param name="Cves">CVE ids that the new version mends; null while no change has resolved it, so that they are not known yet.</param>
/// <param name="Change">The open change that brings it; null where there is none.</param>
/// <param name="SetApart">Why it is left as it is (on hold, third-party, …); null where it is not.</param>
public sealed record PatchView(
    string Host,
    string Group,
    string Package,
    string Arch,
    string From,
    string? To,
    string? Feed,
    IReadOnlyList<string>? Cves,
    string? Change,
    string? SetApart);

/// <summary>A part of the list of patches.</summary>
/// <param name="Items">The part.</param>
/// <param name="Next">The cursor of the next part; null where this is the last.</param>
/// <param name="Total">How many there are over all parts, under the same filters.</param>
/// <param name="Unknown">
/// With a filter by CVE: how many more pass the other filters and have CVEs that are not known yet. Until it is 0, a host that is not
/// listed may still lack the fix.
/// </param>
/// <param name="Blind">The first hundred hosts, of those that were asked about, of which nothing can be said here: that they are not listed does not say that they lack nothing.</param>
public sealed record PatchPage(IReadOnlyList<PatchView> Items, string? Next, long Total, long Unknown, IReadOnlyList<BlindHost> Blind);

/// <summary>An entry of the audit log.</summary>
/// <param name="Sequence">Rises by one from 1.</param>
/// <param name="At">When.</param>
/// <param name="Actor"><c>system</c> or <c>user:ID</c>.</param>
/// <param name="Origin">Where it came from.</param>
/// <param name="Action">What was done.</param>
/// <param name="Object">On what.</param>
/// <param name="Digest">The digest of what it is about.</param>
/// <param name="Details">More, in words.</param>
/// <param name="Leaf">The entry's leaf hash in the log's Merkle tree.</param>
public sealed record AuditView(
    long Sequence,
    DateTimeOffset At,
    string Actor,
    string Origin,
    string Action,
    string Object,
    string? Digest,
    IReadOnlyList<string> Details,
    string Leaf);
