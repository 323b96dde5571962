using System.Globalization;

namespace PatchFlow.Fuzz;

/// <summary>What a campaign is told.</summary>
internal sealed record FuzzOptions
{
    /// <summary>Seconds of processor time for each parser.</summary>
    public int Seconds { get; private init; } = 1;

    /// <summary>Where chance begins: the same gives the same inputs, as far as the same of them fit into the time.</summary>
    public int Seed { get; private init; } = 1;

    /// <summary>One parser's name; null for all.</summary>
    public string? Only { get; private init; }

    /// <summary>One input to be read once, to look at a finding.</summary>
    public string? Input { get; private init; }

    /// <summary>Where inputs that broke a parser are kept.</summary>
    public string Out { get; private init; } = "artifacts/fuzz";

    /// <summary>Reads the command line; answers what is wrong with it, or null.</summary>
    public static string? Read(string[] args, out FuzzOptions options)
    {
        options = new FuzzOptions();
        for (var i = 0; i < args.Length; i += 2)
        {
            if (i + 1 == args.Length)
            {
                return $"{args[i]} needs a value";
            }

            var value = args[i + 1];
            switch (args[i])
            {
                case "--seconds" when Number(value, 1, 3600) is { } seconds: options = options with { Seconds = seconds }; break;
                case "--seed" when Number(value, 0, int.MaxValue) is { } seed: options = options with { Seed = seed }; break;
                case "--only" when Targets.All.ContainsKey(value): options = options with { Only = value }; break;
                case "--only": return $"there is no parser '{value}': there are {string.Join(", ", Targets.All.Keys)}";
                case "--out": options = options with { Out = value }; break;
                case "--input" when File.Exists(value): options = options with { Input = value }; break;
                default: return $"{args[i]} {value} is not possible";
            }
        }

        return options is { Input: not null, Only: null } ? "--input needs --only: the parser that is to read it" : null;
    }

    private static int? Number(string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : null;
}
