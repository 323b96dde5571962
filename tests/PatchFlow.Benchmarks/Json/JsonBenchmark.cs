using System.Diagnostics;
using System.Globalization;
using PatchFlow.Benchmarks.Rpm;
using PatchFlow.Cli;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Benchmarks.Json;

/// <summary>Vendors' JSON read to records in this process, beside <c>jq empty</c>, which only parses it.</summary>
internal static class JsonBenchmark
{
    private const long LargeBytes = 32 << 20;

    /// <summary>The first argument with which the program reads one document, of the kind that follows, or several, and prints its own peak memory, in KiB.</summary>
    public const string ReadOnce = "read-json";

    /// <summary>Measures all of it.</summary>
    public static void Run()
    {
        // As the program is built whose reading this is.
        AppContext.SetSwitch("System.IO.DisableFileLocking", true);
        var folder = Directory.CreateTempSubdirectory("patchflow-json-").FullName;
        try
        {
            string In(string name) => Path.Combine(folder, name);
            Compare("CSAF", DocumentKind.Csaf, Documents("csaf", DocumentKind.Csaf), withStart: true);
            Compare("OSV", DocumentKind.Osv, Documents("osv", DocumentKind.Osv));
            Compare("KEV", DocumentKind.Kev, [Path.Combine(VendorUpdates.Root, "kev/known_exploited_vulnerabilities.json")], withStart: true);
            var packages = VendorTracker.Write(In("large.json"), LargeBytes);
            VendorTracker.Write(In("larger.json"), 4 * LargeBytes);
            Compare($"Debian's tracker of {packages:N0} packages", DocumentKind.DebianTracker, [In("large.json")]);
            PeakMemory.Print("DebianTracker", [ReadOnce, DocumentKinds.NameOf(DocumentKind.DebianTracker)], In("large.json"), In("larger.json"));
            VendorRecords.Write(In("large.json"), LargeBytes);
            VendorRecords.Write(In("larger.json"), 4 * LargeBytes);
            Compare("OSV, one array", DocumentKind.Osv, [In("large.json")]);
            PeakMemory.Print("Osv", [ReadOnce, DocumentKinds.NameOf(DocumentKind.Osv)], In("large.json"), In("larger.json"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads documents and prints the most memory that this process had, in KiB.</summary>
    public static void RunOnce(string kind, string[] paths)
    {
        Read(DocumentKinds.Named(kind)!.Value, paths);
        PeakMemory.PrintOwn();
    }

    // With the start of a process of ours too, since the peer is always started: our process is meant to be a server's, which goes on.
    private static void Compare(string what, DocumentKind kind, string[] paths, bool withStart = false)
    {
        void Peer() => Programs.Run("jq", ["empty", .. paths]);
        Pairs.OfPasses(() => Read(kind, paths), Peer).Print(string.Create(CultureInfo.InvariantCulture, $"{what}, {paths.Length} documents, {paths.Sum(p => new FileInfo(p).Length) / 1e6:0.00} MB, {Math.Min(paths.Length, Environment.ProcessorCount)} at a time, on {Environment.ProcessorCount} processors"), "jq empty, on one");
        if (withStart)
        {
            Pairs.OfPasses(() => Programs.RunOwn([ReadOnce, DocumentKinds.NameOf(kind), .. paths]), Peer).Print($"{what}, the same, with the start of a process of ours", "jq empty");
        }
    }

    // As "patchflow feeds inspect FOLDER" reads them: on all processors, in their order.
    private static void Read(DocumentKind kind, string[] paths)
    {
        var found = 0L;
        InOrder<string, object>.Run(paths, (path, weigh, take) => Read(kind, path, weigh, take), _ => found++);
        if (found == 0)
        {
            throw new InvalidOperationException($"{kind}: nothing was read");
        }
    }

    private static void Read(DocumentKind kind, string path, Action<long> weigh, Action<object> take)
    {
        using var document = Decompression.Open(path, weigh);
        DocumentReader.Read(kind, document, path, take, _ => { }, Beside.Start);
    }

    // Only what is JSON at all: the peer ends at the first document that is not.
    private static string[] Documents(string folder, DocumentKind kind) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(VendorUpdates.Root, folder), "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => !path.Contains("invalid", StringComparison.Ordinal) && DocumentKinds.Guess(path, File.ReadAllBytes(path).AsSpan(0, (int)Math.Min(DocumentKinds.HeadBytes, new FileInfo(path).Length))) == kind)
            .Where(IsJson),
    ];

    private static bool IsJson(string path)
    {
        using var jq = Process.Start(new ProcessStartInfo("jq", ["empty", path]) { RedirectStandardError = true })!;
        jq.StandardError.ReadToEnd();
        jq.WaitForExit();
        return jq.ExitCode == 0;
    }
}
