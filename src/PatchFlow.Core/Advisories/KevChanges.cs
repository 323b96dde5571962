using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>An entry that both catalogues have, and that says something else in the later one.</summary>
/// <param name="Before">As it was.</param>
/// <param name="After">As it is.</param>
public sealed record KevChange(KevEntry Before, KevEntry After);

/// <summary>What changed between two catalogues of known exploited vulnerabilities; each list in the order of its catalogue.</summary>
/// <param name="Added">Entries that are new.</param>
/// <param name="Changed">Entries that say something else, for example of ransomware.</param>
/// <param name="Removed">Entries that are gone; CISA does take some back.</param>
public sealed record KevChanges(ImmutableArray<KevEntry> Added, ImmutableArray<KevChange> Changed, ImmutableArray<KevEntry> Removed)
{
    /// <summary>Compares two catalogues, the older one first; their order plays no part.</summary>
    public static KevChanges Between(IEnumerable<KevEntry> before, IEnumerable<KevEntry> after)
    {
        var old = before.ToDictionary(e => e.Cve, StringComparer.Ordinal);
        var gone = new HashSet<string>(old.Keys, StringComparer.Ordinal);
        var (added, changed) = (ImmutableArray.CreateBuilder<KevEntry>(), ImmutableArray.CreateBuilder<KevChange>());
        foreach (var entry in after)
        {
            gone.Remove(entry.Cve);
            if (!old.TryGetValue(entry.Cve, out var was))
            {
                added.Add(entry);
            }
            else if (!IsSame(was, entry))
            {
                changed.Add(new(was, entry));
            }
        }

        return new(added.ToImmutable(), changed.ToImmutable(), [.. old.Values.Where(e => gone.Contains(e.Cve))]);
    }

    // A record compares its lists by reference.
    private static bool IsSame(KevEntry a, KevEntry b) =>
        a.Cwes.SequenceEqual(b.Cwes) && a.References.SequenceEqual(b.References) && a with { Cwes = [], References = [] } == b with { Cwes = [], References = [] };
}
