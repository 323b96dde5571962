using System.Text;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Patches;

/// <summary>Profiles: hosts that are equal as far as a patch can see share one replica (docs/formats.md, "Profile").</summary>
public static class Profiles
{
    /// <summary>
    /// <c>{group}-{os}-{release}-{arch}-{8 hex}</c>: the hex begins the SHA-256 of the bytewise sorted lines <c>package NAME ARCH VERSION</c>
    /// of the packages that the patch touches, with their dependencies (<see cref="DependencyClosure"/>).
    /// </summary>
    public static string NameOf(string group, string osId, string release, string arch, IEnumerable<InstalledPackage> touchedWithDependencies)
    {
        var lines = touchedWithDependencies.Select(p => $"package {p.Name} {p.Arch} {p.Version}\n").Order(StringComparer.Ordinal);
        var hex = Digest.Of(Encoding.UTF8.GetBytes(string.Concat(lines))).Hex[..8];
        return $"{group}-{osId}-{release}-{arch}-{hex}";
    }
}
