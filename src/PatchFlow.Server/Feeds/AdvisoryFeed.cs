using System.Collections.Frozen;
using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// A configured feed of vendors' documents: they say what is affected, and how urgent it is. Signed or not, they rank and report, and no
/// plan is ever made from them: what a plan may contain comes from a <see cref="Feed"/>.
/// </summary>
/// <param name="Name">Its id.</param>
/// <param name="Kind">What its documents are.</param>
/// <param name="Address">A document, an archive of documents, a list of documents, a provider's metadata, a folder, or a vendor's interface.</param>
/// <param name="Platform">The platform that is meant where a document names none; empty where the documents name theirs.</param>
/// <param name="Schedule">Cron expression, UTC.</param>
/// <param name="MaxAge">From when on it is stale.</param>
internal sealed record AdvisoryFeed(string Name, DocumentKind Kind, Uri Address, string Platform, string Schedule, TimeSpan MaxAge)
{
    private const int DefaultSilenceDays = 400;
    private const long MostKeepMegabytes = 1 << 20;
    private const long DefaultKeepMegabytes = 2048;
    private const string Signed = "signed";

    // What other kinds hold are packages, and the ways to them: those need a signature.
    private static readonly FrozenSet<DocumentKind> Kinds = new[]
    {
        DocumentKind.AlmaErrata, DocumentKind.AlpineSecdb, DocumentKind.BodhiUpdates, DocumentKind.Csaf, DocumentKind.DebianList, DocumentKind.DebianMail,
        DocumentKind.DebianSupportEnded, DocumentKind.DebianSupportLimited, DocumentKind.DebianTracker, DocumentKind.Epss, DocumentKind.Kev, DocumentKind.KevCsv, DocumentKind.OpenVex,
        DocumentKind.Osv, DocumentKind.RockyErrata, DocumentKind.Updateinfo, DocumentKind.UsnDatabase, DocumentKind.UsnNotices,
        DocumentKind.Cvrf, DocumentKind.MsrcCvrf, DocumentKind.MsrcCvrfJson, DocumentKind.MsrcDeployments, DocumentKind.MsrcProducts,
        DocumentKind.MsrcVulnerabilities, DocumentKind.UpdateCatalog,
    }.ToFrozenSet();

    /// <summary>What vouches for a repository of rpm whose index leads to the document; null where the address is that of documents.</summary>
    public RpmRepository? Repository { get; init; }

    /// <summary>How long its vendor may publish nothing before it is stale: a copy that nobody updates any more answers just as well.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromDays(DefaultSilenceDays);

    /// <summary>How many bytes of what it answers are kept, packed, for an export and for a fetch that was cut off; none where it is 0.</summary>
    public long KeepBytes { get; init; } = DefaultKeepMegabytes << 20;

    /// <summary>Whether its source says how new all of it is, as a catalogue or an index does; else that is the latest of its records.</summary>
    public bool IsDated => Repository is not null || Kind is DocumentKind.Epss or DocumentKind.Kev;

    /// <summary>Whether its documents say nothing of when they are of, or days alone: then what the server says of when they were changed counts.</summary>
    public bool IsUndated => Repository is null && Kind is DocumentKind.AlpineSecdb or DocumentKind.DebianSupportEnded or DocumentKind.DebianSupportLimited or DocumentKind.DebianTracker or DocumentKind.KevCsv;

    /// <summary>What its dates are of. Those of a catalogue are the same on each mirror; records and repositories at another address are others.</summary>
    public string DatedBy => IsDated && Repository is null ? KindName : $"{KindName} {Address.AbsoluteUri}";

    /// <summary>Whether its hosts' names may resolve to private addresses.</summary>
    public bool PrivateNetwork { get; init; }

    /// <summary>Files with the keys that may sign its documents; none where signatures are not asked for.</summary>
    public ImmutableArray<string> Keyrings { get; init; } = [];

