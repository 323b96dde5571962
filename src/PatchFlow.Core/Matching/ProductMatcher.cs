using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>
/// Matches hosts of Windows against what Microsoft says of their products. A product has a fix where all updates of one kind that bring it are
/// installed, or such that replace them, however many steps away; or where its build, on the same branch, is not older than the fixed one, and
/// nothing on the host says that a build here proves less.
/// </summary>
public static class ProductMatcher
{
    private const int MostNamed = 3;
    private const string PartialKind = "one month alone", RollupKind = "rollup", HotpatchKind = "hotpatch", OtherKind = "";

    // How a product stands to an update.
    private enum Has
    {
        Yes,
        AfterRestart,
        No,
        Unknown,
    }

    /// <summary>What is open of a set of products.</summary>
    public static SetMatch Match(PackageSet set, ProductIndex index) => new(set,
    [
        .. set.Packages.Select(p => (Package: p, Verdict: VerdictOf(p.Package.Name, p.Package.Version, set.Updates, index)))
            .Where(p => !p.Verdict.IsNone).Select(p => new PackageMatch(p.Package, p.Verdict, false, PackageStanding.Current)),
    ]);

    /// <summary>What is open of a product.</summary>
    /// <param name="product">Its name as published.</param>
    /// <param name="build">Its build; <c>-</c> where that is not known.</param>
    /// <param name="updates">The numbers of the installed updates.</param>
    /// <param name="index">What is said of products.</param>
    public static Verdict VerdictOf(string product, string build, IReadOnlyCollection<string> updates, ProductIndex index)
    {
        var open = index.On(product).Select(said => Judge(said.Key, [.. said], new(product, build, updates, index))).OfType<Judged>().OrderBy(j => j.Finding.Answer).ToList();
        if (open.Count == 0)
        {
            return Verdict.None;
        }

        var mended = open.Where(j => j.Finding.Answer == Answer.FixAvailable).ToList();
        return new Verdict(mended.Count == 0 ? null : FixOf(mended, index, product), [.. open.Select(j => j.Finding)]);
    }

    private sealed record Host(string Product, string Build, IReadOnlyCollection<string> Updates, ProductIndex Index)
    {
        /// <summary>Whether an installed update is known to hold not all that came before it.</summary>
        public bool HasPartial { get; } = Updates.Any(u => Index.UpdateOf(Product, u) is { } update && (IsHotpatch(update) || KindOf(update) == PartialKind));
    }

    // What is open, with the updates that close it: all of one kind.
    private sealed record Judged(Finding Finding, ImmutableArray<VendorUpdate> Fixes);

    private static Judged? Judge(AdvisorySummary advisory, List<AffectedPackage> said, Host host)
    {
        ImmutableArray<string> names = advisory.Cves.IsEmpty ? [advisory.Id] : advisory.Cves;
        Judged Open(Answer answer, string? fix, string? note, ImmutableArray<VendorUpdate> fixes) => new(new Finding(answer, advisory, names, fix, null, false, note), fixes);

        var fixes = said.Select(FixIn).OfType<VendorUpdate>().ToImmutableArray();
        if (fixes.IsEmpty)
        {
            var worst = said.MinBy(s => s.State == FixState.Fixed ? FixState.NotAffected : s.State)!;
            return AnswerOf(worst.State) is { } answer ? Open(answer, null, worst.Note, []) : null;
        }

        // Of one kind all are needed: the core and the language pack, the security-only update and that of the browser. Another kind brings the same again.
        var judged = fixes.Select(u => (Update: u, Has: HasOf(u, host))).ToList();
        if (judged.GroupBy(j => KindOf(j.Update)).Any(kind => kind.All(j => j.Has == Has.Yes)))
        {
            return null;
        }

        var lacked = judged.Where(j => j.Has is not (Has.Unknown or Has.Yes)).ToList();
        return lacked.Count == 0
            ? Open(Answer.Undetermined, null, $"{string.Join(" or ", fixes.Select(Text).Distinct())}: {WhyUnknown(fixes)}, and the build {host.Build} can't be compared", [])
            : Open(Answer.FixAvailable, lacked[0].Update.FixedBuild, NoteOf(lacked, host, judged.Exists(j => j.Has == Has.Yes)), [.. lacked.Select(j => j.Update)]);
    }

    // Microsoft's words: Monthly Rollup, Security Only, IE Cumulative, Security Hotpatch Update, Security Update.
    private static string KindOf(VendorUpdate update) =>
        IsHotpatch(update) ? HotpatchKind
        : update.Kind is null ? OtherKind
        : update.Kind.Contains("Security Only", StringComparison.OrdinalIgnoreCase) || update.Kind.Contains("IE Cumulative", StringComparison.OrdinalIgnoreCase) ? PartialKind
        : update.Kind.Contains("Rollup", StringComparison.OrdinalIgnoreCase) ? RollupKind
        : OtherKind;

    // Where no update is named, a fixed build may be.
    private static VendorUpdate? FixIn(AffectedPackage said) => said.Update
        ?? (said.State == FixState.Fixed && said.Ranges.LastOrDefault()?.Fixed is { } build ? new VendorUpdate { Id = "the fixed build", FixedBuild = build } : null);

    private static string WhyUnknown(ImmutableArray<VendorUpdate> fixes) => fixes.Any(f => IsNumber(f.Id)) ? "no installed update is reported" : "it has no number that could be reported";

    // Without updates that have numbers, fixed means that the vendor has mended it without anybody's doing.
    private static Answer? AnswerOf(FixState state) => state switch
    {
        FixState.NoFixYet => Answer.NoFixYet,
        FixState.WillNotFix => Answer.WillNotFix,
        FixState.SupportEnded => Answer.SupportEnded,
        FixState.UnderInvestigation => Answer.UnderInvestigation,
        _ => null,
    };

