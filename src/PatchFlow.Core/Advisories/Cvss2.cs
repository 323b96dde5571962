namespace PatchFlow.Core.Advisories;

/// <summary>The equations of CVSS v2.0 (Complete Guide, section 3.2).</summary>
internal static class Cvss2
{
    public static (decimal Base, decimal? Temporal, decimal? Environmental) Of(CvssVector v)
    {
        var impact = 10.41m * (1 - ((1 - Impact(v["C"]!)) * (1 - Impact(v["I"]!)) * (1 - Impact(v["A"]!))));
        var lowest = Base(v, impact);
        return (lowest, v.Has(CvssGroup.Temporal) ? Temporal(v, lowest) : null, v.Has(CvssGroup.Environmental) ? Environmental(v) : null);
    }

    private static decimal Base(CvssVector v, decimal impact)
    {
        var exploitability = 20m * AccessVector(v["AV"]!) * AccessComplexity(v["AC"]!) * Authentication(v["Au"]!);
        return impact == 0m ? 0m : Round(((0.6m * impact) + (0.4m * exploitability) - 1.5m) * 1.176m);
    }

    private static decimal Temporal(CvssVector v, decimal score) => Round(score * Exploitability(v["E"]) * RemediationLevel(v["RL"]) * ReportConfidence(v["RC"]));

    private static decimal Environmental(CvssVector v)
    {
        decimal Left(string impact, string requirement) => 1 - (Impact(v[impact]!) * Requirement(v[requirement]));
        var adjusted = Temporal(v, Base(v, Math.Min(10m, 10.41m * (1 - (Left("C", "CR") * Left("I", "IR") * Left("A", "AR"))))));
        return Round((adjusted + ((10m - adjusted) * CollateralDamage(v["CDP"]))) * TargetDistribution(v["TD"]));
    }

    private static decimal Round(decimal score) => decimal.Round(score, 1, MidpointRounding.AwayFromZero);

    private static decimal Impact(string value) => value switch { "C" => 0.660m, "P" => 0.275m, _ => 0m };

    private static decimal AccessVector(string value) => value switch { "L" => 0.395m, "A" => 0.646m, _ => 1m };

    private static decimal AccessComplexity(string value) => value switch { "H" => 0.35m, "M" => 0.61m, _ => 0.71m };

    private static decimal Authentication(string value) => value switch { "M" => 0.45m, "S" => 0.56m, _ => 0.704m };

    private static decimal Exploitability(string? value) => value switch { "U" => 0.85m, "POC" => 0.9m, "F" => 0.95m, _ => 1m };

    private static decimal RemediationLevel(string? value) => value switch { "OF" => 0.87m, "TF" => 0.90m, "W" => 0.95m, _ => 1m };

    private static decimal ReportConfidence(string? value) => value switch { "UC" => 0.90m, "UR" => 0.95m, _ => 1m };

    private static decimal CollateralDamage(string? value) => value switch { "L" => 0.1m, "LM" => 0.3m, "MH" => 0.4m, "H" => 0.5m, _ => 0m };

    private static decimal TargetDistribution(string? value) => value switch { "N" => 0m, "L" => 0.25m, "M" => 0.75m, _ => 1m };

    private static decimal Requirement(string? value) => value switch { "L" => 0.5m, "H" => 1.51m, _ => 1m };
}
