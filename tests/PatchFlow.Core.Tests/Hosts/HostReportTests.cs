using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Hosts;

public sealed class HostReportTests
{
    private const string Rocky = """
        patchflow-report v1
        os rocky 9.4
        arch x86_64
        taken 2026-11-23T18:00:00Z
        kernel 5.14.0-427.13.1.el9_4.x86_64
        source epel
        module nodejs:18
        hold bash
        package bash x86_64 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm
        package bind-libs x86_64 32:9.16.23-1.el9 bind-9.16.23-1.el9.src.rpm
        package nodejs x86_64 1:18.20.2-1.module+el9+1 nodejs-18.20.2-1.module+el9+1.src.rpm module=nodejs:18
        listen tcp 0.0.0.0 443
        end

        """;

    private const string Windows = """
        patchflow-report v1
        os windows 10.0.20348
        arch x64
        product - Microsoft .NET Framework 4.8
        product 10.0.20348.2340 Windows Server 2022
        update KB5034122
        end

        """;

    [Fact]
    public void AReportSaysWhatItsHostHas()
    {
        var report = Parse(Rocky);
        Assert.Equal(("rocky", "9.4", "x86_64", "5.14.0-427.13.1.el9_4.x86_64"), (report.OsId, report.OsRelease, report.Arch, report.Kernel));
        Assert.Equal((["epel"], ["nodejs:18"], ["bash"]), (report.Sources.ToArray(), report.Modules.ToArray(), report.Holds.ToArray()), TupleOfArrays.Instance);
        Assert.Equal(new ReportedPackage("bash", "x86_64", "5.1.8-9.el9", "bash-5.1.8-9.el9.src.rpm"), report.Packages[0]);
        Assert.Equal(new ListeningSocket("tcp", "0.0.0.0", 443), Assert.Single(report.Listens));
        Assert.Equal([new ReportedProduct(null, "Microsoft .NET Framework 4.8"), new ReportedProduct("10.0.20348.2340", "Windows Server 2022")], Parse(Windows).Products);
    }

