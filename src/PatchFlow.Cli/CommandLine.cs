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

    public static async Task<int> RunAsync(string[] args)
    {
        Color.AcceptOnlyFromAmong("auto", "always", "never");
        var root = new RootCommand("PatchFlow: patches from the vendor's feed to every host, tested, approved, proven.")
        {
            StatusCommands.Status(), StatusCommands.Audit(), FeedCommands.Root(), HostCommands.Root(), ChangeCommands.List(), PatchCommands.List(),
            ChangeCommands.Show(), ChangeCommands.Plan(), BoardCommands.Approve(), BoardCommands.Reject(), RolloutCommands.Root(),
            UserCommands.Users(), UserCommands.Tokens(), UserCommands.Setup(), WatchCommands.Watch(),
        };
        foreach (var option in new Option[] { Url, TokenFile, Json, Color })
        {
            root.Add(option);
        }

        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            return Complain(parsed);
        }

        return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
    }

    /// <summary>Gives a command its work: a session is made, and every error becomes words and an exit code.</summary>
    public static Command Does(this Command command, Func<ParseResult, Session, CancellationToken, Task<int>> work)
    {
        command.SetAction((parsed, cancel) => GuardAsync(() => work(parsed, Session.From(parsed), cancel), cancel));
        return command;
    }

    private static int Complain(ParseResult parsed)
    {
        foreach (var error in parsed.Errors)
        {
            Console.Error.WriteLine($"patchflow: {error.Message}");
        }

        Console.Error.WriteLine($"  see: patchflow {string.Join(' ', Path(parsed.CommandResult))} --help");
        return Exit.Usage;
    }

    private static IEnumerable<string> Path(CommandResult? command) =>
        command?.Parent is CommandResult parent ? Path(parent).Append(command.Command.Name) : [];

    private static async Task<int> GuardAsync(Func<Task<int>> work, CancellationToken cancel)
    {
        try
        {
            return await work();
        }
        catch (ApiProblemException e)
        {
            return Fail(e, Exit.Refused);
        }
        catch (HttpRequestException e)
        {
            return Say($"the server does not answer: {e.Message}", "is it running? see --url and PATCHFLOW_URL", Exit.Unreachable);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return Exit.Left;
        }
        catch (OperationCanceledException)
        {
            return Say("the server did not answer in time", "is it running? see --url and PATCHFLOW_URL", Exit.Unreachable);
        }
        catch (UsageException e)
        {
            return Say(e.Message, e.Remedy, Exit.Usage);
        }
    }

    private static int Fail(ApiProblemException e, int code)
    {
        Console.Error.WriteLine($"patchflow: {Words.Clean(e.Problem.Title)}: {Words.Clean(e.Message)}");
        foreach (var (field, problems) in e.Problem.Errors ?? new Dictionary<string, IReadOnlyList<string>>())
        {
            Console.Error.WriteLine($"  {Words.Clean(field)}: {Words.Clean(string.Join("; ", problems))}");
        }

        return code;
    }

    private static int Say(string problem, string remedy, int code)
    {
        Console.Error.WriteLine($"patchflow: {Words.Clean(problem)}");
        Console.Error.WriteLine($"  remedy: {Words.Clean(remedy)}");
        return code;
    }
}

/// <summary>The command can't be carried out as it was given.</summary>
internal sealed class UsageException(string message, string remedy) : Exception(message)
{
    public string Remedy { get; } = remedy;
}
