using System.CommandLine;
using System.CommandLine.Parsing;
using PatchFlow.Cli.Commands;
using PatchFlow.Client;

namespace PatchFlow.Cli;

/// <summary>Exit codes, the same for every command.</summary>
internal static class Exit
{
    public const int Ok = 0;
    public const int Refused = 1;
    public const int Usage = 2;
    public const int WentWrong = 3;
    public const int TimedOut = 4;
    public const int NeedsPerson = 5;
    public const int Unreachable = 6;
    public const int Left = 130;

    // As a shell says of a program that SIGPIPE ended.
    public const int ReaderLeft = 141;
}

/// <summary>The command tree, and the one place that turns errors into words and exit codes.</summary>
internal static class CommandLine
{
    public static readonly Option<string?> Url = new("--url")
    {
        Description = "The server (PATCHFLOW_URL, ~/.config/patchflow/url, http://127.0.0.1:8080)",
        Recursive = true,
    };

    public static readonly Option<string?> TokenFile = new("--token-file")
    {
        Description = "File with the token, mode 0600 (PATCHFLOW_TOKEN_FILE, ~/.config/patchflow/token)",
        Recursive = true,
    };

    public static readonly Option<bool> Json = new("--json") { Description = "Print the API's own records", Recursive = true };

    public static readonly Option<string> Color = new("--color")
    {
        Description = "auto, always or never",
        Recursive = true,
        DefaultValueFactory = _ => "auto",
    };

    static CommandLine() => Color.AcceptOnlyFromAmong("auto", "always", "never");

    /// <summary>The command tree.</summary>
    /// <param name="input">Instead of standard input, for tests.</param>
    public static RootCommand Tree(TextReader? input = null)
    {
        var root = new RootCommand("PatchFlow: patches from the vendor's feed to every host, tested, approved, proven.")
        {
            StatusCommands.Status(), StatusCommands.Audit(), FeedCommands.Root(), HostCommands.Root(), ChangeCommands.List(), PatchCommands.List(),
            AdvisoryCommands.Advisories(), AdvisoryCommands.Exposure(),
            ChangeCommands.Show(), ChangeCommands.Plan(), BoardCommands.Approve(), BoardCommands.Reject(), RolloutCommands.Root(),
            UserCommands.Users(), UserCommands.Tokens(), UserCommands.Setup(), WatchCommands.Watch(),
            OfflineCommands.Versions(input ?? Console.In), OfflineCommands.Cvss(input ?? Console.In),
        };
        foreach (var option in new Option[] { Url, TokenFile, Json, Color })
        {
            root.Add(option);
        }

        return root;
    }

    /// <summary>Runs a command line; answers its exit code.</summary>
    /// <param name="args">The words after the program's name.</param>
    /// <param name="output">Instead of standard output, for tests.</param>
    /// <param name="error">Instead of standard error, for tests.</param>
    /// <param name="input">Instead of standard input, for tests.</param>
    /// <param name="cancel">Stands for Ctrl-C.</param>
    public static async Task<int> RunAsync(string[] args, TextWriter? output = null, TextWriter? error = null, TextReader? input = null, CancellationToken cancel = default)
    {
        var invocation = new InvocationConfiguration { EnableDefaultExceptionHandler = false, Output = output ?? Console.Out, Error = error ?? Console.Error };
        var parsed = Tree(input).Parse(args);
        try
        {
            return parsed.Errors.Count > 0 ? Complain(parsed, invocation.Error) : await parsed.InvokeAsync(invocation, cancel);
        }
        catch (OutputLostException e)
        {
            return e.ReaderLeft ? Exit.ReaderLeft : Lost(e, invocation.Error);
        }
    }

    /// <summary>Gives a command its work: a session is made, and every error becomes words and an exit code.</summary>
    public static Command Does(this Command command, Func<ParseResult, Session, CancellationToken, Task<int>> work)
    {
        command.SetAction((parsed, cancel) => GuardAsync(() => work(parsed, Session.From(parsed), cancel), parsed.InvocationConfiguration.Error, cancel));
        return command;
    }

    /// <summary>Has a group of commands, given by itself, do what its <c>list</c> does.</summary>
    public static Command ListsByItself(this Command group)
    {
        group.Action = group.Subcommands.Single(command => command.Name == "list").Action;
        return group;
    }

    /// <summary>Gives a command its work, which needs no server: neither address nor token is looked at.</summary>
    public static Command DoesOffline(this Command command, Func<ParseResult, Terminal, bool, int> work)
    {
        command.SetAction((parsed, cancel) =>
        {
            var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
            return GuardAsync(() => Task.FromResult(work(parsed, new Terminal(parsed.GetValue(Color)!, output, error), parsed.GetValue(Json))), error, cancel);
        });
        return command;
    }

    private static int Complain(ParseResult parsed, TextWriter error)
    {
        foreach (var wrong in parsed.Errors)
        {
            error.WriteLine($"patchflow: {Words.Clean(wrong.Message)}");
        }

        error.WriteLine($"  see: patchflow {string.Join(' ', Path(parsed.CommandResult))} --help");
        return Exit.Usage;
    }

    private static IEnumerable<string> Path(CommandResult? command) =>
        command?.Parent is CommandResult parent ? Path(parent).Append(command.Command.Name) : [];

    private static async Task<int> GuardAsync(Func<Task<int>> work, TextWriter error, CancellationToken cancel)
    {
        try
        {
            return await work();
        }
        catch (ApiProblemException e) when (Unreached(e) is null)
        {
            return Fail(e, error);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Exit.Left;
        }
        catch (Exception e) when (Unreached(e) is not null)
        {
            return Say(error, Unreached(e)!, "is it running? see --url and PATCHFLOW_URL", Exit.Unreachable);
        }
        catch (UsageException e)
        {
            return Say(error, e.Message, e.Remedy, Exit.Usage);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Say(error, e.Message, "see that the file is there, and that you may read or write it", Exit.Usage);
        }
    }

    /// <summary>Why there was no answer, or none of PatchFlow's; null where something else went wrong.</summary>
    public static string? Unreached(Exception e) => e switch
    {
        { InnerException: HttpRequestException http } => Unreached(http),
        { InnerException: OperationCanceledException late } => Unreached(late),
        HttpRequestException => $"the server does not answer: {e.Message}",
        OperationCanceledException => "the server did not answer in time",
        Refit.ApiException or System.Text.Json.JsonException => "what answers there does not answer as PatchFlow does",
        ApiProblemException { Status: System.Net.HttpStatusCode.BadGateway or System.Net.HttpStatusCode.GatewayTimeout } => "there is a proxy, and no server behind it",
        _ => null,
    };

    private static int Fail(ApiProblemException e, TextWriter error)
    {
        error.WriteLine($"patchflow: {Words.Clean(e.Problem.Title)}: {Words.Clean(e.Message)}");
        foreach (var (field, problems) in e.Problem.Errors ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            error.WriteLine($"  {Words.Clean(field)}: {Words.Clean(string.Join("; ", problems))}");
        }

        return Exit.Refused;
    }

    private static int Lost(OutputLostException e, TextWriter error)
    {
        error.WriteLine($"patchflow: {Words.Clean(e.Message)}");
        return Exit.Usage;
    }

    private static int Say(TextWriter error, string problem, string remedy, int code)
    {
        error.WriteLine($"patchflow: {Words.Clean(problem)}");
        error.WriteLine($"  remedy: {Words.Clean(remedy)}");
        return code;
    }
}

/// <summary>The command can't be carried out as it was given.</summary>
internal sealed class UsageException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}
