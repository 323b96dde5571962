using System.Text.Json;

namespace PatchFlow.Cli.Commands;

/// <summary>What the vendor says that a change changes: <c>patchflow show CHG-n --changelog</c>.</summary>
internal static class Changelog
{
    /// <summary>Prints <c>{package: {from, to, cves, entries: [{version, distributions, text}]}}</c>; texts are told as they are.</summary>
    public static void Print(JsonElement notes, Terminal terminal)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        foreach (var package in notes.EnumerateObject())
        {
            terminal.Line($"[bold]{Words.Safe(package.Name)}[/] {Words.Safe(Text(package.Value, "from"))} -> {Words.Safe(Text(package.Value, "to"))}");
            foreach (var entry in package.Value.GetProperty("entries").EnumerateArray())
            {
                // Packages of one source have one changelog.
                var text = $"{Text(entry, "version")} ({Text(entry, "distributions")})\n{Text(entry, "text").TrimEnd('\n')}\n";
                terminal.Text(told.Add(text) ? text : $"{Text(entry, "version")}: as above\n");
            }

            terminal.Line();
        }

        if (told.Count == 0)
        {
            terminal.Line("The packages' changelogs say nothing between the old and the new versions.");
        }
    }

    private static string Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.GetString() is { } text ? text : "";
}
