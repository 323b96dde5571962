using System.Buffers.Binary;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class ListDeltaTests
{
    private const int FirstPiece = 104;
    private static readonly byte[] Before = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(i => ListEdits.Stanza($"p{i}", "1"))));
    private static readonly byte[] After = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Before).Replace("p50\nVersion: 1", "p50\nVersion: 1+deb12u1", StringComparison.Ordinal));

    [Fact]
    public void ADeltaHoldsWhatIsNewAndLittleElse()
    {
        var bytes = Delta();
        Assert.InRange(bytes.Length, FirstPiece + 1, FirstPiece + 80);
        Assert.True(ListDelta.TryParse(bytes, out var delta, out _));
        Assert.Equal((Digest.Of(Before), Digest.Of(After), (long)Before.Length, (long)After.Length), (delta.Base, delta.List, delta.BaseLength, delta.Length));
    }

    // It is read beside a base that is damaged: the delta is larger or wrong then, and nothing else goes wrong.
    [Fact]
    public void ABaseThatIsShorterThanItWasCutsNothing()
    {
        var bytes = ListDelta.Of(Change(), Digest.Of(Before), Digest.Of(After), (_, _) => 0);
        Assert.True(ListDelta.TryParse(bytes, out var delta, out _));
        Assert.Equal(After.Length, delta.Pieces[^1].End);
    }

    [Fact]
    public void ADeltaThatIsCutAnywhereIsRefused()
    {
        var bytes = Delta();
        for (var length = 0; length < bytes.Length; length++)
        {
            Assert.False(ListDelta.TryParse(bytes.AsMemory(0, length), out _, out var problem));
            Assert.NotEmpty(problem);
        }
    }

    [Theory]
    [InlineData(0, 0x51, "does not begin as the delta of a list does")]
    [InlineData(FirstPiece, 0x80, "piece 1 is not within")]
    [InlineData(FirstPiece + 1, 0x01, "piece 1 is not within")]
    [InlineData(FirstPiece + 8, 0x80, "piece 1 is not within")]
    [InlineData(FirstPiece + 8, 0x7f, "piece 1 is not within")]
    [InlineData(FirstPiece + 16, 0x80, "piece 1 is not within")]
    [InlineData(FirstPiece + 16, 0x7f, "piece 1 is not within")]
    [InlineData(88, 0x80, "less than no bytes")]
    [InlineData(96, 0x80, "less than no bytes")]
    [InlineData(96, 0x01, "where the list has")]
    public void ADeltaThatReachesBeyondItsListsIsRefused(int at, byte value, string reason)
    {
        var bytes = Delta();
        bytes[at] = value;
        Assert.False(ListDelta.TryParse(bytes, out _, out var problem));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void LengthsThatAreTooLargeForANumberAreRefused()
    {
        var bytes = Delta();
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(88), long.MaxValue);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(FirstPiece + 8), long.MaxValue);
        Assert.False(ListDelta.TryParse(bytes, out _, out var problem));
        Assert.Contains("piece 1 is not within", problem, StringComparison.Ordinal);
    }

    // Found by the fuzzer: the smallest number less one is the largest.
    [Fact]
    public void ABaseOfLessThanNoBytesIsRefused()
    {
        var bytes = Delta();
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(88), long.MinValue);
        Assert.False(ListDelta.TryParse(bytes, out _, out var problem));
        Assert.Contains("less than no bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void ADeltaOfRandomBytesIsRefusedOrStaysWithinItsLists()
    {
        var random = new Random(7);
        for (var turn = 0; turn < 5_000; turn++)
        {
            var bytes = Delta();
            for (var edits = random.Next(1, 4); edits > 0; edits--)
            {
                bytes[random.Next(24, bytes.Length)] = (byte)random.Next(256);
            }

            if (ListDelta.TryParse(bytes, out var delta, out _))
            {
                Assert.All(delta.Pieces, p => Assert.True(p.From >= 0 && p.Copied >= 0 && p.Added >= 0 && p.From + p.Copied <= delta.BaseLength && p.Text + p.Added <= bytes.Length && p.End <= delta.Length));
            }
        }
    }

    private static byte[] Delta() => ListDelta.Of(Change(), Digest.Of(Before), Digest.Of(After), (at, to) =>
    {
        Before.AsSpan((int)at, to.Length).CopyTo(to.Span);
        return to.Length;
    }).ToArray();

    private static ListChange Change() =>
        AptPackages.ReadKnown(new MemoryStream(Before), Before.Length, new byte[16], _ => { }).Compare(new MemoryStream(After), long.MaxValue, _ => { }, (_, _) => 0)!;
}
