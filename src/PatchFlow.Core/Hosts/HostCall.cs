using System.Collections.Immutable;

namespace PatchFlow.Core.Hosts;

/// <summary>One call of <c>patchflow-host</c>: its words (already validated; no word has a space) and the input that follows.</summary>
/// <param name="Words">For example <c>status 01bf2d21334d.install.kms-2.a1 0</c>.</param>
public sealed record HostCall(ImmutableArray<string> Words);

/// <summary>What a call answered.</summary>
/// <param name="ExitCode">The helper's exit status.</param>
/// <param name="Output">Raw standard output, bounded by the channel.</param>
/// <param name="Error">Standard error as text, bounded by the channel.</param>
public sealed record HostReply(int ExitCode, ReadOnlyMemory<byte> Output, string Error);
