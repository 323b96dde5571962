using System.Diagnostics;

namespace PatchFlow.Benchmarks.Archives;

/// <summary>This machine's apt with its own sources but lists and caches in a folder of ours.</summary>
internal sealed class Apt(string folder)
{
    private string Lists => Path.Combine(folder, "lists");

    /// <summary>Forgets what was fetched.</summary>
    public void Forget()
    {
        foreach (var path in new[] { Lists, Path.Combine(folder, "cache") })
        {
            if (Directory.Exists(path))
            {
                Directory.Delete(path, recursive: true);
            }
        }

        Directory.CreateDirectory(Path.Combine(Lists, "partial"));
        Directory.CreateDirectory(Path.Combine(folder, "cache", "archives", "partial"));
    }

    /// <summary>Fetches and verifies the indices.</summary>
    public Task UpdateAsync() => RunAsync("apt-get", "-qq", "update");

    /// <summary>Reads every stanza of the indices.</summary>
    public Task DumpAsync() => RunAsync("apt-cache", "dumpavail");

    /// <summary>Fetches the indices of another archive, and of nothing else.</summary>
    public async Task UpdateAsync(SignedArchive archive)
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "sources.list"), $"deb [signed-by={archive.Options.Keyring} arch={archive.Options.Arch}] {archive.Options.Address} bench main\n");
        await RunAsync("apt-get", [.. Only, "-qq", "update"]);
    }

    /// <summary>Makes the caches of that archive's lists.</summary>
    public void MakeCache()
    {
        Directory.EnumerateFiles(Path.Combine(folder, "cache"), "*.bin").ToList().ForEach(File.Delete);
        RunAsync("apt-cache", [.. Only, "gencaches"]).GetAwaiter().GetResult();
    }

    // No installed packages either: only the list is read.
    private string[] Only => ["-o", $"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=/dev/null", "-o", "Dir::State::status=/dev/null"];

    private async Task RunAsync(string program, params string[] words)
    {
        string[] settings = [$"Dir::State::lists={Lists}", $"Dir::Cache={folder}/cache", "Acquire::Languages=none", "APT::Sandbox::User=root"];
        var start = new ProcessStartInfo(program, [.. settings.SelectMany(s => new[] { "-o", s }), .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} {string.Join(' ', words)} ended with {process.ExitCode}: {await error}");
        }
    }
}
