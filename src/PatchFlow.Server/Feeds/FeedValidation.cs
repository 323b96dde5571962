using System.Text.RegularExpressions;
using PatchFlow.Core.Advisories;
using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>Turns an entry of the configuration into a feed, or says which setting is wrong.</summary>
internal static partial class FeedValidation
{
    /// <summary>How feeds are named, in words.</summary>
    public const string NameRule = "name must be 1 to 63 of a-z, 0-9 and '-', and not begin with '-'";

    // Twenty years.
    private const int MostHours = 20 * 366 * 24;

    public static Feed Feed(FeedOptions entry, string place)
    {
        var problem = Problem(entry, out var address);
        return problem is null
            ? new Feed(
                entry.Name!,
                address!,
                Suite(entry),
                [.. entry.Components],
                entry.Arch!,
                [.. entry.Keyring!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)],
                entry.Security,
                entry.Schedule ?? FeedOptions.DefaultSchedule,
                TimeSpan.FromHours(entry.MaxAgeHours ?? (entry.Security ? 10 * 24 : 400 * 24)))
            { PrivateNetwork = entry.PrivateNetwork }
            : throw new InvalidOperationException($"{place} ({entry.Name ?? "without a name"}): {problem}");
    }

    private static string? Problem(FeedOptions entry, out Uri? address)
    {
        address = null;
        return !IsName(entry.Name) ? NameRule
            : !TryAddress(entry.Address, out address) ? $"address '{entry.Address}' is not an http, https or file address without user, query and fragment"
            : !(IsFlat(entry) && Suite(entry) == ".") && !AptGrammar.TryPath(Suite(entry), out _) ? $"suite '{entry.Suite}' is not a path below dists/"
            : IsFlat(entry) && entry.Components.Length > 0 ? $"suite '{entry.Suite}' ends in a slash, which means a flat repository, and those have no components: leave them out, or take the slash away"
            : !IsFlat(entry) && (entry.Components.Length == 0 || entry.Components.Any(c => !AptGrammar.TryPath(c, out _))) ? "components must name at least one component, such as 'main'"
            : !AptGrammar.IsArch(entry.Arch ?? "") ? $"arch '{entry.Arch}' is not an architecture, such as 'amd64'"
            : string.IsNullOrWhiteSpace(entry.Keyring) ? "keyring must name the file with the vendor's public keys: an unsigned feed is never used"
            : Trusted(entry.Trust) is { } trust ? trust
            : entry.Trust is not (null or "content") ? $"trust '{entry.Trust}' can't be had by a feed of kind apt, which lists packages under their vendor's signature and nothing to rank by: say 'content', and security false where nothing of it is to be proposed"
            : ProblemOfTimes(entry) is { } times ? times
            : entry.KeepMegabytes is not null ? "keepMegabytes is for vendors' documents: of a suite the snapshot is kept; leave it out"
            : entry.MaxSilenceHours is not null ? "maxSilenceHours is for vendors' documents: a suite has Valid-Until, or maxAgeHours; leave it out"
            : null;
    }

    private static bool IsFlat(FeedOptions entry) => entry.Suite is { } suite && suite.EndsWith('/');

    private static string Suite(FeedOptions entry) => (entry.Suite ?? "").Trim('/') is { Length: > 0 } suite ? suite : IsFlat(entry) ? "." : "";

    public static bool TryAddress(string? text, out Uri? address)
    {
        var isAddress = Uri.TryCreate(text?.TrimEnd('/') + "/", UriKind.Absolute, out address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps || (address.IsFile && !address.IsUnc))
            && address is { UserInfo: "", Query: "", Fragment: "" };
        return isAddress;
    }

    /// <summary>What is wrong with the trust of a feed that authorises nothing; null where nothing is.</summary>
    public static string? ProblemOfTrust(FeedOptions entry) => entry.Trust is null or "rank" ? null
        : Trusted(entry.Trust) is { } problem ? problem
        : $"trust '{entry.Trust}' can't be had by a feed of kind {entry.Kind}: no signature covers packages in it, so it ranks patches and never authorises content; say 'rank', and take packages from a feed of kind apt";

    // A word that is none says nothing of what the feed's kind may have.
    private static string? Trusted(string? trust) => trust is null or "content" or "rank" ? null
        : $"trust '{trust}' is not a trust: say 'content' for a feed of kind apt, 'rank' for every other kind, or leave it out";

    /// <summary>What is wrong with when a feed is fetched, and with how old it may be; null where nothing is.</summary>
    public static string? ProblemOfTimes(FeedOptions entry) =>
        !CronExpression.TryParse(entry.Schedule ?? FeedOptions.DefaultSchedule, out var schedule) ? $"schedule '{entry.Schedule}' is not a Quartz cron expression, such as '0 17 * * * ?'"
        : schedule.GetNextValidTimeAfter(DateTimeOffset.UtcNow) is null ? $"schedule '{entry.Schedule}' never comes: '0 17 * * * ?' is 17 minutes past each hour"
        : entry.MaxAgeHours is <= 0 or > MostHours ? $"maxAgeHours must be 1 to {MostHours}"
        : entry.MaxSilenceHours is <= 0 or > MostHours ? $"maxSilenceHours must be 1 to {MostHours}"
        : null;

    /// <summary>Whether a feed may be named so: as an argument of a command it must not look like an option.</summary>
    public static bool IsName(string? name) => NamePattern().IsMatch(name ?? "") && name![0] != '-';

    [GeneratedRegex("^[a-z0-9-]{1,63}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
