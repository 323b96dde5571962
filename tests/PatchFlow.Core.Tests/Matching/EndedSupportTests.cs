using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Lists of ended support as an advisory.</summary>
public sealed class EndedSupportTests
{
    private static readonly DateOnly Today = new(2026, 11, 26);

    [Theory]
    [InlineData("2026-11-25", false, "NoMore SupportEnded")]
    [InlineData("2026-11-26", false, "NoMore SupportEnded")]
    [InlineData("2026-11-27", false, "")]
    [InlineData(null, true, "NoMore Fixed")]
    public void SupportEndsOnItsDayAndIsLimitedOnAllDays(string? ends, bool limited, string expected)
    {
        var entry = new DebianSupportEntry("NoMore", limited, null, ends is null ? null : DateOnly.Parse(ends, System.Globalization.CultureInfo.InvariantCulture), null);
        Assert.Equal(expected, string.Join(", ", EndedSupport.Of("list", "Debian:12", [entry], ["NoMore", "other"], Today).Affected.Select(a => $"{a.Name} {a.State}")));
    }

    [Fact]
    public void OfAPackageWithLimitedSupportItCantBeToldWhatIsOpen()
    {
        var list = EndedSupport.Of("list", "Debian:12", [new("binutils", true, null, null, "Only suitable for trusted content"), new("lib.*", true, null, null, null)], ["binutils", "libx"], Today);
        var affected = Assert.Single(list.Affected, a => a.Name == "binutils");
        Assert.Equal("security support is limited: Only suitable for trusted content", affected.Note);
        Assert.Equal("security support is limited", Assert.Single(list.Affected, a => a.Name == "libx").Note);
        var open = Assert.Single(Assert.Single(Matched.Match(Matched.Debian(HostPackage.OfDeb("binutils", "2.40-2", "amd64")), list).Packages).Verdict.Findings);
        Assert.Equal((Answer.Undetermined, "security support is limited: Only suitable for trusted content"), (open.Answer, open.Note));
    }

    [Fact]
    public void EachSourceIsNamedOnceAndTheFirstEntryCounts()
    {
        DebianSupportEntry[] entries = [new("php-.*", false, null, new DateOnly(2025, 1, 2), "old"), new("php-a", false, null, new DateOnly(2026, 1, 2), null)];
        var affected = EndedSupport.Of("list", "Debian:12", entries, ["php-b", "php-a", "php-b"], Today).Affected;
        Assert.Equal(["php-a since 2025-01-02: old", "php-b since 2025-01-02: old"], affected.Select(a => $"{a.Name} {a.Note}"));
        Assert.All(affected, a => Assert.Equal((true, "Debian:12", VersionScheme.Deb), (a.IsSource, a.Platform, a.Scheme)));
    }
}
