using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What a site's security.txt says of its advisories.</summary>
public sealed class SecurityTxtTests
{
    [Fact]
    public void LinesThatNameProvidersAreRead() => Assert.Equal(
        ["https://a.example/provider-metadata.json", "https://b.example/x", "http://c.example/"],
        Read("""
            -----BEGIN PGP SIGNED MESSAGE-----
            Contact: mailto:x@a.example
            # CSAF: https://comment.example/
            CSAF: https://a.example/provider-metadata.json
            csaf:https://b.example/x
              CSAF:   http://c.example/
            CSAF: https://a.example/provider-metadata.json
            CSAF: https://user:word@d.example/
            CSAF: provider-metadata.json
            CSAF: file:///etc/passwd
            CSAF:
            """.Replace("\n", "\r\n", StringComparison.Ordinal)));

    [Fact]
    public void NotMoreThanTwentyAre() => Assert.Equal(20, Read(string.Concat(Enumerable.Range(0, 30).Select(n => $"CSAF: https://{n}.example/\n"))).Count());

    private static IEnumerable<string> Read(string text) => SecurityTxt.Providers(text).Select(address => address.OriginalString);
}
