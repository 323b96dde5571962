using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>What a part of an index says, and of which platforms.</summary>
public sealed class AdvisoryIndexTests
{
    private static readonly HostPackages Curl = Matched.Debian(HostPackage.OfDeb("curl", "1", "amd64"));
    private static readonly HostPackages Vim = Matched.Debian(HostPackage.OfDeb("vim", "1", "amd64"));

    [Fact]
    public void WhatAChangeTakesAwayConcernsThoseWhomItConcerned()
    {
        var names = new NameTable();
        var (sets, fleet) = (new PackageSets(names), new Fleet());
        fleet.Put("a", sets.Of(Curl));
        fleet.Put("b", sets.Of(Vim));
        var index = AdvisoryIndex.Of(names, Matched.Keyed([
            Matched.Advisory("CVE-2026-0001", Matched.Fixed("curl", "2")), Matched.Advisory("CVE-2026-0002", Matched.Fixed("vim", "2"))]));

        Assert.Equal(["a"], fleet.ConcernedBy(index.Only(["feed/0000", "feed/0000", "feed/9999"])).Affected.SelectMany(s => s.Hosts));
        Assert.Equal((2, 1, 0), (index.Count, index.Only(["feed/0001"]).Count, index.Only([]).Count));
        Assert.Equal(["a"], fleet.ConcernedBy(index.With([], ["feed/0001"])).Affected.SelectMany(s => s.Hosts));
        Assert.Empty(fleet.ConcernedBy(index.With([], ["feed/0001"]).Only(["feed/0001"])).Affected);
    }

    [Fact]
    public void AnIndexSpeaksOfThePlatformsOfItsAdvisories()
    {
        var index = AdvisoryIndex.Of(new NameTable(), Matched.Keyed([Matched.Advisory("CVE-2026-0001", Matched.Fixed("curl", "2"))]));
        Assert.Equal((true, false), (index.SpeaksOf("Debian:12"), index.SpeaksOf("Debian:11")));
    }
}
