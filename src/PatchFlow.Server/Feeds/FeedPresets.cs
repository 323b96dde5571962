using System.Collections.Immutable;

namespace PatchFlow.Server.Feeds;

/// <summary>A vendor's public document, so that one line declares the feed of it.</summary>
/// <param name="Name">What <see cref="FeedOptions.Preset"/> says; the feed's name, unless it is given another.</param>
/// <param name="Kind">What the document is.</param>
/// <param name="Address">Its address; <c>{home}</c> stands for the vendor's domain, as this machine's os-release has it.</param>
/// <param name="Schedule">When it is fetched: a Quartz cron expression, in UTC.</param>
/// <param name="MaxAgeDays">From when on it is stale.</param>
/// <param name="Platform">The platform that is meant where the document names none.</param>
/// <param name="MaxSilenceDays">How long its vendor, who publishes often, may publish nothing before it is stale; null where that is not known.</param>
internal sealed record FeedPreset(string Name, string Kind, string Address, string Schedule, int MaxAgeDays, string? Platform = null, int? MaxSilenceDays = null)
{
    /// <summary>The system whose own vendor it is of, so that its domain is known on such a machine; null where it is known everywhere.</summary>
    public string? OsId => Address.Contains(FeedPresets.Home, StringComparison.Ordinal) ? Name.Split('-')[0] : null;
}

/// <summary>
/// The presets: the one place in which addresses of vendors stand. All are documents, which rank patches; archives of packages are of the machine's
/// own configuration (<see cref="MachineApt"/>). Vendors whose documents lie beside their archives are found as that is: through this machine.
/// </summary>
internal static class FeedPresets
{
    internal const string Home = "{home}";
    private const string Msrc = "https://api.msrc.microsoft.com";
    private const string UbuntuExports = "https://security-metadata.canonical.com";
    private const string Salsa = "https://salsa.{home}";