    /// <summary>Further hosts at which its documents may be, as addresses with https.</summary>
    public ImmutableArray<Uri> Hosts { get; init; } = [];

    /// <summary>Every address that it is fetched from, with whether its host's name may resolve to a private address.</summary>
    public IEnumerable<(Uri Address, bool MayBePrivate)> Addresses => new[] { Address }.Concat(Hosts).Concat(Repository?.Addresses ?? []).Select(a => (a, MayBePrivate(a)));

    /// <summary>
    /// How sure it is that its documents are the vendor's: <c>signed</c>, <c>tls only</c>, or <c>none</c>. It changes nothing of what they may do; what is less
    /// sure silences nothing that is surer.
    /// </summary>
    public string Trust => Keyrings.IsEmpty && Repository is not { Keyrings.IsEmpty: false } ? TransportTrust : Signed;

    /// <summary>Whether a snapshot that is in use is of this address and was signed, by whichever keys. Where the database does not know, it counts as signed if the feed was ever used.</summary>
    public bool WasSigned(AdvisoryFeedRow row, FeedMark mark) =>
        Trust == Signed && (row.Source is null ? mark.HighWater is not null : IsSigned(row.Source));

    /// <summary>How sure it is of the snapshot in use, which may be from before there were keys.</summary>
    public FeedTrust TrustIn(AdvisoryFeedRow row) => Trust == Signed && row.Source is not null && IsSigned(row.Source) ? FeedTrust.Signed
        : Address.Scheme == Uri.UriSchemeHttps ? FeedTrust.TlsOnly : FeedTrust.None;

    /// <summary>The same where nobody looks at signatures.</summary>
    public string TransportTrust => Address.Scheme == Uri.UriSchemeHttps ? "tls only" : "none";

    /// <summary>The kind's name in the configuration.</summary>
    public string KindName => Repository is null ? DocumentKinds.NameOf(Kind) : RpmRepository.KindName;

    /// <summary>Whether it says how likely or certain exploits are, and nothing of packages.</summary>
    public bool IsOfThreats => Kind is DocumentKind.Epss or DocumentKind.Kev or DocumentKind.KevCsv;

    /// <summary>Whether it says of which packages support has ended or is limited.</summary>
    public bool IsOfSupport => Kind is DocumentKind.DebianSupportEnded or DocumentKind.DebianSupportLimited;

    /// <summary>The feed of an entry of the configuration.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong: the message names it and the remedy.</exception>
    public static AdvisoryFeed Of(FeedOptions entry, string place)
    {
        if (entry.Kind == RpmRepository.KindName)
        {
            return RpmRepository.Feed(entry, place);
        }

        var problem = Problem(entry, out var kind, out var address);
        return problem is null
            ? new AdvisoryFeed(entry.Name!, kind, address!, entry.Platform ?? "", entry.Schedule ?? FeedOptions.DefaultSchedule, TimeSpan.FromHours(entry.MaxAgeHours ?? (IsKev(kind) ? 30 : 7) * 24))
            {
                MaxSilence = TimeSpan.FromHours(entry.MaxSilenceHours ?? DefaultSilenceDays * 24),
                KeepBytes = KeepBytesOf(entry),
                PrivateNetwork = entry.PrivateNetwork,
                Keyrings = [.. Words(entry.Keyring)],
                Hosts = [.. entry.Hosts.Select(HostOf).OfType<Uri>()],
            }
            : throw new InvalidOperationException($"{place} ({entry.Name ?? "without a name"}): {problem}");
    }

    /// <summary>How much of what an entry's feed answers is kept.</summary>
    public static long KeepBytesOf(FeedOptions entry) => (entry.KeepMegabytes ?? DefaultKeepMegabytes) << 20;

    /// <summary>What is wrong with that; null where nothing is.</summary>
    public static string? ProblemOfKeeping(FeedOptions entry) =>
        entry.KeepMegabytes is < 0 or > MostKeepMegabytes ? $"keepMegabytes must be 0 to {MostKeepMegabytes}" : null;

