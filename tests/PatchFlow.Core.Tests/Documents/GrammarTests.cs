using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

public sealed class GrammarTests
{
    [Theory]
    [InlineData("nginx", true)]
    [InlineData("libstdc++6", true)]
    [InlineData("7zip", true)]
    [InlineData("a", false)]
    [InlineData("Nginx", false)]
    [InlineData("-nginx", false)]
    [InlineData("+x", false)]
    [InlineData("ngi_nx", false)]
    [InlineData("nginx:amd64", false)]
    [InlineData("", false)]
    public void PackageNamesFollowDebianPolicy(string name, bool valid) => Assert.Equal(valid, Grammar.IsPackageName(name));

    [Theory]
    [InlineData("1", true)]
    [InlineData("3.0.20-1~deb12u2", true)]
    [InlineData("1:2.0+dfsg-1+b1", true)]
    [InlineData("1:2:3", false)]
    [InlineData(":1", false)]
    [InlineData("1:", false)]
    [InlineData("a1", false)]
    [InlineData("1-", false)]
    [InlineData("1_2", false)]
    [InlineData("1%3A2", false)]
    [InlineData("1=2", false)]
    [InlineData("", false)]
    public void VersionsFollowDebianPolicy(string version, bool valid) => Assert.Equal(valid, Grammar.IsPackageVersion(version));

    [Theory]
    [InlineData("kms-debian-12-amd64-a94b02f3", true)]
    [InlineData("web-front-ubuntu-22.04-arm64-00000000", true)]
    [InlineData("debian-12-amd64-a94b02f3", false)]
    [InlineData("kms-debian-12-amd64-a94b02f", false)]
    [InlineData("kms-debian-12-amd64-A94B02F3", false)]
    [InlineData("kms-debian-12-amd64_a94b02f3", false)]
    [InlineData("../s-debian-12-amd64-a94b02f3", false)]
    public void ProfilesNameGroupAndPlatform(string profile, bool valid) => Assert.Equal(valid, Grammar.IsProfile(profile));

    [Theory]
    [InlineData("kms-2", true)]
    [InlineData("Kms", false)]
    [InlineData("a.b", false)]
    [InlineData("a_b", false)]
    [InlineData("", false)]
    public void IdsAreNarrow(string id, bool valid) => Assert.Equal(valid, Grammar.IsId(id));

    [Fact]
    public void IdsHaveAtMost63Characters()
    {
        Assert.True(Grammar.IsId(new string('a', 63)));
        Assert.False(Grammar.IsId(new string('a', 64)));
    }

    [Theory]
    [InlineData("system", true)]
    [InlineData("user:u3", true)]
    [InlineData("user:", false)]
    [InlineData("user:U3", false)]
    [InlineData("root", false)]
    public void SubjectsAreTheSystemOrAPerson(string subject, bool valid) => Assert.Equal(valid, Grammar.IsSubject(subject));

    [Theory]
    [InlineData("ssh.service", true)]
    [InlineData("dev-disk-by%5Cx2duuid.service", true)]
    [InlineData("--force", false)]
    [InlineData("a b", false)]
    public void UnitsAreNoOptions(string unit, bool valid) => Assert.Equal(valid, Grammar.IsUnit(unit));
}
