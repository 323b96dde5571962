using System.Collections;
using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Matching;

/// <summary>Every package set once, and every package of them once. Grows only, and has one writer at a time.</summary>
/// <param name="names">The table of names that the index of advisories has too.</param>
public sealed class PackageSets(NameTable names)
{
    private readonly Dictionary<(HostPackage Package, VersionScheme Scheme), KnownPackage> _packages = [];
    private readonly Dictionary<Digest, PackageSet> _sets = [];
    private readonly Dictionary<string, MatchContext> _contexts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PlatformList> _platforms = new(StringComparer.Ordinal);

    /// <summary>How many different packages there are.</summary>
    public int PackageCount => _packages.Count;

    /// <summary>How many different sets there are.</summary>
    public int SetCount => _sets.Count;

    private static IComparer<KnownPackage> ByName { get; } = Comparer<KnownPackage>.Create(Compare);

    /// <summary>The set of a host.</summary>
    public PackageSet Of(HostPackages host)
    {
        var packages = host.Packages.Distinct().Select(p => Known(p, host.Scheme)).ToArray();
        Array.Sort(packages, ByName);
        var holds = host.Holds.ToHashSet(StringComparer.Ordinal);
        var held = new BitArray([.. packages.Select(p => holds.Contains(p.Package.Name) || holds.Contains($"{p.Package.Name}:{p.Package.Arch}"))]);
        var standings = Standings(packages, host.Kernel);
        var (context, head) = ContextOf(host);
        var updates = string.Concat(host.Updates.Order(StringComparer.Ordinal).Select(u => $"update {u}\n"));
        var digest = DigestOf(head + updates, packages, held, standings);
        if (!_sets.TryGetValue(digest, out var set))
        {
            _sets[digest] = set = new PackageSet(digest, context, [.. packages], held, standings) { Updates = [.. host.Updates.Order(StringComparer.Ordinal)] };
        }

        return set;
    }

    private (MatchContext Context, string Head) ContextOf(HostPackages host)
    {
        ImmutableArray<string> modules = [.. host.Modules.Distinct().Order(StringComparer.Ordinal)];
        var platforms = $"scheme {host.Scheme}\n{string.Concat(host.Platforms.Select(p => $"platform {p}\n"))}";
        var head = platforms + string.Concat(modules.Select(m => $"module {m}\n"));
        if (!_platforms.TryGetValue(platforms, out var list))
        {
            _platforms[platforms] = list = new PlatformList(host.Platforms);
        }

        if (!_contexts.TryGetValue(head, out var context))
        {
            _contexts[head] = context = new MatchContext(list, modules);
        }

        return (context, head);
    }

    private KnownPackage Known(HostPackage package, VersionScheme scheme)
    {
        if (!_packages.TryGetValue((package, scheme), out var known))
        {
            _packages[(package, scheme)] = known = new KnownPackage(_packages.Count, package, scheme, names);
        }

        return known;
    }

    // The newest of several of one name and architecture counts, and of a family of kernels, which have different names. What can't be read
    // is never hidden behind what can, and no kernel where none is known to run.
    private static PackageStanding[] Standings(KnownPackage[] packages, string kernel)
    {
        var standings = new PackageStanding[packages.Length];
        var newest = new Dictionary<(string Family, string Arch), int>();
        var isKnown = new Lazy<bool>(() => packages.Any(p => KernelFamily.IsRunningImage(p.Package, kernel)));
        for (var i = 0; i < packages.Length; i++)
        {
            var key = (KernelFamily.Of(packages[i].Package.Name), packages[i].Package.Arch);
            if (packages[i].Key is { } version && !newest.TryAdd(key, i))
            {
                var (older, newer) = version.AsSpan().SequenceCompareTo(packages[newest[key]].Key) > 0 ? (newest[key], i) : (i, newest[key]);
                newest[key] = newer;
                standings[older] = StandingOf(packages[older].Package, kernel, isKnown);
            }
        }

        return standings;
    }

    private static PackageStanding StandingOf(HostPackage older, string kernel, Lazy<bool> isKnown) =>
        KernelFamily.IsRunning(older, kernel) ? PackageStanding.RunningOlder
        : KernelFamily.IsKernel(older.Name) && !isKnown.Value ? PackageStanding.PerhapsRunning
        : PackageStanding.Older;

    private static Digest DigestOf(string head, KnownPackage[] packages, BitArray held, PackageStanding[] standings)
    {
        var text = new StringBuilder(head);
        for (var i = 0; i < packages.Length; i++)
        {
            var package = packages[i].Package;
            text.Append("package ").Append(package.Name).Append(' ').Append(package.Arch).Append(' ').Append(package.Version)
                .Append(' ').Append(package.Source).Append(' ').Append(package.HasSourceEpoch ? "" : "?:").Append(package.SourceVersion).Append(' ').Append(package.Module ?? "-")
                .Append(held[i] ? " held" : "").Append(standings[i] switch { PackageStanding.Older => " older", PackageStanding.RunningOlder => " running", PackageStanding.PerhapsRunning => " perhaps", _ => "" }).Append('\n');
        }

        return Digest.Of(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private static int Compare(KnownPackage? a, KnownPackage? b)
    {
        var (left, right) = (a!.Package, b!.Package);
        var order = string.CompareOrdinal(left.Name, right.Name);
        order = order != 0 ? order : string.CompareOrdinal(left.Arch, right.Arch);
        order = order != 0 ? order : string.CompareOrdinal(left.Version, right.Version);
        return order != 0 ? order : a.Number.CompareTo(b.Number);
    }
}
