using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>What the vendors' formats for advisories of rpm have in common.</summary>
internal static class RpmAdvisory
{
    private const int LongestId = 200;
    private const int LongestName = 256;

    // AlmaLinux' own ids: ALSA-2022:4940, ALBA-2023:0123, ALEA-….
    private const int AlmaYear = 5;

    /// <summary>What is wrong with an id; null where nothing is.</summary>
    /// <param name="id">The id.</param>
    /// <param name="vendor">Whoever publishes it, as the document says; AlmaLinux' ids have a form of their own.</param>
    public static string? ProblemOf(string? id, string? vendor) => id switch
    {
        null or "" => "it has no id",
        { Length: > LongestId } => $"its id is longer than {LongestId} characters",
        _ when id.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)) => $"its id '{XmlWalk.Shown(id)}' has white space or control characters",
        _ when vendor is not null && vendor.Contains("almalinux", StringComparison.OrdinalIgnoreCase) && !IsOfAlma(id) =>
            $"its id '{XmlWalk.Shown(id)}' is not of the form of AlmaLinux' ids, such as ALSA-2022:4940, so that it could not be looked up at AlmaLinux: this record is left out and the others count; tell the vendor, and use a mirror or copy that was not altered",
        _ => null,
    };

    /// <summary>
    /// What the vendor's word means; any advisory that refers to a CVE is on security, whatever the word (bugfix updates close vulnerabilities
    /// too). So is one without a word that has a severity: only vulnerabilities are rated.
    /// </summary>
    public static AdvisoryKind KindOf(string? word, bool namesCves, string? severity) => namesCves ? AdvisoryKind.Security : word?.ToUpperInvariant() switch
    {
        null or "" when Severities.IsRated(severity) => AdvisoryKind.Security,
        "SECURITY" => AdvisoryKind.Security,
        "BUGFIX" or "BUG FIX" or "RECOMMENDED" => AdvisoryKind.BugFix,
        "ENHANCEMENT" or "NEWPACKAGE" or "FEATURE" or "OPTIONAL" => AdvisoryKind.Enhancement,
        _ => AdvisoryKind.Other,
    };

    /// <summary>Whether a status says that the update must not be installed any more (SUSE: retracted; Bodhi: obsolete, unpushed, revoked).</summary>
    public static bool IsWithdrawn(string? status) => status is "retracted" or "obsolete" or "unpushed" or "revoked" or "withdrawn";

    /// <summary>Whether a flag is set: an empty element is, and so is every word but a no.</summary>
    private static bool IsSet(string text) => text.Trim() is not ("0" or "False" or "false" or "no" or "No");

    /// <summary>What the element that the walk stands on suggests; nothing where it is another.</summary>
    public static SuggestedActions Suggested(XmlWalk xml)
    {
        var action = xml.Name switch
        {
            "reboot_suggested" => SuggestedActions.Reboot,
            "restart_suggested" => SuggestedActions.Restart,
            "relogin_suggested" => SuggestedActions.Relogin,
            _ => SuggestedActions.None,
        };
        return action != SuggestedActions.None && IsSet(xml.Text()) ? action : SuggestedActions.None;
    }

    /// <summary>What is wrong with a package; null where nothing is. Names are looked up among those of hosts and never used otherwise, so they need not be such that rpm would build them.</summary>
    public static string? ProblemOf(string? name, string? epoch, string? version, string? release, string? arch) =>
        !IsWord(name) ? "a package has no name, or one with white space"
        : epoch is { Length: > 0 } && !Nevra.IsEpoch(epoch) ? $"{XmlWalk.Shown(name!)}: epoch '{XmlWalk.Shown(epoch)}' is no number"
        : !Nevra.IsVersion(version) ? $"{XmlWalk.Shown(name!)}: version '{XmlWalk.Shown(version ?? "")}' is none"
        : !Nevra.IsVersion(release) ? $"{XmlWalk.Shown(name!)}: release '{XmlWalk.Shown(release ?? "")}' is none"
        : !Nevra.IsArch(arch) ? $"{XmlWalk.Shown(name!)}: architecture '{XmlWalk.Shown(arch ?? "")}' is none"
        : null;

    /// <summary>
    /// A package's epoch, which is written as a number or as a text; false where it is neither. Read as absent it would be the lowest, and every installed
    /// version with one be newer than the fix.
    /// </summary>
    public static bool TryEpoch(JsonElement package, out string? epoch)
    {
        epoch = package.TryGetProperty("epoch"u8, out var stated) ? stated.ValueKind switch { JsonValueKind.Number => stated.GetRawText(), JsonValueKind.String => stated.GetString(), _ => null } : null;
        return epoch is not null || stated.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;
    }

    /// <summary>A package that is mended with this version; one that <see cref="ProblemOf(string?, string?, string?, string?, string?)"/> has nothing against.</summary>
    public static AffectedPackage Package(string platform, string name, ImmutableArray<VersionRange> before, string arch, PublishedFile? file, string? module, string? build) => new()
    {
        Platform = platform,
        Name = name,
        IsSource = arch is "src" or "nosrc",
        Arch = arch is "src" or "nosrc" ? null : arch,
        Module = module,
        Product = build,
        Scheme = VersionScheme.Rpm,
        State = FixState.Fixed,
        Ranges = before,
        File = file,
    };

    /// <summary>A source package's file; null for the addresses and binary packages that stand there too.</summary>
    public static string? SourceOf(string? src) =>
        src is not null && (src.EndsWith(".src.rpm", StringComparison.Ordinal) || src.EndsWith(".nosrc.rpm", StringComparison.Ordinal)) ? src[(src.LastIndexOf('/') + 1)..] : null;

    private static bool IsWord(string? text)
    {
        foreach (var letter in text ?? "")
        {
            if (char.IsWhiteSpace(letter) || char.IsControl(letter))
            {
                return false;
            }
        }

        return text is { Length: > 0 and <= LongestName };
    }

    private static bool IsOfAlma(string id) =>
        id is ['A', 'L', 'S' or 'B' or 'E', 'A', '-', ..] && id.Length > AlmaYear + 5 && id[AlmaYear + 4] == ':'
        && id.AsSpan(AlmaYear, 4).IndexOfAnyExceptInRange('0', '9') < 0 && id.AsSpan(AlmaYear + 5).IndexOfAnyExcept("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") < 0;
}
