using System.Diagnostics;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Chains of updates that replace one another.</summary>
public sealed class SupersedenceTests
{
    private const string P = "Windows Server 2022";

    // "3>2 2>1" on one product; every number before an angle is described.
    private static Supersedence Of(string links, SupersedenceLimits? limits = null) => Supersedence.Of(links.Split(' ').Select(link => Update(P, link)), limits);

    private static VendorUpdate Update(string? product, string link) =>
        link.Split('>') is [var id, .. var older] ? new VendorUpdate { Id = id, Product = product, Supersedes = [.. older] } : throw new ArgumentException(link);

    [Theory]
    [InlineData("3>2 2>1", "1", "", "2 3", "3", "")]
    [InlineData("3>2 2>1", "2", "1", "3", "3", "1")]
    [InlineData("3>2 2>1 1", "3", "2 1", "", "", "")]
    [InlineData("4>3 4>2 3>1 2>1 1", "1", "", "3 2 4", "4", "")]
    [InlineData("5>3 4>2 3>1 2>1 1", "1", "", "3 2 5 4", "5 4", "")]
    [InlineData("3>2 2>2", "2", "", "3", "3", "")]
    public void AChainIsFollowedBothWays(string links, string update, string replaces, string replacedBy, string newest, string unknown)
    {
        var place = Of(links).Place(P, update);
        Assert.Equal((replaces, replacedBy, newest, "", unknown, true, newest.Length > 0), (string.Join(' ', place.Replaces), string.Join(' ', place.ReplacedBy),
            string.Join(' ', place.Newest), string.Join(' ', place.Circle), string.Join(' ', place.Unknown), place.IsWhole, place.IsSuperseded));
    }

    // Nobody can tell which of them is the newest: so none is hidden behind another.
    [Theory]
    [InlineData("2>1 1>2", "1", "", "", "", "2", false)]
    [InlineData("3>2 2>1 1>3", "1", "", "", "", "3 2", false)]
    [InlineData("4>1 2>1 1>2", "1", "", "4", "4", "2", true)]
    [InlineData("2>1 1>2 1>0", "1", "0", "", "", "2", false)]
    [InlineData("2>1 3>2 2>3", "1", "", "2 3", "", "", false)]
    public void ACircleEndsAndHidesNothing(string links, string update, string replaces, string replacedBy, string newest, string circle, bool isSuperseded)
    {
        var place = Of(links).Place(P, update);
        Assert.Equal((replaces, replacedBy, newest, circle, isSuperseded), (string.Join(' ', place.Replaces), string.Join(' ', place.ReplacedBy),
            string.Join(' ', place.Newest), string.Join(' ', place.Circle.Order().Reverse()), place.IsSuperseded));
    }

    [Fact]
    public void WhatHoldsOnOneProductDoesNotHoldOnAnother()
    {
        var all = Supersedence.Of([Update(P, "2>1"), Update("Other", "3>1"), Update(null, "9>3")]);
        Assert.Equal(["2"], all.Place(P, "1").Newest);
        Assert.Equal(["9"], all.Place("Other", "1").Newest);
        Assert.Empty(all.Place(P, "2").Newest);
    }

    [Fact]
    public void WhatReplacesAnUpdateMayStandWithTheOlderOne()
    {
        var all = Supersedence.Of([new VendorUpdate { Id = "1", Product = P, SupersededBy = ["2"] }, Update(P, "2>1"), Update(P, "2>1")]);
        Assert.Equal(["2"], all.Place(P, "1").ReplacedBy);
    }

    [Fact]
    public void AnUpdateThatNobodyKnowsStandsAlone() => Assert.Equal((0, 0, false, true), Of("2>1").Place(P, "7") is var place ? (place.Replaces.Length, place.ReplacedBy.Length, place.IsSuperseded, place.IsWhole) : default);

    [Fact]
    public void ALongChainIsWholeAndOneWithoutEndIsCut()
    {
        var chain = string.Join(' ', Enumerable.Range(1, 4_000).Select(i => $"{i}>{i - 1}"));
        var clock = Stopwatch.StartNew();
        var place = Of(chain).Place(P, "0");
        Assert.Equal((4_000, "4000", true), (place.ReplacedBy.Length, Assert.Single(place.Newest), place.IsWhole));
        Assert.True(clock.ElapsedMilliseconds < 2_000, $"{clock.ElapsedMilliseconds} ms");
        var cut = Of(chain, new SupersedenceLimits(100_000, 100)).Place(P, "0");
        Assert.Equal((100, false, false), (cut.ReplacedBy.Length, cut.IsWhole, cut.IsSuperseded));
    }

    [Fact]
    public void MoreLinksThanAllowedAreNotTakenAndItIsSaid()
    {
        var all = Of("3>2 2>1", new SupersedenceLimits(1, 10));
        Assert.False(all.IsWhole);
        Assert.False(all.Place(P, "2").IsWhole);
        Assert.Equal(["3"], all.Place(P, "2").ReplacedBy);
    }

    [Fact]
    public void TheUpdatesOfAMonthAreLinked()
    {
        var all = Supersedence.Of(ReadFeed.Of("msrc/cvrf/2016-Apr.xml", MsrcCvrf.Read).Only.Affected.Select(p => p.Update!));
        Assert.Equal(["KB3147461"], all.Place("Windows 10 for x64-based Systems", "KB3140745").Newest);
        Assert.Equal(["KB3140745"], all.Place("Windows 10 for x64-based Systems", "KB3147461").Unknown);
    }
}
