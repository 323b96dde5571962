using PatchFlow.Cli;

namespace PatchFlow.Server.Tests.Cli;

public sealed class InOrderTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void WhatComesOfItemsComesInTheirOrderWhoeverIsFirst(int processors)
    {
        var taken = new List<(int Item, int Number)>();
        InOrder<int, (int, int)>.Run([.. Enumerable.Range(0, 300)], (item, _, yield) =>
        {
            for (var number = 0; number < item % 5; number++)
            {
                Thread.SpinWait(item * 7919 % 4001);
                yield((item, number));
            }
        }, taken.Add, processors);
        Assert.Equal(Enumerable.Range(0, 300).SelectMany(item => Enumerable.Range(0, item % 5).Select(number => (item, number))), taken);
    }

    [Fact]
    public void OfNoItemsNothingComes() => InOrder<int, int>.Run([], (_, _, _) => Assert.Fail("worked"), _ => Assert.Fail("taken"));

    [Fact]
    public void TheOneWhoseTurnItIsIsHandedOutAsItComes()
    {
        var taken = new List<int>();
        InOrder<int, int>.Run([0], (_, _, yield) =>
        {
            yield(1);
            Assert.Equal([1], taken);
            yield(2);
        }, taken.Add);
        Assert.Equal([1, 2], taken);
    }

    [Fact]
    public void AnItemThatYieldsMuchBeforeItsTurnWaitsForIt()
    {
        var (yielded, isAhead) = (0, false);
        InOrder<int, int>.Run([0, 1], (item, _, yield) =>
        {
            if (item == 0)
            {
                Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref yielded) >= InOrder<int, int>.MostKept, Patience));
                isAhead = SpinWait.SpinUntil(() => Volatile.Read(ref yielded) > InOrder<int, int>.MostKept, TimeSpan.FromMilliseconds(200));
                return;
            }

            for (var number = 0; number < 3 * InOrder<int, int>.MostKept; number++)
            {
                Interlocked.Increment(ref yielded);
                yield(number);
            }
        }, _ => { }, processors: 2);
        Assert.False(isAhead, "more was kept than may be");
        Assert.Equal(3 * InOrder<int, int>.MostKept, yielded);
    }

    [Fact]
    public void NoneIsBegunFarAheadOfTheOneWhoseTurnItIs()
    {
        var (begun, most) = (0, 0);
        InOrder<int, int>.Run([.. Enumerable.Range(0, 100)], (item, _, yield) =>
        {
            var number = Interlocked.Increment(ref begun);
            if (item == 0)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref begun) >= 2 * InOrder<int, int>.MostAhead, TimeSpan.FromSeconds(20));
                SpinWait.SpinUntil(() => Volatile.Read(ref begun) > 2 * InOrder<int, int>.MostAhead, TimeSpan.FromMilliseconds(200));
                most = Volatile.Read(ref begun);
            }

            yield(number);
        }, _ => { }, processors: 2);
        Assert.Equal(2 * InOrder<int, int>.MostAhead, most);
        Assert.Equal(100, begun);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AFailureEndsAllOfItAndNothingBehindItComes(bool isOfWork)
    {
        var taken = new List<int>();
        var e = Assert.Throws<InvalidDataException>(() => InOrder<int, int>.Run([.. Enumerable.Range(0, 1000)], (item, _, yield) =>
        {
            if (item == 10 && isOfWork)
            {
                throw new InvalidDataException("ten");
            }

            yield(item);
        }, item =>
        {
            if (item == 10)
            {
                throw new InvalidDataException("ten");
            }

            taken.Add(item);
        }, processors: 3));
        Assert.Equal("ten", e.Message);
        Assert.True(taken.SequenceEqual(Enumerable.Range(0, taken.Count)) && taken.Count <= 10, string.Join(' ', taken));
    }

    // Five processors: whoever may begin does, so only the weight holds the third back.
    [Theory]
    [InlineData(InOrder<int, int>.MostWeight, 2)]
    [InlineData(InOrder<int, int>.MostWeight / 2, 3)]
    [InlineData(InOrder<int, int>.MostWeight + 1, 1)]
    [InlineData(long.MaxValue, 1)]
    public void NoMoreGoesOnBeforeItsTurnThanMayWaitByWeight(long weight, int most)
    {
        var (begun, seen) = (0, 0);
        InOrder<int, int>.Run([.. Enumerable.Range(0, 20)], (item, weigh, yield) =>
        {
            weigh(weight);
            Interlocked.Increment(ref begun);
            if (item == 0)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref begun) >= most, Patience);
                SpinWait.SpinUntil(() => Volatile.Read(ref begun) > most, TimeSpan.FromMilliseconds(200));
                seen = Volatile.Read(ref begun);
            }

            yield(item);
        }, _ => { }, processors: 5);
        Assert.Equal((most, 20), (seen, begun));
    }

    [Fact]
    public void WhatIsThroughWeighsNothingAnyMore()
    {
        var (begun, isNextBegun) = (0, false);
        InOrder<int, int>.Run([.. Enumerable.Range(0, 100)], (item, weigh, yield) =>
        {
            weigh(InOrder<int, int>.MostWeight);
            Interlocked.Increment(ref begun);
            if (item == 50)
            {
                isNextBegun = SpinWait.SpinUntil(() => Volatile.Read(ref begun) > 51, TimeSpan.FromSeconds(5));
            }

            yield(item);
        }, _ => { }, processors: 3);
        Assert.True(isNextBegun);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void WhatWhoTakesThrowsIsNotTheWorksFailure(int processors)
    {
        var (taken, told) = (new List<string>(), 0);
        var e = Assert.Throws<IOException>(() => InOrder<int, string>.Run([.. Enumerable.Range(0, 100)], (item, _, yield) =>
        {
            try
            {
                yield($"{item}");
            }
            catch (IOException)
            {
                Interlocked.Increment(ref told);
                yield($"{item} can't be read");
            }
        }, text =>
        {
            taken.Add(text);
            if (taken.Count == 5)
            {
                throw new IOException("no space left");
            }
        }, processors));
        Assert.Equal(("no space left", 0), (e.Message, told));
        Assert.Equal(["0", "1", "2", "3", "4"], taken);
    }
}
