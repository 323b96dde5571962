using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>The order of two versions in the scheme that they are written in.</summary>
public static class VersionOrder
{
    /// <summary>Below 0 where <paramref name="a"/> is older, 0 where they are equal, above 0 where it is newer; null where they can't be compared.</summary>
    public static int? Compare(VersionScheme scheme, string a, string b) => scheme switch
    {
        VersionScheme.Deb => DebianVersion.TryParse(a, out var left) && DebianVersion.TryParse(b, out var right) ? left.CompareTo(right) : null,

        // Rpm, Apk and SemVer get their lines here, from the types beside DebianVersion.
        _ => null,
    };
}
