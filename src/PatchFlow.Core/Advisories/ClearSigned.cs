namespace PatchFlow.Core.Advisories;

/// <summary>
/// The text inside a clear-signed message (RFC 9580, 7). This reads and does not verify: it serves to read a snapshot again whose raw
/// bytes were verified when they came and are known by their digest since. At the fetch its answer must equal gpgv's.
/// </summary>
public static class ClearSigned
{
    private static ReadOnlySpan<byte> Begin => "-----BEGIN PGP SIGNED MESSAGE-----\n"u8;

    private static ReadOnlySpan<byte> Signature => "\n-----BEGIN PGP SIGNATURE-----\n"u8;

    private static ReadOnlySpan<byte> End => "\n-----END PGP SIGNATURE-----"u8;

    /// <summary>Whether the bytes begin as a clear-signed message does.</summary>
    public static bool IsBegun(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Begin[..^1]);

    /// <summary>Whether the bytes are no more than a start of that beginning: cut, which says nothing about a signature.</summary>
    public static bool IsCutAtOnce(ReadOnlySpan<byte> bytes) => Begin[..^1].StartsWith(bytes);

    /// <summary>Whether the end of the signature is there.</summary>
    public static bool IsEnded(ReadOnlySpan<byte> bytes) => bytes.TrimEnd(" \t\r\n"u8).EndsWith(End);

    /// <summary>The text, or null where the bytes are not exactly one clear-signed message with nothing around it.</summary>
    public static byte[]? Text(ReadOnlySpan<byte> bytes)
    {
        var head = bytes.IndexOf("\n\n"u8);
        var tail = bytes.IndexOf(Signature);
        if (!bytes.StartsWith(Begin) || head < 0 || tail < head || bytes[Begin.Length..].IndexOf(Begin) >= 0
            || !IsEnded(bytes) || bytes.IndexOf(End) != bytes.LastIndexOf(End))
        {
            return null;
        }

        var text = new MemoryStream(bytes.Length);
        var rest = bytes[(head + 2)..(tail + 1)];
        while (!rest.IsEmpty)
        {
            var end = rest.IndexOf((byte)'\n') + 1;
            var line = rest[..end];
            text.Write(line.StartsWith("- "u8) ? line[2..] : line);
            rest = rest[end..];
        }

        return text.ToArray();
    }
}
