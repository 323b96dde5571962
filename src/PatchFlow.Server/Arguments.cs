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

    // .NET leaves out, without a word, what is no setting.
    private static void RefuseOthers(IReadOnlyList<string> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            if (words[at].IndexOf('=', StringComparison.Ordinal) > 0)
            {
                continue;
            }

            var hasValue = words[at].StartsWith("--", StringComparison.Ordinal) && words[at].Length > 2 && at + 1 < words.Count && !words[at + 1].StartsWith('-');
            at += hasValue
                ? 1
                : throw new InvalidOperationException($"'{words[at]}' is no setting: say --NAME=VALUE, or see patchflow-server --help");
        }
    }
}
