using PatchFlow.Cli;
using PatchFlow.Client;
using PatchFlow.Server.Tests.Api;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>What a command printed, and its exit code.</summary>
internal sealed record Ran(int Exit, string Out, string Error);

/// <summary>The command line in this process, against a server on a real socket.</summary>
internal sealed class CliRun : IDisposable
{
    private readonly Uri _address;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("patchflow-cli-");

    public CliRun(Uri address) => _address = address;

    public string Folder => _folder.FullName;

    /// <summary>A file of the user's, for the user only.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(Folder, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <summary>Makes somebody of these roles.</summary>
    public async Task PersonAsync(ApiServer server, string user, params Role[] roles) => Write(user, await server.TokenAsync(user, roles));

    /// <summary>Runs a line as somebody; words are separated by spaces, quotes keep them together.</summary>
    public async Task<Ran> AsAsync(string user, string line, CancellationToken cancel = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] args = [.. System.CommandLine.Parsing.CommandLineParser.SplitCommandLine(line), "--url", $"{_address}", "--token-file", Path.Combine(Folder, user)];
        var exit = await CommandLine.RunAsync(args, output, error, cancel: cancel);
        return new(exit, $"{output}", $"{error}");
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
