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
    public void SettingsStartIt(params string[] words) => Assert.Null(Arguments.Answer(words));

    [Theory]
    [InlineData("start", "start")]
    [InlineData("--hlep", "--hlep")]
    [InlineData("--Urls", "--Urls", "--PatchFlow:DataDirectory=/x")]
    [InlineData("=x", "=x")]
    [InlineData("--", "--", "x")]
    [InlineData("--help", "--Urls=http://127.0.0.1:9", "--help")]
    public void WhatIsNoSettingIsRefused(string named, params string[] words) =>
        Assert.StartsWith($"'{named}' is no setting: say --NAME=VALUE", Assert.Throws<InvalidOperationException>(() => Arguments.Answer(words)).Message, StringComparison.Ordinal);
}
