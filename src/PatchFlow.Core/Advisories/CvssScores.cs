namespace PatchFlow.Core.Advisories;

/// <summary>The scores of a vector, computed exactly and rounded as its version says.</summary>
/// <param name="Base">From the base metrics alone.</param>
/// <param name="Temporal">
/// With the temporal (version 4: threat) metrics. Version 3 defines it always; in versions 2 and 4 it is null where no such metric is given.
/// </param>
/// <param name="Environmental">With the environmental metrics too. Version 3 defines it always; in versions 2 and 4 it is null where no such metric is given.</param>
/// <param name="Score">The one that takes all given metrics into account.</param>
/// <param name="Severity">Its qualitative rating.</param>
public sealed record CvssScores(decimal Base, decimal? Temporal, decimal? Environmental, decimal Score, Severity Severity)
{
    /// <summary>
    /// The rating of a score: v3.1 specification, section 5, and v4.0 specification, section 6. Version 2 has none; NIST's is used, which knows
    /// neither None nor Critical.
    /// </summary>
    public static Severity RatingOf(decimal score, CvssVersion version) => score switch
    {
        0m when version != CvssVersion.V2 => Severity.None,
        < 4m => Severity.Low,
        < 7m => Severity.Medium,
        < 9m => Severity.High,
        _ => version == CvssVersion.V2 ? Severity.High : Severity.Critical,
    };

    internal static CvssScores Of(CvssVector vector)
    {
        var (lowest, temporal, environmental) = vector.Version switch
        {
            CvssVersion.V2 => Cvss2.Of(vector),
            CvssVersion.V40 => Cvss4.Of(vector),
            _ => Cvss3.Of(vector),
        };
        var score = vector.Has(CvssGroup.Environmental) ? environmental : vector.Has(CvssGroup.Temporal) ? temporal : lowest;
        return new(lowest, temporal, environmental, score ?? lowest, RatingOf(score ?? lowest, vector.Version));
    }
}
