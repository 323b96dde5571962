using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text;

namespace PatchFlow.Core.Advisories;

/// <summary>The kinds of vendors' documents that can be read.</summary>
public enum DocumentKind
{
    /// <summary>AlmaLinux' errata as JSON.</summary>
    AlmaErrata,

    /// <summary>Alpine's (Wolfi's, Chainguard's) security database.</summary>
    AlpineSecdb,

    /// <summary>A <c>Packages</c> index of an archive of apt.</summary>
    AptPackages,

    /// <summary><c>InRelease</c> or <c>Release</c> of an archive of apt; its signature is not looked at.</summary>
    AptRelease,

    /// <summary>Updates of Bodhi, Fedora's update system, as JSON.</summary>
    BodhiUpdates,

    /// <summary>An advisory or VEX document of CSAF 2.0 or 2.1.</summary>
    Csaf,

    /// <summary>The list of an aggregator of CSAF.</summary>
    CsafAggregator,

    /// <summary>A list of a directory of CSAF documents: <c>index.txt</c>, <c>changes.csv</c>, <c>deletions.csv</c>.</summary>
    CsafIndex,

    /// <summary>The metadata of a provider of CSAF.</summary>
    CsafProvider,

    /// <summary>An advisory of CVRF 1.1 or 1.2.</summary>
    Cvrf,

    /// <summary>A clear-signed announcement of Debian's security team; its signature is not looked at.</summary>
    DebianMail,

    /// <summary><c>DSA/list</c> or <c>DLA/list</c> of Debian's security tracker.</summary>
    DebianList,

    /// <summary><c>security-support-ended.deb*</c> of debian-security-support.</summary>
    DebianSupportEnded,

    /// <summary><c>security-support-limited</c> of debian-security-support.</summary>
    DebianSupportLimited,

    /// <summary>The JSON export of Debian's security tracker.</summary>
    DebianTracker,

    /// <summary>FIRST's EPSS scores.</summary>
    Epss,

    /// <summary>CISA's catalogue of known exploited vulnerabilities, as JSON.</summary>
    Kev,

    /// <summary>The same as CSV.</summary>
    KevCsv,

    /// <summary>A list of mirrors of a repository of rpm.</summary>
    Metalink,

    /// <summary>A month of Microsoft's security updates, as XML.</summary>
    MsrcCvrf,

    /// <summary>The same as JSON.</summary>
    MsrcCvrfJson,

    /// <summary>A page of deployments of Microsoft's Security Update Guide.</summary>
    MsrcDeployments,

    /// <summary>The list of Microsoft's months.</summary>
    MsrcMonths,

    /// <summary>A page of affected products of Microsoft's Security Update Guide.</summary>
    MsrcProducts,

    /// <summary>A page of vulnerabilities of Microsoft's Security Update Guide.</summary>
    MsrcVulnerabilities,

    /// <summary>An OpenVEX document.</summary>
    OpenVex,

    /// <summary>An OSV record.</summary>
    Osv,

    /// <summary>The index of a repository of rpm, <c>repomd.xml</c>.</summary>
    Repomd,

    /// <summary>A page of Rocky Linux' errata API.</summary>
    RockyErrata,

    /// <summary>A ROLIE feed of CSAF documents.</summary>
    RolieFeed,

    /// <summary>A ROLIE service document, which lists feeds.</summary>
    RolieService,

    /// <summary>The list of packages of a repository of rpm, <c>primary.xml</c>.</summary>
    RpmPrimary,

    /// <summary>A page of the Microsoft Update Catalog.</summary>
    UpdateCatalog,

    /// <summary>The advisories of a repository of rpm, <c>updateinfo.xml</c>.</summary>
    Updateinfo,

    /// <summary>Ubuntu's <c>usn-db</c>.</summary>
    UsnDatabase,

    /// <summary>A page of Ubuntu's notices API.</summary>
    UsnNotices,
}

/// <summary>Tells kinds by name, and by what a document begins with.</summary>
public static class DocumentKinds
{
    /// <summary>How many bytes of a document <see cref="Guess"/> wants to see.</summary>
    public const int HeadBytes = 64 << 10;

