using System.Globalization;

namespace PatchFlow.Benchmarks;

/// <summary>
/// The most memory that a process has that reads one document and ends, whole process and all, for a document and one four times as large.
/// The runtime compiles what runs often once more, in the background, for which it takes some MiB a moment after the start, however long
/// the document is: a short one may have ended before. So it's measured with and without that.
/// </summary>
internal static class PeakMemory
{
    private const int Repeats = 7;

    /// <summary>Prints the most memory that this process had, in KiB.</summary>
    public static void PrintOwn() =>
        Console.WriteLine(File.ReadLines("/proc/self/status").First(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    /// <summary>Compares two documents, each in processes of their own. The words are those with which this program reads a document and calls <see cref="PrintOwn"/>.</summary>
    public static void Print(string what, string[] words, string large, string larger)
    {
        Print($"{what}, all compiled once", words, large, larger, tiers: "0");
        Print($"{what}, as the runtime does by itself", words, large, larger, tiers: "1");
    }

    private static void Print(string what, string[] words, string large, string larger, string tiers)
    {
        double MiB(string path) => double.Parse(Programs.RunOwn(("DOTNET_TieredCompilation", tiers), [.. words, path]), CultureInfo.InvariantCulture) / 1024;
        double[] one = new double[Repeats], four = new double[Repeats];
        for (var i = 0; i < Repeats; i++)
        {
            (one[i], four[i]) = (MiB(large), MiB(larger));
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"peak memory of the whole process, {what}: {Median(one):0.0} MiB for {new FileInfo(large).Length / 1e6:0} MB, {Median(four):0.0} MiB for {new FileInfo(larger).Length / 1e6:0} MB: {Median(four) / Median(one):0.00} times as much (medians of {Repeats} pairs)"));
    }

    private static double Median(double[] values) => values.Order().ElementAt(Repeats / 2);
}
