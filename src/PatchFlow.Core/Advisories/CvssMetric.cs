using System.Collections.Frozen;

namespace PatchFlow.Core.Advisories;

/// <summary>What a metric of CVSS is about.</summary>
internal enum CvssGroup
{
    /// <summary>Of the vulnerability itself: each must be given.</summary>
    Base,

    /// <summary>What changes with time: Temporal in versions 2 and 3, Threat in version 4.</summary>
    Temporal,

    /// <summary>Of one's own environment.</summary>
    Environmental,

    /// <summary>Beside the score, version 4 only.</summary>
    Supplemental,
}

/// <summary>A metric of one version of CVSS.</summary>
/// <param name="Name">Its abbreviation.</param>
/// <param name="Group">What it is about.</param>
/// <param name="Position">Its place in the version's order.</param>
/// <param name="Values">The values it may have.</param>
internal sealed record CvssMetric(string Name, CvssGroup Group, int Position, string[] Values);

/// <summary>
/// The metrics of each version, in their order: CVSS v2.0 Complete Guide, table 13; v3.0 specification, table 14; v3.1 specification, table 15;
/// v4.0 specification, table 23.
/// </summary>
internal static class CvssMetrics
{
    private static readonly FrozenDictionary<string, CvssMetric> V2 = Read(
        "AV:L,A,N AC:H,M,L Au:M,S,N C:N,P,C I:N,P,C A:N,P,C",
        "E:U,POC,F,H,ND RL:OF,TF,W,U,ND RC:UC,UR,C,ND",
        "CDP:N,L,LM,MH,H,ND TD:N,L,M,H,ND CR:L,M,H,ND IR:L,M,H,ND AR:L,M,H,ND",
        "");

    private static readonly FrozenDictionary<string, CvssMetric> V3 = Read(
        "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:H,L,N I:H,L,N A:H,L,N",
        "E:X,H,F,P,U RL:X,U,W,T,O RC:X,C,R,U",
        "CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MPR:X,N,L,H MUI:X,N,R MS:X,U,C MC:X,N,L,H MI:X,N,L,H MA:X,N,L,H",
        "");

    private static readonly FrozenDictionary<string, CvssMetric> V4 = Read(
        "AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N SC:H,L,N SI:H,L,N SA:H,L,N",
        "E:X,A,P,U",
        "CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MAT:X,N,P MPR:X,N,L,H MUI:X,N,P,A MVC:X,N,L,H MVI:X,N,L,H MVA:X,N,L,H MSC:X,N,L,H MSI:X,N,L,H,S MSA:X,N,L,H,S",
        "S:X,N,P AU:X,N,Y R:X,A,U,I V:X,D,C RE:X,L,M,H U:X,Clear,Green,Amber,Red");

    /// <summary>The metrics of a version, by name.</summary>
    public static FrozenDictionary<string, CvssMetric> Of(CvssVersion version) => version switch
    {
        CvssVersion.V2 => V2,
        CvssVersion.V40 => V4,
        _ => V3,
    };

    /// <summary>Another version that has the metric, as people write it; null where none has.</summary>
    public static string? OtherWith(string name, CvssVersion version) =>
        version != CvssVersion.V40 && V4.ContainsKey(name) && !V3.ContainsKey(name) ? "4.0"
        : version is CvssVersion.V2 or CvssVersion.V40 && V3.ContainsKey(name) ? "3.1"
        : version != CvssVersion.V2 && V2.ContainsKey(name) ? "2.0"
        : null;

    private static FrozenDictionary<string, CvssMetric> Read(params string[] groups)
    {
        var metrics = new List<CvssMetric>();
        foreach (var (group, text) in Enum.GetValues<CvssGroup>().Zip(groups))
        {
            metrics.AddRange(text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select((metric, i) => new CvssMetric(metric.Split(':')[0], group, metrics.Count + i, metric.Split(':')[1].Split(','))).ToList());
        }

        return metrics.ToFrozenDictionary(m => m.Name, StringComparer.Ordinal);
    }
}
