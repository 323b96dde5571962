namespace PatchFlow.Core.Planning;

/// <summary>Limits that no pipeline sets. Everything has one.</summary>
public static class Limits
{
    /// <summary>Times in a row that a host may not answer before anything began on it: then it is offline.</summary>
    public const int OfflineAfter = 6;

    /// <summary>Times in a row that a host at work may not answer: then a person must look. With the back-off, about half an hour.</summary>
    public const int AttentionAfter = 40;

    /// <summary>How long an install or rollback ticket may run: then a person must look. Nothing on the host is stopped.</summary>
    public static readonly TimeSpan PackageWork = TimeSpan.FromMinutes(60);

    /// <summary>How long a ticket that only looks may run: then a person must look. Nothing on the host is stopped.</summary>
    public static readonly TimeSpan Checks = TimeSpan.FromMinutes(30);

    /// <summary>Attempts to leave a tombstone for a ticket whose outcome is kept.</summary>
    public const int CompleteAfter = 4;

    /// <summary>Resolving or sandbox runs begun for one change (or plan), failed and lost ones included. With the back-off, about a week.</summary>
    public const int WorkRuns = 1000;

    /// <summary>How long to wait after <paramref name="failures"/> failures in a row: 1 s, doubled up to a minute.</summary>
    public static TimeSpan BackOff(int failures) => TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, Math.Clamp(failures - 1, 0, 6))));

    /// <summary>How long to wait before a sandbox run that told nothing is repeated: a minute, doubled up to half an hour.</summary>
    public static TimeSpan InconclusiveBackOff(int runs) => TimeSpan.FromMinutes(Math.Min(30, Math.Pow(2, Math.Clamp(runs - 1, 0, 5))));

    /// <summary>How long to wait before work that failed runs again: 5 s, doubled up to ten minutes.</summary>
    public static TimeSpan WorkBackOff(int failures) => TimeSpan.FromSeconds(Math.Min(600, 5 * Math.Pow(2, Math.Clamp(failures - 1, 0, 8))));
}
