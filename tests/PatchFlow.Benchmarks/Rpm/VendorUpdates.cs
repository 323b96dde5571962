using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace PatchFlow.Benchmarks.Rpm;

/// <summary>Vendors' real updates, which lie beside the repository in <c>shared/feeds</c>, or where PATCHFLOW_FEEDS says, and large documents made of them.</summary>
internal static class VendorUpdates
{
    private const string Suse = "rpm/opensuse-11.0-update/repodata/updateinfo.xml.gz";

    private static readonly string[] Documents =
    [
        Suse,
        "rpm/almalinux-9-baseos/repodata/106ba7d2cc8d0ba45aebfe29e32dbbc6ac0bb0378413184d62e6198d13fedb76-updateinfo.xml.gz",
        "rpm/amazon/updateinfo-al1-ALAS-2011-1.xml.gz",
        "rpm/amazon/updateinfo-al2-ALAS2-2018-939.xml.gz",
        "rpm/amazon/updateinfo-al2-kernel-5.15.xml.gz",
        "rpm/amazon/updateinfo-al2023-nvidia.xml.gz",
        "rpm/fedora-43-updates/repodata/74f58a91baa4a290e7ab058c6298b46ef49fc5ee990ede14d181340e5d22fca9-updateinfo.xml.zst",
        "rpm/rocky-8.4/repodata/updateinfo.xml",
    ];

    private static readonly Lazy<string> Found = new(Find);

    /// <summary>The folder of vendors' documents.</summary>
    public static string Root => Found.Value;

    /// <summary>Writes the largest real document, decompressed.</summary>
    public static void WriteReal(string path) => File.WriteAllBytes(path, Bytes(Suse));

    /// <summary>Writes the list of packages of the same repository, decompressed.</summary>
    public static void WriteRealPackages(string path) => File.WriteAllBytes(path, Bytes("rpm/opensuse-11.0-update/repodata/primary.xml.gz"));

    /// <summary>Writes a document of this size out of real updates, of each vendor in turn, with ids of their own; says how many.</summary>
    public static int Write(string path, long bytes)
    {
        var vendors = Documents.Select(d => XDocument.Load(new MemoryStream(Bytes(d))).Root!.Elements().Select(u => u.ToString(SaveOptions.DisableFormatting)).ToArray()).ToArray();
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        file.Write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<updates>\n");
        var (written, number) = (0L, 0);
        for (; written < bytes; number++)
        {
            var updates = vendors[number % vendors.Length];
            var update = updates[number / vendors.Length % updates.Length].Replace("</id>", string.Create(CultureInfo.InvariantCulture, $"{number:0000000}</id>"), StringComparison.Ordinal);
            file.Write(update);
            file.Write('\n');
            written += update.Length + 1;
        }

        file.Write("</updates>\n");
        return number;
    }

    private static byte[] Bytes(string document)
    {
        var path = Path.Combine(Root, document);
        if (!document.EndsWith(".zst", StringComparison.Ordinal))
        {
            using var plain = new MemoryStream();
            using Stream file = document.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(File.OpenRead(path), CompressionMode.Decompress) : File.OpenRead(path);
            file.CopyTo(plain);
            return plain.ToArray();
        }

        using var zstd = Process.Start(new ProcessStartInfo("zstd", ["-dcq", path]) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        zstd.StandardOutput.BaseStream.CopyTo(output);
        zstd.WaitForExit();
        return zstd.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"zstd ended with {zstd.ExitCode}");
    }

    private static string Find()
    {
        if (Environment.GetEnvironmentVariable("PATCHFLOW_FEEDS") is { } stated)
        {
            return stated;
        }

        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (Directory.Exists(Path.Combine(at.FullName, "shared/feeds")))
            {
                return Path.Combine(at.FullName, "shared/feeds");
            }
        }

        throw new InvalidOperationException("shared/feeds is not there: set PATCHFLOW_FEEDS");
    }
}
