namespace PatchFlow.Server.Hosts;

/// <summary>How old what is reported of hosts is. Nobody asks them, so a report that does not come any more must be seen.</summary>
internal sealed class ReportAges(HostsOptions options, TimeProvider time)
{
    /// <summary>That a host's report is too old, with the remedy; null where it is not, and for hosts that PatchFlow asks itself.</summary>
    public string? Stale(HostRow host) =>
        host is { State: HostState.Reported, InventoryAt: { } at } && time.GetUtcNow() - at is var age && age > options.ReportTime
            ? $"its report is {age.Days} days old, older than {options.ReportDays}: what is shown may be mended, and more may be open; report it anew with 'patchflow hosts report {host.Id} FILE'"
            : null;

    /// <summary>The host, with that for its error.</summary>
    public HostRow Told(HostRow host) => Stale(host) is { } stale ? host with { LastError = stale } : host;
}
