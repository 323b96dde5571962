using PatchFlow.Core.Auditing;

namespace PatchFlow.Core.Hosts;

/// <summary>
/// What <c>start</c> sends to a host (docs/formats.md, "Ticket and host protocol"): the ticket, and all that the host needs to check by
/// itself that this work belongs to the plan. The parts are raw bytes, since their digests are what the board decided on.
/// </summary>
public sealed partial record StartInput
{
    /// <summary>The ticket; its host is the target's.</summary>
    public required TicketId Ticket { get; init; }

    /// <summary>The server's epoch; a host refuses a lower one than it has seen.</summary>
    public required long Epoch { get; init; }

    /// <summary>The host's wave; 0 for a replica.</summary>
    public required int Wave { get; init; }

    /// <summary>The proof that the target is in the wave; for a replica leaf 0 of 1 without a path.</summary>
    public required InclusionProof Proof { get; init; }

    /// <summary>The head: <c>plan.txt</c>.</summary>
    public required ReadOnlyMemory<byte> Head { get; init; }

    /// <summary>The content part of the host's profile.</summary>
    public required ReadOnlyMemory<byte> Content { get; init; }

    /// <summary>The checks part.</summary>
    public required ReadOnlyMemory<byte> Checks { get; init; }

    /// <summary>The host's own line of the wave's targets, with its line feed.</summary>
    public required ReadOnlyMemory<byte> Target { get; init; }
}
