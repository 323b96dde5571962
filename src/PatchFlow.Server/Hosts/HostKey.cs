using System.Collections.Immutable;
using System.Security.Cryptography;

namespace PatchFlow.Server.Hosts;

/// <summary>A host's public key.</summary>
/// <param name="Algorithm">For example <c>ssh-ed25519</c>: the first string inside <paramref name="Raw"/>.</param>
/// <param name="Raw">The key blob in base64, as in known_hosts.</param>
internal sealed record HostKey(string Algorithm, string Raw)
{
    /// <summary><c>SHA256:…</c> as <c>ssh-keygen -l</c> shows it.</summary>
    public string Fingerprint => FingerprintOf(Convert.FromBase64String(Raw));

    /// <summary>The key of a blob that a host showed.</summary>
    public static HostKey Of(string algorithm, ReadOnlySpan<byte> blob) => new(algorithm, Convert.ToBase64String(blob));

    /// <inheritdoc/>
    public override string ToString() => $"{Algorithm} {Fingerprint}";

    private static string FingerprintOf(ReadOnlySpan<byte> blob) => "SHA256:" + Convert.ToBase64String(SHA256.HashData(blob)).TrimEnd('=');
}

/// <summary>The key that a host showed is not the one that is pinned, or none is pinned. Nothing was sent to it.</summary>
internal sealed class HostKeyException(string host, string address, HostKey shown, ImmutableArray<HostKey> pinned)
    : Exception(Sentence(host, address, shown, pinned))
{
    /// <summary>The key that was shown.</summary>
    public HostKey Shown { get; } = shown;

    private static string Sentence(string host, string address, HostKey shown, ImmutableArray<HostKey> pinned) => pinned.IsEmpty
        ? $"host {host} ({address}) shows the key {shown}, and none is pinned: compare it with 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' on the host's own console, then enrol with --fingerprint {shown.Fingerprint}"
        : $"host {host} ({address}) shows the key {shown}, but {string.Join(", ", pinned)} is pinned: somebody may be in between, or the host was reinstalled. Nothing was sent. If it was reinstalled, compare on its own console and enrol again with --fingerprint {shown.Fingerprint}";
}
