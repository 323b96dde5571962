using System.Net;
using System.Net.Sockets;
using PatchFlow.Live.Tests.EndToEnd;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Live.Tests.Hosts;

/// <summary>A container with the distribution's own sshd on a loopback address of its own: a host that was never enrolled.</summary>
internal sealed class SshContainer : IAsyncDisposable
{
    private const string Start = "ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key && mkdir -p /run/sshd && exec /usr/sbin/sshd -D -e";
    private static readonly string RunId = Guid.NewGuid().ToString("N")[..12];

    /// <summary>The name of the base image, made where it is missing.</summary>
    public static Lazy<Task<string>> BaseImage { get; } = new(ImageAsync);

    private SshContainer(string name, string address, int port, string key) => (Name, Address, Port, PrivateKey) = (name, address, port, key);

    public string Name { get; }

    public string Address { get; }

    public int Port { get; }

    /// <summary>Root's key, for enrolment.</summary>
    public string PrivateKey { get; }

    public string Fingerprint { get; private set; } = "";

    public static async Task<SshContainer> StartAsync()
    {
        var image = await BaseImage.Value;
        var address = $"127.0.{Random.Shared.Next(100, 200)}.{Random.Shared.Next(1, 250)}";
        var port = FreePort(address);
        var name = $"patchflow-ssh-{RunId}-{Guid.NewGuid().ToString("N")[..6]}";
        var (key, publicKey) = await MakeKeyAsync();
        await Repository.RunAsync("docker", ["run", "-d", "--pull", "never", "--name", name, "--label", $"patchflow.test={RunId}", "-p", $"{address}:{port}:22", image, "sh", "-c", Start]);
        var container = new SshContainer(name, address, port, key);
        try
        {
            await container.RunAsync($"mkdir -p -m 700 ~root/.ssh && echo '{publicKey.Trim()}' > ~root/.ssh/authorized_keys");
            await container.WaitAsync();
            container.Fingerprint = (await container.RunAsync("ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")).Split(' ')[1];
            return container;
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    public HostRow Row(string id) => new() { Id = id, Address = Address, Port = Port, Group = "web" };

    /// <summary>Runs a script as root, past PatchFlow: the independent look.</summary>
    public Task<string> RunAsync(string script) => Repository.RunAsync("docker", ["exec", Name, "sh", "-euc", script], seconds: 60);

    public async ValueTask DisposeAsync() => await Repository.RunAsync("docker", ["rm", "-f", "-v", Name], seconds: 60);

    private static async Task<string> ImageAsync()
    {
        await Repository.RunAsync(Path.Combine(Repository.Root, "sandbox/base/make-base"), [], seconds: 600);
        return (await Repository.RunAsync("bash", ["-c", ". sandbox/common.sh && base_image"])).Trim();
    }

    private static async Task<(string Private, string Public)> MakeKeyAsync()
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-key-").FullName;
        try
        {
            var path = Path.Combine(folder, "key");
            await Repository.RunAsync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", path]);
            return (await File.ReadAllTextAsync(path), await File.ReadAllTextAsync(path + ".pub"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task WaitAsync()
    {
        for (var tries = 0; tries < 600; tries++)
        {
            using var client = new TcpClient();
            await client.ConnectAsync(Address, Port);
            if (await client.GetStream().ReadAsync(new byte[4]) == 4)
            {
                return;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"sshd in {Name} does not answer");
    }

    private static int FreePort(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>The server's side of hosts, in a folder of its own.</summary>
internal sealed class HostsWorld : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("patchflow-world-").FullName;
    private readonly Database _database;

    public HostsWorld()
    {
        _database = new Database(Path.Combine(_folder, "patchflow.db"));
        Hosts = new HostStore(_database, TimeProvider.System);
        Key = SshKeyFile.Open(Path.Combine(_folder, "keys", "hosts_ecdsa"));
        Log = new ChannelLog(Path.Combine(_folder, "channel.jsonl"), TimeProvider.System);
        var options = new HostsOptions();
        Channels = new HostChannels(
            Hosts.Get,
            row => new SshChannel(new SshTarget(row.Id, row.Address, row.Port, row.HostKeys, options.ConnectTimeout), row.Account, Key),
            Log,
            TimeProvider.System);
        Enrolment = new Enrolment(Hosts, Channels, Key, options);
        Inventories = new Inventories(Hosts, Channels, options, Microsoft.Extensions.Logging.Abstractions.NullLogger<Inventories>.Instance);
        Doctor = new HostDoctor(Hosts, Channels, () => Marks, TimeProvider.System);
    }

    public static HostActor Actor { get; } = new("user:ada", "console");

    public HostStore Hosts { get; }

    public SshKeyFile Key { get; }

    public string KeyPath => Path.Combine(_folder, "keys", "hosts_ecdsa");

    public ChannelLog Log { get; }

    public HostChannels Channels { get; }

    public Enrolment Enrolment { get; }

    public Inventories Inventories { get; }

    public HostDoctor Doctor { get; }

    public (long Epoch, long Sequence) Marks { get; set; } = (100, 100);

    public Database Database => _database;

    public Task AddAsync(HostRow row) => Hosts.AddAsync(row, new Server.Auditing.Audit("user:ada", "console", "host.add", $"host:{row.Id}"));

    public async Task<HostRow> EnrolAsync(SshContainer container, string id)
    {
        if (Hosts.Find(id) is null)
        {
            await AddAsync(container.Row(id));
        }

        return await Enrolment.RunAsync(id, new Bootstrap("root", container.PrivateKey, null), new HostKeyConfirmation(container.Fingerprint, null), Actor, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Channels.DisposeAsync();
        Log.Dispose();
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>An enrolled host for the tests that leave it as they found it.</summary>
public sealed class EnrolledHost : IAsyncLifetime
{
    internal HostsWorld World { get; } = new();

    internal SshContainer Host { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Host = await SshContainer.StartAsync();
        await World.EnrolAsync(Host, "web-1");
    }

    public async ValueTask DisposeAsync()
    {
        await World.DisposeAsync();
        await Host.DisposeAsync();
    }
}
