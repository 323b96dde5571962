using System.Diagnostics;

namespace PatchFlow.Benchmarks;

/// <summary>Programs that are run beside ours.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end; answers what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments.Take(5))} ended with {process.ExitCode}");
    }

    /// <summary>Runs this program itself with other arguments.</summary>
    public static string RunOwn(params string[] arguments) => Run(Environment.ProcessPath!, [.. Own(), .. arguments]);

    // Under "dotnet PROGRAM.dll" the process is dotnet's.
    private static string[] Own() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
