using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Hosts;

/// <summary>What <c>doctor</c> answered.</summary>
/// <param name="Clock">The host's clock, to the second.</param>
/// <param name="FreeBytes">Free where it is scarcest of what a patch fills.</param>
/// <param name="Fullest">Which folder that is.</param>
/// <param name="AuditLines">Lines of <c>dpkg --audit</c>: 0 where every package is properly installed.</param>
/// <param name="LockHolder">The process that holds dpkg's lock and its command, or null.</param>
internal sealed record HostHealth(DateTimeOffset Clock, long FreeBytes, string Fullest, long AuditLines, string? LockHolder)
{
    /// <summary>Least free space for a patch: old and new files, what they unpack to, and the helper's reserve.</summary>
    public const long WantedBytes = 512L * 1024 * 1024;

    private const string Expected = "the lines 'clock SECONDS', 'free BYTES FOLDER', 'audit LINES', 'lock free' or 'lock PID COMMAND'";
    private static readonly TimeSpan _skewLimit = TimeSpan.FromSeconds(30);

    /// <summary>Reads the answer.</summary>
    /// <exception cref="HostRefusedException">It is anything else.</exception>
    public static HostHealth Parse(string text)
    {
        var lines = text.Split('\n').Select(line => line.Split(' ')).ToArray();
        return lines is [["clock", var clock], ["free", var free, var folder], ["audit", var audit], ["lock", .. var held], [""]]
            && Number(clock) is { } seconds and < 1L << 40
            && Number(free) is { } bytes
            && folder.StartsWith('/')
            && Number(audit) is { } count
            && (held is ["free"] || (held is [var pid, _] && Number(pid) is not null))
            ? new HostHealth(DateTimeOffset.FromUnixTimeSeconds(seconds), bytes, HostAnswer.Clean(folder), count, held is [var holder, var command] ? $"{holder} ({HostAnswer.Clean(command)})" : null)
            : throw HostRefusedException.Garbage("doctor", Expected, text);
    }

    /// <summary>As findings.</summary>
    /// <param name="now">This server's clock when the answer came.</param>
    public IEnumerable<HostFinding> Findings(DateTimeOffset now)
    {
        var skew = (Clock - now).Duration();
        yield return skew <= _skewLimit
            ? new("clock", true, $"{skew.TotalSeconds:0} s from this server's")
            : new("clock", false, $"{skew.TotalSeconds:0} s from this server's", "set up time synchronisation: a plan's not-after is judged by the host's clock");
        yield return FreeBytes >= WantedBytes
            ? new("disk", true, $"{FreeBytes >> 20} MiB free below {Fullest}")
            : new("disk", false, $"{FreeBytes >> 20} MiB free below {Fullest}", $"have {WantedBytes >> 20} MiB free there: a patch needs room for old and new files");
        yield return AuditLines == 0
            ? new("packages", true, "dpkg --audit finds nothing")
            : new("packages", false, $"dpkg --audit says {AuditLines} lines", "run 'dpkg --audit' on the host and mend what it names: an install begun before was not finished");
        yield return LockHolder is not { } holder
            ? new("lock", true, "the package manager is free")
            : new("lock", false, $"process {holder} holds dpkg's lock", "wait for it, or look why it does not end (apt's own timers do this daily)");
    }

    private static long? Number(string text) =>
        Numerals.TryRead(text, out long value) ? value : null;
}
