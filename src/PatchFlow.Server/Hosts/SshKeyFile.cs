using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Renci.SshNet;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// PatchFlow's own key pair: ECDSA P-256, made at the first start, PKCS#8 in a file that only its owner can read (ADR 0003).
/// </summary>
internal sealed class SshKeyFile
{
    private const string Algorithm = "ecdsa-sha2-nistp256";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int SizeLimitBytes = 16 * 1024;

    private readonly string _path;

    private SshKeyFile(string path, string publicLine) => (_path, PublicLine) = (path, publicLine);

    /// <summary>The public half as a line of authorized_keys: algorithm, key, comment.</summary>
    public string PublicLine { get; }

    /// <summary>Reads the key; makes one where the file is absent.</summary>
    /// <exception cref="InvalidOperationException">Others can read or write the file, or it holds no such key.</exception>
    public static SshKeyFile Open(string path)
    {
        if (!File.Exists(path))
        {
            Create(path);
        }

        RefuseOthers(path);
        using var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return new SshKeyFile(path, $"{Algorithm} {Convert.ToBase64String(Blob(key))} patchflow");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new InvalidOperationException(
                $"{path} holds no ECDSA P-256 key in PKCS#8 PEM: restore it from a backup, or move it away (a new one is made, and every host must be enrolled again)", e);
        }
    }

    /// <summary>The private half for one connection; read from the file each time and not kept.</summary>
    public PrivateKeyFile Load()
    {
        RefuseOthers(_path);
        using var file = File.OpenRead(_path);
        return new PrivateKeyFile(file);
    }

    /// <summary>Refuses a file that anybody but its owner could read or change.</summary>
    public static void RefuseOthers(string path)
    {
        var file = new FileInfo(path);
        if ((file.UnixFileMode & ~OwnerOnly) != 0 || file.LinkTarget is not null || file.Length > SizeLimitBytes)
        {
            throw new InvalidOperationException(
                $"the key file {path} must be a plain file that only its owner can read: 'chmod 600 {path}'; if others could read it, replace the key");
        }
    }

    private static void Create(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new PlatformNotSupportedException("a key file needs Unix permissions");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!, OwnerOnly | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var draft = path + ".new";
        File.Delete(draft);
        using (var file = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        }))
        {
            file.Write(Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path);
    }

    /// <summary>RFC 5656, 3.1: three strings, each after its length in 32 bits: algorithm, curve, uncompressed point.</summary>
    private static byte[] Blob(ECDsa key)
    {
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        return [.. Text(Encoding.ASCII.GetBytes(Algorithm)), .. Text("nistp256"u8), .. Text([4, .. point.X!, .. point.Y!])];
    }

    private static byte[] Text(ReadOnlySpan<byte> bytes)
    {
        var text = new byte[4 + bytes.Length];
        BinaryPrimitives.WriteInt32BigEndian(text, bytes.Length);
        bytes.CopyTo(text.AsSpan(4));
        return text;
    }
}
