namespace PatchFlow.Core.Advisories;

/// <summary>A vendor's severity on one scale, the names of CVSS; in ascending order.</summary>
public enum Severity
{
    /// <summary>Not stated, or in a word that is not known.</summary>
    Unknown,

    /// <summary>Stated to be none.</summary>
    None,

    /// <summary>Low, negligible, unimportant.</summary>
    Low,

    /// <summary>Medium, moderate.</summary>
    Medium,

    /// <summary>High, important.</summary>
    High,

    /// <summary>Critical.</summary>
    Critical,
}

/// <summary>Vendors' words for severities.</summary>
public static class Severities
{
    private const int LongestWord = 16;

    /// <summary>The severity that a vendor's word means, whatever its case; <see cref="Severity.Unknown"/> for any other word and for none.</summary>
    public static Severity Of(string? word)
    {
        Span<char> capitals = stackalloc char[LongestWord];
        return word.AsSpan().Trim().TrimEnd('*') is { Length: <= LongestWord } bare && capitals[..bare.ToUpperInvariant(capitals)] is var known ? known switch
        {
            "CRITICAL" => Severity.Critical,
            "HIGH" or "IMPORTANT" => Severity.High,
            "MEDIUM" or "MODERATE" => Severity.Medium,
            "LOW" or "NEGLIGIBLE" or "UNIMPORTANT" or "MINOR" => Severity.Low,
            "NONE" => Severity.None,
            _ => Severity.Unknown,
        }
        : Severity.Unknown;
    }

    /// <summary>
    /// The severity of an update of rpm. Its writers say <c>None</c> where nobody has rated it (Bodhi's for "unspecified", AlmaLinux' and Rocky
    /// Linux' for whatever is no security update by its type), also where it closes vulnerabilities: that is no rating.
    /// </summary>
    public static Severity OfUpdate(string? word) => IsRated(word) ? Of(word) : Severity.Unknown;

    /// <summary>Whether the writer of an update of rpm has rated it, in a word that is known or not.</summary>
    public static bool IsRated(string? word) => !string.IsNullOrWhiteSpace(word) && Of(word) != Severity.None;
}
