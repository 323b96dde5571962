using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Patches;

/// <summary>An installed package that a security suite has a newer version of.</summary>
public sealed record ApplicablePatch(string Name, string Arch, string From, string To, string Feed);

/// <summary>Why an installed package gets no patch although a person should know of it.</summary>
public enum SetApartReason
{
    /// <summary>It is on hold on the host.</summary>
    Held,

    /// <summary>Its version does not come from a verified feed.</summary>
    ThirdParty,

    /// <summary>Its version is not in dpkg's grammar, so nothing can be compared with it.</summary>
    Unreadable,

    /// <summary>The newer version is built for another architecture only, which a plan can't say.</summary>
    OtherArchitecture,

    /// <summary>The vendor has released the newer version to some machines only, so far.</summary>
    Phased,
}

/// <summary>An installed package that is shown, and left as it is.</summary>
/// <param name="Name">The package.</param>
/// <param name="Arch">Its architecture.</param>
/// <param name="Version">What is installed.</param>
/// <param name="Offered">The newer version in a security suite; null where there is none.</param>
/// <param name="Reason">Why.</param>
/// <param name="Detail">The same for people, with the remedy.</param>
public sealed record SetApart(string Name, string Arch, string Version, string? Offered, SetApartReason Reason, string Detail);

/// <summary>What applies to one host.</summary>
/// <param name="Host">The host's id.</param>
/// <param name="Patches">Sorted by name and architecture.</param>
/// <param name="SetApart">Sorted likewise.</param>
public sealed record HostPatches(string Host, ImmutableArray<ApplicablePatch> Patches, ImmutableArray<SetApart> SetApart);

/// <summary>Advisory × inventory → patch: an installed package with a newer version in a security suite, unless it is held, third-party or phased.</summary>
public static class Applicability
{
    /// <summary>What applies to the host whose inventory is given. Feeds of other releases than the host's count for nothing.</summary>
    public static HostPatches Of(Inventory inventory, IReadOnlyList<FeedIndex> all)
    {
        List<FeedIndex> feeds = [.. all.Where(f => f.IsFor(inventory))];
        var foreign = inventory.Sources.FirstOrDefault(s => !feeds.Exists(f => f.Is(s)));
        var held = inventory.Holds.ToHashSet(StringComparer.Ordinal);
        var patches = ImmutableArray.CreateBuilder<ApplicablePatch>();
        var apart = ImmutableArray.CreateBuilder<SetApart>();
        foreach (var package in inventory.Packages.OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Arch, StringComparer.Ordinal))
        {
            var (patch, set) = Judge(package, held, foreign, feeds);
            if (patch is not null)
            {
                patches.Add(patch);
            }

            if (set is not null)
            {
                apart.Add(set);
            }
        }

