namespace PatchFlow.Core.Matching;

/// <summary>
/// What would have silenced a finding, if its feed were trusted as far as the finding's; or that there is no fix, said by a feed that is trusted further than the one
/// that states it.
/// </summary>
/// <param name="Vulnerability">The vulnerability that it is on.</param>
/// <param name="Advisory">The advisory that says so.</param>
/// <param name="Says">
/// <see cref="Answer.NotAffected"/> where it says in as many words that the package is not affected, <see cref="Answer.Patched"/> where the installed version is none
/// that is affected; <see cref="Answer.NoFixYet"/>, <see cref="Answer.WillNotFix"/> or <see cref="Answer.SupportEnded"/> against a fix.
/// </param>
/// <param name="Trust">How far its feed is trusted.</param>
public sealed record Contradiction(string Vulnerability, AdvisorySummary Advisory, Answer Says, FeedTrust Trust)
{
    /// <summary>The same in words, for people. An advisory's key begins with its feed.</summary>
    public string Text => $"{Advisory.Id} ({Advisory.Key.Split('/')[0]}) says that " + Says switch
    {
        Answer.NoFixYet => $"there is no fix yet: {Further}",
        Answer.WillNotFix => $"it will not be mended: {Further}",
        Answer.SupportEnded => $"its support has ended: {Further}",
        _ => $"it is {(Says == Answer.NotAffected ? "not affected" : "mended or not affected")}, and closes nothing: its feed ({Word}) is trusted less than the one that says that it is affected",
    };

    private string Further => $"its feed ({Word}) is trusted further than the one that states the fix";

    private string Word => Trust switch { FeedTrust.Signed => "signed", FeedTrust.TlsOnly => "tls only", _ => "none" };
}
