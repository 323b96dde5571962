using System.Net.Sockets;
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

    public static Outcome.Failed Judge(Exception exception) => exception switch
    {
        HostUnreachableException or SocketException or TimeoutException or IOException or OperationCanceledException =>
            new(FailureKind.Transient, exception.Message),
        HostRefusedException { ExitCode: Torn or NotNow } => new(FailureKind.Transient, exception.Message),
        HostRefusedException { ExitCode: OldServer or Damaged or 0 } => new(FailureKind.Alarming, exception.Message),
        HostRefusedException => new(FailureKind.Permanent, exception.Message),
        DocumentException or InvalidDataException or HostKeyException or KeyNotFoundException => new(FailureKind.Alarming, exception.Message),
        _ => new(FailureKind.Alarming, $"{exception.GetType().Name}: {exception.Message}"),
    };
}
