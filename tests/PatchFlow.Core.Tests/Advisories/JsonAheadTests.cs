using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>A long document is parsed ahead of its reader on another thread: nobody must notice.</summary>
public sealed class JsonAheadTests
{
    private const int ManyBytes = 4 << 20;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1 << 12)]
    [InlineData(1 << 20)]
    public void RecordsAndRefusalsComeInTheOrderOfTheDocument(int step)
    {
        var (text, expected) = ALongDocument();
        var seen = new List<string>();
        var thread = Environment.CurrentManagedThreadId;
        var sink = Sink(a => Add(a.Id), r => Add($"refused {r.Position}"));
        Osv.Read(new Slow(Encoding.UTF8.GetBytes(text), step), sink);
        Assert.Equal(expected, seen);

        void Add(string what)
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            seen.Add(what);
        }
    }

    [Fact]
    public void WhatBreaksALongDocumentIsSaidBehindWhatWasFound()
    {
        var (text, expected) = ALongDocument();
        var seen = new List<string>();
        Osv.Read(Bytes(text[..^1] + ",{\"id\":\"cut"), Sink(a => seen.Add(a.Id), r => seen.Add($"refused {(r.IsOfTheRest ? "the rest" : r.Position)}")));
        // That it is cut, and that the array is not closed.
        Assert.Equal([.. expected, "refused the rest", "refused the rest"], seen);
    }

    [Fact]
    public void AReaderThatWantsNoMoreGetsNoMore()
    {
        var seen = new List<string>();
        var issues = string.Join(',', Enumerable.Range(0, 900).Select(n => $"\"CVE-2024-{n:00000}\":{{\"description\":\"some words\",\"releases\":{{}}}}"));
        var stream = new Slow(Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 100).Select(n => $"\"p{n}\":{{{issues}}}"))}}}"), 1 << 12);
        DebianTracker.Read(stream, Sink(a => seen.Add(a.Id), r => seen.Add(r.Reason), new AdvisoryLimits(1000, 1 << 20, 64)));
        Assert.Equal(1001, seen.Count);
        Assert.Contains("more than 1000 records", seen[^1], StringComparison.Ordinal);
        Assert.True(stream.Handed < stream.Length / 2, $"{stream.Handed} bytes of {stream.Length} were read");
    }

    [Fact]
    public void WhatTheReaderThrowsEndsTheReading()
    {
        var stream = new Slow(Encoding.UTF8.GetBytes(ALongDocument().Text), 1 << 12);
        var thrown = Assert.Throws<OperationCanceledException>(() => Osv.Read(stream, Sink(_ => throw new OperationCanceledException("enough"), _ => { })));
        Assert.Equal("enough", thrown.Message);
        Assert.True(stream.Handed < ManyBytes - (2 << 20), $"{stream.Handed} bytes were read");
    }

    [Fact]
    public void WhatTheStreamThrowsIsThrownBehindWhatWasFound()
    {
        var seen = 0;
        var stream = new Slow(Encoding.UTF8.GetBytes(ALongDocument().Text), 1 << 12) { FailsAt = ManyBytes / 2 };
        var thrown = Assert.Throws<IOException>(() => Osv.Read(stream, Sink(_ => seen++, _ => { })));
        Assert.Equal("the disk is gone", thrown.Message);
        Assert.True(seen > 1000, $"{seen} records were seen");
    }

    [Fact]
    public void NoMoreIsReadAheadThanMayWait()
    {
        var stream = new Slow(Encoding.UTF8.GetBytes(ALongDocument().Text), 1 << 12);
        var (seen, ahead) = (0L, 0L);
        Osv.Read(stream, Sink(Look, _ => { }));
        Assert.InRange(ahead, 1 << 18, 2 << 20);

        void Look(Advisory advisory)
        {
            WaitAtTheFirst(seen, () => stream.Handed - (1 << 19), () => stream.Handed - (2 << 20));
            seen += advisory.Description!.Length;
            ahead = Math.Max(ahead, stream.Handed - seen);
        }
    }

    [Fact]
    public void RefusalsWithoutTextAreBoundedToo()
    {
        // Nothing of a record that is nested too deep is kept, but that it was refused is.
        var deep = new string('[', 70) + new string(']', 70);
        var stream = new Slow(Encoding.UTF8.GetBytes($"[{string.Join(',', Enumerable.Repeat(deep, 100_000))}]"), 1 << 16);
        var (seen, ahead) = (0L, 0L);
        Osv.Read(stream, Sink(_ => { }, _ => Look()));
        Assert.Equal(100_000, seen);
        Assert.InRange(ahead, 1, 30_000);

        void Look()
        {
            WaitAtTheFirst(seen, () => stream.Handed - (100 * deep.Length), () => (stream.Handed / (deep.Length + 1)) - 30_000);
            seen++;
            ahead = Math.Max(ahead, (stream.Handed / (deep.Length + 1)) - seen);
        }
    }

    [Fact]
    public void LongNamesAreBoundedToo()
    {
        var name = new string('n', 200_000);
        var stream = new Slow(Encoding.UTF8.GetBytes($"{{{string.Join(',', Enumerable.Range(0, 100).Select(n => $"\"{name}{n}\":0"))}}}"), 1 << 16);
        var (seen, ahead) = (0L, 0L);
        DebianTracker.Read(stream, Sink(_ => { }, _ => Look()));
        Assert.Equal(100, seen);
        Assert.InRange(ahead, 1, 10);

        void Look()
        {
            WaitAtTheFirst(seen, () => stream.Handed - (3 * name.Length), () => (stream.Handed / name.Length) - 11);
            seen++;
            ahead = Math.Max(ahead, (stream.Handed / name.Length) - seen);
        }
    }

    [Fact]
    public void WhatGoesWrongBehindWhatTheReaderWantsIsNotItsMatter()
    {
        var issues = string.Join(',', Enumerable.Range(0, 9).Select(n => $"\"CVE-2024-{n:00000}\":{{\"releases\":{{}}}}"));
        var text = Encoding.UTF8.GetBytes($"{{\"p\":{{{issues}}},\"q\":{{{new string(' ', 100_000)}}}}}");
        var seen = new List<string>();
        DebianTracker.Read(new Slow(text, 1 << 12) { FailsAt = 90_000 }, Sink(a => seen.Add(a.Id), r => seen.Add(r.Reason), new AdvisoryLimits(3, 1 << 20, 64)));
        Assert.Equal(4, seen.Count);
        Assert.Contains("more than 3 records", seen[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(" ", "")]
    [InlineData("\"beside\":\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",", "\"last\":0}")]
    public void WhatStandsBehindWhatTheReaderWantsIsNotReadToItsEnd(string more, string end)
    {
        // Fewer than may wait: who tells them apart comes to what stands behind them.
        var items = string.Join(',', Enumerable.Range(0, 1000).Select(n => $"\"no record {n}, and of some length\""));
        var text = end.Length > 0 ? $"{{\"value\":[{items}],{string.Concat(Enumerable.Repeat(more, 100_000))}{end}" : $"{{\"value\":[{items}]{string.Concat(Enumerable.Repeat(more, 4_000_000))}}}";
        var isEnough = false;
        // Once the reader has enough it needs a moment to say so: each piece from there on takes some milliseconds.
        var stream = new Slow(Encoding.UTF8.GetBytes(text), 1 << 12)
        {
            At = position => _ = SpinWait.SpinUntil(() => Volatile.Read(ref isEnough), position < 2 << 20 ? TimeSpan.Zero : TimeSpan.FromSeconds(20))
                && SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(5)),
        };
        Assert.Throws<OperationCanceledException>(() => MsrcGuide.ReadEntries(stream, Sink(_ => { }, _ => Stop())));
        Assert.True(stream.Handed < stream.Length - (1 << 20), $"{stream.Handed} bytes of {stream.Length} were read");

        void Stop()
        {
            Volatile.Write(ref isEnough, true);
            throw new OperationCanceledException("enough");
        }
    }

    // Until some of it was read ahead, and then long enough for too much of it to be read if nothing held it up.
    private static void WaitAtTheFirst(long seen, Func<long> some, Func<long> tooMuch)
    {
        if (seen == 0)
        {
            Assert.True(SpinWait.SpinUntil(() => some() > 0, TimeSpan.FromSeconds(20)), "nothing is read ahead");
            SpinWait.SpinUntil(() => tooMuch() > 0, TimeSpan.FromMilliseconds(200));
        }
    }

    private static AdvisorySink Sink(Action<Advisory> found, Action<Refusal> refused, AdvisoryLimits? limits = null) => new("f", found, refused, limits)
    {
        Beside = work => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait,
    };

    // With records that are wrong here and there, some long and some short.
    private static (string Text, List<string> Seen) ALongDocument()
    {
        var (text, seen, number) = (new StringBuilder("["), new List<string>(), 0);
        while (text.Length < ManyBytes)
        {
            number++;
            text.Append(number == 1 ? "" : ",");
            if (number % 97 == 0)
            {
                text.Append(number % 2 == 0 ? """{"id":"twice","id":"twice"}""" : new string('[', 70) + new string(']', 70));
                seen.Add($"refused record {number} (line 1)");
            }
            else
            {
                text.Append($$"""{"id":"A-{{number}}","affected":[],"details":"{{new string('x', number % 1009 == 0 ? 300_000 : 400)}}"}""");
                seen.Add($"A-{number}");
            }
        }

        return (text.Append(']').ToString(), seen);
    }

    private static MemoryStream Bytes(string text) => new(Encoding.UTF8.GetBytes(text));

    // Hands out so many bytes at a time.
    private sealed class Slow(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public long FailsAt { get; init; } = long.MaxValue;

        public Action<long> At { get; init; } = _ => { };

        public long Handed => Position;

        public override int Read(byte[] buffer, int offset, int count)
        {
            At(Position);
            return Position >= FailsAt ? throw new IOException("the disk is gone") : base.Read(buffer, offset, Math.Min(count, step));
        }
    }
}
