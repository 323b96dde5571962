using System.IO.Compression;
using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Fuzz;

/// <summary>What inputs are made from: vendors' real documents, the golden vectors, and a few lines where a parser reads lines.</summary>
internal static class Seeds
{
    private const int Most = 48;
    private const int MostBytes = 32 << 10;

    private static readonly Dictionary<string, string> Lines = new()
    {
        ["cvss"] = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H/E:P/RL:O/RC:C/CR:H/MAV:A\nCVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A/R:U\nAV:N/AC:L/Au:N/C:C/I:C/A:C/E:F/RL:W/CDP:LM/TD:H\n",
        ["csaf-index"] = "2024/rhsa-2024_0001.json\n\"2024/a.json\",\"2024-01-02T03:04:05Z\"\n",
        ["debian-changelog"] = "nginx (1.22.1-9+deb12u1) bookworm-security; urgency=high\n\n  * Fix CVE-2023-44487.\n\n -- A Maintainer <a@example.org>  Tue, 10 Oct 2023 10:10:10 +0000\n",
        ["metalink"] = "<metalink xmlns=\"http://www.metalinker.org/\" xmlns:mm0=\"http://example.org/mirrormanager\"><files><file name=\"repomd.xml\"><mm0:timestamp>1700000000</mm0:timestamp><size>5</size><verification><hash type=\"sha256\">e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855</hash></verification><resources><url protocol=\"https\" preference=\"100\">https://example.org/repodata/repomd.xml</url></resources></file></files></metalink>",
        ["usn-database"] = "{\"5378-1\":{\"id\":\"5378-1\",\"title\":\"Gzip\",\"summary\":\"s\",\"timestamp\":1650000000.5,\"cves\":[\"CVE-2022-1271\"],\"releases\":{\"focal\":{\"sources\":{\"gzip\":{\"version\":\"1.10-0ubuntu4.1\",\"description\":\"d\"}},\"binaries\":{\"gzip\":{\"version\":\"1.10-0ubuntu4.1\"}},\"allbinaries\":{\"gzip\":{\"version\":\"1.10-0ubuntu4.1\",\"pocket\":\"security\",\"source\":\"gzip\"}}}}}}",
        ["nevra"] = "bash-0:5.1.8-6.el9.x86_64\nPackages/b/bash-5.1.8-6.el9.x86_64.rpm\nkernel-5.14.0-362.8.1.el9_3.x86_64\n",
        ["versions"] = "1.0~rc1-1\t1.0-1\n1:2.3^git\t2.4\n1.2.3-alpha.1+b\t1.2.3\n1.2_p1-r3\t1.2\n",
        ["check-file"] = "patchflow-check 1\nname web-port\nkind tcp\ntimeout PT10S\naddress 127.0.0.1\nport 80\n",
        ["report"] = "patchflow-report v1\nos rocky 9.4\narch x86_64\nmodule nodejs:18\npackage bash x86_64 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm\npackage nodejs x86_64 1:18-1.module+el9 nodejs 18-1 module=nodejs:18\nlisten tcp 0.0.0.0 443\nend\n",
        ["apt-release"] = "Origin: Debian\nSuite: stable\nCodename: bookworm\nDate: Sat, 11 Jul 2026 10:16:37 UTC\nValid-Until: Sat, 18 Jul 2026 10:16:37 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 0 main/binary-amd64/Packages\n",
        ["apt-packages"] = "Package: nginx\nSource: nginx (1.22.1-9)\nVersion: 1.22.1-9+b1\nArchitecture: amd64\nDepends: libc6 (>= 2.34), libssl3 | libssl1\nFilename: pool/n/nginx.deb\nSize: 12\nSHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n",
    };

    private static readonly Dictionary<string, string> Golden = new()
    {
        ["audit-entry"] = "entry.txt",
        ["checks"] = "checks.txt",
        ["content"] = "content-web.txt",
        ["decision"] = "decision.txt",
        ["evidence"] = "evidence.txt",
        ["inventory"] = "inventory.txt",
        ["plan"] = "plan.txt",
        ["start"] = "start-kms-2.txt",
        ["targets"] = "targets-wave-0.txt",
    };

    /// <summary>Seeds of each parser. Documents come from the folder of feeds, where there is one; a document that is too long is cut.</summary>
    public static Dictionary<string, List<byte[]>> Gather(string? feeds)
    {
        var seeds = Targets.All.Keys.ToDictionary(name => name, _ => new List<byte[]>());
        Lines.ToList().ForEach(line => seeds[line.Key].Add(Encoding.UTF8.GetBytes(line.Value)));
        Golden.ToList().ForEach(file => seeds[file.Key].Add(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "golden", file.Value))));
        seeds["list-change"].Add(ListTargets.Base);
        seeds["list-delta"].Add(ListTargets.SomeDelta());
        if (feeds is not null)
        {
            Documents(feeds, seeds);
        }

        return seeds;
    }

    // Some of every length: the short ones are read more often in the same time, the long ones hold more.
    private static void Documents(string feeds, Dictionary<string, List<byte[]>> seeds)
    {
        var files = new DirectoryInfo(feeds).EnumerateFiles("*", SearchOption.AllDirectories).OrderBy(f => f.Length).ThenBy(f => f.FullName, StringComparer.Ordinal);
        var documents = files.Select(f => (Bytes: Head(f), f.FullName)).Select(d => (d.Bytes, Kind: DocumentKinds.Guess(d.FullName, d.Bytes)));
        foreach (var kind in documents.Where(d => d.Kind is not null).GroupBy(d => d.Kind!.Value))
        {
            var all = kind.Select(d => d.Bytes).ToList();
            var step = Math.Max(1, all.Count / Most);
            seeds[DocumentKinds.NameOf(kind.Key)].AddRange(all.Where((_, at) => at % step == 0).Take(Most));
        }
    }

    private static byte[] Head(FileInfo file)
    {
        try
        {
            using var zipped = file.Extension == ".gz" ? new GZipStream(file.OpenRead(), CompressionMode.Decompress) : (Stream)file.OpenRead();
            return Head(zipped);
        }
        catch (InvalidDataException)
        {
            // Damaged on purpose: then it is read as it lies there.
            using var raw = file.OpenRead();
            return Head(raw);
        }
    }

    private static byte[] Head(Stream stream)
    {
        var bytes = new byte[MostBytes];
        return bytes[..stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }
}
