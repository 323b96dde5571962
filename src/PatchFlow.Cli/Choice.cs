using System.CommandLine;
using System.Text.Json;

namespace PatchFlow.Cli;

/// <summary>Options that take one of a few words.</summary>
internal static class Choice
{
    /// <summary>An option that takes a name of an enum, small or large; null where it is not given. What is none is told the names, as the API writes them.</summary>
    public static Option<T?> Of<T>(string name, string description)
        where T : struct, Enum => new(name)
        {
            Description = description,
            CustomParser = result =>
            {
                // Names only: Enum.Parse would take numbers and lists too.
                var word = result.Tokens.Count == 1 ? result.Tokens[0].Value : "";
                if (Array.Find(Enum.GetNames<T>(), known => known.Equals(word, StringComparison.OrdinalIgnoreCase)) is { } found)
                {
                    return Enum.Parse<T>(found);
                }

                result.AddError($"{name} must be one of {string.Join(", ", Enum.GetNames<T>().Select(JsonNamingPolicy.CamelCase.ConvertName))}, and not '{word}'");
                return null;
            },
        };
}
