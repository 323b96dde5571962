namespace PatchFlow.Server.Tests;

/// <summary>Whoever asks the server's program for help gets it, and starts no server; a word that is no setting stops the start.</summary>
public sealed class ArgumentsTests
{
    [Theory]
    [InlineData("--help", "Usage: patchflow-server")]
    [InlineData("-h", "Usage: patchflow-server")]
    [InlineData("help", "Usage: patchflow-server")]
    [InlineData("--version", "patchflow-server ")]
    public void AQuestionIsAnswered(string word, string begins) => Assert.Contains(begins, Arguments.Answer([word]), StringComparison.Ordinal);

    [Theory]
    [InlineData]
    [InlineData("--Urls=http://127.0.0.1:9")]
    [InlineData("--Urls", "http://127.0.0.1:9", "PatchFlow:Log:FilesKept=3")]
    [InlineData("--environment", "Development", "--PatchFlow:DataDirectory=/x")]
    [InlineData("/urls=http://127.0.0.1:9", "Kestrel:Certificates:Default:Path=/x", "--patchflow:log:level", "Error")]
    public void SettingsStartIt(params string[] words) => Assert.Null(Arguments.Answer(words));

    [Theory]
    [InlineData("start", "start")]
    [InlineData("--hlep", "--hlep")]
    [InlineData("--Urls", "--Urls", "--PatchFlow:DataDirectory=/x")]
    [InlineData("=x", "=x")]
    [InlineData("--", "--", "x")]
    [InlineData("--Ulrs=http://127.0.0.1:9", "--Ulrs=http://127.0.0.1:9")]
    [InlineData("--Ulrs", "--Ulrs", "http://127.0.0.1:9")]
    [InlineData("--help=1", "--Urls=http://127.0.0.1:9", "--help=1")]
    [InlineData("--=x", "--=x")]
    [InlineData("/?", "/?")]
    [InlineData("--help", "--Urls=http://127.0.0.1:9", "--help")]
    public void WhatIsNoSettingIsRefused(string named, params string[] words) =>
        Assert.StartsWith($"'{named}' is no setting: say --NAME=VALUE", Assert.Throws<InvalidOperationException>(() => Arguments.Answer(words)).Message, StringComparison.Ordinal);

    [Fact]
    public void WhatIsOfTheEnvironmentIsToldHowItIsWrittenHere() =>
        Assert.Contains("say --PatchFlow:Log:Level=VALUE", Assert.Throws<InvalidOperationException>(() => Arguments.Answer(["--PatchFlow__Log__Level=Error"])).Message, StringComparison.Ordinal);
}
