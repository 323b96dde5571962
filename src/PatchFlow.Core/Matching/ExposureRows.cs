using System.Collections.Immutable;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Matching;

/// <summary>The exposure of a host, from snapshot to snapshot.</summary>
public static class ExposureRows
{
    /// <summary>
    /// For how long after its end a row goes on where it is open again: one report without the package, one snapshot without the advisory, or a way
    /// back to the old version gives nobody a new beginning.
    /// </summary>
    public static readonly TimeSpan GoesOn = TimeSpan.FromDays(30);

    private const string Unrecognised = "a newer one is installed beside it, and which of them runs is not known";

    private const int MostContradictions = 3;

    private readonly record struct Key(string Package, string Arch, string Vulnerability);

    /// <summary>
    /// The rows of a host after a snapshot, the most urgent first: what is open, and what no longer is, with its end. A row keeps its
    /// beginning as long as it is open, and where it is open again within <see cref="GoesOn"/>; what was closed for longer begins anew.
    /// </summary>
    /// <param name="match">What is open of the host's package set.</param>
    /// <param name="before">The host's rows after the snapshot before; those that had ended are given back only where they are open again.</param>
    /// <param name="facts">All else.</param>
    public static ImmutableArray<ExposureRow> Of(SetMatch match, IEnumerable<ExposureRow> before, ExposureFacts facts)
    {
        var old = before.Where(r => r.Ended is null || facts.Snapshot - r.Ended <= GoesOn).ToDictionary(r => new Key(r.Package, r.Arch, r.Vulnerability));
        var open = match.Packages.OrderBy(p => p.Standing)
            .SelectMany(p => p.Verdict.Findings.SelectMany(f => f.Vulnerabilities.Select(v => (Package: p, Finding: f, Vulnerability: v))))
            .GroupBy(f => new Key(f.Package.Package.Package.Name, f.Package.Package.Package.Arch, f.Vulnerability))
            .ToDictionary(g => g.Key, g => Open(g.First().Package, g.Key, [.. g.Select(f => f.Finding)], old.GetValueOrDefault(g.Key), facts));
        var ended = old.Where(o => o.Value.Ended is null && !open.ContainsKey(o.Key)).Select(o => Ended(o.Value, facts));
        return [.. open.Values.Concat(ended).OrderBy(r => r.Priority, Priority.MostUrgentFirst).ThenBy(r => r.Package, StringComparer.Ordinal).ThenBy(r => r.Arch, StringComparer.Ordinal)];
    }

    // The first finding is the best answer: findings with a fix come first.
    private static ExposureRow Open(PackageMatch match, Key key, List<Finding> findings, ExposureRow? old, ExposureFacts facts)
    {
        var (best, package) = (findings[0], match.Package.Package);
        var fix = best.Answer == Answer.FixAvailable ? match.Verdict.Fix : null;
        var threat = facts.Threats(key.Vulnerability);
        var priority = Priority.Of(threat.Vendor != Severity.Unknown ? threat : threat with { Vendor = findings.Max(f => f.Advisory.Severity) }, facts.Reach);
        // A fix that can't be told for a time, as where a report lacks what was installed, gives nobody a new beginning.
        var fixSince = old?.FixSince ?? (fix is null ? null : (DateTimeOffset?)facts.Snapshot);
        return new ExposureRow
        {
            Host = facts.Host,
            Package = key.Package,
            Arch = key.Arch,
            Vulnerability = key.Vulnerability,
            Version = package.Version,
            Answer = best.Answer,
            Fixed = fix?.Version ?? fix?.SourceVersion,
            Advisories = [.. findings.Select(f => f.Advisory.Id).Distinct()],
            Note = NoteOf(fix is null || fix.HasNotes ? best.Note : match.Standing == PackageStanding.PerhapsRunning ? Unrecognised : null, findings, key.Vulnerability),
            IsHeld = match.IsHeld,
            Standing = match.Standing,
            Priority = priority,
            Since = old?.Since ?? facts.Snapshot,
            FixSince = fixSince,
            Deadline = DeadlineOf(facts, priority, old?.Since ?? facts.Snapshot, fix is null ? null : fixSince, null),
        };
    }

    // That a feed says otherwise which is trusted less closes nothing, and is said.
    private static string? NoteOf(string? note, List<Finding> findings, string vulnerability)
    {
        var against = findings.SelectMany(f => f.Contradictions).Where(c => c.Vulnerability == vulnerability).Select(c => c.Text).Distinct().Take(MostContradictions).ToList();
        return against.Count == 0 ? note : string.Join("; ", note is null ? against : against.Prepend(note));
    }

    private static ExposureRow Ended(ExposureRow row, ExposureFacts facts) => row with
    {
        Ended = facts.Snapshot,
        Deadline = DeadlineOf(facts, row.Priority, row.Since, row.FixSince, facts.Snapshot),
    };

    private static Deadline DeadlineOf(ExposureFacts facts, Priority priority, DateTimeOffset since, DateTimeOffset? fixSince, DateTimeOffset? patched) =>
        fixSince is { } from ? Deadline.Of(facts.Policy, priority.Class, from, patched, facts.Now) : new Deadline(since, null, DeadlineState.None);
}
