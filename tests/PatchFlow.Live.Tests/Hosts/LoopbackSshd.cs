using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>
/// A real sshd on a loopback address with keys, configuration and port of its own. The account is the one that runs the
/// tests; its key is limited to a stand-in for the helper, a script that the test gives.
/// </summary>
internal sealed class LoopbackSshd : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-sshd-").FullName;
    private Process? _sshd;

    private LoopbackSshd()
    {
    }

    public string Address { get; } = $"127.0.{Random.Shared.Next(100, 200)}.{Random.Shared.Next(1, 250)}";

    public int Port { get; private set; }

    public SshKeyFile Key { get; private set; } = null!;

    public string KeyPath => Path.Combine(_directory, "account_key");

    public HostKey HostKey { get; private set; } = null!;

    public static string Account => Environment.UserName;

    public static async Task<LoopbackSshd> StartAsync(string helper)
    {
        var sshd = new LoopbackSshd();
        sshd.Key = SshKeyFile.Open(sshd.KeyPath);
        await sshd.MakeHostKeyAsync();
        sshd.Port = FreePort(sshd.Address);
        sshd.WriteFiles(helper);
        await sshd.RunAsync();
        return sshd;
    }

    public SshTarget Target(params ImmutableArray<HostKey> keys) => new("web-1", Address, Port, keys, TimeSpan.FromSeconds(10));

    public SshChannel Channel() => new(Target(HostKey), Account, Key);

    public HostRow Row(string id) => new()
    {
        Id = id,
        Address = Address,
        Port = Port,
        Group = "web",
        Account = Account,
        HostKeys = [HostKey],
        State = HostState.Enrolled,
    };

    /// <summary>Ends the listener and every connection, as a crash of the host would.</summary>
    public async Task KillAsync()
    {
        if (_sshd is { HasExited: false } running)
        {
            running.Kill(entireProcessTree: true);
            await running.WaitForExitAsync();
        }
    }

    public async Task RestartAsync(bool newHostKey = false)
    {
        await KillAsync();
        if (newHostKey)
        {
            await MakeHostKeyAsync();
        }

        await RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _sshd?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    public static async Task<(int Exit, string Output)> ProcessAsync(string file, params string[] words)
    {
        using var process = Process.Start(new ProcessStartInfo(file, words) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await output + await error);
    }

    private async Task MakeHostKeyAsync()
    {
        var path = Path.Combine(_directory, "host_key");
        File.Delete(path);
        File.Delete(path + ".pub");
        await ProcessAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path);
        HostKey = new HostKey("ssh-ed25519", (await File.ReadAllTextAsync(path + ".pub")).Split(' ')[1]);
    }

    /// <summary>SHLVL keeps a login shell of the bash kind from reading the tester's own start-up files.</summary>
    private void WriteFiles(string helper)
    {
        var script = Path.Combine(_directory, "helper");
        File.WriteAllText(script, helper);
        File.WriteAllText(Path.Combine(_directory, "authorized_keys"), $"restrict,command=\"/bin/sh {script}\" {Key.PublicLine}\n");
        File.WriteAllText(
            Path.Combine(_directory, "sshd_config"),
            $"""
            ListenAddress {Address}
            Port {Port}
            HostKey {_directory}/host_key
            AuthorizedKeysFile {_directory}/authorized_keys
            PidFile {_directory}/pid
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            StrictModes no
            UsePAM no
            MaxStartups 100
            SetEnv SHLVL=9
            Subsystem sftp internal-sftp

            """);
    }

    private async Task RunAsync()
    {
        Directory.CreateDirectory("/run/sshd");
        _sshd = Process.Start(new ProcessStartInfo("/usr/sbin/sshd", ["-D", "-e", "-f", Path.Combine(_directory, "sshd_config")]) { RedirectStandardError = true })!;
        _ = _sshd.StandardError.ReadToEndAsync();
        for (var tries = 0; tries < 100; tries++)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(Address, Port);
                return;
            }
            catch (SocketException) when (!_sshd.HasExited)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("sshd did not start: install openssh-server");
    }

    private static int FreePort(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
