using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>A list that is read beside a known one is exactly what reading all of it finds, whatever was done to it.</summary>
public sealed class KnownListTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(1, 16).Select(i => (byte)i)];

    [Fact]
    public void WhateverIsDoneToAListItIsReadAsIfItWereReadWhole()
    {
        for (var seed = 0; seed < 1500; seed++)
        {
            var edits = new ListEdits(seed);
            var (before, after) = (edits.Some(), Array.Empty<byte>());
            for (var turn = 0; turn < 3; turn++)
            {
                after = edits.Edited(turn == 0 ? before : after);
                RequireSame(before, after, piece: 1 + (seed * 37 % 5000), $"seed {seed}, turn {turn}");
            }
        }
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("", "ab")]
    [InlineData("ab", "")]
    [InlineData("ab", "ab")]
    [InlineData("ab", "ba")]
    [InlineData("abc", "ac")]
    [InlineData("ac", "abc")]
    [InlineData("aab", "aaab")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "bcdefghijklmnopqrstuvwxyz")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxy")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefghrstuvwxyzijklmnopq")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "abcdefgh!ijklmnopqrst!uvwxyz")]
    [InlineData("abcdefgh!ijklmnopq", "abcdefgh!ijklmnopqr")]
    [InlineData("abcdefgh!ijklmnopq", "aabcdefgh!ijklmnopqr")]
    [InlineData("!!!!!!!!!!!!!!!!!!", "!!!!!!!!!!!!!!!!!!!")]
    public void StanzasMayComeGoMoveRepeatAndBeRefused(string before, string after) => RequireSame(Text(before), Text(after), 1000, $"{before} to {after}");

    [Theory]
    [InlineData("\n", "")]
    [InlineData("", "more: of the last stanza\n")]
    [InlineData("", "\n\n\n\n")]
    [InlineData("", " \t\n\n")]
    [InlineData("", "\r\n\r\n")]
    [InlineData("", "broken")]
    public void TheEndOfAListCounts(string cut, string added)
    {
        var text = Encoding.UTF8.GetString(Text("abcdefghijk"));
        RequireSame(Bytes(text), Bytes(text[..^cut.Length] + added), 1000, $"-{cut.Length} +{added}");
        RequireSame(Bytes(text[..^cut.Length] + added), Bytes(text), 1000, $"+{cut.Length} -{added}");
        RequireSame(Bytes(text[..^2]), Bytes(text[..^2] + added), 1000, $"open +{added}");
    }

    [Theory]
    [InlineData(20)]
    [InlineData(3000)]
    [InlineData(400_000)]
    public void HoweverMuchOfAListIsNewItIsThereInItsOrder(int each)
    {
        var count = 800_000 / each;
        var after = string.Concat(Enumerable.Range(0, Math.Min(count, 400)).Select(i => ListEdits.Stanza($"n{i}", "2", more: $"Description: {new string((char)('a' + (i % 26)), each)}\n")));
        RequireSame(Text("abc"), Bytes(Encoding.UTF8.GetString(Text("a")) + after + Encoding.UTF8.GetString(Text("bc"))), 1 << 16, $"{each} bytes each");
    }

    // Where lines end as on Windows a piece between empty lines may hold two stanzas, and another none: as many pieces as stanzas do not make each piece one.
    [Fact]
    public void PiecesThatHoldTwoStanzasOrNoneAreNoStanzas()
    {
        var (a, two, none, z) = (Stanza("a", "1"), Stanza("x", "1").ReplaceLineEndings("\r\n") + Stanza("y", "1"), "\n\n", Stanza("z", "1"));
        RequireSame(Bytes(a + two + none + z), Bytes(Stanza("a", "2") + two + z), 1000, "the piece without a stanza is gone");
        RequireSame(Bytes(a + two + none + z), Bytes(Stanza("a", "2") + none + z), 1000, "the piece with two is gone");
        RequireSame(Bytes(two + none + z), Bytes(two + Stanza("z", "2")), 1000, "the piece without a stanza is gone, and the last is new");
    }

    [Fact]
    public void LinesMayEndAsOnWindows() =>
        RequireSame(Bytes(Encoding.UTF8.GetString(Text("abcdefghijkl")).ReplaceLineEndings("\r\n")), Text("abcdefghijkl"), 1000, "CRLF");

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1 << 18)]
    public void OfAListInWhichAStanzaIsNewTheOthersAreWhatTheyWere(int piece)
    {
        var before = Bytes(string.Concat(Many(n => Stanza(n, "1"))));
        var known = Known(before);
        var change = known.Compare(new Slow(Bytes(string.Concat(Many(n => Stanza(n, n == "p500" ? "2" : "1")))), piece), long.MaxValue, _ => { }, Reader(before))!;
        Assert.Equal(("p500", "1"), (Assert.Single(change.Gone).Name, change.Gone[0].Version));
        Assert.Equal(("p500", "2"), (Assert.Single(change.New).Name, change.New[0].Version));
        Assert.Equal(999, change.Packages.Zip(known.List.Packages).Count(p => ReferenceEquals(p.First, p.Second)));
        Assert.Equal(Stanza("p500", "2").Length, change.Text.Length);
    }

    [Fact]
    public void WhereTheKeptListIsNotWhatItWasOnlyTheGroupIsParsed()
    {
        var before = Bytes(string.Concat(Many(n => Stanza(n, "1"))));
        var after = Bytes(string.Concat(Many(n => Stanza(n, n == "p500" ? "2" : "1"))));
        Assert.Equal(16, Known(before).Compare(new MemoryStream(after), long.MaxValue, _ => { }, (_, _) => 0)!.New.Count);
        Assert.Equal(16, Known(before).Compare(new MemoryStream(after), long.MaxValue, _ => { }, Reader(after))!.New.Count);
    }

    [Fact]
    public void OneStanzaMoreOrLessCostsNoMoreThanOneThatIsNew()
    {
        var names = Many(n => Stanza(n, "1"));
        var before = Bytes(string.Concat(names));
        Assert.Empty(Compare(before, Bytes(string.Concat(names.Where((_, at) => at != 500)))).New);
        Assert.Equal("more", Assert.Single(Compare(before, Bytes(string.Concat(names.Take(503).Append(Stanza("more", "1")).Concat(names.Skip(503))))).New).Name);
        Assert.Empty(Compare(before, Bytes(string.Concat(names.Take(400).Concat(names.Skip(800))))).New);
        Assert.Equal(Assert.Single(names.Take(1)).Length, Compare(before, Bytes(string.Concat(names.Append(names[0])))).Text.Length);
    }

    [Fact]
    public void AListInWhichMoreIsNewThanMayBeIsNotReadOn()
    {
        var before = Text("abcdefghijklmnopqrstuvwxyz");
        var known = Known(before);
        var stream = new MemoryStream(Text("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
        Assert.Null(known.Compare(stream, stream.Length / 4, _ => { }, Nothing));
        Assert.NotNull(known.Compare(new MemoryStream(Text("abcdefghijklmnopqrstuvwxyZ")), stream.Length / 4, _ => { }, Reader(before)));
    }

    // Each stanza says that it is the beginning of a long group: trying it each time would take hours for a list of a few megabytes.
    [Fact]
    public void AListThatPretendsAtEachStanzaIsGivenUp()
    {
        var known = Known(Bytes(ListEdits.Stanza("long", "1", more: $"Description: {new string('x', 4 << 20)}\n") + string.Concat(Enumerable.Range(0, 8).Select(i => Stanza($"q{i}", "1")))));
        var pretending = Bytes(string.Concat(Enumerable.Repeat("Package: long\n\n", 1 << 20)));
        Assert.Null(known.Compare(new MemoryStream(pretending), long.MaxValue, _ => { }, Nothing));
    }

    [Fact]
    public void EveryByteIsSeenOnceAndInOrder()
    {
        var (known, after, seen) = (Known(Text("abcdefghijklmnopqrstuvwxyz")), Text("abcdefghiXklmnopqrstuvw"), new MemoryStream());
        Assert.NotNull(known.Compare(new Slow(after, 77), long.MaxValue, part => seen.Write(part.Span), Nothing));
        Assert.Equal(after, seen.ToArray());
    }

    private static void RequireSame(byte[] before, byte[] after, int piece, string what)
    {
        // A group ends where a piece does: so lists of a few stanzas have many as well.
        var (known, whole) = (Known(before, 500 + (piece % 2500)), AptPackages.Parse(after));
        // The file in which it is kept helps where it is what it was, and does no harm where it is not.
        foreach (var kept in new[] { before, [.. before.Select(b => (byte)(b ^ 1))], [] })
        {
            RequireSame(before, after, whole, known, known.Compare(new Slow(after, piece), long.MaxValue, _ => { }, Reader(kept))!, what);
        }
    }

    private static void RequireSame(byte[] before, byte[] after, AptPackageList whole, KnownList known, ListChange change, string what)
    {
        var list = change.ToList();
        Assert.True(whole.Packages.SequenceEqual(list.Packages), what);
        Assert.True(whole.Refused.SequenceEqual(list.Refused), what);
        Assert.True(whole.RefusedCount == list.RefusedCount && whole.Packages.Count == change.Count && change.Length == after.Length, what);
        Assert.True(after.AsSpan().SequenceEqual(Applied(before, ListDelta.Of(change, Digest.Of(before), Digest.Of(after), Reader(before)))), what);
        RequireSame(PackageIndex.Of([whole]), PackageIndex.Of([known.List]).With([change]), [.. known.List.Packages.Concat(whole.Packages).Select(p => p.Name)], what);
        RequireSame(PackageIndex.Of([whole, known.List]), PackageIndex.Of([known.List, known.List]).With([change, known.Unchanged]), [.. known.List.Packages.Concat(whole.Packages).Select(p => p.Name)], what);
    }

    private static void RequireSame(PackageIndex expected, PackageIndex actual, HashSet<string> names, string what)
    {
        Assert.True(expected.Count == actual.Count && expected.RefusedCount == actual.RefusedCount, $"{what}: {expected.Count} {actual.Count}, {expected.RefusedCount} {actual.RefusedCount}");
        Assert.True(expected.Phased.ToHashSet().SetEquals(actual.Phased), what);
        Assert.True(names.All(n => expected.Find(n).SequenceEqual(actual.Find(n)) && expected.Find(n).All(p => actual.Find(n, p.Version, p.Arch) == p)), what);
    }

    private static byte[] Applied(byte[] before, ReadOnlyMemory<byte> bytes)
    {
        Assert.True(ListDelta.TryParse(bytes, out var delta, out _));
        Assert.Equal(Digest.Of(before), delta.Base);
        return [.. delta.Pieces.SelectMany(p => before[(int)p.From..(int)(p.From + p.Copied)].Concat(delta.Bytes.Slice(p.Text, p.Added).ToArray()))];
    }

    private static Func<long, Memory<byte>, int> Reader(byte[] bytes) => (at, to) =>
    {
        var here = bytes.AsSpan(Math.Min(bytes.Length, (int)at));
        here = here[..Math.Min(here.Length, to.Length)];
        here.CopyTo(to.Span);
        return here.Length;
    };

    private static int Nothing(long at, Memory<byte> to) => 0;

    private static List<string> Many(Func<string, string> stanza) => [.. Enumerable.Range(0, 1000).Select(i => stanza($"p{i}"))];

    private static KnownList Known(byte[] bytes, int piece = 1 << 18) => AptPackages.ReadKnown(new Slow(bytes, piece), bytes.Length, Key, _ => { });

    private static ListChange Compare(byte[] before, byte[] after) => Known(before).Compare(new MemoryStream(after), long.MaxValue, _ => { }, Reader(before))!;

    // A letter is a package, an exclamation mark a stanza that is refused.
    private static byte[] Text(string stanzas) => Bytes(string.Concat(stanzas.Select(s => s == '!' ? "Package: refused\nSize 1\n\n" : Stanza($"{char.ToLowerInvariant(s)}-1", char.IsUpper(s) ? "2" : "1"))));

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static string Stanza(string name, string version) => ListEdits.Stanza(name, version);

    private sealed class Slow(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, most));
    }
}
