using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PatchFlow.Server.Tests.Api;

/// <summary>The program itself: what keeps it from starting is a sentence.</summary>
public sealed class StartTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("patchflow-start-").FullName;

    [Theory]
    [InlineData("Kestrel__Endpoints__Open__Url", "http://0.0.0.0:0")]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS", "0")]
    public async Task PlainTextBeyondTheLoopbackIsRefusedWhereverItIsSet(string name, string value)
    {
        var (exit, said) = await StartAsync((name, value));
        Assert.True(exit == 1, said);
        Assert.Contains("without TLS", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADatabaseThatIsNoneIsASentence()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "patchflow.db"), new string('x', 8192), TestContext.Current.CancellationToken);
        var (exit, said) = await StartAsync(("Urls", "http://127.0.0.1:0"));
        Assert.True(exit == 1, said);
        Assert.Contains("patchflow.db", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    // What runs beside the API was started by then, and ends without a word.
    [Fact]
    public async Task AnAddressThatIsTakenIsASentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var (exit, said) = await StartAsync(("Urls", $"http://{taken.LocalEndpoint}"), ("DOCKER_HOST", "tcp://127.0.0.1:9"));
        Assert.True(exit == 1, said);
        Assert.Contains($"{taken.LocalEndpoint}: address already in use", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADataDirectoryThatCantBeIsASentence()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "file"), "", TestContext.Current.CancellationToken);
        var (exit, said) = await StartAsync(("PatchFlow__DataDirectory", Path.Combine(_folder, "file", "data")));
        Assert.True(exit == 1, said);
        Assert.Contains("PatchFlow:DataDirectory", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<(int Exit, string Said)> StartAsync(params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PatchFlowOptions).Assembly.Location])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PatchFlow__DataDirectory"] = _folder;
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
