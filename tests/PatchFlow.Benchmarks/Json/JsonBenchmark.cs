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
            Compare("every vendor's JSON together", [.. Everything()]);
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
        Read([.. paths.Select(path => new Document(DocumentKinds.Named(kind)!.Value, path))]);
        PeakMemory.PrintOwn();
    }

    // With the start of a process of ours too, since the peer is always started: our process is meant to be a server's, which goes on.
    private static void Compare(string what, DocumentKind kind, string[] paths, bool withStart = false)
    {
        Compare(what, [.. paths.Select(path => new Document(kind, path))]);
        if (withStart)
        {
            Pairs.OfPasses(() => Programs.RunOwn([ReadOnce, DocumentKinds.NameOf(kind), .. paths]), () => Peer(paths)).Print($"{what}, the same, with the start of a process of ours", "jq empty");
        }
    }

    private static void Compare(string what, Document[] documents)
    {
        string[] paths = [.. documents.Select(d => d.Path)];
        Pairs.OfPasses(() => Read(documents), () => Peer(paths)).Print(string.Create(CultureInfo.InvariantCulture, $"{what}, {paths.Length} documents, {paths.Sum(p => new FileInfo(p).Length) / 1e6:0.00} MB, {Math.Min(paths.Length, Environment.ProcessorCount)} at a time, on {Environment.ProcessorCount} processors"), "jq empty, on one");
    }

    private static void Peer(string[] paths) => Programs.Run("jq", ["empty", .. paths]);

    // As "patchflow feeds inspect FOLDER" reads them: on all processors, in their order.
    private static void Read(Document[] documents)
    {
        var found = 0L;
        InOrder<Document, object>.Run(documents, (document, weigh, take) => Read(document.Kind, document.Path, weigh, take), _ => found++);
        if (found == 0)
        {
            throw new InvalidOperationException($"{documents[0].Kind}: nothing was read");
        }
    }

    private static void Read(DocumentKind kind, string path, Action<long> weigh, Action<object> take)
    {
        using var document = Decompression.Open(path, weigh);
        DocumentReader.Read(kind, document, path, take, _ => { }, Beside.Start);
    }

    private static string[] Documents(string folder, DocumentKind kind) => [.. In(Path.Combine(VendorUpdates.Root, folder)).Where(d => d.Kind == kind).Select(d => d.Path)];

    // Whatever vendor it is of: what a feed's fetch or an inspection of a folder meets.
    private static IEnumerable<Document> Everything() => In(VendorUpdates.Root);

    // Only what is JSON at all, since the peer ends at the first document that is not; and a schema describes documents, and is none.
    private static IEnumerable<Document> In(string folder) =>
        from path in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        where !path.Contains("invalid", StringComparison.Ordinal) && !path.Contains("schema", StringComparison.Ordinal)
        let kind = DocumentKinds.Guess(path, File.ReadAllBytes(path).AsSpan(0, (int)Math.Min(DocumentKinds.HeadBytes, new FileInfo(path).Length)))
        where kind is not null && IsJson(path)
        select new Document(kind.Value, path);

    private static bool IsJson(string path)
    {
        using var jq = Process.Start(new ProcessStartInfo("jq", ["empty", path]) { RedirectStandardError = true })!;
        jq.StandardError.ReadToEnd();
        jq.WaitForExit();
        return jq.ExitCode == 0;
    }

    private sealed record Document(DocumentKind Kind, string Path);
}
