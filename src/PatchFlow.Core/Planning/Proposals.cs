using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Planning;

/// <summary>What is proposed.</summary>
/// <param name="Title">For people.</param>
/// <param name="Group">The host group.</param>
/// <param name="Hosts">Its hosts with patches, sorted.</param>
/// <param name="Patches">What applies, over all of them, sorted.</param>
/// <param name="Feeds">The feeds that list them.</param>
/// <param name="Applies">The digest over which patch applies to which host.</param>
public sealed record Proposal(string Title, string Group, ImmutableArray<string> Hosts, ImmutableArray<PackageUpgrade> Patches, ImmutableArray<string> Feeds, Digest Applies);

/// <summary>A change of the group.</summary>
/// <param name="Change">The change.</param>
/// <param name="IsDecided">Whether anybody has decided on it.</param>
public sealed record KnownChange(Change Change, bool IsDecided);

/// <summary>What is to be done about the patches that apply to a group.</summary>
/// <param name="Saves">Undecided changes that are superseded, brought up to date or withdrawn.</param>
/// <param name="New">A new change; null where there is nothing new.</param>
public sealed record ProposalAgenda(ImmutableArray<SaveChange> Saves, Proposal? New);

/// <summary>From patches that apply to changes: one for all hosts of a group.</summary>
public static class Proposals
{
    private const int NamesInTitle = 3;

    /// <summary>
    /// Hosts that an open change takes are left to it, unless a newer fix applies to them: before the first decision that supersedes the
    /// change, afterwards it queues a successor. A proposed change is kept up to date. What ended is not proposed again by itself
    /// while which patch applies to which host is the same as then.
    /// </summary>
    public static ProposalAgenda For(string group, IEnumerable<HostPatches> all, ImmutableArray<KnownChange> changes, DateTimeOffset now)
    {
        var left = all.Where(h => !h.Patches.IsEmpty).ToDictionary(h => h.Host, StringComparer.Ordinal);
        var saves = ImmutableArray.CreateBuilder<SaveChange>();
        foreach (var known in changes.Where(c => c.Change.IsInFlight || IsAPersons(c.Change)))
        {
            var outdated = known.Change.Hosts.Where(h => left.TryGetValue(h, out var host) && IsNewer(host, known.Change)).ToList();
            if (outdated.Count > 0 && !known.IsDecided && known.Change.Status.IsBeforeRollout() && !IsAPersons(known.Change))
            {
                saves.Add(Planner.Enter(known.Change.To(ChangeStatus.Superseded, now, $"a newer fix applies to {outdated[0]}")));
                continue;
            }

            known.Change.Hosts.Except(outdated).ToList().ForEach(h => left.Remove(h));
        }

        var wanted = left.Count == 0 ? null : Of(group, left.Values);
        if (changes.LastOrDefault(c => c.Change.Status == ChangeStatus.Proposed && !IsAPersons(c.Change)) is { Change: var queued })
        {
            if (queued.Applies != wanted?.Applies)
            {
                saves.Add(Refresh(queued, wanted, now));
            }

            return new(saves.ToImmutable(), null);
        }

        var isKnown = changes.Any(c => !c.Change.IsOpen && c.Change.Status is not (ChangeStatus.Superseded or ChangeStatus.Expired) && c.Change.Applies == wanted?.Applies);
        return new(saves.ToImmutable(), isKnown ? null : wanted);
    }

    /// <summary>The proposal for hosts of one group.</summary>
    public static Proposal Of(string group, IEnumerable<HostPatches> hosts)
    {
        var sorted = hosts.OrderBy(h => h.Host, StringComparer.Ordinal).ToList();
        var lines = sorted.SelectMany(h => h.Patches.Select(p => $"{h.Host} {p.Name} {p.Arch} {p.From} {p.To}")).Order(StringComparer.Ordinal);
        var patches = sorted.SelectMany(h => h.Patches.Select(p => new PackageUpgrade(p.Name, p.Arch, p.From, p.To))).Distinct()
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Arch, StringComparer.Ordinal).ThenBy(p => p.From, StringComparer.Ordinal)
            .ToImmutableArray();
        var feeds = sorted.SelectMany(h => h.Patches.Select(p => p.Feed)).Distinct().Order(StringComparer.Ordinal);
        return new(Title(group, patches), group, [.. sorted.Select(h => h.Host)], patches, [.. feeds], Digest.Of(Encoding.UTF8.GetBytes(string.Join('\n', lines))));
    }

    private static bool IsAPersons(Change change) => change is { IsOpen: true, Status: ChangeStatus.Proposed } && change.ProposedBy != "system";

    private static bool IsNewer(HostPatches host, Change change) =>
        host.Patches.Any(p => !change.Patches.Any(known => known.Name == p.Name && known.Arch == p.Arch && known.To == p.To));

    private static SaveChange Refresh(Change queued, Proposal? wanted, DateTimeOffset now) => wanted is null
        ? Planner.Enter(queued.To(ChangeStatus.Cancelled, now, "nothing applies to its hosts any more"))
        : new SaveChange(
            queued with { Title = wanted.Title, Hosts = wanted.Hosts, Patches = wanted.Patches, Feeds = wanted.Feeds, Applies = wanted.Applies },
            new Note("change.refreshed", [wanted.Title, $"hosts {string.Join(' ', wanted.Hosts)}"], wanted.Applies));

    private static string Title(string group, ImmutableArray<PackageUpgrade> patches)
    {
        var names = patches.Select(p => p.Name).Distinct().ToList();
        var shown = string.Join(", ", names.Take(NamesInTitle));
        return names.Count <= NamesInTitle ? $"{shown} on {group}" : $"{shown} and {names.Count - NamesInTitle} more on {group}";
    }
}
