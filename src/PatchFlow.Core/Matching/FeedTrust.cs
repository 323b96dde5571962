namespace PatchFlow.Core.Matching;

/// <summary>How sure it is that a feed's documents are its vendor's; in ascending order. What is less sure silences nothing that is surer.</summary>
public enum FeedTrust
{
    /// <summary>Nobody vouches for them.</summary>
    None,

    /// <summary>The vendor's server was asked over TLS.</summary>
    TlsOnly,

    /// <summary>Signed by a key that a person has configured.</summary>
    Signed,
}
