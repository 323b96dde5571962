namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>A host of the test's fleet, as <c>sandbox/fleet/up</c> wrote it down.</summary>
internal sealed record FleetHost(string Name, string Address, int Port, string Group, string Container, string Fingerprint);

/// <summary>
/// A fleet of real hosts on a repository of our own: the demo's scripts under a name and addresses of the test's own.
/// Everything carries that name, and is removed by it.
/// </summary>
internal sealed class OwnFleet : IAsyncDisposable
{
    // The image of its hosts is made by whoever is first: two at once would both make it.
    private static readonly SemaphoreSlim Making = new(1, 1);
    private static int _net = Random.Shared.Next(200);
    private readonly Dictionary<string, string> _environment;

    private OwnFleet(string folder, string name, int net)
    {
        Folder = folder;
        _environment = new()
        {
            ["PATCHFLOW_FLEET"] = name,
            ["PATCHFLOW_FLEET_NET"] = $"127.0.{net}",
            ["PATCHFLOW_STATE"] = State,
        };
    }

    public string Folder { get; }

    public string State => Path.Combine(Folder, "state");

    public string Feed => Path.Combine(Folder, "feed");

    public string EnrolmentKey => Path.Combine(State, "enrolment_key");

    public IReadOnlyList<FleetHost> Hosts { get; private set; } = [];

    public static async Task<OwnFleet> StartAsync(int hosts, string? variant = null)
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-e2e-").FullName;
        var fleet = new OwnFleet(folder, Path.GetFileName(folder).ToLowerInvariant(), 20 + (Interlocked.Increment(ref _net) % 200));
        try
        {
            string[] options = variant is null ? [] : ["--variant", variant];
            await Script("sandbox/own-feed/make", [fleet.Feed, .. options], fleet._environment);
            await MakeImageAsync(fleet);
            await Script("sandbox/fleet/up", ["--feed", "own", "--feed-dir", fleet.Feed, "--hosts", $"{hosts}"], fleet._environment);
            fleet.Hosts = [.. (await File.ReadAllLinesAsync(Path.Combine(fleet.State, "fleet.txt"))).Select(Read)];
            return fleet;
        }
        catch
        {
            await fleet.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a command on a host, past PatchFlow: the independent look.</summary>
    public static Task<string> OnAsync(FleetHost host, params string[] command) =>
        Repository.RunAsync("docker", ["exec", host.Container, .. command], seconds: 60);

    /// <summary>Version of each package that the host has, by name.</summary>
    public static async Task<Dictionary<string, string>> VersionsAsync(FleetHost host) =>
        (await OnAsync(host, "dpkg-query", "-W", "-f", "${Package} ${Version}\\n"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(w => w[0], w => w[1]);

    /// <summary>Names of the ticket directories on the host.</summary>
    public static async Task<string[]> TicketsAsync(FleetHost host) =>
        (await OnAsync(host, "sh", "-c", "ls -1 /var/lib/patchflow/tickets 2>/dev/null || true")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The <c>upgrade</c> lines of dpkg's log, without their times.</summary>
    public static async Task<string[]> DpkgUpgradesAsync(FleetHost host) =>
        [.. (await OnAsync(host, "sh", "-c", "cat /var/log/dpkg.log 2>/dev/null || true"))
            .Split('\n').Where(line => line.Contains(" upgrade ", StringComparison.Ordinal)).Select(line => line[20..]).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await Script("sandbox/fleet/down", ["--quiet"], _environment);
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task MakeImageAsync(OwnFleet fleet)
    {
        await Making.WaitAsync();
        try
        {
            await Script("sandbox/fleet/build", ["--feed-dir", fleet.Feed, "own"], fleet._environment);
        }
        finally
        {
            Making.Release();
        }
    }

    private static Task<string> Script(string path, string[] arguments, Dictionary<string, string> environment) =>
        Repository.RunAsync(Path.Combine(Repository.Root, path), arguments, environment);

    private static FleetHost Read(string line)
    {
        var words = line.Split(' ');
        return new(words[0], words[1], int.Parse(words[2], System.Globalization.CultureInfo.InvariantCulture), words[3], words[4], words[5]);
    }
}
