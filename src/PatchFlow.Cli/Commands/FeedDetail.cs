using PatchFlow.Client;

namespace PatchFlow.Cli.Commands;

/// <summary>One feed, as <c>patchflow feeds show</c> has it.</summary>
internal static class FeedDetail
{
    // What is said at these positions of a document refuses nothing.
    private static readonly string[] Noted = ["checksum", "date"];

    /// <summary>Prints it.</summary>
    public static void Print(Terminal terminal, FeedView feed)
    {
        terminal.Line(FeedCommands.Sentence(feed));
        terminal.Field("Address", $"{Words.Safe(feed.Address)}{(IsOfPackages(feed) ? $" {Words.Safe(feed.Suite)} {Words.Safe(string.Join(' ', feed.Components))} ({Words.Safe(feed.Arch)})" : "")}");
        terminal.Field("Kind", IsOfPackages(feed) ? "apt" : $"{Words.Safe(feed.Kind)}: it ranks patches and authorises none");
        PrintTrust(terminal, feed);
        if (IsOfPackages(feed))
        {
            terminal.Field("Security", $"{(feed.Security ? "yes: newer versions in it are patches" : "no: it lists what is installed, and files for the way back")}");
        }

        terminal.Field("Fetched", $"last try {Words.Time(feed.LastAttemptAt)}, last good {Words.Time(feed.LastSuccessAt)}, {Words.Count(feed.Failures, "failure")} in a row");
        if (InForce(feed) is { } inForce)
        {
            terminal.Field("In force", inForce);
        }

        PrintLastRefused(terminal, feed);
        if (feed.Kept is { } kept)
        {
            terminal.Field("Kept", Sentence(kept));
        }

        if (feed.Quarantined is { } waiting)
        {
            terminal.Field("Quarantined", $"of {Words.Time(waiting.Time)}, not used before 'patchflow feeds release {Words.Safe(feed.Name)} {Words.Safe(waiting.Digest)}'");
        }

        if (feed.Snapshot is { } snapshot)
        {
            PrintSnapshot(terminal, feed, snapshot);
        }
    }

    private static bool IsOfPackages(FeedView feed) => feed.Kind == "apt";

    private static string Trust(string trust) => trust switch
    {
        "signed" => "signed: each document has a good signature by one of the feed's keys",
        "tls only" => "tls only: the vendor's server answered, and no signature was looked at",
        _ => "none: not authenticated, whoever writes to that place can say anything",
    };

    // While an alarm stands what vouched for the snapshot vouches for that alone, and not for what the source has now.
    private static void PrintTrust(Terminal terminal, FeedView feed)
    {
        var (label, words) = feed.Vouching is { } vouching ? ("Vouched for", Words.Safe(vouching)) : ("Trust", feed.Trust is { } trust ? Trust(trust) : null);
        if (words is not null)
        {
            terminal.Field(label, feed.State != FeedState.Alarm ? words : $"only what is in use, as it came: {words}. What comes without the signature that it had is not used");
        }
    }

    // What holds while all is not well: the state alone does not say whether work may go on.
    private static string? InForce(FeedView feed) =>
        feed.State is FeedState.Fresh or FeedState.New ? feed.Blocked is { } why ? $"nothing may be approved or started on it: {Words.Safe(why)}" : null
        : !IsOfPackages(feed) ? feed.Snapshot is null ? "nothing of it ranks patches yet" : "what was taken in from it before goes on ranking patches, and nothing of it authorises any"
        : feed.Blocked is { } blocked ? $"nothing may be approved or started on it: {Words.Safe(blocked)}"
        : $"the snapshot below, of {Words.Time(feed.Snapshot?.Time)}: patches are still proposed, approved and started on it, until {Words.Time(feed.Snapshot?.UsableUntil)}; nothing newer is used yet";

    // What an export is made of.
    private static string Sentence(KeptAnswersView kept) =>
        kept.MostBytes == 0 ? "nothing of what the vendor answers, as keepMegabytes is 0: an export asks the vendor"
        : kept.AnsweredAt is null ? "nothing of what is in use: an export asks the vendor"
        : $"{Words.Count(kept.Answers, "answer")} of {Words.Time(kept.AnsweredAt)} for exports, {Words.Count(kept.Bytes)} bytes of {Words.Count(kept.MostBytes >> 20)} MB"
            + (kept.IsAll ? "" : ": not all, an export asks the vendor for the rest; raise keepMegabytes");

    // Of the attempt that failed, and so of nothing that is in use: told apart from what is refused of the snapshot.
    private static void PrintLastRefused(Terminal terminal, FeedView feed)
    {
        if (feed.LastRefused is not { } refused)
        {
            return;
        }

        terminal.Field("Failed try", $"{Words.Count(refused.Count, IsOfPackages(feed) ? "stanza" : "part")} refused in the last try, of which nothing is in use");
        foreach (var part in refused.Parts)
        {
            terminal.Line($"  refused in the last try: {Place(part)}: {Words.Safe(part.Reason)}");
        }

        PrintMore(terminal, "refused in the last try", refused.Count - refused.Parts.Count);
    }

    private static void PrintSnapshot(Terminal terminal, FeedView feed, FeedSnapshotView snapshot)
    {
        terminal.Field("Snapshot", $"{Words.Digest(snapshot.Digest)}, usable until {Words.Time(snapshot.UsableUntil)}, {Words.Count(snapshot.Refused, IsOfPackages(feed) ? "stanza" : "part")} refused");
        var parts = (snapshot.RefusedParts ?? []).Where(r => !Noted.Contains(r.Position)).ToList();
        parts.ForEach(refused => terminal.Line($"  refused: {Place(refused)}: {Words.Safe(refused.Reason)}"));
        // The same is noted of each document of a list: one line says it of all.
        foreach (var same in (snapshot.RefusedParts ?? []).Where(r => Noted.Contains(r.Position)).GroupBy(r => r.Reason, StringComparer.Ordinal))
        {
            terminal.Line($"  noted: {Words.Safe(same.First().File)}{(same.Count() > 1 ? $" and {Words.Count(same.Count() - 1)} more" : "")}: {Words.Safe(same.Key)}");
        }

        foreach (var refused in snapshot.RefusedStanzas ?? [])
        {
            terminal.Line($"  refused: {Words.Safe(refused.File)} line {refused.Line}: {Words.Safe(refused.Reason)}");
        }

        PrintMore(terminal, "refused", snapshot.Refused - parts.Count - (snapshot.RefusedStanzas?.Count ?? 0));
    }

    private static void PrintMore(Terminal terminal, string what, long more)
    {
        if (more > 0)
        {
            terminal.Line($"  {what}: and {Words.Count(more)} more");
        }
    }

    private static string Place(RefusedPartView part) => $"{Words.Safe(part.File)}{(part.Position.Length > 0 ? $" {Words.Safe(part.Position)}" : "")}";
}
