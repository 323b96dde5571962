using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>The signature beside a vendor's real index of a repository of rpm.</summary>
public sealed class RepomdSignatureTests : IDisposable
{
    private const string Folder = "rpm/opensuse-11.0-update/repodata";
    private readonly string _work = Directory.CreateTempSubdirectory("pf-repomd-").FullName;

    private static string Signature => FeedCorpus.PathOf($"{Folder}/repomd.xml.asc");

    private static string Key => FeedCorpus.PathOf($"{Folder}/repomd.xml.key");

    public void Dispose() => Directory.Delete(_work, recursive: true);

    [Fact]
    public void TheSignatureFitsTheIndex()
    {
        var (_, status) = Tool.TryRun("gpgv", "--status-fd", "1", "--keyring", Keyring.ForGpgv([Key], _work)[0], Signature, FeedCorpus.PathOf($"{Folder}/repomd.xml"));
        Assert.Contains("VALIDSIG 79C179B2E1C820C1890F9994A84EDAE89C800ACA 2008-10-23", status, StringComparison.Ordinal);
    }

    // The key expired in 2010, and the signature's hash is SHA-1.
    [Fact]
    public async Task ASignatureThatFitsVouchesForNothingWhenItsKeyHasExpired()
    {
        var refused = await RefusedAsync(await IndexAsync());
        Assert.Equal(FeedFault.UntrustedKey, refused.Fault);
        Assert.Contains("A84EDAE89C800ACA (expired)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnIndexThatWasChangedDoesNotFitItsSignature()
    {
        var bytes = await IndexAsync();
        bytes[^2] ^= 1;
        Assert.Equal(FeedFault.BadSignature, (await RefusedAsync(bytes)).Fault);
    }

    [Theory]
    [InlineData("a web page", true)]
    [InlineData("empty", true)]
    [InlineData("cut", true)]
    [InlineData("of another text", false)]
    [InlineData("of another key", false)]
    public async Task JunkInItsPlaceIsAnAlarmOfARepositoryThatWasSigned(string what, bool isAlarm)
    {
        await using var rpm = await RpmWorld.StartAsync();
        rpm.Publish(RpmWorld.Updates("RLSA-2026:1"));
        var old = await ReadAsync(rpm);
        await rpm.World.FetchWellAsync("signed");
        rpm.World.Server.Clock.Advance(TimeSpan.FromDays(1));
        rpm.Publish(RpmWorld.Updates("RLSA-2026:2"), key: RpmWorld.ForeignKey);
        var foreign = await ReadAsync(rpm);
        rpm.WriteIndex(System.Text.Encoding.UTF8.GetString(rpm.Index));
        var good = await ReadAsync(rpm);
        rpm.World.Write(RpmWorld.Signature, what switch { "a web page" => "<html>"u8.ToArray(), "empty" => [], "cut" => good[..(good.Length / 2)], "of another key" => foreign, _ => old });
        await rpm.RefusedAsync("signed");
        Assert.Equal(isAlarm ? FeedState.Alarm : FeedState.Failing, (await rpm.ViewAsync("signed")).State);
        rpm.World.Write(RpmWorld.Signature, good);
        await rpm.World.FetchWellAsync("signed");
        Assert.Equal(FeedState.Fresh, (await rpm.ViewAsync("signed")).State);
        Assert.Equal(["RLSA-2026:2"], rpm.Said("signed"));
    }

    private static Task<byte[]> ReadAsync(RpmWorld rpm) => File.ReadAllBytesAsync(rpm.World.PathOf(RpmWorld.Signature));

    private static Task<byte[]> IndexAsync() => File.ReadAllBytesAsync(FeedCorpus.PathOf($"{Folder}/repomd.xml"));

    private Task<FeedException> RefusedAsync(byte[] index) =>
        Assert.ThrowsAsync<FeedException>(() => OpenPgp.VerifyDetachedAsync(index, Signature, [Key], _work, "repomd.xml", CancellationToken.None));
}