    /// <summary>All of them, in the order in which they are documented.</summary>
    public static readonly ImmutableArray<FeedPreset> All =
    [
        new("cisa-kev", "kev", "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json", "0 11 */6 * * ?", 30),
        new("first-epss", "epss", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz", "0 23 1,7,14,19 * * ?", 3),
        new("debian-tracker", "debian-tracker", "https://security-tracker.{home}/tracker/data/json", "0 41 */2 * * ?", 3),
        new("debian-dsa", "debian-list", $"{Salsa}/security-tracker-team/security-tracker/-/raw/master/data/DSA/list", "0 43 */2 * * ?", 3, MaxSilenceDays: 30),
        new("debian-dla", "debian-list", $"{Salsa}/security-tracker-team/security-tracker/-/raw/master/data/DLA/list", "0 44 */2 * * ?", 3, MaxSilenceDays: 30),
        SupportEnded("11"),
        SupportEnded("12"),
        SupportEnded("13"),
        new("ubuntu-notices", "usn-database", "https://usn.{home}/usn-db/database-all.json.bz2", "0 47 */6 * * ?", 3, MaxSilenceDays: 30),
        new("ubuntu-notices-api", "usn-notices", "https://{home}/security/notices.json", "0 49 */6 * * ?", 3, MaxSilenceDays: 30),
        new("ubuntu-osv", "osv", $"{UbuntuExports}/osv/osv-all.tar.xz", "0 57 */6 * * ?", 3, MaxSilenceDays: 30),
        new("ubuntu-vex", "open-vex", $"{UbuntuExports}/vex/vex-all.tar.xz", "0 58 */6 * * ?", 3, MaxSilenceDays: 30),
        Osv("almalinux", "AlmaLinux"),
        Osv("alpine", "Alpine"),
        Osv("chainguard", "Chainguard"),
        Osv("debian", "Debian"),
        Osv("mageia", "Mageia"),
        Osv("openeuler", "openEuler"),
        Osv("opensuse", "openSUSE"),
        Osv("redhat", "Red%20Hat"),
        Osv("rocky", "Rocky%20Linux"),
        Osv("suse", "SUSE"),
        Osv("ubuntu", "Ubuntu"),
        Osv("wolfi", "Wolfi"),
        Alma("8"),
        Alma("9"),
        Alma("10"),
        new("rocky-errata", "rocky-errata", "https://apollo.build.resf.org/api/v3/advisories/", "0 29 */4 * * ?", 7, MaxSilenceDays: 60),
        Fedora("43"),
        Fedora("44"),
        Fedora("45"),
        new("redhat-csaf", "csaf", "https://security.access.redhat.com/data/csaf/v2/advisories/changes.csv", "0 31 */3 * * ?", 7, MaxSilenceDays: 14),
        new("suse-csaf", "csaf", "https://ftp.suse.com/pub/projects/security/csaf/changes.csv", "0 33 */3 * * ?", 7, MaxSilenceDays: 14),
        new("microsoft-csaf", "csaf", "https://msrc.microsoft.com/csaf/advisories/changes.csv", "0 37 */6 * * ?", 7, MaxSilenceDays: 45),
        new("cisco-csaf", "csaf", "https://www.cisco.com/.well-known/csaf/provider-metadata.json", "0 35 */6 * * ?", 7, MaxSilenceDays: 45),
        new("siemens-csaf", "csaf", "https://cert-portal.siemens.com/productcert/csaf/provider-metadata.json", "0 36 */6 * * ?", 7, MaxSilenceDays: 45),
        new("redhat-vex", "csaf", "https://security.access.redhat.com/data/csaf/v2/vex/changes.csv", "0 32 */6 * * ?", 7, MaxSilenceDays: 14),
        new("suse-vex", "csaf", "https://ftp.suse.com/pub/projects/security/csaf-vex/changes.csv", "0 34 */6 * * ?", 7, MaxSilenceDays: 14),
        new("microsoft-months", "msrc-cvrf-json", $"{Msrc}/cvrf/v3.0/updates", "0 3 */6 * * ?", 7, MaxSilenceDays: 45),
        new("microsoft-deployments", "msrc-deployments", $"{Msrc}/sug/v2.0/en-US/deployment", "0 5 3 * * ?", 7, MaxSilenceDays: 45),
        new("microsoft-vulnerabilities", "msrc-vulnerabilities", $"{Msrc}/sug/v2.0/en-US/vulnerability", "0 7 3 * * ?", 7, MaxSilenceDays: 45),
        .. Alpine("3.20"),
        .. Alpine("3.21"),
        .. Alpine("3.22"),
        .. Alpine("3.23"),
        .. Alpine("3.24"),
        .. Alpine("edge"),
        new("wolfi", "alpine-secdb", "https://packages.wolfi.dev/os/security.json", "0 21 */2 * * ?", 3, "Wolfi"),
        new("chainguard", "alpine-secdb", "https://packages.cgr.dev/chainguard/security.json", "0 22 */2 * * ?", 3, "Chainguard"),
    ];

    /// <summary>The entry itself, or with what its preset says where it says nothing.</summary>
    /// <param name="entry">An entry of the configuration.</param>
    /// <param name="place">Names it in errors.</param>
    /// <param name="osRelease">Reads this machine's os-release.</param>
    /// <exception cref="InvalidOperationException">There is no such preset, or it can't be used so: the message names the remedy.</exception>
    public static FeedOptions Expanded(FeedOptions entry, string place, Func<string> osRelease)
    {
        if (entry.Preset is not { } name)
        {
            return entry;
        }

        var preset = All.FirstOrDefault(p => p.Name == name);
        var kind = name == MachineApt.KindName ? name : preset?.Kind ?? throw Refused(entry, place, $"preset '{name}' is unknown: docs/operations.md lists them, such as {All[0].Name}");
        if (entry.Kind != FeedOptions.DefaultKind)
        {
            throw Refused(entry, place, $"preset '{name}' is of the kind {kind}: leave kind out, or the preset");
        }

        var expanded = entry.Copy();
        if (preset is null)
        {
            expanded.Kind = kind;
            return expanded;
        }

        (expanded.Kind, expanded.Name, expanded.Address) = (preset.Kind, entry.Name ?? preset.Name, entry.Address ?? AddressOf(preset, entry, place, osRelease));
        (expanded.Schedule, expanded.MaxAgeHours, expanded.Platform) = (entry.Schedule ?? preset.Schedule, entry.MaxAgeHours ?? preset.MaxAgeDays * 24, entry.Platform ?? preset.Platform);
        expanded.MaxSilenceHours = entry.MaxSilenceHours ?? preset.MaxSilenceDays * 24;
        return expanded;
    }

    private static FeedPreset SupportEnded(string release) => new(
        $"debian-support-ended-{release}", "debian-support-ended", $"{Salsa}/debian/debian-security-support/-/raw/master/security-support-ended.deb{release}", "0 46 5 * * ?", 7, $"Debian:{release}");

    private static FeedPreset Osv(string name, string ecosystem) =>
        new($"osv-{name}", "osv", $"https://osv-vulnerabilities.storage.googleapis.com/{ecosystem}/all.zip", "0 53 */6 * * ?", 3, MaxSilenceDays: 60);

    private static FeedPreset Alma(string release) =>
        new($"almalinux-{release}", "alma-errata", $"https://errata.almalinux.org/{release}/errata.full.json", "0 27 */3 * * ?", 7, $"AlmaLinux:{release}", 60);

    private static FeedPreset Fedora(string release) =>
        new($"fedora-{release}", "bodhi-updates", $"https://bodhi.fedoraproject.org/updates/?releases=F{release}", "0 25 */4 * * ?", 7, MaxSilenceDays: 30);

    private static FeedPreset[] Alpine(string branch) => [Alpine(branch, "main"), Alpine(branch, "community")];

    private static FeedPreset Alpine(string branch, string repository) => new(
        $"alpine-{branch.Replace('.', '-')}-{repository}", "alpine-secdb", $"https://secdb.alpinelinux.org/{(branch == "edge" ? "" : "v")}{branch}/{repository}.json", "0 19 */2 * * ?", 7);

    // The same as for archives: on the vendor's own system its domain is known, and nowhere else is it guessed.
    private static string AddressOf(FeedPreset preset, FeedOptions entry, string place, Func<string> osRelease)
    {
        if (preset.OsId is not { } id)
        {
            return preset.Address;
        }

        var text = osRelease();
        if (MachineApt.Value(text, "ID") != id || !Uri.TryCreate(MachineApt.Value(text, "HOME_URL"), UriKind.Absolute, out var home) || home.HostNameType != UriHostNameType.Dns)
        {
            throw Refused(entry, place, $"preset '{preset.Name}' takes its vendor's domain from os-release of a machine with {id}, which this is not: give the address too, "
                + $"{preset.Address.Replace(Home, "DOMAIN", StringComparison.Ordinal)}");
        }

        const string Web = "www.";
        return preset.Address.Replace(Home, home.Host.StartsWith(Web, StringComparison.Ordinal) ? home.Host[Web.Length..] : home.Host, StringComparison.Ordinal);
    }

    private static InvalidOperationException Refused(FeedOptions entry, string place, string problem) => new($"{place} ({entry.Name ?? entry.Preset}): {problem}");
}
