namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An ed25519 key in a GnuPG home of its own. Making one takes longer than all the rest of a repository, so most tests share one.</summary>
internal sealed class OwnKey : IDisposable
{
    public OwnKey(string name, string expiry = "never")
    {
        // A short path: gpg-agent's socket lies in it, and sockets have at most 107 characters.
        Home = Directory.CreateTempSubdirectory("pf-key-").FullName;
        Public = Path.Combine(Home, "public.gpg");
        Tool.Run("gpg", "--homedir", Home, "--batch", "--quiet", "--passphrase", "", "--quick-gen-key", $"{name} of the tests", "ed25519", "sign", expiry);
        Tool.Run("gpg", "--homedir", Home, "--batch", "--quiet", "--output", Public, "--export");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Dispose();
    }

    /// <summary>The GnuPG home.</summary>
    public string Home { get; }

    /// <summary>The public key, as gpgv reads it.</summary>
    public string Public { get; }

    /// <summary>The public key, armoured.</summary>
    public string Armoured()
    {
        var path = Path.Combine(Home, "public.asc");
        Tool.Run("gpg", "--homedir", Home, "--batch", "--yes", "--armor", "--output", path, "--export");
        return path;
    }

    /// <summary>Whether gpg calls it expired by now.</summary>
    public bool IsExpired() => Tool.Run("gpg", "--homedir", Home, "--batch", "--with-colons", "--list-keys").Contains("pub:e:", StringComparison.Ordinal);

    public void Dispose()
    {
        if (Directory.Exists(Home))
        {
            Tool.Run("gpgconf", "--homedir", Home, "--kill", "gpg-agent");
            Directory.Delete(Home, recursive: true);
        }
    }
}
