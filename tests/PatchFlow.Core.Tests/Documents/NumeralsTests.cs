using System.Globalization;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Auditing;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Hosts;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Documents;

/// <summary>A number is written in one way. .NET alone takes also what is followed by characters with the code 0.</summary>
public sealed class NumeralsTests
{
    [Theory]
    [InlineData("0", 0L)]
    [InlineData("1042", 1042L)]
    [InlineData("007", 7L)]
    [InlineData("", null)]
    [InlineData("7\0", null)]
    [InlineData("7\0\0", null)]
    [InlineData("\07", null)]
    [InlineData("+7", null)]
    [InlineData("-7", null)]
    [InlineData(" 7", null)]
    [InlineData("7 ", null)]
    [InlineData("\u0667", null)]
    [InlineData("9223372036854775808", null)]
    public void WholeNumbersAreDigitsAlone(string text, long? number)
    {
        Assert.Equal(number, Numerals.TryRead(text, out long wide) ? wide : null);
        Assert.Equal(number, Numerals.TryRead(Encoding.UTF8.GetBytes(text), out var utf8) ? utf8 : null);
        Assert.Equal(number, Numerals.TryRead(text, out int narrow) ? narrow : (long?)null);
    }

    [Theory]
    [InlineData("7.5", true)]
    [InlineData("7.5\0", false)]
    [InlineData("7,5", false)]
    public void DecimalNumbersEndWithADigitToo(string text, bool isRead) => Assert.Equal(isRead, Numerals.TryRead(text, NumberStyles.AllowDecimalPoint, out _));

    // Found by the fuzzer: a hashed line that could be altered and mean the same.
    [Fact]
    public void WhatIsHashedHasOneForm()
    {
        const string Entry = "patchflow-entry 1\nsequence 1042\nat 2026-11-23T18:00:01.123Z\nactor user:u3\norigin 127.0.0.1\naction change.approve\nobject change:42\n";
        Assert.Equal(Entry, Encoding.UTF8.GetString(AuditEntry.Parse(Encoding.UTF8.GetBytes(Entry)).ToBytes()));
        var refused = Assert.Throws<DocumentException>(() => AuditEntry.Parse(Encoding.UTF8.GetBytes(Entry.Replace("1042", "1042\0", StringComparison.Ordinal))));
        Assert.Equal(2, refused.Line);
    }

    [Fact]
    public void NeitherTicketsNorVersionsNorScoresAreRead()
    {
        Assert.True(TicketId.TryParse("0123456789ab.install.h1.a1", out _));
        Assert.False(TicketId.TryParse("0123456789ab.install.h1.a1\0", out _));
        Assert.False(DebianVersion.TryParse("1\0:2", out _, out _));
        Assert.False(Nevra.IsEpoch("1\0"));
        Assert.True(Nevra.IsEpoch("4294967295"));
        Assert.False(Nevra.IsEpoch("4294967296"));
        Assert.False(CvssVector.TryParse("7.5\0/AV:N/AC:L/Au:N/C:P/I:P/A:P", out _, out _));
    }
}
