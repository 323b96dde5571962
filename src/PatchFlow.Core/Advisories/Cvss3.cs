namespace PatchFlow.Core.Advisories;

/// <summary>
/// The equations of CVSS v3.0 (specification, section 8) and v3.1 (section 7). They differ in how they round up and in the modified impact of a
/// changed scope. A decimal holds 28 digits: only the fifteenth power is cut, 24 digits below anything that decides.
/// </summary>
internal static class Cvss3
{
    public static (decimal Base, decimal? Temporal, decimal? Environmental) Of(CvssVector v)
    {
        var temporal = Maturity(v["E"]) * RemediationLevel(v["RL"]) * ReportConfidence(v["RC"]);
        var lowest = Base(v);
        return (lowest, RoundUp(v, lowest * temporal), RoundUp(v, Modified(v) * temporal));
    }

    private static decimal Base(CvssVector v)
    {
        var changed = v["S"] == "C";
        var impact = 1 - ((1 - Impact(v["C"]!)) * (1 - Impact(v["I"]!)) * (1 - Impact(v["A"]!)));
        var exploitability = 8.22m * AttackVector(v["AV"]!) * AttackComplexity(v["AC"]!) * Privileges(v["PR"]!, changed) * Interaction(v["UI"]!);
        return Total(v, changed ? (7.52m * (impact - 0.029m)) - (3.25m * Power(impact - 0.02m, 15)) : 6.42m * impact, exploitability, changed);
    }

    // Each modified metric stands for its base metric where it is given.
    private static decimal Modified(CvssVector v)
    {
        string Of(string metric) => v[$"M{metric}"] ?? v[metric]!;
        decimal Left(string metric) => 1 - (Requirement(v[$"{metric}R"]) * Impact(Of(metric)));
        var changed = Of("S") == "C";
        var impact = Math.Min(1 - (Left("C") * Left("I") * Left("A")), 0.915m);
        var exploitability = 8.22m * AttackVector(Of("AV")) * AttackComplexity(Of("AC")) * Privileges(Of("PR"), changed) * Interaction(Of("UI"));
        var least = v.Version == CvssVersion.V30 ? Power(impact - 0.02m, 15) : Power((impact * 0.9731m) - 0.02m, 13);
        return Total(v, changed ? (7.52m * (impact - 0.029m)) - (3.25m * least) : 6.42m * impact, exploitability, changed);
    }

    private static decimal Total(CvssVector v, decimal impact, decimal exploitability, bool changed) =>
        impact <= 0m ? 0m : RoundUp(v, Math.Min((changed ? 1.08m : 1m) * (impact + exploitability), 10m));

    // v3.0: the smallest number of one decimal that is not less. v3.1, appendix A: the same after rounding to five decimals, done on integers.
    private static decimal RoundUp(CvssVector v, decimal score)
    {
        if (v.Version == CvssVersion.V30)
        {
            return decimal.Ceiling(score * 10m) / 10m;
        }

        var hundredThousandths = (long)decimal.Round(score * 100_000m, 0, MidpointRounding.AwayFromZero);
        return (hundredThousandths % 10_000 == 0 ? hundredThousandths / 10_000 : (hundredThousandths / 10_000) + 1) / 10m;
    }

    private static decimal Power(decimal number, int exponent)
    {
        var power = 1m;
        for (var i = 0; i < exponent; i++)
        {
            power *= number;
        }

        return power;
    }

    private static decimal Impact(string value) => value switch { "H" => 0.56m, "L" => 0.22m, _ => 0m };

    private static decimal AttackVector(string value) => value switch { "N" => 0.85m, "A" => 0.62m, "L" => 0.55m, _ => 0.2m };

    private static decimal AttackComplexity(string value) => value == "L" ? 0.77m : 0.44m;

    private static decimal Privileges(string value, bool changed) => value switch
    {
        "N" => 0.85m,
        "L" => changed ? 0.68m : 0.62m,
        _ => changed ? 0.5m : 0.27m,
    };

    private static decimal Interaction(string value) => value == "N" ? 0.85m : 0.62m;

    private static decimal Maturity(string? value) => value switch { "F" => 0.97m, "P" => 0.94m, "U" => 0.91m, _ => 1m };

    private static decimal RemediationLevel(string? value) => value switch { "W" => 0.97m, "T" => 0.96m, "O" => 0.95m, _ => 1m };

    private static decimal ReportConfidence(string? value) => value switch { "R" => 0.96m, "U" => 0.92m, _ => 1m };

    private static decimal Requirement(string? value) => value switch { "H" => 1.5m, "L" => 0.5m, _ => 1m };
}
