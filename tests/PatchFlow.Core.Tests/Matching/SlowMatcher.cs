using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Says of a package what all advisories say, by reading every one of them from beginning to end, with plain comparisons of versions.</summary>
internal static class SlowMatcher
{
    /// <summary>What a statement says, with the place of its platform among those of the host.</summary>
    public sealed record Said(IndexedAdvisory Advisory, AffectedPackage Affected, VersionScheme Scheme, int Rank, Answer Answer, string? Fixed = null, string? Last = null)
    {
        public IEnumerable<string> Vulnerabilities => Affected.Cves.Length > 0 ? Affected.Cves : Advisory.Advisory.Cves.Length > 0 ? Advisory.Advisory.Cves : [Advisory.Advisory.Id];

        public bool IsOpen => Answer is not Answer.NotAffected and not Answer.Patched;

        public override string ToString() =>
            $"{Advisory.Key} {Answer} {string.Join('+', Vulnerabilities)} fixed {Fixed ?? "-"} last {Last ?? "-"} {(Affected.IsSource ? "source" : "package")}";
    }

    public static List<Said> Of(HostPackages host, HostPackage package, IEnumerable<IndexedAdvisory> advisories)
    {
        var said = new List<Said>();
        foreach (var advisory in advisories)
        {
            if (advisory.Advisory.Withdrawn is not null || (advisory.Advisory.Kind != AdvisoryKind.Security && advisory.Advisory.Cves.IsEmpty))
            {
                continue;
            }

            foreach (var affected in advisory.Advisory.Affected)
            {
                var platform = affected.Platform.Length == 0 ? advisory.Platform : affected.Platform;
                if (affected.Name.Length > 0 && host.Platforms.IndexOf(platform) is >= 0 and var rank && IsMeant(host, package, affected) is var meant and not false
                    && Answer(package, affected, platform) is { } answer && (meant is true || answer.Answer < Core.Matching.Answer.NotAffected))
                {
                    answer = meant is true ? answer : (Core.Matching.Answer.Undetermined, null, null);
                    said.Add(new Said(advisory, affected, SchemeOf(affected, platform), rank, answer.Answer, answer.Fixed, answer.Last));
                }
            }
        }

        return said;
    }

    private static VersionScheme SchemeOf(AffectedPackage affected, string platform) =>
        affected.Scheme != VersionScheme.Unknown ? affected.Scheme : Platforms.SchemeOf(platform);

    // Null where nobody knows the stream of a module.
    private static bool? IsMeant(HostPackages host, HostPackage package, AffectedPackage affected)
    {
        if (affected.Name != (affected.IsSource ? package.Source : package.Name))
        {
            return false;
        }

        string[] every = ["all", "noarch"];
        if (affected.Arch is not null && affected.Arch != package.Arch && !every.Contains(affected.Arch) && !every.Contains(package.Arch))
        {
            return false;
        }

        var isOfModule = package.Module is not null || package.Version.Contains(".module", StringComparison.Ordinal);
        if (affected.Module is not null)
        {
            return !host.Modules.Any(m => m.StartsWith(affected.Module.Split(':')[0] + ":", StringComparison.Ordinal)) && package.Module is null && isOfModule ? null
                : host.Modules.Contains(affected.Module) && (package.Module is null || package.Module == affected.Module);
        }

        return affected.Ranges.Any(r => r.Fixed?.Contains(".module", StringComparison.Ordinal) == true) == isOfModule;
    }

    private static (Answer Answer, string? Fixed, string? Last)? Answer(HostPackage package, AffectedPackage affected, string platform)
    {
        var scheme = SchemeOf(affected, platform);
        var version = affected.IsSource ? package.SourceVersion : package.Version;
        var open = affected.State switch
        {
            FixState.Fixed => Core.Matching.Answer.FixAvailable,
            FixState.NoFixYet => Core.Matching.Answer.NoFixYet,
            FixState.WillNotFix => Core.Matching.Answer.WillNotFix,
            FixState.SupportEnded => Core.Matching.Answer.SupportEnded,
            FixState.UnderInvestigation => Core.Matching.Answer.UnderInvestigation,
            _ => Core.Matching.Answer.NotAffected,
        };
        if (affected.Ranges.IsEmpty && affected.Versions.IsEmpty)
        {
            return (affected.State == FixState.Fixed ? Core.Matching.Answer.Undetermined : open, null, null);
        }

        bool IsVersion(string? text) => text is null || VersionOrder.Compare(scheme, text, text) is not null;
        int Order(string a, string b) => VersionOrder.Compare(scheme, a, b)!.Value;
        if (!IsVersion(version))
        {
            return affected.Ranges.Contains(VersionRange.All) || affected.Versions.Contains(version) ? (open, null, null)
                : affected.Ranges.Length > 0 && affected.State != FixState.NotAffected ? (Core.Matching.Answer.Undetermined, null, null) : null;
        }

        var ranges = affected.Ranges.Where(r => IsVersion(r.Introduced) && IsVersion(r.Fixed) && IsVersion(r.LastAffected)).ToList();
        bool IsIn(VersionRange range, string at, bool behind) =>
            (range.Introduced is null || Order(range.Introduced, at) <= 0)
            && (range.Fixed is null || Order(at, range.Fixed) < 0)
            && (range.LastAffected is null || (behind ? Order(at, range.LastAffected) < 0 : Order(at, range.LastAffected) <= 0));
        var (place, isBehind, end) = (version, false, (VersionRange?)null);
        while (ranges.Find(r => IsIn(r, place, isBehind)) is { } range)
        {
            end = range;
            if (range.Fixed is null && range.LastAffected is null)
            {
                break;
            }

            (place, isBehind) = (range.Fixed ?? range.LastAffected!, range.LastAffected is not null);
        }

        if (end is not null && affected.State is FixState.Fixed or FixState.NoFixYet && end.Fixed is not null | end.LastAffected is not null)
        {
            return (Core.Matching.Answer.FixAvailable, end.Fixed, end.LastAffected);
        }

        if (end is not null || affected.Versions.Any(v => IsVersion(v) && Order(v, version) == 0))
        {
            return (open, null, null);
        }

        return affected.State == FixState.NotAffected ? null
            : ranges.Count < affected.Ranges.Length ? (Core.Matching.Answer.Undetermined, null, null)
            : ranges.Count == 0 ? null
            : ranges.Exists(r => (r.Fixed is not null && Order(r.Fixed, version) <= 0) || (r.LastAffected is not null && Order(r.LastAffected, version) < 0))
                ? (Core.Matching.Answer.Patched, null, null)
            : (Core.Matching.Answer.NotAffected, null, null);
    }
}
