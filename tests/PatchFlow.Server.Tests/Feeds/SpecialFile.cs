using System.Net.Sockets;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Makes what is no file with bytes.</summary>
internal static class SpecialFile
{
    /// <summary>Makes a thing of that kind at a path; answers where it is to be looked for.</summary>
    /// <param name="kind"><c>pipe</c>, <c>socket</c>, <c>device</c>, <c>folder</c>, <c>below a file</c>, <c>circle</c>, or <c>nothing</c>.</param>
    /// <param name="path">The path.</param>
    public static string Make(string kind, string path)
    {
        switch (kind)
        {
            case "pipe":
                Tool.Run("mkfifo", path);
                break;
            case "socket":
                using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                {
                    socket.Bind(new UnixDomainSocketEndPoint(path + ".made"));
                    // Its file would be taken away with it.
                    File.Move(path + ".made", path);
                }

                break;
            case "device":
                // It has no end, and what is read from it is read for ever.
                File.CreateSymbolicLink(path, "/dev/zero");
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "below a file":
                File.WriteAllText(path, "");
                return Path.Combine(path, "it");
            case "circle":
                File.CreateSymbolicLink(path, path);
                break;
        }

        return path;
    }

    /// <summary>Runs it on a thread of its own: who waits at a pipe does not come back.</summary>
    public static Task<T> SoonAsync<T>(Func<Task<T>> run) => Task.Run(run).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

    /// <inheritdoc cref="SoonAsync{T}"/>
    public static Task SoonAsync(Func<Task> run) => Task.Run(run).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
}
