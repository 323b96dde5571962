using System.Collections.Immutable;
using System.Net.Sockets;
using System.Security.Cryptography;
using Renci.SshNet;
using Renci.SshNet.Common;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace PatchFlow.Server.Hosts;

/// <summary>Where to connect, and what the host must prove.</summary>
/// <param name="Host">The id, for messages.</param>
/// <param name="Address">Name or IP address.</param>
/// <param name="Port">The port.</param>
/// <param name="Keys">The host keys that are accepted. None means that none is.</param>
/// <param name="ConnectTimeout">For reaching the port, key exchange and login together.</param>
internal sealed record SshTarget(string Host, string Address, int Port, ImmutableArray<HostKey> Keys, TimeSpan ConnectTimeout)
{
    /// <summary>The kind of host key to ask for first; null for that of the pinned ones.</summary>
    public string? First { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"host {Host} ({Address}:{Port})";
}

/// <summary>One authenticated connection to a host whose key was checked. Commands on it may overlap.</summary>
internal sealed class SshSession : IDisposable
{
    // The order that costs least: the library would begin with a post-quantum exchange of 90 ms CPU a connection.
    private static readonly string[] _exchanges = ["curve25519-sha256", "curve25519-sha256@libssh.org", "ecdh-sha2-nistp256"];
    // Encryption and integrity in one pass of the processor's own: a fifth less CPU for files.
    private static readonly string[] _encryptions = ["aes128-gcm@openssh.com", "aes256-gcm@openssh.com"];
    private static readonly string[] _keyAlgorithms = ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256"];
    private static readonly TimeSpan _keepAlive = TimeSpan.FromSeconds(15);

    private readonly SshClient _client;
    private readonly SshTarget _target;
    private readonly string _account;
    private HostKey? _shown;

    private SshSession(SshTarget target, AuthenticationMethod login)
    {
        (_target, _account) = (target, login.Username);
        var connection = new ConnectionInfo(target.Address, target.Port, login.Username, login) { Timeout = target.ConnectTimeout };
        Prefer(connection.KeyExchangeAlgorithms, _exchanges);
        Prefer(connection.Encryptions, _encryptions);
        Keep(connection.HostKeyAlgorithms, [.. Algorithms(target.First), .. target.Keys.SelectMany(key => Algorithms(key.Algorithm)), .. _keyAlgorithms]);
        _client = new SshClient(connection) { KeepAliveInterval = _keepAlive };
        _client.HostKeyReceived += Judge;
    }

    /// <summary>Whether the connection still stands, as far as this side knows.</summary>
    public bool IsOpen => _client.IsConnected;

    /// <summary>Connects, checks the host's key, logs in.</summary>
    /// <exception cref="HostKeyException">The key is unknown or another than the pinned ones.</exception>
    /// <exception cref="HostUnreachableException">No connection, or the login was refused.</exception>
    public static async Task<SshSession> OpenAsync(SshTarget target, AuthenticationMethod login, CancellationToken cancel)
    {
        var session = new SshSession(target, login);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(target.ConnectTimeout);
        try
        {
            // Parts of the library's connect block: they must not hold up the caller.
            await Task.Run(() => session._client.ConnectAsync(limit.Token), limit.Token).WaitAsync(limit.Token);
            return session;
        }
        catch (Exception e) when (!cancel.IsCancellationRequested && session.IsConnectFailure(e))
        {
            session.Dispose();
            throw session.Explain(e);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>The key that a host shows now; nothing is sent to it. For people to compare, never a reason to trust.</summary>
    public static async Task<HostKey> ProbeAsync(SshTarget target, CancellationToken cancel)
    {
        try
        {
            using var session = await OpenAsync(target with { Keys = [] }, new NoneAuthenticationMethod("probe"), cancel);
            throw new InvalidOperationException($"{target} let an unknown user in without asking: refusing to go on");
        }
        catch (HostKeyException unknown)
        {
            return unknown.Shown;
        }
    }

    /// <summary>A command on this connection.</summary>
    public SshCommand Command(string text) => _client.CreateCommand(text);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>What the library throws when a connection is not there, or is lost.</summary>
    public static bool IsLoss(Exception e) => e is SshException or SocketException or ObjectDisposedException or IOException or InvalidOperationException;

    private void Judge(object? sender, HostKeyEventArgs shown)
    {
        _shown = HostKey.Of(Algorithm(shown.HostKey) ?? shown.HostKeyName, shown.HostKey);
        shown.CanTrust = _target.Keys.Any(key => CryptographicOperations.FixedTimeEquals(Convert.FromBase64String(key.Raw), shown.HostKey));
        if (shown.CanTrust)
        {
            _shown = null;
        }
    }

    private bool IsConnectFailure(Exception e) => _shown is not null || IsLoss(e) || e is OperationCanceledException;

    private Exception Explain(Exception e) => _shown is { } key
        ? new HostKeyException(_target.Host, $"{_target.Address}:{_target.Port}", key, _target.Keys)
        : new HostUnreachableException($"{_target}: {Reason(e)}", e);

    private string Reason(Exception e) => e switch
    {
        SshAuthenticationException => $"login as {_account} was refused: enrol the host again, or look into its sshd log (AllowUsers, authorized_keys)",
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "connection refused: is sshd running there, is the port right?",
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } => "the name can't be resolved: correct the address or DNS",
        SocketException socket => $"{HostAnswer.Clean(socket.Message)}: check address, network and firewall",
        OperationCanceledException or SshOperationTimeoutException =>
            $"no answer within {_target.ConnectTimeout.TotalSeconds:0.#} s: is the host up, does a firewall drop the packets?",
        _ => $"{HostAnswer.Clean(e.Message)}: look into the host's sshd log",
    };

    /// <summary>The first string inside a key blob is its algorithm.</summary>
    private static string? Algorithm(ReadOnlySpan<byte> blob)
    {
        var length = blob.Length >= 4 ? System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(blob) : -1;
        return length is > 0 and <= 64 && blob.Length >= 4 + length ? HostAnswer.Clean(System.Text.Encoding.ASCII.GetString(blob.Slice(4, length))) : null;
    }

    private static string[] Algorithms(string? kind) => kind switch { null => [], "ssh-rsa" => ["rsa-sha2-512", "rsa-sha2-256"], _ => [kind] };

    private static void Prefer<T>(IOrderedDictionary<string, T> algorithms, string[] first)
    {
        var position = 0;
        foreach (var name in first.Where(algorithms.ContainsKey).Distinct().ToList())
        {
            algorithms.SetPosition(name, position++);
        }
    }

    private static void Keep<T>(IOrderedDictionary<string, T> algorithms, string[] kept)
    {
        foreach (var name in algorithms.Keys.Except(kept).ToList())
        {
            algorithms.Remove(name);
        }

        Prefer(algorithms, kept);
    }
}
