using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Core.Rollouts;
using PatchFlow.Core.Tests.Planning;

namespace PatchFlow.Core.Tests.Changes;

public sealed class PlanSealerTests
{
    [Theory]
    [InlineData(1, new[] { 1 })]
    [InlineData(2, new[] { 1, 1 })]
    [InlineData(6, new[] { 1, 5 })]
    public void WavesTakeAllHostsAndNoneIsEmpty(int hosts, int[] waves) =>
        Assert.Equal(waves, Seal(hosts).Plan.Waves.Select(w => w.Hosts));

    [Fact]
    public void AShareCountsAllHostsSoFarAndIsRoundedUp()
    {
        var pipeline = Samples.Pipeline with { Waves = [Wave(1, null), Wave(null, 10), Wave(null, 50), Wave(null, 100)] };
        Assert.Equal([1, 1, 8, 10], Seal(20, pipeline).Plan.Waves.Select(w => w.Hosts));
        Assert.Equal([1, 4, 5], Seal(10, pipeline).Plan.Waves.Select(w => w.Hosts));
        Assert.Equal([1, 1], Seal(2, pipeline).Plan.Waves.Select(w => w.Hosts));
    }

    [Fact]
    public void TheCanaryIsOfTheLargestProfileAndTheNextIsOfAnother()
    {
        var tasks = Seal(6, Samples.Pipeline with { Waves = [Wave(1, null), Wave(1, null), Wave(null, 100)] }).Tasks;
        Assert.Equal("web-1", tasks.Single(t => t.Wave == 0).Host);
        Assert.Equal("web-3", tasks.Single(t => t.Wave == 1).Host);
    }

    [Fact]
    public void TheHeadNamesEveryPartByItsDigest()
    {
        var sealedPlan = Seal(6);
        var plan = SealedPlan.Parse(sealedPlan.Head);
        Assert.Equal(Digest.Of(sealedPlan.Head), sealedPlan.Digest);
        Assert.All(sealedPlan.Contents, bytes => plan.RequireContent(ContentPart.Parse(bytes)));
        plan.RequireChecks(ChecksPart.Parse(sealedPlan.Checks));
        for (var wave = 0; wave < plan.Waves.Length; wave++)
        {
            plan.RequireTargets(wave, Targets.Parse(sealedPlan.Targets[wave]));
        }
    }

    [Fact]
    public void EachTaskIsItsHostsPlaceInTheWave()
    {
        var sealedPlan = Seal(6);
        Assert.All(sealedPlan.Tasks, t =>
        {
            var target = Targets.Parse(sealedPlan.Targets[t.Wave]).Hosts[t.Leaf];
            Assert.Equal(new Target(t.Host, t.Profile, t.Content), target);
            Assert.Equal(sealedPlan.Digest, t.Plan);
        });
    }

