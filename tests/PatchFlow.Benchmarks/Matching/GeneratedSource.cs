using System.Globalization;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Benchmarks.Matching;

/// <summary>A generated source package: its binary packages, and the versions that it had in each release, the oldest first.</summary>
internal sealed class GeneratedSource
{
    private readonly Dictionary<string, string[]> _versions = [];

    public GeneratedSource(Distribution distribution, int rank, int updates, Random random)
    {
        (Name, Updates) = ($"{distribution.Prefix}{(rank % 3 == 0 ? "lib" : "")}{Word(rank)}", updates);
        Binaries = [.. Enumerable.Range(0, 1 + random.Next(1, 4) + (random.Next(8) == 0 ? random.Next(6) : 0)).Select(i => i == 0 ? Name : $"{Name}-{Kinds[(rank + i) % Kinds.Length]}{i}")];
        Module = distribution.Scheme == VersionScheme.Rpm && random.Next(7) == 0 ? $"{Name}:{random.Next(1, 4)}" : null;
        Arch = random.Next(5) == 0 ? distribution.NoArch : distribution.Arch;
        foreach (var (release, index) in distribution.Releases.Select((r, i) => (r, i)))
        {
            var (epoch, major, minor) = (random.Next(12) == 0 ? $"{random.Next(1, 4)}:" : "", random.Next(12) + index, random.Next(40));
            _versions[release] = [.. Enumerable.Range(0, updates + 1).Select(n => epoch + VersionOf(distribution.Scheme, Module is not null, major, minor, n, index))];
        }
    }

    private static readonly string[] Kinds = ["common", "dev", "doc", "utils", "data", "bin", "plugins", "extra", "core", "libs"];

    public string Name { get; }

    public string[] Binaries { get; }

    public int Updates { get; }

    public string? Module { get; }

    public string Arch { get; }

    /// <summary>The versions in a release; the last is the newest.</summary>
    public string[] VersionsIn(string release) => _versions[release];

    private static string VersionOf(VersionScheme scheme, bool isModular, int major, int minor, int update, int release) => scheme switch
    {
        VersionScheme.Deb => string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{update / 7}{(major % 5 == 0 ? "+dfsg" : "")}-{1 + (update % 3)}{(update == 0 ? "" : $"+deb{11 + release}u{update}")}"),
        VersionScheme.Rpm => string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{update / 5}-{1 + update}{(isModular ? $".module+el{8 + release}.{update}.0+{1000 + update}+c0ffee" : $".el{8 + release}_{update % 10}.{update}")}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{major}.{minor}.{update / 4}{(major % 6 == 0 ? "_p1" : "")}-r{update}"),
    };

    private static string Word(int number)
    {
        var text = "";
        for (var rest = number; ; rest /= 20)
        {
            text += "bcdfghjklmnprstvwxz"[rest % 19].ToString() + "aeiou"[rest % 5];
            if (rest < 20)
            {
                return text + number.ToString(CultureInfo.InvariantCulture);
            }
        }
    }
}

/// <summary>A generated distribution.</summary>
/// <param name="Prefix">What its packages' names begin with, so that distributions share none.</param>
/// <param name="Scheme">How versions are ordered.</param>
/// <param name="Releases">Its platforms.</param>
/// <param name="Sources">How many source packages it has.</param>
/// <param name="Advisories">How many advisories it publishes.</param>
/// <param name="Arch">The architecture of its hosts.</param>
/// <param name="NoArch">Its word for packages without one.</param>
internal sealed record Distribution(string Prefix, VersionScheme Scheme, string[] Releases, int Sources, int Advisories, string Arch, string NoArch);
