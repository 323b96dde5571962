using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Benchmarks.Archives;

/// <summary>A signed suite in a folder, with a key of its own, whose index is somebody else's list: published anew with as many stanzas changed as wanted.</summary>
internal sealed class SignedArchive
{
    private readonly string _folder;
    private readonly string _arch;
    private readonly string[] _stanzas;
    private DateTimeOffset _date = DateTimeOffset.UtcNow.AddDays(-1);
    private int _edition;

    /// <summary>Publishes the list for the first time.</summary>
    /// <param name="folder">An empty folder.</param>
    /// <param name="packages">A <c>Packages</c> index.</param>
    /// <param name="arch">Its architecture.</param>
    public SignedArchive(string folder, byte[] packages, string arch)
    {
        (_folder, _arch) = (folder, arch);
        _stanzas = Encoding.UTF8.GetString(packages).TrimEnd('\n').Split("\n\n");
        Directory.CreateDirectory(Path.Combine(folder, "gnupg"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Path.GetDirectoryName(Index)!);
        Gpg("--passphrase", "", "--quick-gen-key", "PatchFlow benchmark", "ed25519", "sign", "2d");
        Gpg("--yes", "--output", Path.Combine(folder, "key.gpg"), "--export");
        Publish(0);
    }

    /// <summary>How many packages it lists.</summary>
    public int Count => _stanzas.Length;

    /// <summary>Its entry in the configuration.</summary>
    public FeedOptions Options => new() { Kind = "apt", Name = "bench", Address = $"file://{_folder}", Suite = "bench", Components = ["main"], Arch = _arch, Keyring = Path.Combine(_folder, "key.gpg") };

    private string Index => Path.Combine(_folder, "dists/bench/main", $"binary-{_arch}", "Packages");

    /// <summary>Publishes a newer state, in which every so-manieth package has another version than before; 0 for none.</summary>
    public void Publish(int everySoMany)
    {
        _edition++;
        _date = _date.AddMinutes(1);
        var text = string.Join("\n\n", _stanzas.Select((s, at) => everySoMany > 0 && at % everySoMany == 0 ? Bumped(s) : s)) + "\n";
        File.WriteAllText(Index, text);
        var bytes = File.ReadAllBytes(Index);
        var release = string.Create(CultureInfo.InvariantCulture,
            $"Suite: bench\nCodename: bench\nDate: {_date:ddd, dd MMM yyyy HH:mm:ss} UTC\nArchitectures: {_arch}\nComponents: main\nSHA256:\n {Convert.ToHexStringLower(SHA256.HashData(bytes))} {bytes.Length} main/binary-{_arch}/Packages\n");
        var plain = Path.Combine(_folder, "Release");
        File.WriteAllText(plain, release);
        Gpg("--yes", "--clearsign", "--output", Path.Combine(_folder, "dists/bench/InRelease"), plain);
    }

    private string Bumped(string stanza)
    {
        var at = stanza.IndexOf("\nVersion: ", StringComparison.Ordinal);
        var end = stanza.IndexOf('\n', at + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{stanza[..end]}+bench{_edition}{stanza[end..]}");
    }

    private void Gpg(params string[] words) => Programs.Run("gpg", ["--homedir", Path.Combine(_folder, "gnupg"), "--batch", "--quiet", .. words]);
}
