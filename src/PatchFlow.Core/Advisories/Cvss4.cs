namespace PatchFlow.Core.Advisories;

/// <summary>
/// CVSS v4.0 (specification, section 8.2): the vector's metrics fall into six equivalence sets (EQ), whose levels together name a MacroVector; the
/// MacroVector's score is looked up, and lowered by how far the vector is, in each set, from the set's most severe vector towards the next
/// lower MacroVector. All is done on whole numbers.
/// </summary>
internal static class Cvss4
{
    // A multiple of every depth below, so that each share is a whole number.
    private const int Unit = 840;

    // For each level of an EQ: the steps of its most severe vectors below the most severe values of all, and its depth in steps. Both follow
    // from tables 24 to 30; a test counts them again over all vectors.
    private static readonly (int Steps, int Depth)[] Eq1 = [(0, 1), (1, 4), (3, 5)];
    private static readonly (int Steps, int Depth)[] Eq2 = [(0, 1), (1, 2)];
    private static readonly (int Steps, int Depth)[] Eq3And6 = [(0, 7), (3, 6), (1, 8), (3, 8), (3, 10)];
    private static readonly (int Steps, int Depth)[] Eq4 = [(0, 6), (2, 5), (5, 4)];
    private static readonly (int Steps, int Depth)[] Eq5 = [(0, 1), (1, 1), (2, 1)];

    // Scores of the 270 MacroVectors in tenths: the specification's section 8.3, which refers to cvss_lookup.js of FIRST's calculator. A line is
    // EQ3 and EQ6 at 00, 01, 10, 11, 21 (20 can't exist); within it EQ4 at 0, 1, 2, each with EQ5 at 0, 1, 2.
    private static readonly byte[] Tenths =
    [
        // EQ1 0, EQ2 0
        100, 98, 95, 100, 93, 91, 93, 89, 81,
        99, 95, 92, 96, 87, 81, 90, 80, 68,
        98, 95, 90, 93, 89, 81, 88, 78, 69,
        95, 92, 84, 92, 81, 65, 80, 70, 48,
        92, 82, 72, 79, 69, 50, 69, 55, 27,
        // EQ1 0, EQ2 1
        99, 95, 92, 95, 90, 84, 92, 82, 72,
        97, 92, 85, 91, 83, 71, 81, 71, 53,
        95, 92, 85, 92, 80, 70, 84, 71, 50,
        93, 85, 73, 82, 72, 59, 70, 52, 30,
        86, 75, 52, 71, 52, 29, 63, 29, 17,
        // EQ1 1, EQ2 0
        98, 94, 91, 94, 86, 77, 87, 74, 63,
        95, 87, 81, 89, 74, 64, 75, 63, 49,
        94, 88, 76, 86, 74, 59, 72, 57, 52,
        89, 77, 67, 76, 58, 50, 57, 52, 25,
        83, 70, 54, 65, 58, 26, 53, 21, 13,
        // EQ1 1, EQ2 1
        95, 88, 76, 90, 75, 61, 77, 68, 52,
        90, 76, 70, 77, 62, 53, 66, 59, 30,
        89, 76, 62, 74, 57, 47, 61, 57, 24,
        78, 67, 58, 59, 57, 23, 52, 29, 16,
        71, 59, 30, 58, 26, 15, 23, 13, 6,
        // EQ1 2, EQ2 0
        93, 86, 75, 86, 74, 56, 70, 52, 40,
        87, 72, 58, 74, 61, 34, 54, 40, 22,
        85, 74, 62, 72, 55, 46, 53, 34, 19,
        75, 55, 51, 57, 41, 19, 36, 19, 8,
        64, 51, 20, 47, 21, 11, 24, 9, 4,
        // EQ1 2, EQ2 1
        88, 73, 60, 73, 59, 41, 54, 45, 20,
        75, 53, 50, 55, 40, 20, 43, 22, 11,
        75, 58, 40, 61, 48, 20, 46, 17, 8,
        55, 45, 21, 51, 18, 9, 18, 7, 2,
        53, 24, 14, 24, 12, 5, 10, 3, 1,
    ];

    public static (decimal Base, decimal? Temporal, decimal? Environmental) Of(CvssVector v)
    {
        var (threat, environmental) = (v.Has(CvssGroup.Temporal), v.Has(CvssGroup.Environmental));
        return (Score(v, false, false), threat ? Score(v, true, false) : null, environmental ? Score(v, threat, true) : null);
    }