        return new HostPatches(inventory.Host, patches.ToImmutable(), apart.ToImmutable());
    }

    private static (ApplicablePatch? Patch, SetApart? Apart) Judge(
        InstalledPackage package, HashSet<string> held, PackageSource? foreign, IReadOnlyList<FeedIndex> feeds)
    {
        if (!DebianVersion.TryParse(package.Version, out var installed))
        {
            return (null, Apart(package, null, SetApartReason.Unreadable, $"version {package.Version} is not in dpkg's grammar: compare it by hand"));
        }

        var offer = Best(feeds, package.Name, arch => arch == package.Arch, installed);
        if (IsThirdParty(package, installed, foreign, feeds))
        {
            return (null, Apart(package, offer, SetApartReason.ThirdParty, offer is null
                ? $"version {package.Version} is in no verified feed: PatchFlow does not follow it; add its repository as a feed"
                : $"version {package.Version} is in no verified feed and may come from {foreign!.Uri} {foreign.Suite}: PatchFlow does not replace it; update it by hand, or add that repository as a feed"));
        }

        return offer is { } found ? Offered(package, found, held) : (null, ChangedArchitecture(package, installed, feeds) ?? Phased(package, installed, feeds));
    }

    private static (ApplicablePatch? Patch, SetApart? Apart) Offered(InstalledPackage package, Offer offer, HashSet<string> held) =>
        held.Contains(package.Name) || held.Contains($"{package.Name}:{package.Arch}")
            ? (null, Apart(package, offer, SetApartReason.Held, $"on hold at {package.Version}, {offer.Feed} has {offer.Version}: lift it with 'apt-mark unhold {package.Name}' when it may move"))
            : (new ApplicablePatch(package.Name, package.Arch, package.Version, offer.Version.Text, offer.Feed), null);

    private static SetApart? ChangedArchitecture(InstalledPackage package, DebianVersion installed, IReadOnlyList<FeedIndex> feeds) =>
        Best(feeds, package.Name, arch => (arch == "all") != (package.Arch == "all"), installed) is { } offer
            ? Apart(package, offer, SetApartReason.OtherArchitecture, $"{offer.Feed} has {offer.Version}, but for another architecture than {package.Arch}: update it by hand")
            : null;

    private static SetApart? Phased(InstalledPackage package, DebianVersion installed, IReadOnlyList<FeedIndex> feeds) =>
        Best(feeds, package.Name, arch => arch == package.Arch, installed, phased: true) is { } offer
            ? Apart(package, offer, SetApartReason.Phased, $"{offer.Feed} has {offer.Version}, phased at {offer.Phased} %: proposed when the vendor has released it to all")
            : null;

    private sealed record Offer(string Feed, DebianVersion Version, int? Phased);

    private static Offer? Best(IReadOnlyList<FeedIndex> feeds, string name, Func<string, bool> isArch, DebianVersion installed, bool phased = false)
    {
        Offer? best = null;
        foreach (var feed in feeds.Where(f => f.Security))
        {
            foreach (var candidate in feed.Index.Find(name).Where(p => isArch(p.Arch)))
            {
                var (version, percent) = (DebianVersion.Parse(candidate.Version), Phasing.PercentOf(feed.Suite, candidate));
                best = percent is not null == phased && version > (best?.Version ?? installed) ? new Offer(feed.Feed, version, percent) : best;
            }
        }

        return best;
    }

    // An archive keeps only the newest versions, so a version that no index lists is either one that the vendor has replaced since, or
    // comes from elsewhere. Where every source of the host is a verified feed it can only be the former. Else it must look like the vendor's.
    private static bool IsThirdParty(InstalledPackage package, DebianVersion installed, PackageSource? foreign, IReadOnlyList<FeedIndex> feeds)
    {
        var listed = feeds.SelectMany(f => f.Index.Find(package.Name)).Where(p => p.Arch == package.Arch || p.Arch == "all" || package.Arch == "all").ToList();
        if (listed.Exists(p => p.Version == package.Version))
        {
            return false;
        }

        var isOlder = listed.Exists(p => DebianVersion.Parse(p.Version) > installed);
        return !isOlder || (foreign is not null && !HasVendorRevision(installed) && !listed.Exists(p => SharesUpstream(p, installed)));
    }

    private static bool SharesUpstream(AptPackage listed, DebianVersion installed)
    {
        var version = DebianVersion.Parse(listed.Version);
        return version.Epoch == installed.Epoch && version.Upstream.SequenceEqual(installed.Upstream);
    }

    // Debian ends the revision of every update to a released suite with +debNuM or ~debNuM (Developer's Reference 5.8.5.4).
    private static bool HasVendorRevision(DebianVersion version)
    {
        var mark = version.Text.LastIndexOfAny(['+', '~']);
        return mark >= 0 && version.Text[(mark + 1)..].Split('u') is [['d', 'e', 'b', .. var release], var update]
            && IsNumber(release) && IsNumber(update);
    }

    private static bool IsNumber(string text) => text.Length > 0 && !text.AsSpan().ContainsAnyExceptInRange('0', '9');

    private static SetApart Apart(InstalledPackage package, Offer? offer, SetApartReason reason, string detail) =>
        new(package.Name, package.Arch, package.Version, offer?.Version.Text, reason, detail);
}
