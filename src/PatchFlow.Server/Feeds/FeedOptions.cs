namespace PatchFlow.Server.Feeds;

/// <summary>One entry of <c>PatchFlow:Feeds</c>: a feed, or the preset <c>{"preset":"machine-apt"}</c> that stands for this machine's own.</summary>
internal sealed class FeedOptions
{
    /// <summary>The section.</summary>
    public const string Section = "PatchFlow:Feeds";

    /// <summary>The kind of an entry that names none.</summary>
    public const string DefaultKind = Feed.KindName;

    /// <summary>When a feed is fetched whose entry does not say it.</summary>
    public const string DefaultSchedule = "0 17 * * * ?";

    /// <summary>A vendor's public document by its name in <see cref="FeedPresets"/>, or <c>machine-apt</c>; what else the entry says counts before what the preset says.</summary>
    public string? Preset { get; set; }

    /// <summary><c>apt</c>, <c>machine-apt</c>, <c>rpm-repository</c>, or the kind of a vendor's document that ranks patches and authorises none: <c>osv</c>, <c>kev</c>, ….</summary>
    public string Kind { get; set; } = DefaultKind;

    /// <summary>The feed's id, <c>[a-z0-9-]{1,63}</c>: it stands in plans.</summary>
    public string? Name { get; set; }

    /// <summary>
    /// The archive's base address, below which <c>dists/</c> and the package files lie: http, https or file. Of a vendor's documents: that of
    /// the document, of an archive of documents (<c>.zip</c>, <c>.tar</c>, <c>.tar.xz</c> and the like), of a list of them (<c>index.txt</c>, <c>changes.csv</c>; of <c>csaf</c> also a
    /// ROLIE feed or <c>provider-metadata.json</c>), or a folder; or, ending in a slash, what stands before the paths of a vendor's interface,
    /// with a query that narrows what is asked for.
    /// </summary>
    public string? Address { get; set; }

    /// <summary>
    /// The suite's folder below <c>dists/</c>; the signed index must name it as its codename or suite. Ending in a slash, as in
    /// sources.list(5): a flat repository's folder below the address, <c>./</c> for the address itself.
    /// </summary>
    public string? Suite { get; set; }

    /// <summary>Components, for example <c>main</c>; a flat repository has none.</summary>
    public string[] Components { get; set; } = [];

    /// <summary>The architecture, for example <c>amd64</c>.</summary>
    public string? Arch { get; set; }

    /// <summary>
    /// The file with the keys that may sign the index; several are separated by commas. Of <c>csaf</c>, where it may be left out: with it, a
    /// document without a good signature by one of the keys is refused.
    /// </summary>
    public string? Keyring { get; set; }

    /// <summary>Of a repository of rpm: the address of a list of mirrors (Metalink) whose checksum of <c>repomd.xml</c> must fit; https, or a file.</summary>
    public string? Metalink { get; set; }

    /// <summary>Of a repository of rpm: further addresses of it, which are asked in their order where <see cref="Address"/> does not answer.</summary>
    public string[] Mirrors { get; set; } = [];

    /// <summary>Whether newer versions in it are security patches. Others serve for dependencies and old versions.</summary>
    public bool Security { get; set; }

    /// <summary>Of a vendor's documents: the platform that is meant where they name none, as OSV writes ecosystems (<c>AlmaLinux:9</c>).</summary>
    public string? Platform { get; set; }

    /// <summary>Of <c>csaf</c>: further hosts at which the vendor keeps documents, each with its port where that is not 443.</summary>
    public string[] Hosts { get; set; } = [];

    /// <summary>When it is fetched, beside at every start: a Quartz cron expression, in UTC.</summary>
    public string? Schedule { get; set; }

    /// <summary><c>content</c> where what it lists may be installed, <c>rank</c> where it only says what is affected. Each kind has one of them, and is refused with the other.</summary>
    public string? Trust { get; set; }

    /// <summary>
    /// Whether the archive is in a private network, so that its name may resolve to private addresses. The preset <c>machine-apt</c> may:
    /// this machine's own apt goes there already.
    /// </summary>
    public bool PrivateNetwork { get; set; }

    /// <summary>
    /// How old an index without Valid-Until may be. Default: 10 days for a security suite, else 400 days; of a vendor's documents 30 days for
    /// <c>kev</c>, else 7, from their own date where they have one, else from the last time that the vendor answered.
    /// </summary>
    public int? MaxAgeHours { get; set; }

    /// <summary>
    /// Of a vendor's documents that have no date as a whole: how long the vendor may publish nothing before the feed is stale, since a copy that
    /// stands still answers just as well. Default: 400 days, and less for presets of vendors who publish often.
    /// </summary>
    public int? MaxSilenceHours { get; set; }

    /// <summary>
    /// Of a vendor's documents: how many megabytes of what it answers are kept, packed, so that an export asks nobody and a fetch that was cut off goes on.
    /// Default: 2048; 0 keeps nothing.
    /// </summary>
    public long? KeepMegabytes { get; set; }

    /// <summary>The same entry once more.</summary>
    public FeedOptions Copy() => (FeedOptions)MemberwiseClone();
}

/// <summary>What a feed may cost. The values are limits against a hostile or broken server, not expectations.</summary>
internal sealed record FeedLimits
{
    /// <summary>Greatest InRelease.</summary>
    public long ReleaseBytes { get; init; } = 8L << 20;

    /// <summary>Greatest Packages index, decompressed.</summary>
    public long IndexBytes { get; init; } = 512L << 20;

    /// <summary>Greatest list of documents.</summary>
    public long ListBytes { get; init; } = 128L << 20;

    /// <summary>Documents of one feed that may take too long, or not be had in a row: then the fetch ends, and is tried again.</summary>
    public int Unreachable { get; init; } = 20;

    /// <summary>Documents of one feed.</summary>
    public int Documents { get; init; } = 400_000;

    /// <summary>Documents of one feed that are fetched one by one.</summary>
    public int ListedDocuments { get; init; } = 50_000;

    /// <summary>Greatest answer of a vendor's interface: a page, or a month.</summary>
    public long PageBytes { get; init; } = 64L << 20;

    /// <summary>Lists that one provider's metadata names.</summary>
    public int Lists { get; init; } = 200;

    /// <summary>All answers of a vendor's interface, or all documents of CSAF with what stands beside them, for one fetch together.</summary>
    public long RemoteBytes { get; init; } = 4L << 30;

    /// <summary>All that an archive may become whose documents lie in the work folder: a tar archive, or one of CSAF.</summary>
    public long ArchiveBytes { get; init; } = 16L << 30;

    /// <summary>Greatest package file.</summary>
    public long FileBytes { get; init; } = 4L << 30;

    /// <summary>Greatest growth by decompression.</summary>
    public int Ratio { get; init; } = 1000;

    /// <summary>Time for any answer to begin and for a short one to end; longer ones get <see cref="LeastBytesPerSecond"/> on top.</summary>
    public TimeSpan Time { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Time for one turn of a feed of documents: for what is read anew, which gets half of it at most, and what is fetched.</summary>
    public TimeSpan TurnTime { get; init; } = TimeSpan.FromHours(2);

    /// <summary>A server that sends less is given up.</summary>
    public int LeastBytesPerSecond { get; init; } = 32 << 10;

    /// <summary>Redirects followed, each to the same scheme, host and port only.</summary>
    public int Redirects { get; init; } = 5;

    /// <summary>Time for a download of at most that many bytes.</summary>
    public TimeSpan TimeFor(long bytes) => Time + TimeSpan.FromSeconds((double)bytes / LeastBytesPerSecond);
}
