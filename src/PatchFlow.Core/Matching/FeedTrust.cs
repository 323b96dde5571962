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

/// <summary>What would have silenced a finding, if its feed were trusted as far as the finding's.</summary>
/// <param name="Vulnerability">The vulnerability that it is on.</param>
/// <param name="Advisory">The advisory that says so.</param>
/// <param name="IsDenial">Whether it says in as many words that the package is not affected; else that the installed version is none that is affected.</param>
/// <param name="Trust">How far its feed is trusted.</param>
public sealed record Contradiction(string Vulnerability, AdvisorySummary Advisory, bool IsDenial, FeedTrust Trust)
{
    /// <summary>The same in words, for people. An advisory's key begins with its feed.</summary>
    public string Text => $"{Advisory.Id} ({Advisory.Key.Split('/')[0]}) says that it is {(IsDenial ? "not affected" : "mended or not affected")}, and closes nothing: "
        + $"its feed ({(Trust == FeedTrust.TlsOnly ? "tls only" : "none")}) is trusted less than the one that says that it is affected";
}
