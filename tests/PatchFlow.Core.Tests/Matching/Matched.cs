using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Small fleets that are matched whole, and what was found as a line for each package.</summary>
internal static class Matched
{
    /// <summary>A host of Debian 12 with these packages.</summary>
    public static HostPackages Debian(params HostPackage[] packages) => Host("Debian:12", packages);

    /// <summary>A host that follows these platforms, of which the first says how versions are ordered.</summary>
    public static HostPackages Host(string platforms, params HostPackage[] packages) => new()
    {
        Platforms = [.. platforms.Split(", ")],
        Scheme = Platforms.SchemeOf(platforms.Split(", ")[0]),
        Packages = [.. packages],
    };

    /// <summary>An advisory on packages of Debian 12, unless they say something else.</summary>
    public static Advisory Advisory(string id, params AffectedPackage[] affected) =>
        new() { Id = id, Cves = CveId.IsValid(id) ? [id] : [], Affected = [.. affected] };

    /// <summary>What is fixed in a version of a source package of Debian 12.</summary>
    public static AffectedPackage Fixed(string name, string version) => Source(name, FixState.Fixed, VersionRange.Before(version));

    /// <summary>What is said of some versions of a source package of Debian 12.</summary>
    public static AffectedPackage Source(string name, FixState state, params VersionRange[] ranges) =>
        new() { Platform = "Debian:12", Name = name, IsSource = true, Scheme = VersionScheme.Deb, State = state, Ranges = [.. ranges] };

    /// <summary>What is open of a host.</summary>
    public static SetMatch Match(HostPackages host, params IEnumerable<Advisory> advisories)
    {
        var names = new NameTable();
        return new Matcher(AdvisoryIndex.Of(names, Keyed(advisories))).Match(new PackageSets(names).Of(host));
    }

    /// <summary>The same in words, package by package: <c>curl fix 1.1 closes CVE-1 CVE-2; NoFixYet CVE-3</c>.</summary>
    public static string Text(HostPackages host, params IEnumerable<Advisory> advisories) => string.Join(" | ", Match(host, advisories).Packages.Select(Text));

    /// <summary>What each advisory by itself says of the host's only package.</summary>
    public static string Explained(HostPackages host, params IEnumerable<Advisory> advisories)
    {
        var names = new NameTable();
        var set = new PackageSets(names).Of(host);
        return string.Join("; ", new Matcher(AdvisoryIndex.Of(names, Keyed(advisories))).Explain(set, Assert.Single(set.Packages)).Select(Text));
    }

    /// <summary>Advisories with keys of their own.</summary>
    public static IEnumerable<IndexedAdvisory> Keyed(IEnumerable<Advisory> advisories) => advisories.Select((a, i) => new IndexedAdvisory($"feed/{i:0000}", a));

    private static string Text(PackageMatch match)
    {
        var fix = match.Verdict.Fix is { } found ? $" fix {found.Version ?? found.SourceVersion ?? "unknown"} closes {string.Join(' ', found.Vulnerabilities)}" : "";
        var open = match.Verdict.Findings.Where(f => f.Answer != Answer.FixAvailable).Select(Text);
        var mark = $"{(match.IsHeld ? " (held)" : "")}{(match.Standing == PackageStanding.Current ? "" : $" ({match.Standing})")}";
        return $"{match.Package.Package.Name}{mark}{string.Join(';', new[] { fix }.Where(f => f.Length > 0).Concat(open.Select(o => $" {o}")))}";
    }

    private static string Text(Finding finding) =>
        $"{finding.Answer} {string.Join(' ', finding.Vulnerabilities)}{(finding.Fixed is null ? "" : $" fixed {finding.Fixed}")}{(finding.Note is null ? "" : $" ({finding.Note})")}";
}
