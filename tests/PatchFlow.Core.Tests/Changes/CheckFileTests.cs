using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Changes;

public sealed class CheckFileTests
{
    private const string Http = "patchflow-check 1\nname page\nkind http\ntimeout PT10S\nurl http://127.0.0.1/\nexpect-status 200\n";
    private const string Command = "patchflow-check 1\nname sign\nkind command\ntimeout PT1M\nuser kms\nexpect-exit 0\n";

    public static TheoryData<string> Shipped =>
        [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "checks"), "*.check").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void EveryShippedCheckIsInCanonicalFormAndNamedAsItsFile(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "checks", file));
        var check = CheckFile.Parse(bytes);
        Assert.Equal(bytes, check.ToBytes());
        Assert.Equal(file, $"{check.Name}.check");
    }

    [Fact]
    public void TheShippedChecksAreThoseThatThePipelinesName() =>
        Assert.Equal(
            ["http-page", "nginx-service", "own-http", "pkcs11-sign", "postgres-service", "sql-round-trip", "ssh-listening"],
            Shipped.Select(row => Path.GetFileNameWithoutExtension(row.Data)).Order(StringComparer.Ordinal));

    [Fact]
    public void ACommandHasItsScriptAndWhatPreparesIt()
    {
        var check = Parse(Command + "expect-text ok\nrequires opensc\nrequires openssl\n--- prepare\nmake\n--- script\nsign\n--- prepare\n--- script\n");
        var probe = Assert.IsType<CommandProbe>(check.Probe);
        Assert.Equal(("make\n", "sign\n--- prepare\n--- script\n"), (probe.Prepare, probe.Script));
        Assert.Equal(["opensc", "openssl"], check.Requires);
        Assert.Equal(TimeSpan.FromMinutes(1), check.Timeout);
    }

    [Fact]
    public void AMarkInsideALineIsNoMark()
    {
        var probe = Assert.IsType<CommandProbe>(Parse(Command + "--- script\necho --- script\n").Probe);
        Assert.Equal("echo --- script\n", probe.Script);
        Assert.Null(probe.Prepare);
    }

    [Theory]
    [InlineData(Http, "timeout PT10S", "timeout PT0S")]
    [InlineData(Http, "timeout PT10S", "timeout PT10M1S")]
    [InlineData(Http, "timeout PT10S", "timeout PT60S")]
    [InlineData(Http, "kind http", "kind https")]
    [InlineData(Http, "http://127.0.0.1/", "https://127.0.0.1/")]
    [InlineData(Http, "http://127.0.0.1/", "http:///")]
    [InlineData(Http, "http://127.0.0.1/", "http://127.0.0.1")]
    [InlineData(Http, "http://127.0.0.1/", "http://user@127.0.0.1/")]
    [InlineData(Http, "http://127.0.0.1/", "http://127.0.0.1/ x")]
    [InlineData(Http, "expect-status 200", "expect-status 99")]
    [InlineData(Http, "expect-status 200", "expect-status 200\nrequires -o")]
    [InlineData(Http, "expect-status 200", "expect-status 200\nrequires b1\nrequires a1")]
    [InlineData(Http, "expect-status 200", "expect-status 200\n--- script\necho")]
    [InlineData(Command, "expect-exit 0", "expect-exit 0\n")]
    [InlineData(Command, "expect-exit 0\n", "expect-exit 0\n--- script\n")]
    [InlineData(Command, "expect-exit 0", "expect-exit 256\n--- script\necho")]
    [InlineData(Command, "user kms", "user -kms\n--- script\necho")]
    [InlineData(Command, "user kms", "user Kms\n--- script\necho")]
    [InlineData(Command, "expect-exit 0\n", "expect-exit 0\n--- script\necho")]
    public void WhatTheHostWouldRefuseIsRefused(string good, string part, string instead) =>
        Assert.Throws<DocumentException>(() => Parse(good.Replace(part, instead, StringComparison.Ordinal)));

    [Theory]
    [InlineData("kind tcp\ntimeout PT5S\naddress ::1\nport 22\n")]
    [InlineData("kind service\ntimeout PT5S\nunit postgresql@15-main.service\n")]
    [InlineData("kind http\ntimeout PT1M30S\nurl http://localhost:8088/a/b\nexpect-status 404\nexpect-text not  found: grüße\nrequires nginx\n")]
    public void WhatIsWrittenIsWhatWasRead(string rest)
    {
        var bytes = Encoding.UTF8.GetBytes("patchflow-check 1\nname a\n" + rest);
        Assert.Equal(bytes, CheckFile.Parse(bytes).ToBytes());
    }

    private static CheckFile Parse(string text) => CheckFile.Parse(Encoding.UTF8.GetBytes(text));
}
