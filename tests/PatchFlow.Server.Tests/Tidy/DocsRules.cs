using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>What the documentation shows is what the programs, the scripts and the tree of files have.</summary>
internal static partial class DocsRules
{
    /// <summary>Every command of the tree that does something by itself, as its words: "hosts enrol".</summary>
    public static string[] CommandPaths() => [.. Below(CommandLine.Tree(), "").Order(StringComparer.Ordinal)];

    /// <summary>The words of the command that a line ends in: "hosts enrol" of "hosts enrol web-1 --user root".</summary>
    public static string PathOf(string line) => string.Join(' ', Words(CommandLine.Tree().Parse(Split(line)).CommandResult));

    /// <summary>Commands must parse; those in blocks, which people copy, must be among the executed ones too.</summary>
    public static IEnumerable<Finding> CheckCommands(string file, string text, IReadOnlySet<string> executed)
    {
        var shown = Blocks(text).Select(line => (Line: line, IsBlock: true)).Concat(Spans(text).Select(span => (Line: span, IsBlock: false)));
        foreach (var (line, isBlock) in shown)
        {
            if (Patchflow().Match(line) is not { Success: true } match)
            {
                continue;
            }

            var parsed = CommandLine.Tree().Parse(Split(Fill(match.Groups["rest"].Value)));
            foreach (var error in parsed.Errors)
            {
                yield return new Finding(file, $"'{line}' is no command: {error.Message}");
            }

            var path = string.Join(' ', Words(parsed.CommandResult));
            if (isBlock && parsed.Errors.Count == 0 && !executed.Contains(path))
            {
                yield return new Finding(file, $"'{line}': no test and no demo runs '{path}'");
            }
        }
    }

    /// <summary>The table of commands names those of the tree, and no others.</summary>
    public static IEnumerable<Finding> CheckTable(string file, string text)
    {
        var named = text.Split('\n')
            .SkipWhile(line => !line.StartsWith("| command |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .SelectMany(line => Span().Matches(line.Split('|')[1]).Select(match => match.Groups[1].Value))
            .ToHashSet();
        var real = CommandPaths();
        return real.Except(named).Select(path => new Finding(file, $"lacks '{path}'"))
            .Concat(named.Except(real).Select(path => new Finding(file, $"names '{path}', which is no command")));
    }

    /// <summary>What is said to a script must fit one of the lines of its usage, which stand in its first comment.</summary>
    public static IEnumerable<Finding> CheckScript(string file, string text, string name, string script)
    {
        var usages = script.Split('\n').TakeWhile(line => line.StartsWith('#'))
            .Select(line => line.TrimStart('#').Trim()).Where(line => IsOf(line, name)).Select(Options).ToArray();
        var campaigns = Campaigns().Match(script).Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var said in Blocks(text).Concat(Spans(text)).Where(line => IsOf(line, name)))
        {
            var options = Options(said);
            if (!usages.Any(usage => Knows(usage, options, campaigns)))
            {
                yield return new Finding(file, $"'{said}': ./{name} does not know it");
            }
        }
    }

    /// <summary>A relative link leads to a file or folder of the repository.</summary>
    public static IEnumerable<Finding> CheckLinks(string file, string text, IReadOnlyCollection<string> files) =>
        Link().Matches(Fence().Replace(text, ""))
            .Select(match => match.Groups[1].Value.Split('#')[0])
            .Where(link => link.Length > 0 && !link.Contains(':', StringComparison.Ordinal))
            .Where(link => !Leads(Path.GetRelativePath("/", Path.GetFullPath(Path.Combine("/", Path.GetDirectoryName(file)!, link))), files))
            .Select(link => new Finding(file, $"the link {link} leads nowhere"));

    private static bool Leads(string target, IReadOnlyCollection<string> files) =>
        files.Any(file => file == target || file.StartsWith(target + "/", StringComparison.Ordinal));

    private static IEnumerable<string> Below(Command command, string path) =>
        command.Subcommands.SelectMany(sub => Below(sub, $"{path} {sub.Name}".Trim())
            .Concat(sub.Action is null ? [] : new[] { $"{path} {sub.Name}".Trim() }));

    private static IEnumerable<string> Words(CommandResult command) =>
        command.Parent is CommandResult parent ? Words(parent).Append(command.Command.Name) : [];

    private static string[] Split(string line) => [.. CommandLineParser.SplitCommandLine(line)];

    // COMMAND stands for any command; what else stands for something stands for a word of it.
    private static string Fill(string line) => Placeholder().Replace(line, match => match.Value switch
    {
        "COMMAND" => "status",
        "CHG-n" => "CHG-1",
        "DATE" => "2026-11-23",
        _ => "word",
    });

    /// <summary>The lines of the sh blocks, without comments; what is continued is one line.</summary>
    private static IEnumerable<string> Blocks(string text) =>
        Fence().Matches(text).Where(match => match.Groups["kind"].Value == "sh")
            .SelectMany(match => match.Groups["body"].Value.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            .SelectMany(line => Comment().Replace(line, "").Split([" && ", " | ", " > ", "; "], StringSplitOptions.TrimEntries))
            .Where(line => line.Length > 0);

    private static IEnumerable<string> Spans(string text) =>
        Span().Matches(Fence().Replace(text, "")).Select(match => match.Groups[1].Value.ReplaceLineEndings(" "));

    private static bool IsOf(string line, string name) => line == $"./{name}" || line.StartsWith($"./{name} ", StringComparison.Ordinal);

    // What comes after two spaces is an explanation; a word after an option is its value, any other an option by itself.
    private static Dictionary<string, string> Options(string line)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var last = "";
        foreach (var word in line.Split("  ")[0].Split(' ').Skip(1).Select(word => word.Trim('[', ']')))
        {
            if (word.StartsWith('-') || last.Length == 0)
            {
                options[last = word] = "";
            }
            else
            {
                options[last] = word;
            }
        }

        return options;
    }

    // A usage's own words, such as down, must be said; its options may be.
    private static bool Knows(Dictionary<string, string> usage, Dictionary<string, string> said, string[] campaigns) =>
        usage.Keys.All(word => word.StartsWith('-') || said.ContainsKey(word))
        && said.All(option => usage.TryGetValue(option.Key, out var value) && Fits(option.Value, value, campaigns));

    private static bool Fits(string said, string usage, string[] campaigns) =>
        said == usage || usage switch
        {
            "" => false,
            "N" => said.Length > 0 && said.All(char.IsAsciiDigit),
            "NAME" => campaigns.Contains(said),
            _ => usage.Split('|').Contains(said),
        };

    [GeneratedRegex(@"^(?:\$ )?(?:sudo )?(?:\w+=\S+ )*(?:\S*/)?patchflow (?<rest>.+)$", RegexOptions.Singleline)]
    private static partial Regex Patchflow();

    [GeneratedRegex(@"^```(?<kind>\w*)[^\n]*\n(?<body>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Span();

    [GeneratedRegex(@"(?:^|\s+)#.*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bCHG-n\b|\b[A-Z]{2,}\b(?![-:])|…")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"^campaigns='([^']*)'", RegexOptions.Multiline)]
    private static partial Regex Campaigns();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
