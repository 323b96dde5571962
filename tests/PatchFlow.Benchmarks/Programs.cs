using System.Diagnostics;

namespace PatchFlow.Benchmarks;

/// <summary>Programs that are run beside ours.</summary>
internal static class Programs
{
    /// <summary>Runs a program to its end; answers what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(string program, params string[] arguments) => Run(new ProcessStartInfo(program, arguments));

    /// <summary>Runs this program itself with other arguments.</summary>
    public static string RunOwn(params string[] arguments) => Run(Environment.ProcessPath!, [.. Own(), .. arguments]);

    /// <summary>Runs this program itself with other arguments, and one variable of the environment.</summary>
    public static string RunOwn((string Name, string Value) variable, string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!, [.. Own(), .. arguments]);
        start.Environment[variable.Name] = variable.Value;
        return Run(start);
    }

    private static string Run(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{start.FileName} {string.Join(' ', start.ArgumentList.Take(5))} ended with {process.ExitCode}");
    }

    // Under "dotnet PROGRAM.dll" the process is dotnet's.
    private static string[] Own() => Path.GetFileNameWithoutExtension(Environment.ProcessPath!) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
}
