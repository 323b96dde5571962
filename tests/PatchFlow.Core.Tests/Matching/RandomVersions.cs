using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Versions that are often equal, or differ in one thing.</summary>
internal static class RandomVersions
{
    private static readonly string[] Numbers = ["0", "1", "2", "9", "10", "01", "00"];

    public static string Of(VersionScheme scheme, Random random) => scheme switch
    {
        VersionScheme.Deb => $"{Some(random, "", "", "0:", "1:")}{One(random)}{Tail(random)}{Some(random, "", "", "-0", "-1", "-1+deb12u1", "-1+deb12u10", "-1~bpo1", "-0ubuntu0.1", "-a", "-~")}",
        VersionScheme.Rpm => $"{Some(random, "", "", "0:", "1:")}{One(random)}{Tail(random)}{Some(random, "", "^", "^git1")}{Some(random, "", "-0", "-1", "-1.el9", "-1.el9_2.1", "-2.module+el9+1", "-~", "-a1")}",
        VersionScheme.Apk => $"{One(random)}{Some(random, "", "." + One(random), ".1.0", ".01")}{Some(random, "", "", "a", "b", "p1")}{Some(random, "", "", "_alpha", "_rc1", "_rc", "_p1", "_p", "_git2", "_rc1_p2")}{Some(random, "", "", "~0a")}{Some(random, "", "-r0", "-r1", "-r10")}",
        VersionScheme.SemVer => $"{random.Next(3)}.{random.Next(12)}.{random.Next(3)}{Some(random, "", "", "-a", "-1", "-10", "-a.1", "-a.b", "-rc.1", "-0", "--")}{Some(random, "", "", "+b", "+1")}",
        _ => $"{random.Next(3)}.{random.Next(4)}",
    };

    /// <summary>One of the versions, or now and then what is none.</summary>
    public static string OrNone(VersionScheme scheme, Random random) => random.Next(40) == 0 ? Some(random, "<none>", "1 2", "") : Of(scheme, random);

    private static string Tail(Random random) => string.Concat(Enumerable.Range(0, random.Next(3)).Select(_ => Some(random, ".", "~", "+", "a", "rc", ".~", "") + Some(random, Numbers)));

    private static string One(Random random) => Some(random, Numbers);

    private static string Some(Random random, params string[] texts) => texts[random.Next(texts.Length)];
}
