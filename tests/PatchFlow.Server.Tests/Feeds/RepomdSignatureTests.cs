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

    private static Task<byte[]> IndexAsync() => File.ReadAllBytesAsync(FeedCorpus.PathOf($"{Folder}/repomd.xml"));

    private Task<FeedException> RefusedAsync(byte[] index) =>
        Assert.ThrowsAsync<FeedException>(() => OpenPgp.VerifyDetachedAsync(index, Signature, [Key], _work, "repomd.xml", CancellationToken.None));
}
