using PatchFlow.Cli;
using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Cli;

public sealed class WordsTests
{
    [Theory]
    [InlineData(0.4, "0 s")]
    [InlineData(47, "47 s")]
    [InlineData(134, "2 m 14 s")]
    [InlineData(11_100, "3 h 05 m")]
    [InlineData(200_000, "2 d 7 h")]
    public void DurationsReadAsPeopleSayThem(double seconds, string words) => Assert.Equal(words, Words.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData("CHG-7")]
    [InlineData("chg-7")]
    [InlineData("7")]
    public void AChangeIsNamedInAnyOfThreeWays(string text) => Assert.Equal("CHG-7", Words.ChangeId(text));

    [Theory]
    [InlineData("CHG-")]
    [InlineData("seven")]
    [InlineData("7/../users")]
    public void WhatIsNoChangeIsRefused(string text) => Assert.Throws<UsageException>(() => Words.ChangeId(text));

    [Fact]
    public void AStatusIsItsWordSpaced() => Assert.Equal("Awaiting approval", Words.Spaced(ChangeState.AwaitingApproval));

    [Fact]
    public void WhereOneSignsAllSixtyFourDigitsAreShown()
    {
        var digest = string.Concat(Enumerable.Range(0, 16).Select(i => $"{i:x4}"));
        Assert.Equal(digest, Words.WholeDigest(digest).Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public void ATokenFileThatOthersMayReadIsRefusedAndOneThatIsWrittenIsNot()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("patchflow-token-").FullName, "token");
        using (var file = new SecretFile(path))
        {
            file.Keep("secret");
        }

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        var session = new Session(new Uri("http://127.0.0.1:1"), path, new Terminal("never", TextWriter.Null, TextWriter.Null), false);
        Assert.NotNull(session.Api);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Throws<UsageException>(() => new Session(session.Url, path, session.Out, false).Api);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
