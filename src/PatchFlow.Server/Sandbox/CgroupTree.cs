namespace PatchFlow.Server.Sandbox;

/// <summary>
/// The cgroup folders of replicas. On cgroup v1 systemd is PID 1 of a replica without any privilege when it gets a sub-tree of its own,
/// mounted at its own full path; the server makes that folder, which needs root, and removes what a replica left of it.
/// </summary>
/// <param name="installation">Names the folder, so that two installations on one machine stay apart.</param>
internal sealed class CgroupTree(string installation)
{
    private const string Root = "/sys/fs/cgroup";
    private const string SystemdRoot = Root + "/systemd";
    private readonly string _parent = $"/patchflow/{installation}";

    /// <summary>Whether systemd can be PID 1 in a container of this machine; else why not.</summary>
    public string? WhyNot(Engine engine) =>
        !engine.IsLocal ? $"the engine is on another machine ({engine.Endpoint})"
        : File.Exists(Root + "/cgroup.controllers") ? "this machine has cgroup v2 only, which this engine can't delegate to a container"
        : !Directory.Exists(SystemdRoot) ? "this machine has no cgroup hierarchy for systemd"
        : !CanWrite() ? "the server may not make cgroups: it would have to run as root"
        : null;

    /// <summary>The cgroup of a replica, as the engine names it.</summary>
    public string NameOf(string replica) => $"{_parent}/{replica}";

    /// <summary>The folder of a replica's cgroup in systemd's hierarchy.</summary>
    public string FolderOf(string replica) => SystemdRoot + NameOf(replica);

    /// <summary>Makes the folder of a replica's cgroup.</summary>
    public void Make(string replica) => Directory.CreateDirectory(FolderOf(replica));

    /// <summary>Removes a replica's cgroups in all hierarchies, once its container is gone. False where a process is still in one.</summary>
    public bool Remove(string replica) => Hierarchies().Select(h => TryRemove(h + NameOf(replica))).ToList().TrueForAll(gone => gone);

    /// <summary>The replicas that have cgroups.</summary>
    public IReadOnlyCollection<string> Replicas() =>
        Hierarchies().Select(h => h + _parent).Where(Directory.Exists).SelectMany(Directory.GetDirectories)
            .Select(path => Path.GetFileName(path)).ToHashSet(StringComparer.Ordinal);

    /// <summary>Removes the installation's own folders where nothing is in them.</summary>
    public void RemoveParents()
    {
        foreach (var hierarchy in Hierarchies())
        {
            _ = TryRmdir(hierarchy + _parent) && TryRmdir(Path.GetDirectoryName(hierarchy + _parent)!);
        }
    }

    private static string[] Hierarchies() => Directory.Exists(Root) ? Directory.GetDirectories(Root) : [];

    private bool CanWrite()
    {
        try
        {
            Directory.CreateDirectory(SystemdRoot + _parent);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // A cgroup's files can't be removed one by one, and vanish with their folder; folders go from the innermost out.
    internal static bool TryRemove(string folder) =>
        Inner(folder).Select(TryRemove).ToList().TrueForAll(gone => gone) && TryRmdir(folder);

    // Another process may remove it at this moment; what can't be read now is left to the next sweep.
    private static string[] Inner(string folder)
    {
        try
        {
            return Directory.Exists(folder) ? Directory.GetDirectories(folder) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static bool TryRmdir(string folder)
    {
        try
        {
            Directory.Delete(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
