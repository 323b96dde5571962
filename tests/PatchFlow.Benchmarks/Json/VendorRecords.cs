using System.Text;
using System.Text.Json;
using PatchFlow.Benchmarks.Rpm;

namespace PatchFlow.Benchmarks.Json;

/// <summary>Documents of any size that are an array of OSV records, out of vendors' real ones.</summary>
internal static class VendorRecords
{
    /// <summary>Writes a document of this size: AlmaLinux' real records over and over.</summary>
    public static void Write(string path, long bytes)
    {
        var records = Directory.EnumerateFiles(Path.Combine(VendorUpdates.Root, "osv/almalinux"), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(Compact).ToList();
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        var (written, number) = (0L, 0);
        for (; written < bytes; number++)
        {
            var record = records[number % records.Count];
            file.Write(number == 0 ? '[' : ',');
            file.Write(record);
            written += record.Length + 1;
        }

        file.Write("]\n");
    }

    private static string Compact(string path)
    {
        using var record = JsonDocument.Parse(File.ReadAllBytes(path));
        return JsonSerializer.Serialize(record.RootElement);
    }
}
