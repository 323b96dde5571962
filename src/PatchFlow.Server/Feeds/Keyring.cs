using System.Security.Cryptography;
using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>Key files as gpgv reads them: it knows binary ones only, vendors publish armoured ones as well (RFC 9580, 6.2).</summary>
internal static class Keyring
{
    private const string Begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
    private const string End = "-----END PGP PUBLIC KEY BLOCK-----";
    private const long MaxBytes = 4 << 20;

    /// <summary>Paths that gpgv can read; armoured files are decoded into <paramref name="work"/>.</summary>
    /// <exception cref="FeedException">A file is missing or no keyring.</exception>
    public static IReadOnlyList<string> ForGpgv(IEnumerable<string> keyrings, string work) =>
        [.. keyrings.Select((path, index) => ForGpgv(path, Path.Combine(work, $"keyring-{index}.gpg")))];

    /// <summary>Over all that is in the key files, in their order.</summary>
    /// <exception cref="FeedException">A file is missing or no keyring.</exception>
    public static Digest DigestOf(IEnumerable<string> keyrings)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var path in keyrings)
        {
            hash.AppendData(SHA256.HashData(Bytes(path)));
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }

    /// <summary>What tells a key file from what it was before; a dash where it can't be read, which is said where it is used.</summary>
    public static string MarkOf(string keyring)
    {
        try
        {
            return DigestOf([keyring]).Hex;
        }
        catch (FeedException)
        {
            return "-";
        }
    }

    private static string ForGpgv(string path, string decoded)
    {
        var bytes = Bytes(path);
        if (!bytes.AsSpan().StartsWith("-----BEGIN"u8))
        {
            return Path.GetFullPath(path);
        }

        File.WriteAllBytes(decoded, Decode(Encoding.UTF8.GetString(bytes), path));
        return decoded;
    }

    private static byte[] Bytes(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length is 0 or > MaxBytes)
        {
            throw new FeedException(FeedFault.Local, $"the keyring {path} is missing, empty or larger than {MaxBytes} bytes: install the vendor's keyring package or correct the feed's keyring");
        }

        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FeedException(FeedFault.Local, $"the keyring {path} can't be read ({e.Message}): let the server's user read it", e);
        }
    }

    private static byte[] Decode(string text, string path)
    {
        var keys = new MemoryStream();
        foreach (var block in text.Split(Begin).Skip(1))
        {
            var lines = block.Split(End)[0].ReplaceLineEndings("\n").TrimStart('\n').Split('\n');
            var body = lines.SkipWhile(l => l.Contains(':', StringComparison.Ordinal)).Where(l => l.Length > 0 && l[0] != '=');
            try
            {
                keys.Write(Convert.FromBase64String(string.Concat(body)));
            }
            catch (FormatException e)
            {
                throw new FeedException(FeedFault.Local, $"the keyring {path} is armoured, but not base64: fetch it again", e);
            }
        }

        return keys.ToArray();
    }
}
