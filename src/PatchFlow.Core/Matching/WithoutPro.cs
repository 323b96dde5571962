using System.Collections.Immutable;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Matching;

/// <summary>
/// What fixes for hosts attached to Ubuntu Pro say of the others: that they are affected, and that there is no fix for them. Without it nothing would
/// be said of them at all, since no other record speaks of a release that is out of standard support.
/// </summary>
public static class WithoutPro
{
    private const string Pro = "Ubuntu:Pro:";

    /// <summary>The platform of hosts of a release that are not attached, which they follow beside that of the release.</summary>
    public static string OfRelease(string release) => $"Ubuntu without Pro:{release}";

    /// <summary>The same for a platform of Ubuntu Pro, <c>Ubuntu:Pro:16.04</c>; null for others. FIPS and the like are packages of their own: of others' they say nothing.</summary>
    public static string? Of(string platform) =>
        platform.StartsWith(Pro, StringComparison.Ordinal) && !platform.AsSpan(Pro.Length).Contains(':') ? OfRelease(platform[Pro.Length..]) : null;

    /// <summary>What a statement on Ubuntu Pro says of hosts that are not attached; null where it says nothing.</summary>
    internal static (AffectedPackage Affected, string Platform)? Of(AffectedPackage affected, string platform)
    {
        var fix = affected.Ranges.Select(r => r.Fixed).LastOrDefault(f => f is not null);
        return Of(platform) is { } without && affected.State == FixState.Fixed && fix is not null && !fix.Contains("fips", StringComparison.OrdinalIgnoreCase)
            ? (affected with { State = FixState.WillNotFix, Scheme = VersionScheme.Deb, Note = $"no fix available without Ubuntu Pro, which has {fix}" }, without)
            : null;
    }
}
