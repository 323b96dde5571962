using System.Globalization;
using System.Text;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>
/// A signed apt repository of our own, made with the real tools in about 0.2 s: <c>dpkg-deb</c>, <c>apt-ftparchive</c>, <c>gpg</c> with an
/// ed25519 key in a home of its own. It lies in a folder, and is served by <see cref="FeedSimulator"/> or read through <c>file:</c>.
/// </summary>
internal sealed class OwnRepository : IDisposable
{
    public const string Suite = "demo-security";
    private static readonly Lazy<OwnKey> SharedKey = new(() => new OwnKey("repository"));
    private readonly List<OwnKey> _otherKeys = [];

    public OwnRepository()
    {
        Folder = Directory.CreateTempSubdirectory("pf-repo-").FullName;
        Root = Path.Combine(Folder, "root");
    }

    /// <summary>Everything is below it.</summary>
    public string Folder { get; }

    /// <summary>The archive: <c>dists/</c> and <c>pool/</c>.</summary>
    public string Root { get; }

    /// <summary>The public key, as gpgv reads it.</summary>
    public string Keyring => SharedKey.Value.Public;

    /// <summary>The same, armoured.</summary>
    public string ArmouredKeyring => SharedKey.Value.Armoured();

    public string InRelease => Path.Combine(Root, "dists", Suite, "InRelease");

    public string Index => Path.Combine(Root, "dists", Suite, "main/binary-amd64/Packages");

    /// <summary>Builds a package into the pool; answers its path.</summary>
    public string Add(string name, string version, string arch = "amd64", string? depends = null, string? changelog = null, string? source = null)
    {
        var tree = Directory.CreateDirectory(Path.Combine(Folder, $"build-{name}-{version.Replace(':', '_')}")).FullName;
        var doc = Directory.CreateDirectory(Path.Combine(tree, "usr/share/doc", name)).FullName;
        File.WriteAllText(Path.Combine(doc, "changelog.Debian"), changelog ?? Changelog(source ?? name, version, $"  * CVE-2026-{1000 + version.Length}: mended."));
        Tool.Run("gzip", "-9n", Path.Combine(doc, "changelog.Debian"));
        Directory.CreateDirectory(Path.Combine(tree, "DEBIAN"));
        File.WriteAllText(
            Path.Combine(tree, "DEBIAN/control"),
            $"Package: {name}\nVersion: {version}\nArchitecture: {arch}\nMaintainer: Tests <t@example.org>\n{(source is null ? "" : $"Source: {source}\n")}{(depends is null ? "" : $"Depends: {depends}\n")}Description: for tests\n");
        var deb = Path.Combine(Root, "pool/main", $"{name}_{version[(version.IndexOf(':', StringComparison.Ordinal) + 1)..]}_{arch}.deb");
        Directory.CreateDirectory(Path.GetDirectoryName(deb)!);
        Tool.Run("dpkg-deb", "--root-owner-group", "-Zgzip", "-b", tree, deb);
        Directory.Delete(tree, recursive: true);
        return deb;
    }

    /// <summary>One entry of a changelog.</summary>
    public static string Changelog(string source, string version, string text) =>
        $"{source} ({version}) demo-security; urgency=high\n\n{text}\n\n -- Tests <t@example.org>  Sat, 21 Nov 2026 00:00:00 +0000\n\n";

    /// <summary>Writes indices and InRelease over what is in the pool.</summary>
    public void Publish(DateTimeOffset date, DateTimeOffset? validUntil = null, string suite = Suite, bool byHash = true, string compressor = "xz", Func<string, string>? index = null)
    {
        Directory.CreateDirectory(Path.Combine(Root, "pool"));
        var folder = Path.Combine(Root, "dists", Suite, "main/binary-amd64");
        Directory.CreateDirectory(folder);
        var packages = Tool.Run("sh", "-c", $"cd '{Root}' && apt-ftparchive packages pool");
        File.WriteAllText(Index, index is null ? packages : index(packages));
        var compressed = Index + (compressor switch { "xz" => ".xz", "zstd" => ".zst", _ => ".gz" });
        File.Delete(Index + ".xz");
        File.Delete(Index + ".gz");
        File.Delete(Index + ".zst");
        Tool.Run(compressor, compressor == "zstd" ? ["-q", "-k", Index] : ["-k", Index]);
        if (byHash)
        {
            CopyByHash(compressed);
        }

        Release(date, validUntil, suite, byHash);

        // Archives list the plain index without having it.
        File.Delete(Index);
    }

