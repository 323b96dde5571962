using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Patches;

public sealed class DebianVersionTests
{
    // Each row was re-checked with dpkg --compare-versions on Debian 12.
    public static TheoryData<string, char, string> Orders()
    {
        const string Rows = """
            1.0.3-3 > 1.0-1
            1.3 > 1.2.2-2
            2.6b2-1 > 2.6b-2
            0.4a6-2 > 0.4-1
            1:3.0.5-2 < 1:3.0.5.1
            1:1.25-4 < 1:1.25-8
            0:1.18.36 > 1.18.35
            9:1.18.36:5.4-20 < 9:1.18.36:5.5-1
            1.18.36-0.17.35-18 > 1.18.36-19
            1:1.2.13-3 < 1:1.2.13-3.1
            0:0-0-0 > 0-0
            3.0~rc1-1 < 3.0-1
            1.0 = 1.0-0
            1.0a = 1.0a0
            57:1.2.3abYZ+~-4-5 = 57:1.2.3abYZ+~-4-5
            009ab5 = 9ab5
            1:1.2.3 > 1.2.4
            25:2 > 3:2
            1.2-5 < 1.2-3-5
            3a9.8 < 3.10.2
            0 = 0:0-0
            0foo~1 < 0foo
            0foo~foo+Bar < 0foo~foo+bar
            0foo~~ < 0foo~
            1~ < 1
            0foo-0 < 0foo-01
            0foo.bar > 0foobar
            0foo.bar > 0foo1bar
            1.09 = 1.9
            3.11 > 3.10+nmu1
            0.0.0 = 0.0.0-00
            0.0.0-0 < 0:0.0.0-a
            1.2.3-1~deb7u1 < 1.2.3-1
            2.7.4+reloaded2-13ubuntu1 < 2.7.4+reloaded2-13+deb9u1
            2:0.0.44-1 < 2:0.0.44-nobin
            3.0.20-1~deb12u2 < 3.0.22-1~deb12u2
            1.22.1-9 < 1.22.1-9+deb12u3
            99999999999999999998 < 99999999999999999999
            """;
        var data = new TheoryData<string, char, string>();
        foreach (var row in Rows.Split('\n').Select(r => r.Split(' ')))
        {
            data.Add(row[0], row[1][0], row[2]);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void TheOrderIsDpkgs(string a, char order, string b)
    {
        var (left, right) = (DebianVersion.Parse(a), DebianVersion.Parse(b));
        var expected = order switch { '<' => -1, '>' => 1, _ => 0 };
        Assert.Equal(expected, Math.Sign(left.CompareTo(right)));
        Assert.Equal(-expected, Math.Sign(right.CompareTo(left)));
        Assert.Equal(expected == 0, left == right);
        Assert.True(expected != 0 || left.GetHashCode() == right.GetHashCode());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0:0-0")]
    [InlineData("0:0:0:0-0")]
    [InlineData("0:0-azAZ09.+~")]
    public void AValidVersionIsRead(string text) => Assert.Equal(text, DebianVersion.Parse(text).Text);

    [Theory]
    [InlineData("")]
    [InlineData(" 1.0")]
    [InlineData("0:")]
    [InlineData(":1.0")]
    [InlineData("0:0 0-1")]
    [InlineData("999999999999999999999999:0-1")]
    [InlineData("+1:0")]
    [InlineData("0:abc3-0")]
    [InlineData("10a:5.2")]
    [InlineData("0:0_-0")]
    [InlineData("0:0-!")]
    [InlineData("0:0-:")]
    [InlineData("1.0-")]
    [InlineData("1.0\n")]
    [InlineData("1.0;rm")]
    public void AnInvalidVersionIsRefusedWithAReason(string text)
    {
        Assert.False(DebianVersion.TryParse(text, out _, out var problem));
        Assert.NotEmpty(problem);
    }

    [Fact]
    public void ThePartsAreEpochUpstreamAndRevision()
    {
        var version = DebianVersion.Parse("2:1.0-rc1-3~x");
        Assert.Equal((2, "1.0-rc1", "3~x"), (version.Epoch, version.Upstream.ToString(), version.Revision.ToString()));
    }
}