    // What is behind a mere folder is known of vendors' interfaces, and of a domain with CSAF.
    private static bool IsFound(DocumentKind kind, Uri address) => RemoteAddress.Of(kind, address) is not null || (kind == DocumentKind.Csaf && CsafDiscovery.IsFor(address));

    private static string? Problem(FeedOptions entry, out DocumentKind kind, out Uri? address)
    {
        (kind, address) = (default, null);
        if (DocumentKinds.Named(entry.Kind) is not { } named || !Kinds.Contains(named))
        {
            return $"kind '{entry.Kind}' is unknown: use apt, machine-apt, {RpmRepository.KindName}, {string.Join(", ", Kinds.Select(DocumentKinds.NameOf).Order(StringComparer.Ordinal))}";
        }

        kind = named;
        return !FeedValidation.IsName(entry.Name) ? FeedValidation.NameRule
            : !TryAddress(entry.Address, out address) ? $"address '{entry.Address}' is not an http, https or file address without user and fragment"
            : !address!.IsFile && address.AbsolutePath.EndsWith('/') && !IsFound(named, address) ? $"address '{entry.Address}' is a folder, which only a file address may be: name the document, the .zip or .tar, or the list (index.txt, changes.csv)"
            : RemoteAddress.Problem(named, address) is { } problem ? problem
            : entry.Security || (entry.Keyring is not null && kind != DocumentKind.Csaf) || entry.Suite is not null || entry.Components.Length > 0 || entry.Arch is not null
                ? $"security, keyring (but of csaf), suite, components and arch are for apt: a feed of kind {entry.Kind} ranks patches and authorises none"
            : entry.Keyring is not null && Words(entry.Keyring).Length == 0 ? "keyring names no file: name the one with the vendor's public keys, or leave it out"
            : entry.Hosts.Length > 0 && (kind != DocumentKind.Csaf || address.IsFile) ? "hosts are for csaf, with an address that is no file"
            : Array.Find(entry.Hosts, h => HostOf(h) is null) is { } wrong ? $"hosts: '{wrong}' is no host such as 'cdn.vendor.example' or 'cdn.vendor.example:8443'"
            : entry.Metalink is not null || entry.Mirrors.Length > 0 ? $"metalink and mirrors are for {RpmRepository.KindName}: leave them out, or name the repository"
            : kind is DocumentKind.DebianSupportEnded or DocumentKind.DebianSupportLimited && string.IsNullOrEmpty(entry.Platform) ? "platform must name the release that the list is for, such as 'Debian:12'"
            : FeedValidation.ProblemOfTimes(entry) is { } times ? times
            : entry.MaxSilenceHours is not null && kind is DocumentKind.Epss or DocumentKind.Kev ? $"maxSilenceHours is for feeds without a date of their own: {entry.Kind} has one, by which maxAgeHours counts; leave it out"
            : ProblemOfKeeping(entry) ?? FeedValidation.ProblemOfTrust(entry);
    }

    private static bool TryAddress(string? text, out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps || (address.IsFile && !address.IsUnc && address.Query.Length == 0))
        && address is { UserInfo: "", Fragment: "" };

    private static string[] Words(string? text) => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static Uri? HostOf(string host) =>
        Uri.TryCreate($"https://{host}/", UriKind.Absolute, out var address) && address.Authority.Equals(host, StringComparison.OrdinalIgnoreCase) && address.AbsolutePath == "/" ? address : null;

    private bool MayBePrivate(Uri address) => PrivateNetwork || address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || address.Host == "localhost";

    private bool IsSigned(string source) => source.StartsWith($"{KindName} {Address.AbsoluteUri} {Signed} ", StringComparison.Ordinal);

    private static bool IsKev(DocumentKind kind) => kind is DocumentKind.Kev or DocumentKind.KevCsv;
}
