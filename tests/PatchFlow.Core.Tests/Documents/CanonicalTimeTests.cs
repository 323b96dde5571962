using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Documents;

public sealed class CanonicalTimeTests
{
    [Theory]
    [InlineData(0, "PT0S")]
    [InlineData(1, "PT1S")]
    [InlineData(600, "PT10M")]
    [InlineData(5400, "PT1H30M")]
    [InlineData(86_400, "P1D")]
    [InlineData(604_800, "P7D")]
    [InlineData(90_061, "P1DT1H1M1S")]
    [InlineData(86_401, "P1DT1S")]
    public void ADurationHasOneSpelling(int seconds, string text)
    {
        Assert.Equal(text, CanonicalDuration.Format(TimeSpan.FromSeconds(seconds)));
        Assert.True(CanonicalDuration.TryParse(text, out var duration));
        Assert.Equal(seconds, duration.TotalSeconds);
    }

    [Theory]
    [InlineData("PT90M")]
    [InlineData("PT60S")]
    [InlineData("PT24H")]
    [InlineData("P1W")]
    [InlineData("P1M")]
    [InlineData("P1Y")]
    [InlineData("PT1H0M")]
    [InlineData("PT01H")]
    [InlineData("PT1M1H")]
    [InlineData("P1DT")]
    [InlineData("P1H")]
    [InlineData("PT1D")]
    [InlineData("PT")]
    [InlineData("P")]
    [InlineData("")]
    [InlineData("P0D")]
    [InlineData("-PT1H")]
    [InlineData("PT1.5S")]
    [InlineData("pt1h")]
    [InlineData("PT1H ")]
    [InlineData("PTT1H")]
    [InlineData("P99999999D")]
    [InlineData("PT999999999999S")]
    public void AnotherSpellingOfADurationIsRefused(string text) => Assert.False(CanonicalDuration.TryParse(text, out _));

    [Fact]
    public void ADurationWithPartsOfASecondIsNotWritten()
    {
        Assert.Throws<FormatException>(() => CanonicalDuration.Format(TimeSpan.FromMilliseconds(1500)));
        Assert.Throws<FormatException>(() => CanonicalDuration.Format(TimeSpan.FromSeconds(-1)));
        Assert.Throws<FormatException>(() => CanonicalDuration.Format(TimeSpan.FromDays(3661)));
    }

    [Fact]
    public void ATimeIsWrittenInUtcAndWholeUnitsOnly()
    {
        var time = new DateTimeOffset(2026, 11, 23, 19, 0, 1, 123, TimeSpan.FromHours(1)).AddTicks(1);
        Assert.Throws<FormatException>(() => CanonicalTime.FormatSeconds(time));
        Assert.Throws<FormatException>(() => CanonicalTime.FormatMilliseconds(time));
        Assert.Throws<FormatException>(() => CanonicalTime.FormatSeconds(CanonicalTime.ToSeconds(time).ToOffset(TimeSpan.FromHours(1))));
        Assert.Equal("2026-11-23T18:00:01Z", CanonicalTime.FormatSeconds(CanonicalTime.ToSeconds(time)));
        Assert.Equal("2026-11-23T18:00:01.123Z", CanonicalTime.FormatMilliseconds(CanonicalTime.ToMilliseconds(time)));
    }
}