    private static readonly ImmutableArray<(DocumentKind Kind, string[] Marks)> Json =
    [
        (DocumentKind.Csaf, ["\"csaf_version\""]),
        (DocumentKind.CsafAggregator, ["\"aggregator_version\""]),
        (DocumentKind.CsafProvider, ["\"canonical_url\"", "\"metadata_version\""]),
        (DocumentKind.MsrcDeployments, ["$metadata#deployment"]),
        (DocumentKind.MsrcMonths, ["$metadata#Updates"]),
        (DocumentKind.MsrcProducts, ["$metadata#affectedProduct"]),
        (DocumentKind.MsrcVulnerabilities, ["$metadata#vulnerability"]),
        (DocumentKind.MsrcCvrfJson, ["\"DocumentTracking\"", "\"DocumentPublisher\""]),
        (DocumentKind.OpenVex, ["openvex.dev/ns"]),
        (DocumentKind.Kev, ["\"catalogVersion\""]),
        (DocumentKind.AlpineSecdb, ["\"secfixes\""]),
        (DocumentKind.UsnNotices, ["\"notices\"", "\"release_packages\""]),
        (DocumentKind.RockyErrata, ["\"advisories\"", "\"affected_products\""]),
        (DocumentKind.BodhiUpdates, ["\"updateid\"", "\"builds\""]),
        (DocumentKind.AlmaErrata, ["\"issued_date\"", "\"packages\""]),
        (DocumentKind.DebianTracker, ["\"releases\"", "\"repositories\""]),
        (DocumentKind.UsnDatabase, ["\"releases\"", "\"cves\""]),
        (DocumentKind.RolieFeed, ["\"feed\"", "\"entry\"", "\"updated\""]),
        (DocumentKind.RolieService, ["\"service\"", "\"workspace\""]),
        (DocumentKind.Osv, ["\"id\"", "\"modified\""]),
        // Of a record of many packages these may stand behind them, further on than is looked.
        (DocumentKind.Osv, ["\"affected\"", "\"ecosystem\"", "\"package\""]),
    ];

    // The local name of the root element.
    private static readonly FrozenDictionary<string, DocumentKind> Xml = new Dictionary<string, DocumentKind>
    {
        ["cvrfdoc"] = DocumentKind.Cvrf,
        ["metadata"] = DocumentKind.RpmPrimary,
        ["metalink"] = DocumentKind.Metalink,
        ["repomd"] = DocumentKind.Repomd,
        ["updates"] = DocumentKind.Updateinfo,
    }.ToFrozenDictionary();

    private static readonly ImmutableArray<(DocumentKind Kind, string Begin)> Text =
    [
        (DocumentKind.Epss, "#model_version:"),
        (DocumentKind.Epss, "cve,epss"),
        (DocumentKind.KevCsv, "cveID,"),
        (DocumentKind.KevCsv, "\"cveID\","),
    ];

    /// <summary>The kind's name on the command line: <c>debian-tracker</c>.</summary>
    public static string NameOf(DocumentKind kind) =>
        string.Concat($"{kind}".Select((c, at) => char.IsAsciiLetterUpper(c) && at > 0 ? $"-{char.ToLowerInvariant(c)}" : $"{char.ToLowerInvariant(c)}"));

    /// <summary>The kind of a name; null where there is none.</summary>
    public static DocumentKind? Named(string name) =>
        Enum.GetValues<DocumentKind>().Where(kind => NameOf(kind) == name).Select(kind => (DocumentKind?)kind).FirstOrDefault();

