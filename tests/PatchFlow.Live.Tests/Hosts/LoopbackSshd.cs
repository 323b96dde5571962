using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using PatchFlow.Core.Hosts;
using PatchFlow.Live.Tests.EndToEnd;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>
/// A real sshd on a loopback address with keys, configuration and port of its own, in a container that shares this machine's
/// network but nothing else. Its key is limited to a stand-in for the helper, a script that the test gives.
/// </summary>
internal sealed class LoopbackSshd : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-sshd-").FullName;
    private string _container = "";

    private LoopbackSshd()
    {
    }

    public string Address { get; } = $"127.0.{Random.Shared.Next(100, 200)}.{Random.Shared.Next(1, 250)}";

    public int Port { get; private set; }

    public SshKeyFile Key { get; private set; } = null!;

    public string KeyPath => Path.Combine(_directory, "account_key");

    public HostKey HostKey { get; private set; } = null!;

    public static string Account => "root";

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
        if (_container.Length > 0)
        {
            await Repository.RunAsync("docker", ["rm", "-f", "-v", _container], seconds: 60);
            _container = "";
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
        var image = await SshContainer.BaseImage.Value;
        var name = $"{Path.GetFileName(_directory).ToLowerInvariant()}-{Guid.NewGuid().ToString("N")[..6]}";
        await Repository.RunAsync("docker",
        [
            "run", "-d", "--pull", "never", "--name", name, "--label", "patchflow.test=sshd", "--network", "host", "-v", $"{_directory}:{_directory}", image,
            "sh", "-c", $"mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e -f {_directory}/sshd_config",
        ]);
        _container = name;
        for (var tries = 0; tries < 200; tries++)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(Address, Port);
                return;
            }
            catch (SocketException)
            {
                // Not listening yet; the number of tries bounds the wait.
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException($"sshd did not start: {await Repository.RunAsync("docker", ["logs", name])}");
    }

    private static int FreePort(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>One for the tests that leave it as they found it; what a test leaves running there ends with its connection.</summary>
public abstract class SharedSshd(string helper) : IAsyncLifetime
{
    internal LoopbackSshd Sshd { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Sshd = await LoopbackSshd.StartAsync(helper);

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Sshd.DisposeAsync();
    }
}

/// <summary>With the stand-in of the channel's tests.</summary>
public sealed class ChannelSshd() : SharedSshd(SshChannelTests.Helper);

/// <summary>With the stand-in of the sender's tests.</summary>
public sealed class SenderSshd() : SharedSshd(SshSenderTests.Helper);