    private static decimal Score(CvssVector v, bool threat, bool environmental)
    {
        // How many steps a metric is below its most severe value, which stands first. What is not defined is taken at its worst.
        int Steps(string metric, string order) => order.IndexOf((environmental ? v[$"M{metric}"] : null) ?? v[metric]!, StringComparison.Ordinal);
        int Requirement(string metric) => environmental && v[metric] is { } value ? "HML".IndexOf(value, StringComparison.Ordinal) : 0;
        return Score(new Macro
        {
            Exploit = [Steps("AV", "NALP"), Steps("PR", "NLH"), Steps("UI", "NPA")],
            Complexity = [Steps("AC", "LH"), Steps("AT", "NP")],
            Vulnerable = [Steps("VC", "HLN"), Steps("VI", "HLN"), Steps("VA", "HLN")],
            Subsequent = [Steps("SC", "HLN"), Steps("SI", "SHLN"), Steps("SA", "SHLN")],
            Maturity = threat && v["E"] is { } value ? "APU".IndexOf(value, StringComparison.Ordinal) : 0,
            Requirements = [Requirement("CR"), Requirement("IR"), Requirement("AR")],
        });
    }

    private static decimal Score(Macro m)
    {
        if (m.HasNoImpact)
        {
            return 0m;
        }

        var (eq1, eq2, eq36, eq4, eq5) = m.Levels;
        var score = At(eq1, eq2, eq36, eq4, eq5);
        Span<(int? Lower, int Steps, (int Steps, int Depth) Of)> sets =
        [
            (eq1 < 2 ? At(eq1 + 1, eq2, eq36, eq4, eq5) : null, m.Exploit.Sum(), Eq1[eq1]),
            (eq2 < 1 ? At(eq1, eq2 + 1, eq36, eq4, eq5) : null, m.Complexity.Sum(), Eq2[eq2]),
            (Macro.Below(eq36).Max(lower => (int?)At(eq1, eq2, lower, eq4, eq5)), m.Vulnerable.Sum() + m.Requirements.Sum(), Eq3And6[eq36]),
            (eq4 < 2 ? At(eq1, eq2, eq36, eq4 + 1, eq5) : null, m.Subsequent.Sum(), Eq4[eq4]),
            (eq5 < 2 ? At(eq1, eq2, eq36, eq4, eq5 + 1) : null, m.Maturity, Eq5[eq5]),
        ];
        var (share, count) = (0, 0);
        foreach (var (lower, steps, of) in sets)
        {
            share += lower is { } below ? (score - below) * (steps - of.Steps) * (Unit / of.Depth) : 0;
            count += lower is null ? 0 : 1;
        }

        return count == 0 ? score / 10m : Round((score * Unit * count) - share, Unit * count) / 10m;
    }

    // Half a tenth is rounded up.
    private static int Round(int tenths, int of) => ((2 * tenths) + of) / (2 * of);

    private static int At(int eq1, int eq2, int eq36, int eq4, int eq5) => Tenths[(((((((eq1 * 2) + eq2) * 5) + eq36) * 3) + eq4) * 3) + eq5];

    /// <summary>The metrics that count, each in steps below its most severe value.</summary>
    private readonly struct Macro
    {
        // Tables 24 to 30.
        public (int Eq1, int Eq2, int Eq36, int Eq4, int Eq5) Levels => (
            Exploit.All(s => s == 0) ? 0 : Exploit.Contains(0) && Exploit[0] < 3 ? 1 : 2,
            Complexity.All(s => s == 0) ? 0 : 1,
            EqOf3 == 2 ? 4 : (2 * EqOf3) + (Vulnerable.Zip(Requirements).Any(p => p is (0, 0)) ? 0 : 1),
            Subsequent.AsSpan(1).Contains(0) ? 0 : Subsequent[0] == 0 || Subsequent.AsSpan(1).Contains(1) ? 1 : 2,
            Maturity);

        public bool HasNoImpact => Vulnerable.All(s => s == 2) && Subsequent is [2, 3, 3];

        public int[] Exploit { get; init; }

        public int[] Complexity { get; init; }

        public int[] Vulnerable { get; init; }

        public int[] Subsequent { get; init; }

        public int[] Requirements { get; init; }

        public int Maturity { get; init; }

        private int EqOf3 => Vulnerable is [0, 0, _] ? 0 : Vulnerable.Contains(0) ? 1 : 2;

        // The next lower sets of EQ3 and EQ6 taken together: of 00 both 01 and 10, of which the higher score counts.
        public static int[] Below(int eq36) => eq36 switch { 0 => [1, 2], 1 or 2 => [3], 3 => [4], _ => [] };
    }
}
