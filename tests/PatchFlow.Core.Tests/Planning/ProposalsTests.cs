using System.Collections.Immutable;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;

namespace PatchFlow.Core.Tests.Planning;

public sealed class ProposalsTests
{
    private static readonly ApplicablePatch Nginx = new("nginx", "amd64", "1.0", "1.1", "debian-security");
    private static readonly ApplicablePatch Newer = Nginx with { To = "1.2" };
    private static readonly ApplicablePatch Ssl = new("libssl3", "amd64", "3.0", "3.1", "debian-security");

    [Fact]
    public void PatchesOfAGroupBecomeOneChange()
    {
        var proposal = For([Of("web-2", Nginx), Of("web-1", Nginx, Ssl), Of("web-3")], []).New!;
        Assert.Equal("libssl3, nginx on web", proposal.Title);
        Assert.Equal(["web-1", "web-2"], proposal.Hosts);
        Assert.Equal(["libssl3", "nginx"], proposal.Patches.Select(p => p.Name));
        Assert.Equal(["debian-security"], proposal.Feeds);
    }

    [Fact]
    public void ManyPackagesAreCountedInTheTitle() => Assert.Equal(
        "a0, a1, a2 and 2 more on web",
        For([Of("web-1", [.. Enumerable.Range(0, 5).Select(n => Nginx with { Name = $"a{n}" })])], []).New!.Title);

    [Fact]
    public void NothingThatAppliesIsNothingProposed() => Assert.Null(For([Of("web-1")], []).New);

    [Fact]
    public void WhatAnOpenChangeTakesIsNotProposedAgain()
    {
        var agenda = For([Of("web-1", Nginx)], [Known(ChangeStatus.Testing, [Of("web-1", Nginx)])]);
        Assert.Null(agenda.New);
        Assert.Empty(agenda.Saves);
    }

    [Fact]
    public void ANewerFixSupersedesAChangeThatNobodyDecidedOn()
    {
        var agenda = For([Of("web-1", Newer)], [Known(ChangeStatus.AwaitingApproval, [Of("web-1", Nginx)])]);
        Assert.Equal(ChangeStatus.Superseded, Assert.Single(agenda.Saves).Next.Status);
        Assert.Equal("1.2", Assert.Single(agenda.New!.Patches).To);
    }

    [Theory]
    [InlineData(ChangeStatus.AwaitingApproval)]
    [InlineData(ChangeStatus.Approved)]
    public void AfterTheFirstDecisionANewerFixQueuesASuccessor(ChangeStatus status)
    {
        var agenda = For([Of("web-1", Newer)], [Known(status, [Of("web-1", Nginx)], isDecided: true)]);
        Assert.Empty(agenda.Saves);
        Assert.NotNull(agenda.New);
    }

    [Fact]
    public void ARolloutIsNeverSuperseded()
    {
        var agenda = For([Of("web-1", Newer)], [Known(ChangeStatus.RollingOut, [Of("web-1", Nginx)])]);
        Assert.Empty(agenda.Saves);
        Assert.NotNull(agenda.New);
    }

    [Fact]
    public void AHostThatComesLateGetsAFollowUp() =>
        Assert.Equal(["web-2"], For([Of("web-1", Nginx), Of("web-2", Nginx)], [Known(ChangeStatus.Testing, [Of("web-1", Nginx)])]).New!.Hosts);

    [Fact]
    public void AProposedChangeIsKeptUpToDate()
    {
        var agenda = For([Of("web-1", Newer), Of("web-2", Newer)], [Known(ChangeStatus.Proposed, [Of("web-1", Nginx)])]);
        var save = Assert.Single(agenda.Saves);
        Assert.Equal((ChangeStatus.Proposed, "change.refreshed"), (save.Next.Status, save.Note.Action));
        Assert.Equal(["web-1", "web-2"], save.Next.Hosts);
        Assert.Null(agenda.New);
    }

    [Fact]
    public void AProposedChangeOfWhichNothingAppliesAnyMoreIsWithdrawn() => Assert.Equal(
        ChangeStatus.Cancelled, Assert.Single(For([Of("web-1")], [Known(ChangeStatus.Proposed, [Of("web-1", Nginx)])]).Saves).Next.Status);

    [Fact]
    public void APersonsProposalIsLeftAlone()
    {
        var known = Known(ChangeStatus.Proposed, [Of("web-1", Nginx)]);
        var agenda = For([Of("web-1", Nginx)], [known with { Change = known.Change with { ProposedBy = "user:pam" } }]);
        Assert.Empty(agenda.Saves);
        Assert.Null(agenda.New);
    }

    [Theory]
    [InlineData(ChangeStatus.TestFailed)]
    [InlineData(ChangeStatus.Rejected)]
    [InlineData(ChangeStatus.Unresolvable)]
    [InlineData(ChangeStatus.RolledBack)]
    public void WhatEndedIsNotProposedAgainUntilSomethingIsNew(ChangeStatus status)
    {
        Assert.Null(For([Of("web-1", Nginx)], [Known(status, [Of("web-1", Nginx)])]).New);
        Assert.NotNull(For([Of("web-1", Newer)], [Known(status, [Of("web-1", Nginx)])]).New);
    }

    [Fact]
    public void WhatNobodyDecidedInTimeIsProposedAgain() =>
        Assert.NotNull(For([Of("web-1", Nginx)], [Known(ChangeStatus.Expired, [Of("web-1", Nginx)])]).New);

    private static ProposalAgenda For(HostPatches[] hosts, KnownChange[] changes) => Proposals.For("web", hosts, [.. changes], Samples.Start);

    private static HostPatches Of(string host, params ImmutableArray<ApplicablePatch> patches) => new(host, patches, []);

    private static KnownChange Known(ChangeStatus status, HostPatches[] hosts, bool isDecided = false)
    {
        var proposal = Proposals.Of("web", hosts);
        return new(Samples.Change(1) with { Status = status, Hosts = proposal.Hosts, Patches = proposal.Patches, Applies = proposal.Applies }, isDecided);
    }
}
