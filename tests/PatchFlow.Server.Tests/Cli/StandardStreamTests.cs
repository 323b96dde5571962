using System.Diagnostics;
using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>The real program, started by a shell without one of its streams, or with one that can't be written.</summary>
public sealed class StandardStreamTests : IDisposable
{
    private const string Full = "patchflow: standard output can't be written: No space left on device\n";
    private const string Closed = "patchflow: standard output can't be written: it is closed\n";
    private const string NoInput = "patchflow: standard input is closed\n  remedy: give it something to read, or name what is meant on the command line\n";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("patchflow-streams-");

    public StandardStreamTests() => File.WriteAllText(Path.Combine(_folder.FullName, "list"), "[29 Mar 2023] DSA-5380-1 xorg-server - security update\n\t{CVE-2023-1393}\n\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6\n");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("\"$0\" --help >/dev/full", Exit.Usage, "", Full)]
    [InlineData("\"$0\" --help >&-", Exit.Usage, "", Closed)]
    [InlineData("\"$0\" versions compare deb 1 2 >/dev/full", Exit.Usage, "", Full)]
    [InlineData("\"$0\" versions compare deb 1 2 --json >&-", Exit.Usage, "", Closed)]
    [InlineData("\"$0\" feeds inspect list >/dev/full", Exit.Usage, "", Full)]
    [InlineData("\"$0\" feeds inspect list <&- >&- 2>&-", Exit.Usage, "", "")]
    [InlineData("\"$0\" feeds inspect list <&-", Exit.Ok, "list: debian-list DSA-5380-1 unknown 1 package CVE-2023-1393\n", "1 record read, 0 refused\n")]
    [InlineData("\"$0\" feeds inspect list 2>&-", Exit.Ok, "list: debian-list DSA-5380-1 unknown 1 package CVE-2023-1393\n", "")]
    [InlineData("\"$0\" feeds inspect list 2>/dev/full", Exit.Ok, "list: debian-list DSA-5380-1 unknown 1 package CVE-2023-1393\n", "")]
    [InlineData("\"$0\" nonsense 2>&-", Exit.Usage, "", "")]
    [InlineData("\"$0\" nonsense 2>/dev/full", Exit.Usage, "", "")]
    [InlineData("\"$0\" versions compare deb 1 2 <&-", Exit.Ok, "<\n", "")]
    [InlineData("\"$0\" versions compare deb <&-", Exit.Usage, "", NoInput)]
    [InlineData("\"$0\" cvss score <&-", Exit.Usage, "", NoInput)]
    [InlineData("\"$0\" hosts report a - <&-", Exit.Usage, "", NoInput)]
    [InlineData("yes '1\t2' 2>/dev/null | { \"$0\" versions compare deb; echo $? >&2; } | head -1", 0, "<\n", "141\n")]
    public async Task WhatCantBeReadOrWrittenIsSaidAndNeitherHangsNorAborts(string line, int exit, string output, string error)
    {
        var start = new ProcessStartInfo("timeout", ["30", "bash", "-c", line, Path.Combine(AppContext.BaseDirectory, "patchflow")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder.FullName,
        };
        using var process = Process.Start(start)!;
        var told = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var printed = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal((exit, output, error), (process.ExitCode, printed, await told));
    }
}
