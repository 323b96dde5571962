using System.Text.Json;
using PatchFlow.Client;
using Spectre.Console;

namespace PatchFlow.Cli;

/// <summary>
/// Where a command prints. Standard output is the answer, standard error is progress. Colour is on glyphs and words only,
/// from the sixteen named ones, and means nothing that a word does not say.
/// </summary>
internal sealed class Terminal
{
    private static readonly JsonSerializerOptions Indented = new(PatchFlowClient.Json) { WriteIndented = true };

    private Terminal(bool? colour)
    {
        Utf8 = IsUtf8();
        Output = Make(Console.Out, colour ?? Plain(Console.IsOutputRedirected));
        Progress = Make(Console.Error, colour ?? Plain(Console.IsErrorRedirected));
        Live = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
    }

    /// <summary>Standard output.</summary>
    public IAnsiConsole Output { get; }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Whether standard error is a terminal that can be drawn on.</summary>
    public bool Live { get; }

    /// <summary>Whether glyphs beyond ASCII can be shown.</summary>
    public bool Utf8 { get; }

    public static Terminal Make(string colour) => new(colour switch { "always" => true, "never" => false, _ => null });

    /// <summary>Prints a record as the API sends it, indented.</summary>
    public static void Json<T>(T record) => Console.Out.WriteLine(JsonSerializer.Serialize(record, Indented));

    /// <summary>Prints a line of markup; what came from outside must have gone through <see cref="Words.Safe"/>.</summary>
    public void Line(string markup = "") => Output.MarkupLine(markup);

    /// <summary>Prints text as it is: documents and logs, with control characters taken out.</summary>
    public static void Text(string text) => Console.Out.Write(Words.CleanLines(text));

    /// <summary>A table without a frame, as wide as its content.</summary>
    public static Table Table(params string[] columns)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = true };
        foreach (var column in columns)
        {
            table.AddColumn(new TableColumn($"[bold]{column}[/]") { Padding = new Padding(0, 0, 2, 0), NoWrap = true });
        }

        return table;
    }

    /// <summary>Prints a table, or a sentence where it has no row.</summary>
    public void Rows(Table table, string whenEmpty)
    {
        if (table.Rows.Count == 0)
        {
            Line(whenEmpty);
        }
        else
        {
            Output.Write(table);
        }
    }

    /// <summary>Asks on the terminal; without one the answer is no.</summary>
    public bool Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            throw new UsageException("there is no terminal to ask on", "give --yes to go on without being asked");
        }

        Progress.Markup($"{Words.Safe(question)} Type yes: ");
        return Console.ReadLine()?.Trim() == "yes";
    }

    private static bool? Plain(bool redirected) =>
        !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) || Environment.GetEnvironmentVariable("TERM") is "dumb" || redirected
            ? false
            : null;

    private static bool IsUtf8()
    {
        var locale = Environment.GetEnvironmentVariable("LC_ALL") is { Length: > 0 } all ? all
            : Environment.GetEnvironmentVariable("LC_CTYPE") is { Length: > 0 } type ? type
            : Environment.GetEnvironmentVariable("LANG") ?? "";
        return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    private static IAnsiConsole Make(TextWriter writer, bool? colour)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = colour switch { true => AnsiSupport.Yes, false => AnsiSupport.No, _ => AnsiSupport.Detect },
            ColorSystem = colour switch { true => ColorSystemSupport.Standard, false => ColorSystemSupport.NoColors, _ => ColorSystemSupport.Detect },
        });
        // A pipe has no width: nothing is cut or wrapped there.
        if (writer == Console.Out ? Console.IsOutputRedirected : Console.IsErrorRedirected)
        {
            console.Profile.Width = 32_768;
        }

        return console;
    }
}
