using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Server.Reconcile;

/// <summary>Whether a host is as a plan needs it. The host judges the same again by itself, when its ticket starts.</summary>
internal static class HostFit
{
    /// <summary>Why nothing may be done on this host before a person has looked; null where nothing is wrong.</summary>
    public static string? WhyAlarming(Inventory inventory, string host, long epoch, long sequence)
    {
        if (inventory.Host != host)
        {
            return $"the host answers as '{inventory.Host}', not as '{host}': is its address another's by now? Enrol it again";
        }

        return inventory.Epoch > epoch || inventory.Sequence > sequence
            ? $"the host has seen epoch {inventory.Epoch} and plan sequence {inventory.Sequence}, this server knows {epoch} and {sequence}: "
                + "its database is an old copy; restore the newest one, or where there is none, 'patchflow hosts overtake'"
            : null;
    }

    /// <summary>What differs from what the plan was made for; null where nothing does.</summary>
    public static string? WhyDrifted(Inventory inventory, ContentPart content)
    {
        if ((inventory.OsId, inventory.OsRelease, inventory.Arch) != (content.OsId, content.OsRelease, content.Arch))
        {
            return $"the host is {inventory.OsId} {inventory.OsRelease} {inventory.Arch}, the plan is for {content.OsId} {content.OsRelease} {content.Arch}";
        }

        var installed = inventory.Packages.ToLookup(p => (p.Name, p.Arch), p => p.Version);
        foreach (var upgrade in content.Upgrades)
        {
            var versions = installed[(upgrade.Name, upgrade.Arch)].ToList();
            if (versions is not [var version] || (version != upgrade.From && version != upgrade.To))
            {
                return $"{upgrade.Name}:{upgrade.Arch} is {(versions is [var other] ? other : "not installed")}, the plan goes from {upgrade.From} to {upgrade.To}";
            }
        }

        if (content.Installs.FirstOrDefault(i => installed[(i.Name, i.Arch)].Any(v => v != i.Version)) is { } dependency)
        {
            return $"{dependency.Name}:{dependency.Arch} is there in another version than {dependency.Version}, which the plan installs";
        }

        var held = content.Upgrades.FirstOrDefault(u => inventory.Holds.Contains(u.Name) || inventory.Holds.Contains($"{u.Name}:{u.Arch}"));
        return held is null ? null : $"{held.Name} is on hold: lift it with 'apt-mark unhold {held.Name}' when it may move";
    }
}
