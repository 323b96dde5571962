namespace PatchFlow.Server.Feeds;

/// <summary>
/// Signatures beside CSAF documents (CSAF 7.1.19), by the keys that a person has configured. Which keys a provider names in its metadata does
/// not count: whoever could alter a document could alter them.
/// </summary>
internal sealed class CsafSignatures
{
    private readonly IReadOnlyList<string> _keyrings;
    private readonly string _work;

    private readonly IReadOnlySet<string> _verified;

    private CsafSignatures(IReadOnlyList<string> keyrings, string work, IReadOnlySet<string> verified) => (_keyrings, _work, _verified) = (keyrings, work, verified);

    /// <summary>For a feed with keyrings; null for one without.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="work">A private folder.</param>
    /// <param name="verified">Digests of documents that were verified by these keys already.</param>
    /// <exception cref="FeedException">A keyring can't be read.</exception>
    public static CsafSignatures? Of(AdvisoryFeed feed, string work, IReadOnlySet<string> verified)
    {
        if (feed.Keyrings.IsEmpty)
        {
            return null;
        }

        var folder = Directory.CreateDirectory(Path.Combine(work, "gpgv")).FullName;
        // Decoded once, since several documents are verified at the same time.
        return new CsafSignatures(Keyring.ForGpgv(feed.Keyrings, folder), folder, verified);
    }

    /// <summary>Verifies a document's bytes.</summary>
    /// <param name="document">The bytes.</param>
    /// <param name="signature">The file with the signature.</param>
    /// <param name="name">The document's name.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">No good signature by one of the keys.</exception>
    public Task VerifyAsync(byte[] document, string signature, string name, CancellationToken cancel) =>
        _verified.Contains(PatchFlow.Core.Documents.Digest.Of(document).Hex) ? Task.CompletedTask : OpenPgp.VerifyDetachedAsync(document, signature, _keyrings, _work, name, cancel);

    /// <summary>Names what the trust in a feed's documents rests on: where the keys change, all of them are verified anew. Empty without keyrings.</summary>
    public static string TrustOf(AdvisoryFeed feed) => feed.Keyrings.IsEmpty ? ""
        : " signed " + string.Join(' ', feed.Keyrings.Select(Keyring.MarkOf));
}
