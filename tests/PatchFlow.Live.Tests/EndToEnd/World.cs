using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using PatchFlow.Client;

namespace PatchFlow.Live.Tests.EndToEnd;

/// <summary>A fleet on a repository of our own, and the real server beside it with its people: everything as in production, but small.</summary>
internal sealed partial class World : IAsyncDisposable
{
    private readonly Dictionary<string, IPatchFlowApi> _people = [];

    private World(OwnFleet fleet, ServerProcess server)
    {
        Fleet = fleet;
        Server = server;
    }

    public OwnFleet Fleet { get; }

    public ServerProcess Server { get; }

    public IPatchFlowApi Admin => _people["ada"];

    public string PipelineFile => Path.Combine(Fleet.Folder, "pipelines", "normal.yaml");

    public static async Task<World> StartAsync(int hosts, string? variant = null, Func<string, string>? policy = null)
    {
        var fleet = await OwnFleet.StartAsync(hosts, variant);
        var world = new World(fleet, new ServerProcess(fleet.Folder, Settings(fleet)));
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(world.PipelineFile)!);
            var shipped = Soak().Replace(await File.ReadAllTextAsync(Path.Combine(Repository.Root, "pipelines", "normal.yaml")), "soak: PT2S");
            await File.WriteAllTextAsync(world.PipelineFile, policy?.Invoke(shipped) ?? shipped);
            await world.Server.StartAsync();
            await world.MakePeopleAsync();
            foreach (var host in fleet.Hosts)
            {
                await world.Admin.AddHostAsync(new(host.Name, host.Address, host.Group, host.Port));
            }

            await Task.WhenAll(fleet.Hosts.Select(world.EnrolAsync));
            return world;
        }
        catch
        {
            await world.DisposeAsync();
            throw;
        }
    }

    /// <summary>The machine's architecture as Debian names it.</summary>
    public static string Arch { get; } = RuntimeInformation.OSArchitecture switch
    {
        Architecture.X64 => "amd64",
        Architecture.Arm64 => "arm64",
        var other => throw new PlatformNotSupportedException($"{other}"),
    };

    public IPatchFlowApi As(string user) => _people[user];

    /// <summary>Waits until the one change of this world is as wanted. What stands in the way is in the exception.</summary>
    public async Task<ChangeSummary> ChangeWhenAsync(Func<ChangeSummary, bool> wanted, int seconds = 180)
    {
        ChangeSummary? change = null;
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        while (TimeProvider.System.GetUtcNow() < deadline)
        {
            change = (await Admin.ChangesAsync()).Items is [var newest, ..] ? newest : null;
            if (change is not null && wanted(change))
            {
                return change;
            }

            await Task.Delay(100);
        }

        throw new TimeoutException($"after {seconds} s the change is {change?.Status} ({change?.Waiting?.Sentence ?? change?.Reason}):\n{Server.Output}");
    }

    /// <summary>Waits until a host of the rollout is as wanted.</summary>
    public async Task HostWhenAsync(string change, Func<HostTaskView, bool> wanted, int seconds = 120)
    {
        var deadline = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        while (!(await Admin.HostTasksAsync(change)).Items.Any(wanted))
        {
            if (TimeProvider.System.GetUtcNow() > deadline)
            {
                throw new TimeoutException($"no host came to that state in {seconds} s:\n{Server.Output}");
            }

            await Task.Delay(50);
        }
    }

    /// <summary>Approves what the board sees now.</summary>
    public async Task<DecisionRecorded> ApproveAsync(string user, string change)
    {
        var board = (await As(user).ChangeAsync(change)).Board!;
        return await As(user).DecideAsync(change, new(VoteKind.Approve, board.Plan, board.Evidence, board.Policy, "tested"));
    }

    /// <summary>Gives a command, and waits for its answer.</summary>
    public async Task<CommandView> CommandAsync(string user, string change, CommandKind action, string? host = null)
    {
        var given = await As(user).GiveCommandAsync(change, new(action, host, "as the test asks"));
        for (var i = 0; i < 600; i++)
        {
            var command = (await Admin.CommandsAsync(change)).Items.Single(c => c.Id == given.Id);
            if (command.AppliedAt is not null)
            {
                return command;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"no answer to {action} in 30 s:\n{Server.Output}");
    }

    /// <summary>Makes a user with roles, and acts as that user from then on.</summary>
    public async Task AddPersonAsync(string user, params Role[] roles)
    {
        await Admin.AddUserAsync(new(user, roles));
        _people[user] = PatchFlowClient.Create(Server.Address, (await Admin.AddTokenAsync(new("test", user))).Secret);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await RemoveReplicasAsync();
        await Fleet.DisposeAsync();
    }

    private static Dictionary<string, string> Settings(OwnFleet fleet)
    {
        var settings = new Dictionary<string, string>
        {
            ["PatchFlow__Pipelines__Directory"] = Path.Combine(fleet.Folder, "pipelines"),
            // All hosts are added before the first is enrolled, and those are waited for: the settling adds nothing here but its time.
            ["PatchFlow__Reconcile__SettleSeconds"] = "1",
        };
        foreach (var (suite, index) in new[] { "own-security", "own" }.Select((s, i) => (s, i)))
        {
            settings[$"PatchFlow__Feeds__{index}__Kind"] = "apt";
            settings[$"PatchFlow__Feeds__{index}__Name"] = suite;
            settings[$"PatchFlow__Feeds__{index}__Address"] = $"file://{fleet.Feed}";
            settings[$"PatchFlow__Feeds__{index}__Suite"] = suite;
            settings[$"PatchFlow__Feeds__{index}__Components__0"] = "main";
            settings[$"PatchFlow__Feeds__{index}__Arch"] = Arch;
            settings[$"PatchFlow__Feeds__{index}__Keyring"] = Path.Combine(fleet.Feed, "keyring.gpg");
            settings[$"PatchFlow__Feeds__{index}__Security"] = suite == "own-security" ? "true" : "false";
        }

        return settings;
    }

    private async Task MakePeopleAsync()
    {
        var code = (await File.ReadAllTextAsync(Path.Combine(Server.DataDirectory, "setup-code"))).Trim();
        var made = await PatchFlowClient.Create(Server.Address, null).SetupAsync(new(code, "ada"));
        _people["ada"] = PatchFlowClient.Create(Server.Address, made.Secret);
        await AddPersonAsync("olga", Role.Operator);
        await AddPersonAsync("bob", Role.Approver, Role.Viewer);
        await AddPersonAsync("carol", Role.Approver, Role.Viewer);
    }

    private async Task EnrolAsync(FleetHost host) =>
        await Admin.EnrolHostAsync(host.Name, new("root", await File.ReadAllTextAsync(Fleet.EnrolmentKey), Fingerprint: host.Fingerprint));

    // The server was killed: what it left in the engine carries its installation's label, which is in its database alone.
    private async Task RemoveReplicasAsync()
    {
        var database = Path.Combine(Server.DataDirectory, "patchflow.db");
        if (!File.Exists(database))
        {
            return;
        }

        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT value FROM meta WHERE key = 'installation'";
        if (command.ExecuteScalar() is string installation)
        {
            Sandbox.KeptImages.Of(installation);
            var left = await Repository.RunAsync("docker", ["ps", "-aq", "--filter", $"label=patchflow.sandbox={installation}"]);
            foreach (var container in left.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                await Repository.RunAsync("docker", ["rm", "-f", "-v", container]);
            }
        }
    }

    [GeneratedRegex("soak: PT[0-9HMS]+")]
    private static partial Regex Soak();
}
