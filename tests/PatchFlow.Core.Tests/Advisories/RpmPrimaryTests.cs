using System.IO.Compression;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class RpmPrimaryTests
{
    private const string Good = """
        <package type="rpm"><name>a</name><arch>x86_64</arch><version epoch="0" ver="1" rel="2"/>
        <checksum type="sha256" pkgid="YES">cb2c38843bced855f95945adcd7a84e7d192b48f87fe7f85d5b00e63019557e0</checksum>
        <size package="10" installed="20" archive="30"/><location href="Packages/a-1-2.x86_64.rpm"/>
        <format><!-- relations --></format></package>
        """;

    [Fact]
    public void EveryPackageOfSusesRepositoryIsRead()
    {
        var (packages, refusals) = Suse();
        Assert.Empty(refusals);
        Assert.Equal(2430, packages.Count);
        Assert.Equal((26_036, 55_828, 1342, 318), (packages.Sum(p => p.Provides.Length), packages.Sum(p => p.Requires.Length), packages.Sum(p => p.Obsoletes.Length), packages.Sum(p => p.Conflicts.Length)));
        Assert.Equal(8736, packages.Sum(p => p.Files.Length));
    }

    [Fact]
    public void EveryPartOfAPackageIsRead()
    {
        var package = Suse().Packages[1];
        Assert.Equal(("autoyast2-installation", "2.16.19-0.1", "noarch"), (package.Name, package.Version, package.Arch));
        Assert.Equal((new FileSum(SumKind.Sha1, "6aaad41f71f9111777c766402dd10e7bef4230b6"), "rpm/noarch/autoyast2-installation-2.16.19-0.1.noarch.rpm"), (package.Checksum, package.Location));
        Assert.Equal((178395L, 1227441L, 1213657254L), (package.SizeBytes, package.InstalledBytes, package.Built!.Value.ToUnixTimeSeconds()));
        Assert.Equal(("autoyast2-2.16.19-0.1.src.rpm", "SUSE LINUX Products GmbH, Nuernberg, Germany"), (package.SourceFile, package.Vendor));
        Assert.Equal([new RpmRelation("yast2-trans-autoinst", RpmComparison.Any, null), new("autoyast2-installation", RpmComparison.Equal, "2.16.19-0.1")], package.Provides);
        Assert.Equal(new RpmRelation("yast2", RpmComparison.GreaterOrEqual, "2.16.36"), package.Requires[0]);
        Assert.Equal(14, package.Requires.Length);
        Assert.Equal(["yast2-trans-autoinst"], package.Obsoletes.Select(o => o.Name));
        Assert.Equal(["/etc/init.d/autoyast"], package.Files);
    }

    // A source package without its sources is named nosrc in the file's name alone.
    [Fact]
    public void APackageIsItsFilesName() =>
        Assert.All(Suse().Packages, p =>
        {
            Assert.True(Nevra.TryParseFile(p.Location, out var file, out var problem), problem);
            Assert.Equal((p.Name, p.Arch), (file.Name, file.IsSource ? "src" : file.Arch));
            Assert.EndsWith($"{file.Version}-{file.Release}", p.Version, StringComparison.Ordinal);
        });

    [Theory]
    [InlineData("<name>a</name>", "<name>a b</name>", "a b (line 2)", "no package name")]
    [InlineData("<name>a</name>", "", "package 1 (line 2)", "no package name")]
    [InlineData("<arch>x86_64</arch>", "<arch>../x</arch>", "a (line 2)", "architecture")]
    [InlineData("ver=\"1\"", "ver=\"1-1\"", "a (line 2)", "version '1-1'")]
    [InlineData("rel=\"2\"", "", "a (line 2)", "release ''")]
    [InlineData("epoch=\"0\"", "epoch=\"x\"", "a (line 2)", "epoch 'x'")]
    [InlineData("type=\"sha256\"", "type=\"crc\"", "a (line 2)", "no kind of checksum")]
    [InlineData("pkgid=\"YES\">c", "pkgid=\"YES\">", "a (line 2)", "has 63")]
    [InlineData("package=\"10\"", "", "a (line 2)", "no size")]
    [InlineData("package=\"10\"", "package=\"-1\"", "a (line 2)", "package '-1' is no number")]
    [InlineData("Packages/a-1", "../Packages/a-1", "a (line 2)", "no path below")]
    [InlineData("Packages/a-1", "/Packages/a-1", "a (line 2)", "no path below")]
    [InlineData("<location ", "<location xml:base=\"http://example.org/\" ", "a (line 2)", "lies elsewhere")]
    [InlineData("<location href=\"Packages/a-1-2.x86_64.rpm\"/>", "", "a (line 2)", "no location")]
    [InlineData("type=\"rpm\"", "type=\"deb\"", "a (line 2)", "type 'deb'")]
    [InlineData("<!-- relations -->", "<requires><entry name=\"b\" flags=\"XX\" ver=\"1\"/></requires>", "a (line 2)", "relation")]
    [InlineData("<!-- relations -->", "<requires><entry flags=\"EQ\" ver=\"1\"/></requires>", "a (line 2)", "relation")]
    public void APackageThatIsWrongIsRefusedAlone(string old, string other, string position, string reason)
    {
        var (packages, refusals) = Read($"<metadata packages=\"2\">\n{Good.Replace(old, other, StringComparison.Ordinal)}{Good.Replace("<name>a<", "<name>z<", StringComparison.Ordinal)}</metadata>");
        Assert.Equal("z", Assert.Single(packages).Name);
        Assert.Equal(position, Assert.Single(refusals).Position);
        Assert.Contains(reason, refusals[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("flags=\"EQ\" epoch=\"1\" ver=\"2\" rel=\"3\"", RpmComparison.Equal, "1:2-3")]
    [InlineData("flags=\"LT\" epoch=\"0\" ver=\"2\" rel=\"3\"", RpmComparison.Less, "2-3")]
    [InlineData("flags=\"LE\" epoch=\"1\" ver=\"2\"", RpmComparison.LessOrEqual, "1:2")]
    [InlineData("flags=\"GE\" epoch=\"0\" ver=\"2\"", RpmComparison.GreaterOrEqual, "2")]
    [InlineData("flags=\"GT\" ver=\"2\"", RpmComparison.Greater, "2")]
    [InlineData("", RpmComparison.Any, null)]
    public void ARelationIsRead(string attributes, RpmComparison comparison, string? version)
    {
        var (packages, refusals) = Read($"<metadata>{Good.Replace("<!-- relations -->", $"<rpm:requires xmlns:rpm=\"urn:r\"><rpm:entry name=\"b\" {attributes}/></rpm:requires>", StringComparison.Ordinal)}</metadata>");
        Assert.Empty(refusals);
        Assert.Equal([new RpmRelation("b", comparison, version)], packages[0].Requires);
    }

    [Fact]
    public void ACountThatIsWrongIsReported()
    {
        var (packages, refusals) = Read($"<metadata packages=\"3\">{Good}</metadata>");
        Assert.Single(packages);
        Assert.Contains("says that it has 3 packages, and has 1", Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ThereIsALimitOfPackages()
    {
        var (packages, refusals) = Read($"<metadata>{Good}{Good}{Good}</metadata>", AdvisoryLimits.Default with { Records = 2 });
        Assert.Equal(2, packages.Count);
        Assert.Contains("more than 2 packages", Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void APackageThatIsTooLongIsRefusedAlone()
    {
        var large = Good.Replace("<!-- relations -->", $"<requires>{string.Concat(Enumerable.Repeat("<entry name=\"b\"/>", 10_000))}</requires>", StringComparison.Ordinal);
        var (packages, refusals) = Read($"<metadata>{Good}{large}{Good}</metadata>", AdvisoryLimits.Default with { RecordBytes = 50_000 });
        Assert.Equal(2, packages.Count);
        Assert.Contains("larger than 50000 bytes", Assert.Single(refusals).Reason, StringComparison.Ordinal);
    }

    private static (List<RpmPackage> Packages, List<Refusal> Refusals) Suse()
    {
        using var stream = new GZipStream(Corpus.Open("rpm/opensuse-11.0-update/repodata/primary.xml.gz"), CompressionMode.Decompress);
        return Read(stream);
    }

    private static (List<RpmPackage> Packages, List<Refusal> Refusals) Read(string text, AdvisoryLimits? limits = null)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(text));
        return Read(stream, limits);
    }

    private static (List<RpmPackage> Packages, List<Refusal> Refusals) Read(Stream stream, AdvisoryLimits? limits = null)
    {
        var (packages, refusals) = (new List<RpmPackage>(), new List<Refusal>());
        RpmPrimary.Read(stream, "primary.xml", packages.Add, refusals.Add, limits);
        return (packages, refusals);
    }
}