    // In whatever order, with either line end, each line once: the same host has the same bytes.
    [Theory]
    [InlineData(Rocky)]
    [InlineData(Windows)]
    public void ReportsThatSayTheSameHaveTheSameBytes(string text)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        var other = string.Join("\r\n", [lines[0], .. lines[1..^1].Reverse(), lines[^2], lines[^1]]);
        Assert.Equal(text, Encoding.UTF8.GetString(Parse(text).ToBytes()));
        Assert.Equal(text, Encoding.UTF8.GetString(Parse(other.Replace("\r\nos ", "\r\nos ", StringComparison.Ordinal)).ToBytes()));
    }

    [Theory]
    [InlineData("patchflow-report v1", "patchflow-report v2", 1, "the first line must be 'patchflow-report v1'")]
    [InlineData("patchflow-report v1", "\uFEFFpatchflow-report v1", 1, "the first line must be")]
    [InlineData("os rocky 9.4\n", "", 0, "there is no line 'os ID RELEASE'")]
    [InlineData("os rocky 9.4", "os rocky", 2, "the line ends where there should be os-release VERSION_ID")]
    [InlineData("os rocky 9.4", "os rocky 9.4\nos rocky 9.4", 3, "a second line 'os'")]
    [InlineData("arch x86_64\n", "", 0, "there is no line 'arch")]
    [InlineData("arch x86_64", "arch x86_64 more", 3, "'more' follows where the line should end")]
    [InlineData("arch x86_64", "arch ../x", 3, "'../x' is not an architecture")]
    [InlineData("taken 2026-11-23T18:00:00Z", "taken 2026-11-23 18:00:00", 4, "'2026-11-23' is not a time in UTC to the second")]
    [InlineData("taken 2026-11-23T18:00:00Z", "taken 2026-11-23T18:00:00Z\ntaken 2026-11-23T18:00:00Z", 5, "a second line 'taken'")]
    [InlineData("hold bash", "held bash", 8, "'held' is not one of os, arch")]
    [InlineData("hold bash", "", 8, "the line is empty")]
    [InlineData("hold bash", "hold a b", 8, "'b' follows")]
    [InlineData("module nodejs:18", "module nodejs", 7, "a module is NAME:STREAM")]
    [InlineData("package bash x86_64 5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm", "package bash x86_64", 9, "the line ends where there should be a version")]
    [InlineData("5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm", "5.1.8-9.el9 (none)", 9, "'(none)' is not a source package")]
    [InlineData("5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm", "5.1.8-9.el9 bash", 9, "behind the version stand")]
    [InlineData("5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm", "5.1.8-9.el9 bash 1 2", 9, "behind the version stand")]
    [InlineData("5.1.8-9.el9 bash-5.1.8-9.el9.src.rpm", "5.1.8-9.el9 bash 1 module=x", 9, "'module=x' is not module=NAME:STREAM")]
    [InlineData("listen tcp 0.0.0.0 443", "listen tcp 0.0.0.0 0", 12, "'0' is not a port")]
    [InlineData("\nend\n", "\n", 12, "the last line must be 'end'")]
    [InlineData("\nend\n", "\nend\nend\n", 14, "a line follows the line 'end'")]
    [InlineData("listen tcp 0.0.0.0 443\nend\n", "listen tcp 0.0.0.0 4", 12, "the last line must be 'end'")]
    [InlineData("module nodejs:18\n", "update KB5034122\n", 0, "products and updates are of hosts of windows; this one is rocky")]
    public void AReportWithAWrongLineIsRefusedWhole(string old, string bad, int line, string reason)
    {
        Assert.Contains(old, Rocky, StringComparison.Ordinal);
        var refused = Assert.Throws<DocumentException>(() => Parse(Rocky.Replace(old, bad, StringComparison.Ordinal)));
        Assert.Equal(line, refused.Line);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update KB5034122", "update 5034122", 6, "is not the number of an update, KB5034122")]
    [InlineData("update KB5034122", "update KB50341", 6, "is not the number of an update")]
    [InlineData("product 10.0.20348.2340 Windows Server 2022", "product 10.0.20348.2340", 5, "is not text")]
    [InlineData("product 10.0.20348.2340 Windows", "product Windows", 5, "'Windows' is not a build")]
    [InlineData("product - Microsoft .NET Framework 4.8\nproduct 10.0.20348.2340 Windows Server 2022\n", "", 0, "has at least one line 'product BUILD NAME'")]
    [InlineData("update KB5034122", "package a x64 1", 0, "has products and updates, and no packages")]
    public void AHostOfWindowsHasProducts(string old, string bad, int line, string reason)
    {
        var refused = Assert.Throws<DocumentException>(() => Parse(Windows.Replace(old, bad, StringComparison.Ordinal)));
        Assert.Equal(line, refused.Line);
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    // Advisories would say nothing of it, and nobody would be told.
    [Theory]
    [InlineData("rocky 9.4", "package openssl-libs x86_64 1:3.0.7-24.el9", false)]
    [InlineData("alpine 3.20.3", "package libcrypto3 x86_64 3.3.2-r1", false)]
    [InlineData("debian 12", "package libssl3 amd64 3.0.11-1", false)]
    [InlineData("debian 12", "package libssl3 amd64 3.0.11-1 openssl 3.0.11-1", true)]
    [InlineData("almalinux 9.4", "package openssl-libs x86_64 1:3.0.7-24.el9", true)]
    public void WhereAdvisoriesNameSourcePackagesAReportDoesToo(string os, string package, bool isRead)
    {
        var thrown = Record.Exception(() => Parse($"patchflow-report v1\nos {os}\narch x86_64\n{package}\nend\n"));
        Assert.Equal(isRead, thrown is null);
        Assert.True(isRead || thrown!.Message.Contains("name source packages", StringComparison.Ordinal));
    }

    [Fact]
    public void AHostWithoutPackagesIsRefused() =>
        Assert.Contains("there is no line 'package", Assert.Throws<DocumentException>(() => Parse("patchflow-report v1\nos alpine 3.20.3\narch x86_64\nend\n")).Message, StringComparison.Ordinal);

    // Else nothing that is said of its modules would hold, and nobody would be told.
    [Fact]
    public void APackageOfAModuleNeedsAStream()
    {
        var text = Rocky.Replace("module nodejs:18\n", "", StringComparison.Ordinal);
        Assert.Equal(["nodejs:18"], Parse(text).Modules);
        var refused = Assert.Throws<DocumentException>(() => Parse(text.Replace(" module=nodejs:18", "", StringComparison.Ordinal)));
        Assert.Contains("nodejs 1:18.20.2-1.module+el9+1 was built for a module", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheLabelOfAModuleMayGoOn() =>
        Assert.Equal("nodejs:18", Parse(Rocky.Replace("module=nodejs:18", "module=nodejs:18:9040020240301:rhel9", StringComparison.Ordinal)).Packages.Single(p => p.Name == "nodejs").Module);

    [Fact]
    public void AReportThatIsTooLargeIsRefused() =>
        Assert.Contains("at most", Assert.Throws<DocumentException>(() => HostReport.Parse(new byte[DocumentLimits.ReportBytes + 1])).Message, StringComparison.Ordinal);

    [Fact]
    public void BytesThatAreNoTextAreRefused() =>
        Assert.Equal(1, Assert.Throws<DocumentException>(() => HostReport.Parse(Encoding.Unicode.GetBytes("\uFEFF" + Windows))).Line);

    [Theory]
    [InlineData("rocky 9.4", "epel", "Rocky Linux:9, EPEL:9")]
    [InlineData("almalinux 8.10", "epel", "AlmaLinux:8, EPEL:8")]
    [InlineData("almalinux 8.10", "epel-testing", "AlmaLinux:8")]
    [InlineData("amzn 2018.03", "x", "Amazon Linux:1")]
    [InlineData("amzn 2", "amzn2-core", "Amazon Linux:2")]
    [InlineData("amzn 2", "amzn2extra-kernel-5.15", "Amazon Linux:2:Kernel-5.15, Amazon Linux:2")]
    [InlineData("amzn 2023", "amazonlinux", "Amazon Linux:2023")]
    [InlineData("openEuler 20.03-LTS-SP1", "OS", "openEuler:20.03-LTS-SP1")]
    [InlineData("alpine 3.20.3", "main", "Alpine:3.20")]
    [InlineData("ubuntu 22.04", "jammy-apps-security", "Ubuntu:Pro:22.04, Ubuntu:22.04")]
    [InlineData("ubuntu 22.04", "/fips-updates/ubuntu", "Ubuntu:Pro:FIPS-updates:22.04, Ubuntu:Pro:22.04, Ubuntu:22.04")]
    [InlineData("rhel 9.2", "rhel-9-for-x86_64-baseos-eus-rpms", "Red Hat:rhel_eus:9.2, Red Hat:9")]
    [InlineData("mariner 2.0.20240112", "mariner-official-base", "Mariner:2, Azure Linux:2")]
    [InlineData("ol 9.4", "ol9_baseos_latest", "Oracle Linux:9")]
    public void WhatAHostFollowsComesFromItsReleaseAndSources(string os, string source, string platforms) =>
        Assert.Equal(platforms, string.Join(", ", ReportProfile.Of(Parse($"patchflow-report v1\nos {os}\narch x86_64\nsource {source}\npackage a x86_64 1-1 a 1-1\nend\n")).Platforms.Where(p => !Platforms.LacksRelease(p))));

    [Fact]
    public void AReportBecomesWhatMatchingTakes()
    {
        var host = ReportProfile.Of(Parse(Rocky));
        Assert.Equal((VersionScheme.Rpm, "5.14.0-427.13.1.el9_4.x86_64"), (host.Scheme, host.Kernel));
        Assert.Contains(new HostPackage("bind-libs", "32:9.16.23-1.el9", "x86_64", "bind", "9.16.23-1.el9") { HasSourceEpoch = false }, host.Packages);
        Assert.Contains(new HostPackage("nodejs", "1:18.20.2-1.module+el9+1", "x86_64", "nodejs", "1:18.20.2-1.module+el9+1", "nodejs:18"), host.Packages);
        var apk = ReportProfile.Of(Parse("patchflow-report v1\nos alpine 3.20.3\narch x86_64\npackage libcrypto3 x86_64 3.3.2-r1 openssl 3.3.2-r1\nend\n"));
        Assert.Equal(new HostPackage("libcrypto3", "3.3.2-r1", "x86_64", "openssl", "3.3.2-r1"), Assert.Single(apk.Packages));
        var deb = ReportProfile.Of(Parse("patchflow-report v1\nos debian 12\narch amd64\npackage linux-image-6.1.0-18-amd64 amd64 6.1.76-1 linux-signed-amd64 6.1.76+1\nend\n"));
        Assert.Equal("linux", Assert.Single(deb.Packages).Source);
        var windows = ReportProfile.Of(Parse(Windows));
        Assert.Equal(["Windows:Server 2022", "Microsoft"], windows.Platforms.Reverse());
        Assert.Equal(["KB5034122"], windows.Updates);
    }

    // A report may tell the source's version itself, and a package that is named as its source tells its epoch for all of it.
    [Theory]
    [InlineData("package perl-IO x86_64 1.43-481.el9 perl 4:5.32.1-481.el9", "4:5.32.1-481.el9 True")]
    [InlineData("package perl-IO x86_64 1.43-481.el9 perl-5.32.1-481.el9.src.rpm", "5.32.1-481.el9 False")]
    [InlineData("package perl-IO x86_64 1.43-481.el9 perl-5.32.1-481.el9.src.rpm\npackage perl x86_64 4:5.32.1-481.el9 perl-5.32.1-481.el9.src.rpm", "4:5.32.1-481.el9 True")]
    public void TheEpochOfASourceIsToldOrNotKnown(string packages, string expected)
    {
        var perl = ReportProfile.Of(Parse($"patchflow-report v1\nos rocky 9.4\narch x86_64\n{packages}\nend\n")).Packages.Single(p => p.Name == "perl-IO");
        Assert.Equal(("perl", expected), (perl.Source, $"{perl.SourceVersion} {perl.HasSourceEpoch}"));
    }

    [Theory]
    [InlineData("22.03", "openEuler:22.03-LTS-SP3")]
    [InlineData("22.03-LTS-SP4", "openEuler:22.03-LTS-SP4")]
    public void TheServicePackOfOpenEulerIsToldByItsPackage(string release, string expected) => Assert.Equal([expected, "openEuler"], ReportProfile.Of(Parse(
        $"patchflow-report v1\nos openEuler {release}\narch x86_64\npackage openEuler-release x86_64 22.03LTS_SP3-57.oe2203sp3 openEuler-release-22.03LTS_SP3-57.oe2203sp3.src.rpm\nend\n")).Platforms);

    // Alike in all but an update, they are two sets.
    [Fact]
    public void UpdatesTellSetsApart()
    {
        var sets = new PackageSets(new NameTable());
        var host = ReportProfile.Of(Parse(Windows));
        Assert.NotEqual(sets.Of(host).Digest, sets.Of(host with { Updates = [] }).Digest);
        Assert.Same(sets.Of(host), sets.Of(host));
    }

    private static HostReport Parse(string text) => HostReport.Parse(Encoding.UTF8.GetBytes(text));

    private sealed class TupleOfArrays : IEqualityComparer<(string[], string[], string[])>
    {
        public static TupleOfArrays Instance { get; } = new();

        public bool Equals((string[], string[], string[]) x, (string[], string[], string[]) y) => x.Item1.SequenceEqual(y.Item1) && x.Item2.SequenceEqual(y.Item2) && x.Item3.SequenceEqual(y.Item3);

        public int GetHashCode((string[], string[], string[]) obj) => 0;
    }
}
