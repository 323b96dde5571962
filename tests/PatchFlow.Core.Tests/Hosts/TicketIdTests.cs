using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Tests.Hosts;

public sealed class TicketIdTests
{
    private static readonly Digest Plan = Digest.Of("plan"u8);

    [Theory]
    [InlineData(TicketKind.Stage, "stage")]
    [InlineData(TicketKind.CheckBefore, "check-before")]
    [InlineData(TicketKind.Install, "install")]
    [InlineData(TicketKind.CheckAfter, "check-after")]
    [InlineData(TicketKind.Rollback, "rollback")]
    [InlineData(TicketKind.CheckRehearsed, "check-rehearsed")]
    [InlineData(TicketKind.Restart, "restart")]
    [InlineData(TicketKind.Reboot, "reboot")]
    [InlineData(TicketKind.Hook, "hook")]
    public void EveryKindHasItsWord(TicketKind kind, string word)
    {
        var ticket = TicketId.Of(Plan, kind, "kms-2", 12);
        Assert.Equal($"{Plan.Short}.{word}.kms-2.a12", ticket.ToString());
        Assert.Equal(ticket, TicketId.Parse(ticket.ToString()));
    }

    [Theory]
    [InlineData("01bf2d21334d.install.kms-2.a0")]
    [InlineData("01bf2d21334d.install.kms-2.a01")]
    [InlineData("01bf2d21334d.install.kms-2.a10000")]
    [InlineData("01bf2d21334d.install.kms-2.a+1")]
    [InlineData("01bf2d21334d.install.kms-2.a")]
    [InlineData("01bf2d21334d.install.kms-2.b1")]
    [InlineData("01bf2d21334d.install.kms-2.a1.")]
    [InlineData("01bf2d21334d.install.kms-2")]
    [InlineData("01bf2d21334d.remove.kms-2.a1")]
    [InlineData("01bf2d21334d.Install.kms-2.a1")]
    [InlineData("01bf2d21334d.install..a1")]
    [InlineData("01bf2d21334d.install.kms/2.a1")]
    [InlineData("01bf2d21334.install.kms-2.a1")]
    [InlineData("01BF2D21334D.install.kms-2.a1")]
    [InlineData("../f2d21334d.install.kms-2.a1")]
    [InlineData("01bf2d21334d.install.kms-2.a1\n")]
    [InlineData("")]
    public void AnotherSpellingIsNoTicket(string text)
    {
        Assert.False(TicketId.TryParse(text, out _));
        Assert.Throws<FormatException>(() => TicketId.Parse(text));
    }

    [Fact]
    public void ATicketThatCouldNotBeReadCannotBeMade()
    {
        Assert.Throws<ArgumentException>(() => TicketId.Of(Plan, TicketKind.Install, "a b", 1));
        Assert.Throws<ArgumentException>(() => TicketId.Of(Plan, TicketKind.Install, "../x", 1));
        Assert.Throws<ArgumentException>(() => new TicketId("plan", TicketKind.Install, "a", 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TicketId.Of(Plan, TicketKind.Install, "a", 0));
        var ticket = TicketId.Of(Plan, TicketKind.Install, "a", 1);
        Assert.Throws<ArgumentException>(() => ticket with { Host = "A" });
    }

    [Fact]
    public void TheNextAttemptIsAnotherTicketOfTheSamePlan()
    {
        var ticket = TicketId.Of(Plan, TicketKind.Install, "kms-2", 1).Next();
        Assert.Equal(2, ticket.Attempt);
        Assert.True(ticket.IsOf(Plan));
        Assert.False(ticket.IsOf(Digest.Of("other"u8)));
    }
}
