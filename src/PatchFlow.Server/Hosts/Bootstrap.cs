using System.Text;
using Renci.SshNet;
using Renci.SshNet.Common;

namespace PatchFlow.Server.Hosts;

/// <summary>
/// The login with which a host is enrolled: root, or a user whose sudo asks for no password. Used for that one connection,
/// never stored, logged or shown.
/// </summary>
/// <param name="User">The login user.</param>
/// <param name="PrivateKey">A private key as text (OpenSSH or PEM, without passphrase), or null.</param>
/// <param name="Password">A password, or null. Exactly one of the two is given.</param>
internal sealed record Bootstrap(string User, string? PrivateKey, string? Password)
{
    /// <summary>The login for the SSH library.</summary>
    /// <exception cref="ArgumentException">Not exactly one secret, or a key that can't be read.</exception>
    public AuthenticationMethod Login()
    {
        HostNames.CheckAccount(User);
        return (PrivateKey, Password) switch
        {
            (string key, null) => new PrivateKeyAuthenticationMethod(User, Read(key)),
            (null, string password) => new PasswordAuthenticationMethod(User, password),
            _ => throw new ArgumentException("enrolling needs either a private key or a password of the login user"),
        };
    }

    /// <summary>Never a secret.</summary>
    public override string ToString() => $"login {User}";

    private static PrivateKeyFile Read(string key)
    {
        try
        {
            return new PrivateKeyFile(new MemoryStream(Encoding.UTF8.GetBytes(key)));
        }
        catch (Exception e) when (e is SshException or FormatException or NotSupportedException)
        {
            throw new ArgumentException("the private key can't be read: it must be an OpenSSH or PEM key without a passphrase", e);
        }
    }
}