    // The build says what runs, and that nothing before it is missing only where every update holds all before it: it proves nothing of a hotpatch or
    // of an update that holds one month alone, nor of a host that got such.
    private static Has HasOf(VendorUpdate update, Host host)
    {
        var isOlder = IsHotpatch(update) ? null : ProductBuild.IsOlder(host.Build, update.FixedBuild);
        isOlder = isOlder == false && (KindOf(update) == PartialKind || host.HasPartial) ? null : isOlder;
        return isOlder == false ? Has.Yes
            : IsInstalled(update.Id, host) ? (isOlder == true ? Has.AfterRestart : Has.Yes)
            : isOlder == true || (IsNumber(update.Id) && !host.Updates.IsEmpty()) ? Has.No
            : Has.Unknown;
    }

    private static bool IsInstalled(string update, Host host) =>
        IsNumber(update) && (host.Updates.Contains(update) || host.Index.Place(host.Product, update).ReplacedBy.Any(host.Updates.Contains));

    private static string? NoteOf(List<(VendorUpdate Update, Has Has)> lacked, Host host, bool isPartly)
    {
        var restart = lacked.Exists(l => l.Has == Has.AfterRestart) ? $"the update is installed, but the build is still {host.Build}: restart the host" : null;
        var places = lacked.Where(l => IsNumber(l.Update.Id)).SelectMany(l => NotesOf(l.Update.Id, host.Index.Place(host.Product, l.Update.Id)));
        var isByNumber = lacked.TrueForAll(l => ProductBuild.IsOlder(host.Build, l.Update.FixedBuild) is null);
        string[] notes = [.. restart is null ? [] : (string[])[restart], .. isPartly ? (string[])["another update of the same kind is installed, and all of a kind are needed"] : [], .. places, .. isByNumber ? Gaps(host) : []];
        return notes.Length == 0 ? null : string.Join("; ", notes.Distinct());
    }

    private static IEnumerable<string> NotesOf(string update, SupersedencePlace place)
    {
        if (!place.Circle.IsEmpty)
        {
            yield return $"{update} and {Some(place.Circle)} are said to replace each other: which is the newest can't be told";
        }
        else if (place.ReplacedBy.Length > 0 && !place.IsSuperseded)
        {
            yield return $"{Some(place.ReplacedBy)} are said to replace {update} and each other: which is the newest can't be told";
        }

        if (!place.IsWhole)
        {
            yield return "more updates replace one another than are followed: there may be a newer one";
        }
    }

    // What is not said of an installed update, or of one that it replaces, may be that it replaces the one that seems to be missing.
    private static IEnumerable<string> Gaps(Host host)
    {
        var silent = host.Updates.Where(u => !host.Index.Describes(u)).Order(StringComparer.Ordinal).ToImmutableArray();
        var behind = host.Updates.Except(silent).SelectMany(u => host.Index.Place(host.Product, u).Unknown).Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        if (!silent.IsEmpty)
        {
            yield return $"no document says what {Some(silent)} replaces, which is installed: look whether it holds the fix";
        }

        if (!behind.IsEmpty)
        {
            yield return $"no document says what {Some(behind)} replaced, which an installed update replaces: look whether that holds the fix";
        }
    }

    // The newest of each chain, once; all of a kind, and one kind of several. What is enough for all stands alone.
    private static PackageFix FixOf(List<Judged> open, ProductIndex index, string product)
    {
        var choices = open.Select(j => j.Fixes.GroupBy(KindOf).Select(kind => PartsOf(kind, index, product)).ToList()).DistinctBy(OneOf).ToList();
        var enough = choices[0].Where(way => choices.TrueForAll(c => c.Exists(other => other.SequenceEqual(way)))).ToList();
        var needed = choices.Where(c => !choices.Exists(other => other != c && c.Exists(way => other.TrueForAll(o => way.All(o.Contains)))));
        var text = enough.Count > 0 ? OneOf(enough) : string.Join(", ", needed.Select(OneOf));
        return new PackageFix(text, null, [.. open.Select(j => j.Finding.Advisory).Distinct()], [.. open.SelectMany(j => j.Finding.Vulnerabilities).Distinct()]) { HasNotes = true };
    }

    private static string OneOf(List<string[]> ways) => string.Join(" or ", ways.Select(parts => string.Join(" and ", parts)).Distinct());

    private static string[] PartsOf(IEnumerable<VendorUpdate> kind, ProductIndex index, string product) =>
        [.. kind.Select(f => string.Join(" or ", Newest(f, index, product).DistinctBy(n => n.Id).Select(Text))).Distinct()];

    private static IEnumerable<VendorUpdate> Newest(VendorUpdate update, ProductIndex index, string product) =>
        IsNumber(update.Id) && index.Place(product, update.Id) is { IsSuperseded: true } place
            ? place.Newest.Select(id => index.UpdateOf(product, id) ?? new VendorUpdate { Id = id })
            : [update];

    private static string Text(VendorUpdate update) => update.FixedBuild is { } build ? $"{update.Id} ({build})" : update.Id;

    private static string Some(ImmutableArray<string> updates) =>
        string.Join(", ", updates.Take(MostNamed)) + (updates.Length > MostNamed ? $" and {updates.Length - MostNamed} more" : "");

    private static bool IsHotpatch(VendorUpdate update) => update.Kind?.Contains("Hotpatch", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsNumber(string id) => id.StartsWith("KB", StringComparison.Ordinal);

    private static bool IsEmpty(this IReadOnlyCollection<string> updates) => updates.Count == 0;
}
