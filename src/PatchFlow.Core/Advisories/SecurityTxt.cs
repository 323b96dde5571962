using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>What a site says in its <c>security.txt</c> (RFC 9116), as far as it leads to advisories.</summary>
public static class SecurityTxt
{
    private const string Field = "CSAF:";
    private const int MostAddresses = 20;

    /// <summary>
    /// The addresses of CSAF providers' metadata (CSAF 7.1.8), in the order of the file; what is no address of the web is passed over, and so is what
    /// follows the twentieth. Whoever asks for them decides by the feed whether http will do. A signature around the text is not looked at: it says
    /// nothing of the documents.
    /// </summary>
    public static ImmutableArray<Uri> Providers(string text) =>
    [
        .. text.Split('\n').Select(line => line.Trim()).Where(line => line.StartsWith(Field, StringComparison.OrdinalIgnoreCase))
            .Select(line => Address(line[Field.Length..].Trim())).OfType<Uri>().Distinct().Take(MostAddresses),
    ];

    private static Uri? Address(string text) => CsafAddress.Of(text)
        ?? (Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp && address.UserInfo.Length == 0 ? address : null);
}
