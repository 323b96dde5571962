using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Verifies a clear-signed or separately signed index with gpgv, before anything in it is read.</summary>
internal static class OpenPgp
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    /// <summary>The signed text. <paramref name="work"/> is a private folder; what gpgv writes there is deleted again.</summary>
    /// <param name="bytes">The message.</param>
    /// <param name="keyrings">Files with the keys that may sign, binary or armoured.</param>
    /// <param name="work">A folder that only this process writes to.</param>
    /// <param name="what">Names the message in errors.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="FeedException">Unsigned, wrongly signed, or not by a trusted key.</exception>
    public static async Task<byte[]> VerifiedTextAsync(byte[] bytes, IEnumerable<string> keyrings, string work, string what, CancellationToken cancel)
    {
        RefuseUnsigned(bytes, what);
        var output = Path.Combine(work, "verified");
        try
        {
            await VerifyAsync(bytes, ["--output", output], ["-"], keyrings, work, what, cancel);
            var text = await File.ReadAllBytesAsync(output, cancel);
            return text.AsSpan().SequenceEqual(ClearSigned.Text(bytes))
                ? text
                : throw new FeedException(FeedFault.BadSignature, $"{what} holds more than one signed text, or text around it: it is not used; tell the vendor");
        }
        finally
        {
            // gpgv writes its output also when it refuses the signature: nobody must find that file.
            File.Delete(output);
        }
    }

    /// <summary>Verifies bytes whose signature is the file <paramref name="signature"/>; otherwise as <see cref="VerifiedTextAsync"/>.</summary>
    /// <exception cref="FeedException">Unsigned, wrongly signed, or not by a trusted key.</exception>
    public static async Task VerifyDetachedAsync(byte[] bytes, string signature, IEnumerable<string> keyrings, string work, string what, CancellationToken cancel)
    {
        if (new FileInfo(signature).Length == 0)
        {
            throw new FeedException(FeedFault.Unsigned, $"{what} is not signed: its signature is empty, which is as good as none; it is tried again, ask the vendor if it stays");
        }

        await VerifyAsync(bytes, [], [signature, "-"], keyrings, work, what, cancel);
    }

    private static async Task VerifyAsync(
        byte[] bytes, string[] options, string[] files, IEnumerable<string> keyrings, string work, string what, CancellationToken cancel)
    {
        List<string> arguments = ["--homedir", work, "--status-fd", "1", .. options];
        foreach (var keyring in Keyring.ForGpgv(keyrings, work))
        {
            arguments.AddRange(["--keyring", keyring]);
        }

        using var input = new MemoryStream(bytes);
        var (end, status) = await ExternalProgram.OutputAsync("gpgv", [.. arguments, .. files], Time, 1 << 20, input, cancel);
        Judge(Encoding.UTF8.GetString(status).Split('\n'), end, string.Join(", ", keyrings), what);
    }

    private static void RefuseUnsigned(byte[] bytes, string what)
    {
        if (!ClearSigned.IsBegun(bytes) && !ClearSigned.IsCutAtOnce(bytes))
        {
            var start = Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 512))).TrimStart();
            throw start.StartsWith('<')
                ? new FeedException(FeedFault.NotAnIndex, $"{what} is a web page and not an index: a proxy or a login page answers in the archive's place; check the address")
                : new FeedException(FeedFault.Unsigned, $"{what} is not signed: an unsigned feed is never used; check the address, it must be a suite with InRelease");
        }

        if (!ClearSigned.IsEnded(bytes))
        {
            throw new FeedException(FeedFault.Truncated, $"{what} ends before its signature does, after {bytes.Length} bytes: the transfer was cut; it is tried again");
        }
    }

    // gpgv's exit code is 2 already when one of several signers is unknown, so the status lines decide (doc/DETAILS of GnuPG).
    private static void Judge(string[] lines, ProgramEnd end, string keyrings, string what)
    {
        var status = lines.Where(l => l.StartsWith("[GNUPG:] ", StringComparison.Ordinal)).Select(l => l[9..].Split(' ')).ToList();
        if (status.Exists(s => s[0] is "BADSIG"))
        {
            throw new FeedException(FeedFault.BadSignature, $"{what} does not fit its signature: it was altered, or caught in the middle of a publication; it is tried again");
        }

        if (status.Exists(s => s[0] is "ERROR" && s.Length > 1 && s[1].StartsWith("proc_pkt", StringComparison.Ordinal)))
        {
            throw new FeedException(FeedFault.BadSignature, $"{what} is not one signed message: it is not used; tell the vendor");
        }

        // Junk in its place is as good as none: whoever takes signatures away can answer with that as well as with 404.
        if (!status.Exists(s => s[0] is "NEWSIG" or "ERRSIG") && status.Exists(s => s[0] is "NODATA" or "UNEXPECTED"))
        {
            throw new FeedException(FeedFault.Unsigned, $"{what} is not signed: what stands in its signature's place is none (gpgv: {LastLine(end.Errors)}): a login page, a proxy or a broken transfer; "
                + "it is tried again, ask the vendor if it stays");
        }

        if (!IsSignedByTrustedKey(status))
        {
            throw new FeedException(FeedFault.UntrustedKey, $"{what} is signed by {Signers(status)}, none of which is valid in {keyrings}: "
                + $"if the vendor has new keys, update the keyring from a source that you trust (gpgv: {LastLine(end.Errors)})");
        }
    }

    // GOODSIG is not given for expired or revoked keys, VALIDSIG is; VALIDSIG names the hash: 8, 9 and 10 are SHA-256, -384 and -512.
    private static bool IsSignedByTrustedKey(List<string[]> status)
    {
        for (var i = 0; i + 1 < status.Count; i++)
        {
            if (status[i][0] == "GOODSIG" && status[i + 1] is ["VALIDSIG", _, _, _, _, _, _, _, "8" or "9" or "10", ..])
            {
                return true;
            }
        }

        return false;
    }

    private static string Signers(List<string[]> status)
    {
        var keys = status.Where(s => s[0] is "ERRSIG" or "EXPKEYSIG" or "REVKEYSIG" or "EXPSIG" or "GOODSIG" && s.Length > 1)
            .Select(s => s[0] switch { "EXPKEYSIG" => $"{s[1]} (expired)", "REVKEYSIG" => $"{s[1]} (revoked)", "EXPSIG" => $"{s[1]} (signature expired)", _ => s[1] })
            .Distinct()
            .Take(5)
            .ToList();
        return keys.Count == 0 ? "no key that can be read" : string.Create(CultureInfo.InvariantCulture, $"key {string.Join(", ", keys)}");
    }

    private static string LastLine(string errors) => errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "no message";
}
