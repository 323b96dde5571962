using System.Collections.Frozen;
using System.Reflection;

namespace PatchFlow.Server;

/// <summary>The words behind the program's name: settings, or a question that is answered without a start.</summary>
internal static class Arguments
{
    private const string Help = """
        PatchFlow's server: fetches feeds, tests patches on replicas, and rolls out what was approved.

        Usage: patchflow-server [--NAME=VALUE ...]     starts it; Ctrl-C or SIGTERM ends it
               patchflow-server --help | --version

        Each setting has a name, with a colon between its parts. It is read from appsettings.json in the folder in which
        the server is started, from the environment (two underscores for the colon), or from here; what is named last counts.

          --Urls=http://127.0.0.1:8080           where it listens; anything but the loopback must be https
          --PatchFlow:DataDirectory=data         the folder of its database, files, keys and logs
          --PatchFlow:Log:Level=Information      the least level that is logged

        All others, and the first hour: docs/operations.md. What people use is the program patchflow.
        """;

    // What this program and ASP.NET Core ask for, each by its first part.
    private static readonly FrozenSet<string> Known = new[]
    {
        PatchFlowOptions.Section, "Urls", "Kestrel", "Environment", "ContentRoot", "WebRoot", "ApplicationName", "Http_Ports", "Https_Ports", "AllowedHosts", "Logging", "DetailedErrors", "ShutdownTimeoutSeconds",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private static string Version => typeof(Arguments).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>What is answered in place of a start; null where it is to start.</summary>
    /// <param name="words">The words.</param>
    /// <exception cref="InvalidOperationException">One of them is no setting.</exception>
    public static string? Answer(IReadOnlyList<string> words)
    {
        switch (words)
        {
            case ["--help" or "-h" or "-?" or "help"]:
                return Help;
            case ["--version"]:
                return $"patchflow-server {Version}";
            default:
                RefuseOthers(words);
                return null;
        }
    }

    // .NET leaves out, without a word, what is no setting, and what nobody asks for.
    private static void RefuseOthers(IReadOnlyList<string> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            var equals = words[at].IndexOf('=', StringComparison.Ordinal);
            var name = words[at].StartsWith("--", StringComparison.Ordinal) ? words[at][2..] : words[at].StartsWith('/') ? words[at][1..] : words[at];
            RefuseUnknown(words[at], equals < 0 ? name : name[..^(words[at].Length - equals)]);
            if (equals > 0)
            {
                continue;
            }

            var hasValue = words[at].StartsWith("--", StringComparison.Ordinal) && words[at].Length > 2 && at + 1 < words.Count && !words[at + 1].StartsWith('-');
            at += hasValue
                ? 1
                : throw new InvalidOperationException($"'{words[at]}' is no setting: say --NAME=VALUE, or see patchflow-server --help");
        }
    }

    private static void RefuseUnknown(string word, string name)
    {
        if (!Known.Contains(name.Split(':')[0]))
        {
            throw new InvalidOperationException(name.StartsWith("PatchFlow__", StringComparison.OrdinalIgnoreCase)
                ? $"'{word}' is no setting: say --{name.Replace("__", ":", StringComparison.Ordinal)}=VALUE, since two underscores stand for a colon in the environment alone"
                : $"'{word}' is no setting: say --NAME=VALUE, or see patchflow-server --help");
        }
    }
}
