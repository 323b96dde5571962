using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// The words of CVRF in those of CSAF. XML has <c>Known Affected</c>, version 3 of Microsoft's JSON <c>KnownAffected</c>, version 2 the numbers of
/// its enumerations, of which those are known that Microsoft's own PowerShell module uses.
/// </summary>
internal static class CvrfWords
{
    /// <summary>A product status (CVRF 1.2, 6.9.1); null where the word is not known.</summary>
    public static string? StatusOf(string? word) => Plain(word) switch
    {
        "FIRSTAFFECTED" => "first_affected",
        "KNOWNAFFECTED" or "3" => "known_affected",
        "KNOWNNOTAFFECTED" => "known_not_affected",
        "FIRSTFIXED" => "first_fixed",
        "FIXED" => "fixed",
        "RECOMMENDED" => "recommended",
        "LASTAFFECTED" => "last_affected",
        _ => null,
    };

    /// <summary>A kind of remediation (CVRF 1.2, 6.12.1); empty for one that mends nothing and is none of them, such as a known issue.</summary>
    public static string RemedyOf(string? word) => Plain(word) switch
    {
        "WORKAROUND" or "0" => "workaround",
        "MITIGATION" or "1" => "mitigation",
        "VENDORFIX" or "2" => "vendor_fix",
        "NONEAVAILABLE" or "3" => "none_available",
        "WILLNOTFIX" or "4" => "no_fix_planned",
        _ => "",
    };

    /// <summary>A kind of threat (CVRF 1.2, 6.10.1; <c>Severity</c> is Microsoft's); empty for another.</summary>
    public static string ThreatOf(string? word) => Plain(word) switch
    {
        "IMPACT" or "0" => "impact",
        "EXPLOITSTATUS" or "1" => "exploit_status",
        "TARGETSET" or "2" => "target_set",
        "SEVERITY" or "3" => "severity",
        _ => "",
    };

    /// <summary>A kind of branch (CVRF 1.2, 5.1.1), as far as CSAF has the same; <c>Package Arch</c> is openEuler's.</summary>
    public static string? BranchOf(string? word) => Plain(word) switch
    {
        "PRODUCTNAME" => "product_name",
        "PRODUCTVERSION" => "product_version",
        "ARCHITECTURE" or "PACKAGEARCH" => "architecture",
        _ => null,
    };

    /// <summary>A base score from 0 to 10; null where the text is none.</summary>
    public static decimal? ScoreOf(string? text) =>
        Numerals.TryRead(text, NumberStyles.AllowDecimalPoint, out var score) && score is >= 0 and <= 10 ? score : null;

    private static string Plain(string? word) => (word ?? "").Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
}
