using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What vouches for the index of a repository of rpm. Where nothing does, its advisories rank patches all the same, and with either of them they
/// authorise none: no plan is made from them.
/// </summary>
/// <param name="Keyrings">Files with the keys that may sign <c>repomd.xml</c>; none where its signature is not asked for.</param>
/// <param name="Metalink">A list of mirrors with the checksums that <c>repomd.xml</c> must have; null where none is asked.</param>
/// <param name="Mirrors">Further addresses of the repository, which are asked where the first does not answer.</param>
internal sealed record RpmRepository(ImmutableArray<string> Keyrings, Uri? Metalink, ImmutableArray<Uri> Mirrors)
{
    /// <summary>The kind's name in the configuration.</summary>
    public const string KindName = "rpm-repository";

    // Vendors publish advisories when there are some: weeks without one are usual.
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(30);

    /// <summary>Whether anything vouches for its index.</summary>
    public bool IsVouchedFor => !Keyrings.IsEmpty || Metalink is not null;

    /// <summary>Addresses beside the repository's own.</summary>
    public IEnumerable<Uri> Addresses => Metalink is null ? Mirrors : Mirrors.Append(Metalink);

    /// <summary>What vouches for it, in words.</summary>
    public string Vouching => (Keyrings.IsEmpty, Metalink) switch
    {
        (false, null) => $"its index is signed by a key in {string.Join(", ", Keyrings)}",
        (false, _) => $"its index is signed by a key in {string.Join(", ", Keyrings)}, and the mirror list at {Metalink} has its checksum",
        (true, not null) => $"the mirror list at {Metalink} has its index's checksum",
        _ => "nothing vouches for it: whoever answers in its place ranks as they like; set keyring or metalink",
    };

    /// <summary>What else than the address a snapshot depends on: where this changes, as when a key is taken out of a keyring, nothing that was known of it counts.</summary>
    public string Source => $"{string.Concat(Keyrings.Select(k => $" signed by {k} {Keyring.MarkOf(k)}"))}{(Metalink is null ? "" : $" as in {Metalink}")}";

    /// <summary>The feed of an entry of the configuration.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong: the message names it and the remedy.</exception>
    public static AdvisoryFeed Feed(FeedOptions entry, string place)
    {
        Uri? metalink = null;
        var mirrors = new List<Uri>();
        var problem = Problem(entry, out var address) ?? ProblemOfMetalink(entry.Metalink, out metalink) ?? ProblemOfMirrors(entry.Mirrors, mirrors);
        return problem is null
            ? new AdvisoryFeed(
                entry.Name!,
                DocumentKind.Updateinfo,
                address!,
                entry.Platform ?? "",
                entry.Schedule ?? FeedOptions.DefaultSchedule,
                entry.MaxAgeHours is { } hours ? TimeSpan.FromHours(hours) : MaxAge)
            {
                KeepBytes = AdvisoryFeed.KeepBytesOf(entry),
                PrivateNetwork = entry.PrivateNetwork,
                Repository = new([.. (entry.Keyring ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)], metalink, [.. mirrors]),
            }
            : throw new InvalidOperationException($"{place} ({entry.Name ?? "without a name"}): {problem}");
    }

    private static string? Problem(FeedOptions entry, out Uri? address)
    {
        address = null;
        return !FeedValidation.IsName(entry.Name) ? FeedValidation.NameRule
            : !FeedValidation.TryAddress(entry.Address, out address) ? $"address '{entry.Address}' is not an http, https or file address without user, query and fragment"
            : address!.AbsolutePath.EndsWith("/repodata/", StringComparison.Ordinal) || address.AbsolutePath.EndsWith(".xml/", StringComparison.Ordinal)
                ? $"address '{entry.Address}' must be the repository's own, below which repodata/repomd.xml lies: leave that part out"
            : entry.Keyring is not null && string.IsNullOrWhiteSpace(entry.Keyring) ? "keyring is empty: name the file with the vendor's public keys, or leave it out where the index is not signed"
            : entry.Security || entry.Suite is not null || entry.Components.Length > 0 || entry.Arch is not null
                ? $"security, suite, components and arch are for apt: a feed of kind {KindName} ranks patches and authorises none"
            : FeedValidation.ProblemOfTimes(entry) is { } times ? times
            : entry.MaxSilenceHours is not null ? "maxSilenceHours is for feeds without a date of their own: a repository's index has one, by which maxAgeHours counts; leave it out"
            : AdvisoryFeed.ProblemOfKeeping(entry) ?? FeedValidation.ProblemOfTrust(entry);
    }

    // It has no signature of its own: the way to it is what vouches for it.
    private static string? ProblemOfMetalink(string? text, out Uri? metalink)
    {
        metalink = null;
        if (text is null)
        {
            return null;
        }

        return !Uri.TryCreate(text, UriKind.Absolute, out metalink) || metalink is not { UserInfo: "", Fragment: "" } || (metalink.IsFile && metalink.IsUnc)
            ? $"metalink '{text}' is not an https or file address without user and fragment"
            : metalink.IsFile || metalink.Scheme == Uri.UriSchemeHttps || (metalink.Scheme == Uri.UriSchemeHttp && metalink.IsLoopback) ? null
            : $"metalink '{text}' must be an https address: over another way whoever stands in it could vouch for any index";
    }

    private static string? ProblemOfMirrors(string[] texts, List<Uri> mirrors)
    {
        foreach (var text in texts)
        {
            if (!FeedValidation.TryAddress(text, out var mirror))
            {
                return $"mirrors: '{text}' is not an http, https or file address without user, query and fragment";
            }

            mirrors.Add(mirror!);
        }

        return null;
    }
}
