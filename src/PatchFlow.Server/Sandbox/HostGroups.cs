using System.Collections.Immutable;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Sandbox;

/// <summary>Hosts that a patch can't tell apart: one of them is resolved and tested for all.</summary>
/// <param name="Profile">Their profile.</param>
/// <param name="Hosts">By id; the first stands for all.</param>
internal sealed record HostGroup(string Profile, ImmutableArray<HostSubject> Hosts)
{
    /// <summary>The host that stands for all.</summary>
    public HostSubject Example => Hosts[0];

    /// <summary>Groups hosts by profile, and those of one profile by what applies to them (a hold makes a difference).</summary>
    public static ImmutableArray<HostGroup> Of(IEnumerable<HostSubject> hosts, PackageSources sources)
    {
        var groups = new List<HostGroup>();
        foreach (var profile in hosts.OrderBy(h => h.Host, StringComparer.Ordinal).GroupBy(h => ProfileOf(h, Closure(h, sources))).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var alike = profile.GroupBy(Upgrades).ToList();
            // Where holds alone make the difference, the patched packages name the profile, without what they depend on.
            groups.AddRange(alike.Select((same, i) => new HostGroup(i == 0 ? profile.Key : ProfileOf(same.First(), Touched(same.First())), [.. same])));
        }

        return [.. groups];
    }

    private static string ProfileOf(HostSubject host, IEnumerable<InstalledPackage> packages) =>
        Profiles.NameOf(host.Group, host.Inventory.OsId, host.Inventory.OsRelease, host.Inventory.Arch, packages);

    private static ImmutableArray<InstalledPackage> Closure(HostSubject host, PackageSources sources) =>
        DependencyClosure.Of(host.Inventory.Packages, Touched(host), p => sources.Find(p)?.Package);

    private static IEnumerable<InstalledPackage> Touched(HostSubject host) => host.Upgrades.Select(u => new InstalledPackage(u.Name, u.Arch, u.From));

    private static string Upgrades(HostSubject host) =>
        string.Join('\n', host.Upgrades.Select(u => $"{u.Name} {u.Arch} {u.From} {u.To}").Order(StringComparer.Ordinal));
}
