using System.Globalization;
using System.Text;
using System.Text.Json;
using PatchFlow.Benchmarks.Rpm;

namespace PatchFlow.Benchmarks.Json;

/// <summary>Documents of any size in the form of Debian's tracker, out of its real packages.</summary>
internal static class VendorTracker
{
    /// <summary>Writes a document of this size: the real packages over and over, under names of their own; says how many.</summary>
    public static int Write(string path, long bytes)
    {
        using var excerpt = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(VendorUpdates.Root, "debian/tracker-json/tracker-excerpt-2.json")));
        var packages = excerpt.RootElement.EnumerateObject().Select(p => (p.Name, Text: p.Value.GetRawText())).ToList();
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        var (written, number) = (0L, 0);
        for (; written < bytes; number++)
        {
            var (name, text) = packages[number % packages.Count];
            var line = string.Create(CultureInfo.InvariantCulture, $"{(number == 0 ? '{' : ',')}\"{name}-{number}\":{text}\n");
            file.Write(line);
            written += line.Length;
        }

        file.Write("}\n");
        return number;
    }
}
