using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Reconcile;

/// <summary>What an exception of an effect on a host means (docs/host-protocol.md, "Exit codes").</summary>
internal static class HostFailures
{
    private const int Torn = 51;
    private const int OldServer = 55;
    private const int NotNow = 60;
    private const int Damaged = 70;

    /// <summary>
    /// Whether it is this server's own fault: its disk, its files, its database. The channel says of everything on the way to a host that
    /// the host can't be reached; what is left is ours, and must not count against the host.
    /// </summary>
    public static bool IsOurs(Exception exception) => exception is IOException or UnauthorizedAccessException or SqliteException;

    public static Outcome.Failed Judge(Exception exception) => exception switch
    {
        HostUnreachableException or SocketException or TimeoutException or OperationCanceledException =>
            new(FailureKind.Transient, exception.Message),
        HostRefusedException { ExitCode: Torn or NotNow } => new(FailureKind.Transient, exception.Message),
        HostRefusedException { ExitCode: OldServer or Damaged or 0 } => new(FailureKind.Alarming, exception.Message),
        HostRefusedException => new(FailureKind.Permanent, exception.Message),
        DocumentException or InvalidDataException or HostKeyException or KeyNotFoundException => new(FailureKind.Alarming, exception.Message),
        _ => new(FailureKind.Alarming, $"{exception.GetType().Name}: {exception.Message}"),
    };
}
