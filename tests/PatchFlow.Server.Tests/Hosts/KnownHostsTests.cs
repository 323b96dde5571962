using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class KnownHostsTests
{
    private const string Key = "AAAAC3NzaC1lZDI1NTE5AAAAIMbmfO7Ys63yaOaO1QICs+bz2g9lztPmFSBNKGmB3HK2";

    // Made with ssh-keygen -H from the line 'web-1.example ssh-ed25519 KEY'.
    private const string Hashed = "|1|Qd0OfeDxNUy/NXTF61Km4BcFBbA=|zJN1CsFjWxrIkBY9lcUDicAFoU4= ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMbmfO7Ys63yaOaO1QICs+bz2g9lztPmFSBNKGmB3HK2";

    [Theory]
    [InlineData("web-1 ssh-ed25519 " + Key, "web-1", 22)]
    [InlineData("other,WEB-1 ssh-ed25519 " + Key + " a comment", "web-1", 22)]
    [InlineData("# a comment\n\n[127.0.0.1]:2222\tssh-ed25519 " + Key + "\r\n", "127.0.0.1", 2222)]
    [InlineData(Hashed, "web-1.example", 22)]
    public void AHostsLineIsFound(string text, string address, int port) =>
        Assert.Equal(new HostKey("ssh-ed25519", Key), Assert.Single(KnownHosts.Find(text, address, port)));

    [Theory]
    [InlineData("web-1 ssh-ed25519 " + Key, "web-2", 22)]
    [InlineData("web-1 ssh-ed25519 " + Key, "web-1", 2222)]
    [InlineData("web-1 ssh-ed25519", "web-1", 22)]
    [InlineData("#web-1 ssh-ed25519 " + Key, "#web-1", 22)]
    [InlineData("@cert-authority web-1 ssh-ed25519 " + Key, "web-1", 22)]
    [InlineData("@revoked web-1 ssh-ed25519 " + Key + "\nweb-1 ssh-ed25519 " + Key, "web-1", 22)]
    [InlineData("|1|AAAA|AAAA ssh-ed25519 " + Key, "web-1", 22)]
    [InlineData("|1|!|! ssh-ed25519 " + Key, "web-1", 22)]
    [InlineData(Hashed, "web-2.example", 22)]
    public void AnythingElseIsNot(string text, string address, int port) => Assert.Empty(KnownHosts.Find(text, address, port));

    [Fact]
    public void AFingerprintIsTheOneThatSshKeygenShows()
    {
        var key = new HostKey("ssh-ed25519", Key);
        Assert.Equal("SHA256:Z+HCnbs3q5eX5Hq/+nO2P8FrasY7rV8BFS3GYpBzBNU", key.Fingerprint);
        Assert.True(new HostKeyConfirmation(key.Fingerprint, null).Accepts("x", 22, key));
        Assert.False(new HostKeyConfirmation("SHA256:" + new string('A', 43), null).Accepts("x", 22, key));
        Assert.False(new HostKeyConfirmation(null, null).Accepts("x", 22, key));
    }
}
