using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Patches;

public sealed class DeadlineTests
{
    private static readonly DateTimeOffset Since = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(PriorityClass.Kev, "P3D")]
    [InlineData(PriorityClass.Critical, "P7D")]
    [InlineData(PriorityClass.High, "P30D")]
    [InlineData(PriorityClass.Medium, "P30D")]
    [InlineData(PriorityClass.Low, null)]
    [InlineData(PriorityClass.None, null)]
    public void AClassWithoutASpanHasThatOfTheNextLowerOne(PriorityClass priority, string? span) =>
        Assert.Equal(span, Policy("kev P3D, critical P7D, medium P30D").SpanOf(priority) is { } found ? Core.Documents.CanonicalDuration.Format(found) : null);

    [Theory]
    [InlineData("urgent P3D", "'urgent' has no deadline")]
    [InlineData("kev 3", "kev: '3' must be an ISO 8601 duration")]
    [InlineData("kev PT0S", "must be an ISO 8601 duration")]
    [InlineData("kev P3D, kev P4D", "kev is given twice")]
    [InlineData("kev P8D, critical P7D", "kev must not have longer than critical")]
    [InlineData("Kev P3D", "'Kev' has no deadline")]
    public void AWrongPolicyIsRefusedWithAReason(string text, string reason)
    {
        Assert.False(DeadlinePolicy.TryParse(Pairs(text), out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    // P4D from the first of November: at risk from the fourth on, due on the fifth.
    [Theory]
    [InlineData("2026-11-01T00:00:00Z", null, DeadlineState.OnTime)]
    [InlineData("2026-11-03T23:59:59Z", null, DeadlineState.OnTime)]
    [InlineData("2026-11-04T00:00:00Z", null, DeadlineState.AtRisk)]
    [InlineData("2026-11-05T00:00:00Z", null, DeadlineState.AtRisk)]
    [InlineData("2026-11-05T00:00:01Z", null, DeadlineState.Missed)]
    [InlineData("2026-12-01T00:00:00Z", "2026-11-05T00:00:00Z", DeadlineState.Met)]
    [InlineData("2026-12-01T00:00:00Z", "2026-11-05T00:00:01Z", DeadlineState.Missed)]
    public void ADeadlineIsMetAtRiskOrMissed(string now, string? patched, DeadlineState state)
    {
        var deadline = Deadline.Of(Policy("kev P4D"), PriorityClass.Kev, Since, patched is null ? null : Time(patched), Time(now));
        Assert.Equal(new Deadline(Since, Since.AddDays(4), state), deadline);
        Assert.Equal(Since.AddDays(3), deadline.RiskAt);
    }

    [Fact]
    public void WithoutASpanThereIsNoDeadline() =>
        Assert.Equal(new Deadline(Since, null, DeadlineState.None), Deadline.Of(DeadlinePolicy.None, PriorityClass.Kev, Since, null, Since.AddYears(1)));

    [Fact]
    public void WhatHasNoDeadlineIsNeverAtRisk() => Assert.Null(new Deadline(Since, null, DeadlineState.None).RiskAt);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static DeadlinePolicy Policy(string text) => DeadlinePolicy.TryParse(Pairs(text), out var policy, out var problem) ? policy : throw new InvalidOperationException(problem);

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string text) => text.Split(", ").Select(p => KeyValuePair.Create(p.Split(' ')[0], p.Split(' ')[1]));
}
