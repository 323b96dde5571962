using System.Net;
using PatchFlow.Client;
using PatchFlow.Core.Changes;

namespace PatchFlow.Server.Tests.Api;

public sealed class CommandTests
{
    [Fact]
    public async Task ACommandIsRecordedThenAnswered()
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        var given = await olga.GiveCommandAsync("CHG-1", new(CommandKind.Cancel, Reason: "not this week"));
        Assert.Equal((null, null, "user:olga"), (given.Accepted, given.Answer, given.Subject));
        await room.Reconciling.TickAsync();
        var answered = await olga.CommandAsync("CHG-1", given.Id);
        Assert.True(answered.Accepted);
        Assert.Contains("Cancelled", answered.Answer, StringComparison.Ordinal);
        Assert.Equal(ChangeStatus.Cancelled, room.Reconciling.Change.Status);
    }

    [Fact]
    public async Task WhatTheStateDoesNotAllowIsRefusedInWords()
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        var given = await olga.GiveCommandAsync("CHG-1", new(CommandKind.Pause));
        await room.Reconciling.TickAsync();
        var answered = Assert.Single((await olga.CommandsAsync("CHG-1")).Items);
        Assert.Equal((given.Id, false), (answered.Id, answered.Accepted));
        Assert.Contains("possible in RollingOut", answered.Answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CommandKind.Abort, null, null, "reason")]
    [InlineData(CommandKind.Rollback, null, null, "reason")]
    [InlineData(CommandKind.Pause, null, "a\nb", "reason")]
    [InlineData(CommandKind.Retry, null, null, "host")]
    [InlineData(CommandKind.Skip, "db-9", null, "host")]
    [InlineData(CommandKind.Pause, "web-1", null, "host")]
    public async Task ACommandThatMakesNoSenseIsNotRecorded(CommandKind action, string? host, string? reason, string field)
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => olga.GiveCommandAsync("CHG-1", new(action, host, reason)));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains(field, refused.Problem.Errors!.Keys);
        Assert.Equal(0, room.Count("commands"));
    }

    [Fact]
    public async Task CommandsWithoutAnswersAreBounded()
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        for (var i = 0; i < 20; i++)
        {
            await olga.GiveCommandAsync("CHG-1", new(CommandKind.Pause));
        }

        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => olga.GiveCommandAsync("CHG-1", new(CommandKind.Pause)))).Status);
    }

    [Fact]
    public async Task TheSameKeyGivesOneCommand()
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        var first = await olga.GiveCommandAsync("CHG-1", new(CommandKind.Pause), key: "k");
        var second = await olga.GiveCommandAsync("CHG-1", new(CommandKind.Pause), key: "k");
        Assert.Equal(first, second);
        Assert.Equal(1, room.Count("commands"));
    }

    [Fact]
    public async Task APersonProposesAgainAndThenMayNotDecide()
    {
        await using var room = await Boardroom.OpenAsync();
        await room.DecideAsync("bob", VoteKind.Reject, "not now");
        await room.Reconciling.TickAsync();
        var olga = await room.Server.ClientAsync("olga", Role.Operator, Role.Approver);
        var proposed = await olga.ProposeAsync(new("web"));
        Assert.Equal(("CHG-2", "user:olga", ChangeState.Proposed), (proposed.Summary.Id, proposed.ProposedBy, proposed.Summary.Status));
        Assert.Equal(["web-1", "web-2"], proposed.Hosts);
    }

    [Theory]
    [InlineData("db", null, HttpStatusCode.UnprocessableEntity)]
    [InlineData("web", "web-9", HttpStatusCode.UnprocessableEntity)]
    [InlineData("W W", null, HttpStatusCode.UnprocessableEntity)]
    public async Task AProposalForNothingIsRefused(string group, string? host, HttpStatusCode status)
    {
        await using var room = await Boardroom.OpenAsync();
        var olga = await room.AsAsync("olga", Role.Operator);
        var refused = await Assert.ThrowsAsync<ApiProblemException>(() => olga.ProposeAsync(new(group, host is null ? null : [host])));
        Assert.Equal(status, refused.Status);
        Assert.Equal(1, room.Count("changes"));
    }

    [Fact]
    public async Task WhereNothingAppliesNothingIsProposed()
    {
        await using var room = await Boardroom.OpenAsync();
        room.Ground.Feeds = [];
        var olga = await room.AsAsync("olga", Role.Operator);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<ApiProblemException>(() => olga.ProposeAsync(new("web")))).Status);
    }
}