    /// <summary>The kind that a document seems to be; null where nothing tells it.</summary>
    /// <param name="file">Its name or path; only lists of Debian's ended support and of directories of CSAF, which have no mark of their own, are told by it.</param>
    /// <param name="head">Its first bytes, decompressed, up to <see cref="HeadBytes"/>.</param>
    public static DocumentKind? Guess(string file, ReadOnlySpan<byte> head)
    {
        var text = Decoded(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        var name = file.AsSpan(file.LastIndexOf('/') + 1);
        if (text.StartsWith('#') && name.StartsWith("security-support-ended"))
        {
            return DocumentKind.DebianSupportEnded;
        }

        if (DebianSupport.IsLimitedHead(text.AsSpan(0, Math.Max(0, text.IndexOf('\n', StringComparison.Ordinal)))))
        {
            return DocumentKind.DebianSupportLimited;
        }

        if (name is "index.txt" or "changes.csv" or "deletions.csv")
        {
            return DocumentKind.CsafIndex;
        }

        return GuessApt(text) is { } apt ? apt
            : text.StartsWith('<') ? GuessXml(text)
            : text.StartsWith('[') && IsListHead(text) ? DocumentKind.DebianList
            : text.StartsWith('{') || text.StartsWith('[') ? GuessJson(text)
            : text.Contains("-----BEGIN PGP SIGNED MESSAGE-----", StringComparison.Ordinal) && text.Contains("Debian Security Advisory", StringComparison.Ordinal) ? DocumentKind.DebianMail
            : Text.Where(t => text.StartsWith(t.Begin, StringComparison.Ordinal)).Select(t => (DocumentKind?)t.Kind).FirstOrDefault();
    }

    // A suite that is signed within begins as any signed text does; a Release file of one architecture says nothing of files, and a list of sources names none.
    private static DocumentKind? GuessApt(string text)
    {
        bool Has(params ReadOnlySpan<string> fields)
        {
            foreach (var field in fields)
            {
                if (!text.Contains($"\n{field}:", StringComparison.Ordinal) && !text.StartsWith($"{field}:", StringComparison.Ordinal))
                {
                    return false;
                }
            }

            return true;
        }

        return text.StartsWith("Package:", StringComparison.Ordinal) && Has("Version", "Filename") ? DocumentKind.AptPackages
            : !text.StartsWith('<') && !text.StartsWith('{') && Has("Date") && (Has("Suite") || Has("Codename")) && (Has("SHA256") || Has("MD5Sum") || Has("SHA1")) ? DocumentKind.AptRelease
            : null;
    }

    // XML may have characters of two bytes, and then has a mark of their order.
    private static string Decoded(ReadOnlySpan<byte> head) =>
        (head.StartsWith(Encoding.Unicode.Preamble) ? Encoding.Unicode : head.StartsWith(Encoding.BigEndianUnicode.Preamble) ? Encoding.BigEndianUnicode : Encoding.UTF8).GetString(head);

    private static DocumentKind? GuessJson(string text) =>
        Json.Where(t => t.Marks.All(mark => text.Contains(mark, StringComparison.Ordinal))).Select(t => (DocumentKind?)t.Kind).FirstOrDefault();

    // Declarations and comments stand before the root; a document type does too, and no kind that is read here has one.
    private static DocumentKind? GuessXml(string text)
    {
        var at = 0;
        while (at < text.Length - 1 && text[at] == '<' && text[at + 1] is '?' or '!')
        {
            var end = text.AsSpan(at).StartsWith("<!--", StringComparison.Ordinal) ? "-->" : ">";
            var close = text.IndexOf(end, at + 2, StringComparison.Ordinal);
            at = close < 0 ? text.Length : text.IndexOf('<', close + end.Length) is var next && next < 0 ? text.Length : next;
        }

        var name = text.AsSpan(Math.Min(at + 1, text.Length));
        var length = name.IndexOfAny(" \t\r\n/>");
        name = length < 0 ? default : name[..length];
        return name[(name.IndexOf(':') + 1)..] switch
        {
            // Microsoft's months and advisories of other vendors have the same root.
            "cvrfdoc" when text.Contains("secure@microsoft.com", StringComparison.Ordinal) => DocumentKind.MsrcCvrf,
            "html" when text.Contains("Microsoft Update Catalog", StringComparison.Ordinal) => DocumentKind.UpdateCatalog,
            var root => Xml.TryGetValue(root.ToString(), out var kind) ? kind : null,
        };
    }

    // [29 Mar 2023] DSA-5380-1 …
    private static bool IsListHead(string text)
    {
        var close = text.IndexOf(']', StringComparison.Ordinal);
        return close > 0 && text.AsSpan(close + 1).TrimStart() is ['D', 'S' or 'L', 'A', '-', ..];
    }
}
