using System.Text.Encodings.Web;
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
    // What HTML has to escape is no danger in a terminal or a pipe; what is one there, Words.Visible escapes.
    private static readonly JsonSerializerOptions OneLine = new(PatchFlowClient.Json) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(OneLine) { WriteIndented = true };

    // A pipe has no width: nothing is cut or wrapped there.
    private const int Endless = 32_768;

    private const int LabelWidth = 11;
    private readonly TextWriter _output;
    private readonly TextWriter _error;

    /// <summary>A terminal over two writers.</summary>
    /// <param name="colour">auto, always or never.</param>
    /// <param name="output">Standard output, or what a test reads.</param>
    /// <param name="error">Standard error, or what a test reads.</param>
    /// <param name="width">Cells of a line of the output; null: as the terminal has it, endless in a pipe.</param>
    public Terminal(string colour, TextWriter output, TextWriter error, int? width = null)
    {
        (_output, _error) = (output, error);
        var (outIsPipe, errorIsPipe) = (output != Console.Out || Console.IsOutputRedirected, error != Console.Error || Console.IsErrorRedirected);
        Utf8 = IsUtf8();
        Output = Make(output, colour, outIsPipe);
        Output.Profile.Width = width ?? Output.Profile.Width;
        Progress = Make(error, colour, errorIsPipe);
        Live = !errorIsPipe && !IsDumb;
        CanAsk = !Console.IsInputRedirected && error == Console.Error;
    }

    /// <summary>Standard output.</summary>
    public IAnsiConsole Output { get; }

    /// <summary>Standard error.</summary>
    public IAnsiConsole Progress { get; }

    /// <summary>Whether standard error is a terminal that can be drawn on.</summary>
    public bool Live { get; }

    /// <summary>Whether somebody can type an answer, or a key.</summary>
    public bool CanAsk { get; }

    /// <summary>Whether glyphs beyond ASCII can be shown.</summary>
    public bool Utf8 { get; }

    /// <summary>Prints a record as the API sends it, indented.</summary>
    public void Json<T>(T record) => _output.WriteLine(Words.Visible(JsonSerializer.Serialize(record, Indented)));

    /// <summary>A record as JSON on one line, for output that has no end yet.</summary>
    public static string JsonLine(object record) => Words.Visible(JsonSerializer.Serialize(record, OneLine));

    /// <summary>Prints a line of markup; what came from outside must have gone through <see cref="Words.Safe"/>.</summary>
    public void Line(string markup = "") => Say(Layout.Wrap(markup, Output.Profile.Width, 2));

    /// <summary>Prints a label and what belongs to it, wrapped beside the label.</summary>
    public void Field(string label, string markup) =>
        Say(Layout.Wrap(label + new string(' ', Math.Max(1, LabelWidth - Layout.Width(label))) + markup, Output.Profile.Width, LabelWidth));

    /// <summary>Prints a line on standard error, as it is but for control characters.</summary>
    public void Note(string text) => _error.WriteLine(Words.Clean(text));

    /// <summary>Prints a document byte for byte, so that a digest can be taken from what is printed.</summary>
    public void Raw(string text) => _output.Write(text);

    /// <summary>Prints text as it is: documents and logs, with control characters taken out.</summary>
    public void Text(string text) => _output.Write(Words.CleanLines(text));

    /// <summary>Prints a table, or a sentence where it has no row.</summary>
    public void Rows(Grid table, string whenEmpty)
    {
        if (table.Count == 0)
        {
            Line(whenEmpty);
        }
        else
        {
            Say(table.Lines(Output.Profile.Width));
        }
    }

    /// <summary>Asks on the terminal; without one the answer is no.</summary>
    public bool Ask(string question)
    {
        if (!CanAsk)
        {
            throw new UsageException("there is no terminal to ask on", "give --yes to go on without being asked");
        }

        Progress.Markup($"{Words.Safe(question)} Type yes: ");
        return Console.ReadLine()?.Trim() == "yes";
    }

    private static bool IsDumb => Environment.GetEnvironmentVariable("TERM") is null or "" or "dumb";

    /// <summary>
    /// Whether the cursor may be moved, and which colours may be used. A terminal without colours is still a terminal: if it were
    /// told to have no cursor, a live screen would be printed below itself again and again.
    /// </summary>
    public static (AnsiSupport Ansi, ColorSystemSupport Colours) Support(string colour, bool isPipe, bool isDumb, bool noColour) => (
        colour == "always" ? AnsiSupport.Yes : isPipe || isDumb ? AnsiSupport.No : AnsiSupport.Detect,
        colour == "always" ? ColorSystemSupport.Standard
            : colour == "never" || noColour || isPipe || isDumb ? ColorSystemSupport.NoColors
            : ColorSystemSupport.Detect);

    private void Say(IEnumerable<string> lines)
    {
        foreach (var line in lines)
        {
            Output.MarkupLine(line);
        }
    }

    private static bool IsUtf8()
    {
        var locale = Environment.GetEnvironmentVariable("LC_ALL") is { Length: > 0 } all ? all
            : Environment.GetEnvironmentVariable("LC_CTYPE") is { Length: > 0 } type ? type
            : Environment.GetEnvironmentVariable("LANG") ?? "";
        return locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("utf8", StringComparison.OrdinalIgnoreCase);
    }

    private static IAnsiConsole Make(TextWriter writer, string colour, bool isPipe)
    {
        var (ansi, colours) = Support(colour, isPipe, IsDumb, !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")));
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = ansi, ColorSystem = colours });
        console.Profile.Width = isPipe ? Endless : console.Profile.Width;
        return console;
    }
}
