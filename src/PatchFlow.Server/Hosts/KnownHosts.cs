using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// What a person confirmed about a host's key: a fingerprint that was compared, or the lines of a known_hosts file.
/// </summary>
/// <param name="Fingerprint"><c>SHA256:…</c>, or null.</param>
/// <param name="KnownHosts">The text of a known_hosts file, or null.</param>
internal sealed record HostKeyConfirmation(string? Fingerprint, string? KnownHosts)
{
    /// <summary>Whether that key of that address is the confirmed one.</summary>
    public bool Accepts(string address, int port, HostKey key) =>
        Fingerprint is { } fingerprint
            ? CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(fingerprint.TrimEnd('=')), Encoding.ASCII.GetBytes(key.Fingerprint))
            : Hosts.KnownHosts.Find(KnownHosts ?? "", address, port).Contains(key);

    /// <inheritdoc/>
    public override string ToString() => Fingerprint ?? "known_hosts";
}

/// <summary>The format of sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT": plain and hashed names, ports in brackets.</summary>
internal static class KnownHosts
{
    private const int LineLimit = 100_000;

    /// <summary>The keys that the file has for an address. A revoked one is left out; certificate authorities are not used.</summary>
    public static ImmutableArray<HostKey> Find(string text, string address, int port)
    {
        var name = port == 22 ? address : $"[{address}]:{port}";
        var entries = text.Split('\n').Take(LineLimit).Select(line => line.Split((char[])[' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)).ToList();
        var revoked = entries.Where(words => words is ["@revoked", _, _, _, ..]).Select(words => words[3]).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. entries
                .Where(words => words.Length >= 3 && words[0][0] is not ('#' or '@') && !revoked.Contains(words[2]) && Matches(words[0], name))
                .Select(words => new HostKey(words[1], words[2])),
        ];
    }

    private static bool Matches(string names, string name) => names.StartsWith("|1|", StringComparison.Ordinal)
        ? IsHashOf(names, name)
        : names.Split(',').Contains(name, StringComparer.OrdinalIgnoreCase);

    private static bool IsHashOf(string hashed, string name)
    {
        var parts = hashed.Split('|');
        var salt = new byte[20];
        var hash = new byte[20];
        return parts.Length == 4
            && Convert.TryFromBase64String(parts[2], salt, out var saltLength)
            && Convert.TryFromBase64String(parts[3], hash, out var hashLength)
            && saltLength == salt.Length
            && hashLength == hash.Length
            && CryptographicOperations.FixedTimeEquals(Sha1(salt, name), hash);
    }

    // The file format hashes names with HMAC-SHA-1: it hides them, no trust rests on it.
#pragma warning disable CA5350
    private static byte[] Sha1(byte[] salt, string name) => HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name));
#pragma warning restore CA5350
}
