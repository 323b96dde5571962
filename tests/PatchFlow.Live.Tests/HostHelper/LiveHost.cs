using System.Diagnostics;
using System.Globalization;
using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Live.Tests.EndToEnd;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>What a command in a container said.</summary>
internal sealed record Ran(int Exit, byte[] Output, string Error)
{
    public string Text => Encoding.UTF8.GetString(Output).TrimEnd('\n');
}

/// <summary>How a ticket stands: its state as the helper says it, and its log.</summary>
internal sealed record Standing(string State, string Log);

/// <summary>
/// A container from the base image with the real <c>patchflow-host</c> in its place. It carries a label of the test run's own,
/// and is removed by its name.
/// </summary>
internal sealed class LiveHost : IAsyncDisposable
{
    private const string Helper = "/usr/local/sbin/patchflow-host";
    private static readonly string RunId = Guid.NewGuid().ToString("N")[..12];
    private static readonly string[] Environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "container=docker"];
    private static readonly Lazy<Task<string>> Image = new(MakeImageAsync);
    private string? _init;

    private LiveHost(string container, string id) => (Container, Id) = (container, id);

    public string Container { get; }

    public string Id { get; }

    /// <summary>A production host with systemd as PID 1.</summary>
    public static async Task<LiveHost> StartAsync(string id, params string[] options) => await CreateAsync(await Image.Value, id, systemd: true, options);

    /// <summary>A production host of one of the demo fleet's roles, with the services of that role.</summary>
    public static async Task<LiveHost> StartRoleAsync(string role)
    {
        await Repository.RunAsync(Path.Combine(Repository.Root, "sandbox/fleet/build"), [role], seconds: 600);
        var image = await Repository.RunAsync("bash", ["-c", $". sandbox/common.sh && . sandbox/fleet/fleet.sh && role_image {role}"]);
        return await CreateAsync(image.Trim(), $"{role}-1", systemd: true, []);
    }

    /// <summary>A replica without systemd: the degraded mode, in which work is detached with setsid.</summary>
    public static async Task<LiveHost> StartReplicaAsync()
    {
        var host = await CreateAsync(await Image.Value, "replica", systemd: false, []);
        await host.MustAsync("rm /etc/patchflow/host; : > /etc/patchflow/replica");
        return host;
    }

    /// <summary>Runs a command as root, past PatchFlow.</summary>
    public async Task<Ran> RunAsync(IEnumerable<string> command, byte[]? input = null)
    {
        // Entered by itself and not through the engine, which takes ten times as long, and there are more than a thousand commands.
        _init ??= (await DockerAsync(["inspect", "-f", "{{.State.Pid}}", Container])).Text;
        return await ProcessAsync("nsenter", ["-t", _init, "-m", "-u", "-i", "-n", "-p", "-C", "--", "env", "-i", .. Environment, .. command], input ?? []);
    }

    /// <summary>Kills the host as a power cut does, and starts it again.</summary>
    public async Task CutPowerAsync()
    {
        await DockerAsync(["kill", Container]);
        await DockerAsync(["start", Container]);
        _init = null;
    }

    /// <summary>Runs a script as root, which must succeed; its output.</summary>
    public async Task<string> MustAsync(string script)
    {
        var ran = await RunAsync(["sh", "-euc", script]);
        return ran.Exit == 0 ? ran.Text : throw new InvalidOperationException($"'{script}' ended with {ran.Exit}:\n{ran.Error}\n{ran.Text}");
    }

    /// <summary>One call of the helper.</summary>
    public Task<Ran> CallAsync(byte[]? input, params string[] words) => RunAsync([Helper, .. words], input);

    public Task<Ran> CallAsync(params string[] words) => CallAsync(null, words);

    public Task<Ran> StartTicketAsync(StartInput input) => StartTicketAsync(input.Ticket, input.ToBytes());

    public Task<Ran> StartTicketAsync(TicketId ticket, byte[] document) =>
        CallAsync(document, "start", ticket.ToString(), Text(document.Length), Digest.Of(document).Hex);

    public async Task StageAsync(byte[] file)
    {
        var ran = await CallAsync(file, "stage", Digest.Of(file).Hex, Text(file.Length));
        Assert.True(ran.Exit == 0, ran.Error);
    }

    /// <summary>Starts a ticket and waits for its end.</summary>
    public async Task<Standing> WorkAsync(StartInput input, int seconds = 180)
    {
        var ran = await StartTicketAsync(input);
        Assert.True(ran is { Exit: 0, Text: "started" }, $"start of {input.Ticket} ended with {ran.Exit}: {ran.Text} {ran.Error}");
        return await UntilAsync(input.Ticket, s => s.State is not ("running" or "pending"), seconds, wait: 20);
    }

    public async Task<Standing> StatusAsync(TicketId ticket, int wait = 0)
    {
        var text = (await CallAsync("status", ticket.ToString(), "0", $"{wait}")).Text.Split('\n', 3);
        return new(text[0], text.Length > 2 ? text[2] : "");
    }

    public async Task<Standing> UntilAsync(TicketId ticket, Func<Standing, bool> holds, int seconds = 120, int wait = 0)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var standing = await StatusAsync(ticket, wait);
            if (holds(standing))
            {
                return standing;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(since).TotalSeconds < seconds, $"{ticket} is still {standing.State} after {seconds} s:\n{standing.Log}");
            await Task.Delay(500);
        }
    }

    public async Task<string> VersionAsync(string package) =>
        await MustAsync($"dpkg-query -W -f='${{db:Status-Status}} ${{Version}}' {package} 2>/dev/null || echo absent");

    /// <summary>The lines of dpkg's log for a word (<c>upgrade</c>, <c>install</c>), without their times.</summary>
    public async Task<string[]> DpkgLinesAsync(string word) =>
        [.. (await MustAsync("cat /var/log/dpkg.log")).Split('\n').Where(l => l.Length > 20).Select(l => l[20..])
            .Where(l => l.StartsWith($"{word} ", StringComparison.Ordinal))];

    public Task<string> FingerprintAsync() => MustAsync("ls /var/lib/patchflow/tickets; sha256sum < /var/log/dpkg.log");

    public static Task<Ran> DockerAsync(IEnumerable<string> words) => ProcessAsync("docker", words, []);

    public async ValueTask DisposeAsync() => await DockerAsync(["rm", "-f", "-v", Container]);

    private static async Task<LiveHost> CreateAsync(string image, string id, bool systemd, string[] options)
    {
        var name = $"patchflow-hh-{RunId}-{Guid.NewGuid().ToString("N")[..6]}";
        string[] init = systemd
            ? ["--stop-signal", "SIGRTMIN+3", "-e", "container=docker", "--tmpfs", "/run", "--tmpfs", "/run/lock", "-v", "/sys/fs/cgroup:/sys/fs/cgroup:ro"]
            : [];
        string[] first = systemd ? ["/sbin/init"] : ["sleep", "infinity"];
        var ran = await DockerAsync(["run", "-d", "--pull", "never", "--name", name, "--label", $"patchflow.test={RunId}", "--network", "none", .. init, .. options, image, .. first]);
        Assert.True(ran.Exit == 0, ran.Error);
        var host = new LiveHost(name, id);
        try
        {
            await host.EnrolAsync(systemd);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    private async Task EnrolAsync(bool systemd)
    {
        var ran = await RunAsync(["sh", "-c", $"cat > {Helper} && chmod 755 {Helper} && mkdir -p -m 755 /etc/patchflow && echo {Id} > /etc/patchflow/host"], HelperBytes());
        Assert.True(ran.Exit == 0, ran.Error);
        await MustAsync("mkdir -p -m 700 /var/lib/patchflow; chmod 700 /var/lib/patchflow; touch /var/log/dpkg.log; " + Helper + " staged");
        for (var i = 0; systemd && i < 300; i++)
        {
            if ((await RunAsync(["systemctl", "is-system-running"])).Text is "running" or "degraded")
            {
                return;
            }

            await Task.Delay(100);
        }
    }

    private static byte[] HelperBytes()
    {
        using var resource = typeof(HostProtocol).Assembly.GetManifestResourceStream("patchflow-host")!;
        using var copy = new MemoryStream();
        resource.CopyTo(copy);
        return copy.ToArray();
    }

    private static async Task<string> MakeImageAsync()
    {
        await Repository.RunAsync(Path.Combine(Repository.Root, "sandbox/base/make-base"), [], seconds: 600);
        return (await Repository.RunAsync("bash", ["-c", ". sandbox/common.sh && base_image"])).Trim();
    }

    private static async Task<Ran> ProcessAsync(string program, IEnumerable<string> words, byte[] input)
    {
        var start = new ProcessStartInfo(program, words) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        await FeedAsync(process, input, limit.Token);
        await process.WaitForExitAsync(limit.Token);
        await reading;
        return new(process.ExitCode, output.ToArray(), await error);
    }

    private static async Task FeedAsync(Process process, byte[] input, CancellationToken cancel)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancel);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A call that needs no input, or refuses it, may end before it has read it; its answer is what counts.
            return;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