    [Fact]
    public void APlanThatIsTooLargeIsRefusedInWordsAndNotForEver()
    {
        var input = Samples.Seal(Samples.Change(6), Samples.Pipeline, 6, 1, Samples.Start);
        var refused = Assert.IsType<SealResult.Refused>(PlanSealer.Seal(input with
        {
            Snapshots = [.. Enumerable.Range(0, 2000).Select(i => input.Snapshots[0] with { Feed = $"feed-{i:0000}" })],
        }));
        Assert.Contains("the plan can't be sealed: ", refused.Reason, StringComparison.Ordinal);
        Assert.Contains("split group", refused.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePlanDoesNotDependOnTheOrderOfHosts()
    {
        var input = Samples.Seal(Samples.Change(6), Samples.Pipeline, 6, 1, Samples.Start);
        var turned = input with { Profiles = [.. input.Profiles.Reverse().Select(p => p with { Hosts = [.. p.Hosts.Reverse()] })] };
        Assert.Equal(Sealed(input).Digest, Sealed(turned).Digest);
    }

    [Fact]
    public void ChecksAreThoseOfThePipelineForTheGroup()
    {
        var pipeline = Samples.Pipeline with { Checks = [new("http-page", ["web"], true, true), new("sql", ["db"], true, true), new("ssh", [], false, false)] };
        var input = Samples.Seal(Samples.Change(2), pipeline, 2, 1, Samples.Start);
        var ssh = "patchflow-check 1\nname ssh\nkind tcp\ntimeout PT10S\naddress 127.0.0.1\nport 22\n"u8.ToArray();
        var checks = ChecksPart.Parse(Sealed(input with { CheckFiles = input.CheckFiles.Add("ssh", ssh) }).Checks).Checks;
        Assert.Equal([("http-page", true, true), ("ssh", false, false)], checks.Select(c => (c.Name, c.Must, c.Production)));
    }

    [Fact]
    public void AMissingCheckFileIsRefusedByName() =>
        Assert.Contains("http-page.check", Refused(i => i with { CheckFiles = ImmutableDictionary<string, byte[]>.Empty }), StringComparison.Ordinal);

    [Fact]
    public void ACheckFileUnderAnotherNameIsRefused() =>
        Assert.Contains("http-page", Refused(i => i with { CheckFiles = i.CheckFiles.SetItem("http-page", "patchflow-check 1\nname other\nkind tcp\ntimeout PT10S\naddress 127.0.0.1\nport 22\n"u8.ToArray()) }), StringComparison.Ordinal);

    [Fact]
    public void ACheckFileThatCanNotBeReadIsRefusedWithItsNameAndLine()
    {
        var why = Refused(i => i with { CheckFiles = i.CheckFiles.SetItem("http-page", "patchflow-check 1\nname http-page\nkind nonsense\n"u8.ToArray()) });
        Assert.Contains("http-page.check", why, StringComparison.Ordinal);
        Assert.Contains("line 3", why, StringComparison.Ordinal);
    }

    [Fact]
    public void ABadCheckFileOfAnotherGroupStopsNothing()
    {
        var pipeline = Samples.Pipeline with { Checks = [.. Samples.Pipeline.Checks, new("sql", ["db"], true, true)] };
        var input = Samples.Seal(Samples.Change(2), pipeline, 2, 1, Samples.Start);
        Assert.IsType<SealResult.Sealed>(PlanSealer.Seal(input with { CheckFiles = input.CheckFiles.SetItem("sql", "nonsense\n"u8.ToArray()) }));
    }

    [Fact]
    public void APlanThatNothingMustPassIsRefused() =>
        Assert.Contains("must pass", Refused(i => i with { Pipeline = i.Pipeline with { Checks = [new("http-page", ["db"], true, true)] } }), StringComparison.Ordinal);

    [Fact]
    public void WhatCanNotBeBroughtBackIsRefusedUnlessThePipelineAllowsIt()
    {
        var content = Samples.Content("1.0");
        content = content with { Files = content.Files.RemoveAt(0), Irreversible = [new("nginx", "amd64", "1.0")] };
        Assert.Contains("nginx", Refused(i => i with { Profiles = [new(content, ["web-1"])] }), StringComparison.Ordinal);
        var input = Samples.Seal(Samples.Change(1), Samples.Pipeline with { AllowIrreversible = true }, 1, 1, Samples.Start);
        Assert.IsType<SealResult.Sealed>(PlanSealer.Seal(input with { Profiles = [new(content, ["web-1"])] }));
    }

    private static SealResult.Sealed Seal(int hosts, Pipeline? pipeline = null) =>
        Sealed(Samples.Seal(Samples.Change(hosts), pipeline ?? Samples.Pipeline, hosts, 1, Samples.Start));

    private static SealResult.Sealed Sealed(SealInput input) => Assert.IsType<SealResult.Sealed>(PlanSealer.Seal(input));

    private static string Refused(Func<SealInput, SealInput> edit) =>
        Assert.IsType<SealResult.Refused>(PlanSealer.Seal(edit(Samples.Seal(Samples.Change(2), Samples.Pipeline, 2, 1, Samples.Start)))).Reason;

    private static WavePolicy Wave(int? hosts, int? percent) => new("wave", hosts, percent, 0, TimeSpan.Zero, 1);
}
