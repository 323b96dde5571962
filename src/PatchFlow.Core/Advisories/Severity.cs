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
    /// <summary>The severity that a vendor's word means, whatever its case; <see cref="Severity.Unknown"/> for any other word and for none.</summary>
    public static Severity Of(string? word) => word?.Trim().TrimEnd('*').ToUpperInvariant() switch
    {
        "CRITICAL" => Severity.Critical,
        "HIGH" or "IMPORTANT" => Severity.High,
        "MEDIUM" or "MODERATE" => Severity.Medium,
        "LOW" or "NEGLIGIBLE" or "UNIMPORTANT" or "MINOR" => Severity.Low,
        "NONE" => Severity.None,
        _ => Severity.Unknown,
    };
}
