using System.Diagnostics;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Runs a program for a test; a failure shows what it said.</summary>
internal static class Tool
{
    public static string Run(string program, params string[] arguments) => Run(program, null, arguments).Output;

    public static (int Exit, string Output) TryRun(string program, params string[] arguments)
    {
        var (exit, output, _) = Start(program, null, arguments);
        return (exit, output);
    }

    public static (string Output, string Errors) Run(string program, string? input, string[] arguments)
    {
        var (exit, output, errors) = Start(program, input, arguments);
        return exit == 0 ? (output, errors) : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {exit}: {errors}");
    }

    private static (int Exit, string Output, string Errors) Start(string program, string? input, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["LC_ALL"] = "C.UTF-8";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        if (input is not null)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
