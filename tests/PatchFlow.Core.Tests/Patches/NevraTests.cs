using PatchFlow.Core.Patches;
using PatchFlow.Core.Tests.Advisories;

namespace PatchFlow.Core.Tests.Patches;

public sealed class NevraTests
{
    [Fact]
    public void EveryRowOfTheTableIsSplit()
    {
        var rows = Table.Rows("versions/rpm-nevra-parse.tsv").ToList();
        Assert.Equal(4, rows.Count);
        Assert.All(rows, row =>
        {
            Assert.True(Nevra.TryParse(row[0], out var found, out var problem), problem);
            Assert.Equal(string.Join('|', row[1..]), string.Join('|', found.Name, found.Epoch, found.Version, found.Release, found.Arch));
            Assert.Equal(row[0], found.ToString());
        });
    }

    [Theory]
    [InlineData("xz-5.2.5-8.el9_0.x86_64.rpm", "xz", null, "5.2.5", "8.el9_0", "x86_64")]
    [InlineData("xz-5.2.5-8.el9_0.src.rpm", "xz", null, "5.2.5", "8.el9_0", "src")]
    [InlineData("C-0:2-2.x86_64.rpm", "C", "0", "2", "2", "x86_64")]
    [InlineData("gcc-c++-4.3-1.noarch", "gcc-c++", null, "4.3", "1", "noarch")]
    [InlineData("java-1.8.0-openjdk-1:1.8.0.392.b08-4.el8.aarch64", "java-1.8.0-openjdk", "1", "1.8.0.392.b08", "4.el8", "aarch64")]
    [InlineData("rubygem-abrt-0.3.0-4.module+el8.5.0+738+032c9c02.noarch.rpm", "rubygem-abrt", null, "0.3.0", "4.module+el8.5.0+738+032c9c02", "noarch")]
    [InlineData("a-1.0~rc1^git2-1.fc40.riscv64", "a", null, "1.0~rc1^git2", "1.fc40", "riscv64")]
    [InlineData("_x-1-1", "_x", null, "1", "1", null)]
    [InlineData("a-1-1.x86_64_v2", "a", null, "1", "1", "x86_64_v2")]
    [InlineData("a-1-1.martian.rpm", "a", null, "1", "1", "martian")]
    [InlineData("a-1-1.martian", "a", null, "1", "1.martian", null)]
    [InlineData("2.0-3", "", null, "2.0", "3", null)]
    public void APackageIsSplit(string text, string name, string? epoch, string version, string release, string? arch)
    {
        Assert.True(Nevra.TryParse(text, out var found, out var problem), problem);
        Assert.Equal((name, epoch, version, release, arch), (found.Name, found.Epoch, found.Version, found.Release, found.Arch));
        Assert.Equal(arch == "src", found.IsSource);
    }

    [Theory]
    [InlineData("", "1 to 512 characters")]
    [InlineData("xz", "is no release")]
    [InlineData("1.0", "is no release")]
    [InlineData("-1-1", "is no package name")]
    [InlineData("a--1", "is no version")]
    [InlineData("a-1-", "is no release")]
    [InlineData("a-1-.x86_64", "is no release")]
    [InlineData("a-x:1-1", "'x' is no epoch")]
    [InlineData("a-:1-1", "is no epoch")]
    [InlineData("a-4294967296:1-1", "is no epoch")]
    [InlineData("a-1:2:3-1", "is no version")]
    [InlineData("1:a-1-1", "is no package name")]
    [InlineData("a/../b-1-1", "is no package name")]
    [InlineData("a b-1-1", "is no package name")]
    [InlineData("a;b-1-1", "is no package name")]
    [InlineData("+a-1-1", "is no package name")]
    [InlineData("ä-1-1", "is no package name")]
    [InlineData("a-1\n-1", "is no version")]
    [InlineData("a-1-1.rpm", "has no architecture")]
    [InlineData("1-1.x86_64.rpm", "has no name")]
    [InlineData("a-1-1.RPM.rpm", "has no architecture")]
    [InlineData(".rpm", "has no architecture")]
    public void WhatIsNoPackageIsRefusedWithAReason(string text, string reason)
    {
        Assert.False(Nevra.TryParse(text, out var found, out var problem));
        Assert.Null(found);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', problem);
    }

    [Fact]
    public void ALongTextIsRefused() => Assert.False(Nevra.TryParse(new string('a', 600) + "-1-1", out _));

    [Theory]
    [InlineData("Packages/httpd-devel-2.2.21-1.18.amzn1.i686.rpm", "httpd-devel")]
    [InlineData("https://example.org/30/SRPMS/g/labirinto-1.56.2-1.fc30.src.rpm", "labirinto")]
    public void AFileIsReadFromItsPath(string path, string name)
    {
        Assert.True(Nevra.TryParseFile(path, out var found, out var problem), problem);
        Assert.Equal(name, found.Name);
    }

    [Theory]
    [InlineData("http://www.fedoraproject.org")]
    [InlineData("perl-DBI-1-2.module_el8+6745+9879ate3.spec")]
    [InlineData("Packages/")]
    public void AFileOfAnotherKindIsRefused(string path) => Assert.False(Nevra.TryParseFile(path, out _, out _));

    [Theory]
    [InlineData("a-0:1-1", "1-1")]
    [InlineData("a-00:1-1", "1-1")]
    [InlineData("a-1-1", "1-1")]
    [InlineData("a-2:1-1", "2:1-1")]
    public void EpochZeroIsNotWritten(string text, string evr)
    {
        Assert.True(Nevra.TryParse(text, out var found));
        Assert.Equal(evr, found.Evr);
        Assert.Equal(RpmVersion.Parse(text[2..]), RpmVersion.Parse(evr));
    }
}
