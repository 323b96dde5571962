using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Benchmarks.Rpm;

/// <summary>Documents of repositories of rpm, read to records in this process, beside libsolv's programs, which read them to a file of their own form.</summary>
internal static class RpmBenchmark
{
    private const long LargeBytes = 32 << 20;
    private const string UpdatesPeer = "updateinfoxml2solv", PackagesPeer = "rpmmd2solv";

    /// <summary>The first argument with which the program reads one document and prints its own peak memory, in KiB.</summary>
    public const string ReadOnce = "read-updateinfo";

    /// <summary>Measures all of it.</summary>
    public static void Run()
    {
        var folder = Directory.CreateTempSubdirectory("patchflow-rpm-").FullName;
        try
        {
            string In(string name) => Path.Combine(folder, name);
            VendorUpdates.WriteReal(In("real.xml"));
            VendorUpdates.WriteRealPackages(In("primary.xml"));
            var updates = VendorUpdates.Write(In("large.xml"), LargeBytes);
            VendorUpdates.Write(In("larger.xml"), 4 * LargeBytes);
            Compare("updateinfo of openSUSE 11.0", In("real.xml"), ReadUpdates, UpdatesPeer);
            Compare($"updateinfo of {updates:N0} updates", In("large.xml"), ReadUpdates, UpdatesPeer);
            Pairs.Of(() => ReadInChild(In("large.xml")), () => Peer(UpdatesPeer, In("large.xml"))).Print("the same, with the start of a process of ours", UpdatesPeer);
            Compare("primary of openSUSE 11.0", In("primary.xml"), ReadPackages, PackagesPeer);
            PeakMemory.Print("updateinfo", [ReadOnce], In("large.xml"), In("larger.xml"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Reads one document and prints the most memory that this process had, in KiB.</summary>
    public static void RunOnce(string path)
    {
        ReadUpdates(path);
        PeakMemory.PrintOwn();
    }

    private static void Compare(string what, string path, Action<string> read, string peer) =>
        Pairs.Of(() => read(path), () => Peer(peer, path)).Print(string.Create(CultureInfo.InvariantCulture, $"{what}, {new FileInfo(path).Length / 1e6:0.0} MB"), peer);

    private static void ReadUpdates(string path)
    {
        using var document = File.OpenRead(path);
        var packages = 0L;
        UpdateInfo.Read(document, new AdvisorySink(path, a => packages += a.Affected.Length, Refused));
        if (packages == 0)
        {
            throw new InvalidOperationException($"{path}: nothing was read");
        }
    }

    private static void ReadPackages(string path)
    {
        using var document = File.OpenRead(path);
        var packages = 0;
        RpmPrimary.Read(document, path, _ => packages++, Refused);
        if (packages == 0)
        {
            throw new InvalidOperationException($"{path}: nothing was read");
        }
    }

    private static void Refused(Refusal refusal) => throw new InvalidOperationException($"{refusal.File} {refusal.Position}: {refusal.Reason}");

    private static void Peer(string program, string path) => Programs.Run("/bin/sh", "-c", "exec \"$0\" < \"$1\" > /dev/null", program, path);

    private static string ReadInChild(string path) => Programs.RunOwn(ReadOnce, path);
}