    /// <summary>Signs the text as InRelease, with the repository's key or another.</summary>
    public void Sign(string release, OwnKey? key = null)
    {
        var text = Path.Combine(Folder, "Release");
        File.WriteAllText(text, release);
        Tool.Run("gpg", "--homedir", (key ?? SharedKey.Value).Home, "--batch", "--yes", "--clearsign", "--output", InRelease, text);
    }

    /// <summary>Replaces InRelease by Release and Release.gpg, as archives without InRelease have them.</summary>
    public void Detach(OwnKey? key = null)
    {
        var release = Path.Combine(Path.GetDirectoryName(InRelease)!, "Release");
        File.WriteAllText(release, ReleaseText);
        Tool.Run("gpg", "--homedir", (key ?? SharedKey.Value).Home, "--batch", "--yes", "--armor", "--detach-sign", "--output", release + ".gpg", release);
        File.Delete(InRelease);
    }

    /// <summary>Makes a flat repository of what is in the pool, in a folder of the root: its signed index, and Packages beside it.</summary>
    public void PublishFlat(string folder, DateTimeOffset date)
    {
        var path = Directory.CreateDirectory(Path.Combine(Root, folder)).FullName;
        File.WriteAllText(Path.Combine(path, "Packages"), Tool.Run("sh", "-c", $"cd '{Root}' && apt-ftparchive packages pool"));
        Tool.Run("gzip", "-kf", Path.Combine(path, "Packages"));
        var plain = Path.Combine(path, "Packages");
        string Line(string file) => $" {Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))} {new FileInfo(file).Length} ./{Path.GetFileName(file)}\n";
        Sign($"Origin: Tests\nDate: {Rfc(date)}\nSHA256:\n{Line(plain)}{Line(plain + ".gz")}");
        File.Move(InRelease, Path.Combine(path, "InRelease"));
        File.Delete(plain);
    }

    /// <summary>The text that was signed last.</summary>
    public string ReleaseText => File.ReadAllText(Path.Combine(Folder, "Release"));

    /// <summary>Makes another key.</summary>
    public OwnKey MakeKey(string name, string expiry = "never")
    {
        _otherKeys.Add(new OwnKey(name, expiry));
        return _otherKeys[^1];
    }

    public void Dispose()
    {
        _otherKeys.ForEach(k => k.Dispose());
        Directory.Delete(Folder, recursive: true);
    }

    private void Release(DateTimeOffset date, DateTimeOffset? validUntil, string suite, bool byHash)
    {
        string[] options =
        [
            "Origin=Tests", "Label=Tests", $"Suite={suite}", $"Codename={suite}", "Architectures=amd64", "Components=main",
            $"Date={Rfc(date)}", $"Acquire-By-Hash={(byHash ? "yes" : "no")}",
        ];
        var folder = Path.Combine(Root, "dists", Suite);
        File.Delete(InRelease);
        var text = Tool.Run("apt-ftparchive", [.. options.SelectMany(o => new[] { "-o", "APT::FTPArchive::Release::" + o }), "release", folder]);
        Sign(validUntil is { } until ? $"Valid-Until: {Rfc(until)}\n{text}" : text);
    }

    private static void CopyByHash(string file)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Path.GetDirectoryName(file)!, "by-hash/SHA256")).FullName;
        File.Copy(file, Path.Combine(folder, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))), overwrite: true);
    }

    private static string Rfc(DateTimeOffset time) => time.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
