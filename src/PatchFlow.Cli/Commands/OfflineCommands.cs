using System.CommandLine;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Cli.Commands;

/// <summary><c>patchflow versions</c> and <c>patchflow cvss</c>: rules that need no server.</summary>
internal static class OfflineCommands
{
    // A line that is longer is none of ours.
    private const int MostLineCharacters = 4096;

    private sealed record Comparison(string A, string B, string Order, string? Problem);

    private sealed record Scored(string Vector, decimal? Score, string? Severity, decimal? Base, decimal? Temporal, decimal? Environmental, decimal? Published, string? Problem);

    public static Command Versions(TextReader input) => new("versions", "Versions of packages") { Compare(input) };

    public static Command Cvss(TextReader input) => new("cvss", "CVSS vectors") { Score(input) };

    private static Command Compare(TextReader input)
    {
        var ecosystem = new Argument<string>("ecosystem") { Description = "Whose order: deb, rpm, apk, semver, or a distribution" };
        var a = new Argument<string?>("a") { Description = "A version", Arity = ArgumentArity.ZeroOrOne };
        var b = new Argument<string?>("b") { Description = "Another one; without both, pairs between tabs are read from standard input", Arity = ArgumentArity.ZeroOrOne };
        return new Command("compare", "Prints <, =, > or invalid for each pair") { ecosystem, a, b }.DoesOffline((parsed, terminal, isJson) =>
        {
            var name = parsed.GetValue(ecosystem)!;
            if (VersionOrder.SchemeOf(name) is VersionScheme.Unknown)
            {
                throw new UsageException($"'{name}' is no ecosystem whose order is known", $"take one of {VersionOrder.Names}");
            }

            return (parsed.GetValue(a), parsed.GetValue(b)) switch
            {
                ({ } left, { } right) => Print(terminal, isJson, [CompareOne(name, left, right)], c => c.Order, c => c.Problem),
                (null, null) => Print(terminal, isJson, Lines(input).Select(line => ComparePair(name, line)), c => c.Order, c => c.Problem),
                _ => throw new UsageException("one version can't be compared", "give two, or none and pairs between tabs on standard input"),
            };
        });
    }

    private static Command Score(TextReader input)
    {
        var vectors = new Argument<string[]>("vector") { Description = "Vectors of CVSS 2.0, 3.0, 3.1 or 4.0; none: one a line from standard input", Arity = ArgumentArity.ZeroOrMore };
        return new Command("score", "Prints score, severity and vector, or invalid, for each vector") { vectors }.DoesOffline((parsed, terminal, isJson) =>
        {
            var texts = parsed.GetValue(vectors) is { Length: > 0 } given ? given : Lines(input);
            return Print(terminal, isJson, texts.Select(ScoreOne), s => s.Problem is null ? FormattableString.Invariant($"{s.Score:0.0}\t{s.Severity}\t{s.Vector}") : "invalid", s => s.Problem);
        });
    }

    // Each is printed before the next is read, except as JSON, which is one list.
    private static int Print<T>(Terminal terminal, bool isJson, IEnumerable<T> answers, Func<T, string> line, Func<T, string?> problem)
    {
        var (all, number, bad) = (new List<T>(), 0, 0);
        foreach (var answer in answers)
        {
            number++;
            if (problem(answer) is { } reason)
            {
                bad++;
                terminal.Note($"patchflow: {number}: {reason}");
            }

            if (isJson)
            {
                all.Add(answer);
            }
            else
            {
                terminal.Text(line(answer) + "\n");
            }
        }

        if (isJson)
        {
            terminal.Json(all);
        }

        return bad == 0 ? Exit.Ok : Exit.Refused;
    }

    private static Comparison ComparePair(string ecosystem, string line) =>
        line.Split('\t') is [var a, var b] ? CompareOne(ecosystem, a, b) : new(line, "", "invalid", $"'{line}' must be two versions with a tab between them");

    private static Comparison CompareOne(string ecosystem, string a, string b) =>
        VersionOrder.TryCompare(ecosystem, a, b, out var order, out var problem)
            ? new(a, b, order switch { < 0 => "<", > 0 => ">", _ => "=" }, null)
            : new(a, b, "invalid", problem);

    private static Scored ScoreOne(string text)
    {
        if (!CvssVector.TryParse(text, out var vector, out var problem))
        {
            return new(text, null, null, null, null, null, null, $"'{text}': {problem}");
        }

        var scores = vector.Scores;
        return new(vector.Text, scores.Score, $"{scores.Severity}".ToLowerInvariant(), scores.Base, scores.Temporal, scores.Environmental, vector.PublishedScore, null);
    }

    private static IEnumerable<string> Lines(TextReader input)
    {
        while (input.ReadLine() is { } line)
        {
            yield return line.Length <= MostLineCharacters ? line : line[..MostLineCharacters] + "…";
        }
    }
}
