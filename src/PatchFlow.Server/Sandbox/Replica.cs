using System.Formats.Tar;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Docker.DotNet.Models;

namespace PatchFlow.Server.Sandbox;

/// <summary>
/// A container that stands for a host while it lives: shut in, without network, and removed with everything it left when this is disposed.
/// After a crash of the server <see cref="Replicas.SweepAsync"/> does that.
/// </summary>
internal sealed class Replica : IAsyncDisposable
{
    private const int OutputLimitBytes = 8 * 1024 * 1024;
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(60);
    private readonly Replicas _owner;

    internal Replica(Replicas owner, string name, string image, InitMode init) => (_owner, Name, Image, Init) = (owner, name, image, init);

    /// <summary>The container's name.</summary>
    public string Name { get; }

    /// <summary>The id of the image that it was started from.</summary>
    public string Image { get; }

    /// <summary>What its PID 1 is.</summary>
    public InitMode Init { get; }

    private Engine Engine => _owner.Engine;

    /// <summary>Runs a program in it, as root, without a shell of ours in between.</summary>
    public Task<ExecEnd> ExecAsync(IReadOnlyList<string> command, Stream? input, CancellationToken cancel) =>
        Engine.RunAsync(Name, command, input, OutputLimitBytes, cancel);

    /// <summary>Runs one of our own scripts in it. It goes in by standard input, its arguments stay words, and nothing is pasted into it.</summary>
    /// <param name="name">The script's name in <c>Scripts/</c>.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="cancel">Ends the wait, not the script.</param>
    public async Task<ExecEnd> ScriptAsync(string name, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var text = SandboxScript.Text(name);
        string[] program = text.StartsWith("#!/usr/bin/perl", StringComparison.Ordinal) ? ["perl", "-"] : ["sh", "-s", "--"];
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(text), writable: false);
        return await ExecAsync(["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/root", .. program, .. arguments], input, cancel);
    }

    /// <summary>Runs a script that must succeed, and answers what it printed.</summary>
    /// <exception cref="SandboxException">It failed.</exception>
    public async Task<string> RequireAsync(string script, IEnumerable<string> arguments, CancellationToken cancel)
    {
        var end = await ScriptAsync(script, arguments, cancel);
        return end.ExitCode == 0 && !end.IsCut
            ? end.Text
            : throw new SandboxException($"the script {script} ended with {end.ExitCode} in the replica {Name}: {LastWords(end)}");
    }

    /// <summary>The last lines that a program said, for a message.</summary>
    public static string LastWords(ExecEnd end)
    {
        var lines = (end.Text + "\n" + end.Error).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var text = string.Join(" / ", lines.TakeLast(8));
        return text.Length <= 1500 ? text : text[^1500..];
    }

    /// <summary>Puts a tar archive's files into a folder that exists.</summary>
    public Task PutAsync(string folder, Stream tar, CancellationToken cancel) =>
        Engine.DoAsync($"putting files into {Name}", async (c, t) =>
        {
            await c.Containers.ExtractArchiveToContainerAsync(Name, new CopyToContainerParameters { Path = folder }, tar, t);
            return true;
        }, cancel, Sandbox.Engine.LongTime);

    /// <summary>Puts files of this machine into a folder that exists, as one archive, written while it is sent.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="files">The files.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task PutFilesAsync(string folder, IEnumerable<TarFile> files, CancellationToken cancel)
    {
        var pipe = new Pipe();
        var writing = WriteTarAsync(pipe.Writer, files, cancel);
        await using (var tar = pipe.Reader.AsStream())
        {
            await PutAsync(folder, tar, cancel);
        }

        await writing;
    }

    /// <summary>Waits until its services are up, or have settled as far as they will.</summary>
    /// <exception cref="SandboxException">It stopped, or is still starting after <paramref name="seconds"/>.</exception>
    public async Task WaitUntilUpAsync(int seconds, CancellationToken cancel)
    {
        if (Init == InitMode.None)
        {
            return;
        }

        var state = (await RequireAsync("wait-until-up", [seconds.ToString(CultureInfo.InvariantCulture)], cancel)).Trim();
        if (state is not ("running" or "degraded"))
        {
            throw new SandboxException($"the replica {Name} is still '{state}' after {seconds} s: the machine is overloaded, or a service of the replica never starts");
        }
    }

    private static async Task WriteTarAsync(PipeWriter pipe, IEnumerable<TarFile> files, CancellationToken cancel)
    {
        Exception? failure = null;
        try
        {
            await using var writer = new TarWriter(pipe.AsStream(leaveOpen: true), TarEntryFormat.Pax, leaveOpen: true);
            foreach (var file in files)
            {
                await using var content = file.Open();
                await writer.WriteEntryAsync(Tar.Entry(file.Path, content, file.Mode), cancel);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or OperationCanceledException)
        {
            // The reader gets it too, so that a torn archive is never taken for a whole one.
            failure = e;
            throw;
        }
        finally
        {
            await pipe.CompleteAsync(failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(RemovalTime);
        await _owner.RemoveOrLeaveAsync(Name, limit.Token);
    }
}
