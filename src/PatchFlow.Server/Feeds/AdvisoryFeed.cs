using System.Collections.Frozen;
using PatchFlow.Core.Advisories;
using Quartz;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// A configured feed of vendors' documents: they say what is affected, and how urgent it is. Nothing in them is signed here, so they rank
/// and report, and no plan is ever made from them: what a plan may contain comes from a <see cref="Feed"/>.
/// </summary>
/// <param name="Name">Its id.</param>
/// <param name="Kind">What its documents are.</param>
/// <param name="Address">A document, an archive of documents, a list of documents, a folder, or a vendor's interface.</param>
/// <param name="Platform">The platform that is meant where a document names none; empty where the documents name theirs.</param>
/// <param name="Schedule">Cron expression, UTC.</param>
/// <param name="MaxAge">From when on it is stale.</param>
internal sealed record AdvisoryFeed(string Name, DocumentKind Kind, Uri Address, string Platform, string Schedule, TimeSpan MaxAge)
{
    // What other kinds hold are packages, and the ways to them: those need a signature.
    private static readonly FrozenSet<DocumentKind> Kinds = new[]
    {
        DocumentKind.AlmaErrata, DocumentKind.AlpineSecdb, DocumentKind.BodhiUpdates, DocumentKind.Csaf, DocumentKind.DebianList, DocumentKind.DebianMail,
        DocumentKind.DebianSupportEnded, DocumentKind.DebianTracker, DocumentKind.Epss, DocumentKind.Kev, DocumentKind.KevCsv, DocumentKind.OpenVex,
        DocumentKind.Osv, DocumentKind.RockyErrata, DocumentKind.Updateinfo, DocumentKind.UsnDatabase, DocumentKind.UsnNotices,
        DocumentKind.Cvrf, DocumentKind.MsrcCvrf, DocumentKind.MsrcCvrfJson, DocumentKind.MsrcDeployments, DocumentKind.MsrcProducts,
        DocumentKind.MsrcVulnerabilities, DocumentKind.UpdateCatalog,
    }.ToFrozenSet();

    /// <summary>Whether its host's name may resolve to a private address.</summary>
    public bool PrivateNetwork { get; init; }

    /// <inheritdoc cref="Feed.MayBePrivate"/>
    public bool MayBePrivate => PrivateNetwork || Address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || Address.Host == "localhost";

    /// <summary>The kind's name in the configuration.</summary>
    public string KindName => DocumentKinds.NameOf(Kind);

    /// <summary>Whether it says how likely or certain exploits are, and nothing of packages.</summary>
    public bool IsOfThreats => Kind is DocumentKind.Epss or DocumentKind.Kev or DocumentKind.KevCsv;

    /// <summary>The feed of an entry of the configuration.</summary>
    /// <exception cref="InvalidOperationException">A setting is wrong: the message names it and the remedy.</exception>
    public static AdvisoryFeed Of(FeedOptions entry, string place)
    {
        var problem = Problem(entry, out var kind, out var address);
        return problem is null
            ? new AdvisoryFeed(entry.Name!, kind, address!, entry.Platform ?? "", entry.Schedule, TimeSpan.FromHours(entry.MaxAgeHours ?? (IsKev(kind) ? 30 : 7) * 24))
            { PrivateNetwork = entry.PrivateNetwork }
            : throw new InvalidOperationException($"{place} ({entry.Name ?? "without a name"}): {problem}");
    }

    private static string? Problem(FeedOptions entry, out DocumentKind kind, out Uri? address)
    {
        (kind, address) = (default, null);
        if (DocumentKinds.Named(entry.Kind) is not { } named || !Kinds.Contains(named))
        {
            return $"kind '{entry.Kind}' is unknown: use apt, machine-apt, {string.Join(", ", Kinds.Select(DocumentKinds.NameOf).Order(StringComparer.Ordinal))}";
        }

        kind = named;
        return !FeedValidation.IsName(entry.Name) ? "name must be 1 to 63 of a-z, 0-9 and '-'"
            : !TryAddress(entry.Address, out address) ? $"address '{entry.Address}' is not an http, https or file address without user and fragment"
            : !address!.IsFile && address.AbsolutePath.EndsWith('/') && RemoteAddress.Of(named, address) is null ? $"address '{entry.Address}' is a folder, which only a file address may be: name the document, the .zip, or the list (index.txt, changes.csv)"
            : RemoteAddress.Problem(named, address) is { } problem ? problem
            : entry.Security || entry.Keyring is not null || entry.Suite is not null || entry.Components.Length > 0 || entry.Arch is not null
                ? $"security, keyring, suite, components and arch are for apt: a feed of kind {entry.Kind} ranks patches and authorises none"
            : kind == DocumentKind.DebianSupportEnded && string.IsNullOrEmpty(entry.Platform) ? "platform must name the release that the list is for, such as 'Debian:12'"
            : !CronExpression.TryParse(entry.Schedule, out _) ? $"schedule '{entry.Schedule}' is not a Quartz cron expression, such as '0 17 * * * ?'"
            : entry.MaxAgeHours is <= 0 ? "maxAgeHours must be above 0"
            : null;
    }

    private static bool TryAddress(string? text, out Uri? address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps || (address.IsFile && !address.IsUnc && address.Query.Length == 0))
        && address is { UserInfo: "", Fragment: "" };

    private static bool IsKev(DocumentKind kind) => kind is DocumentKind.Kev or DocumentKind.KevCsv;
}
