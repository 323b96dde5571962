using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>What the server said of a file last time, so that it need not send it again.</summary>
internal sealed record Validators(string? ETag, string? LastModified);

/// <summary>A finished download.</summary>
/// <param name="IsNotModified">The server still has what the validators name; there is no file then.</param>
/// <param name="SizeBytes">Bytes written.</param>
/// <param name="Sha256">Their digest.</param>
/// <param name="Validators">For the next time.</param>
internal sealed record Download(bool IsNotModified, long SizeBytes, Digest Sha256, Validators Validators);
