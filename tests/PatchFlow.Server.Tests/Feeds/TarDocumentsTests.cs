using System.Formats.Tar;
using System.Text;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Documents may come in a tar archive, as some vendors export all of theirs: what is wrong with one of them is its own matter, and a cut archive is none.</summary>
public sealed class TarDocumentsTests
{
    private const string First = "CVE-2026-0001", Second = "CVE-2026-0002";
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("all.tar", "cat")]
    [InlineData("all.tar.gz", "gzip")]
    [InlineData("all.tgz", "gzip")]
    [InlineData("all.tar.xz", "xz")]
    [InlineData("all.tar.bz2", "bzip2")]
    [InlineData("ALL.TAR.ZST", "zstd")]
    public async Task AnArchiveIsReadHoweverItIsPacked(string name, string program)
    {
        await using var near = await StartAsync(name);
        near.WriteBytes(name, await PackedAsync(program, await TarAsync(("./osv/", null), ("./osv/a.json", Osv(First)), ("osv/b.json", Osv(Second)), ("osv/b.json.asc", "no document"))));
        await near.FetchWellAsync();
        Assert.Equal([First, Second], near.InUse());
        Assert.Empty(near.Store.Refused(DatedBench.Name, 9));
        near.WriteBytes(name, await PackedAsync(program, await TarAsync(("osv/a.json", Osv(First)))));
        await near.FetchWellAsync();
        Assert.Equal([First], near.InUse());
    }

    [Fact]
    public async Task WhereNoneCanBeUsedAllAreListed()
    {
        await using var near = await StartAsync("all.tar");
        near.WriteBytes("all.tar", await PackedAsync("cat", await TarAsync(("a.json", Osv(First)), ("a.json", Osv(First)), ("link.json", ">a.json"))));
        Assert.Contains("has no document that can be unpacked", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal(["a.json", "link.json"], near.View().LastRefused!.Parts.Select(p => p.File));
    }

    [Fact]
    public async Task WhatIsWrongWithOneDocumentIsItsOwnMatter()
    {
        await using var near = await StartAsync("all.tar.gz");
        near.Limits = near.Limits with { IndexBytes = 1 << 16, Ratio = 100_000 };
        near.Start();
        near.WriteBytes("all.tar.gz", await PackedAsync("gzip", await TarAsync(
            ("a.json", Osv(First)), ("twice.json", Osv(Second)), ("./twice.json", Osv(Second)), ("large.json", new string(' ', 1 << 17)), ("link.json", ">a.json"), ("empty.json", ""),
            ("thrice\n.json", Osv(Second)), ("thrice\n.json", Osv(Second)), ("thrice\n.json", Osv(Second)), (new string('n', 513), Osv(Second)))));
        await near.FetchWellAsync();
        Assert.Equal([First], near.InUse());
        var refused = near.Store.Refused(DatedBench.Name, 9).ToDictionary(r => r.File, r => r.Reason);
        Assert.Equal(["empty.json", "large.json", "link.json", $"{new string('n', 200)}…", "thrice\n.json", "twice.json"], refused.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("several documents of this name", refused["twice.json"], StringComparison.Ordinal);
        Assert.Contains("it is larger than the 65536 bytes", refused["large.json"], StringComparison.Ordinal);
        Assert.Contains("it is no file but a link", refused["link.json"], StringComparison.Ordinal);
        Assert.Contains("several documents of this name", refused["thrice\n.json"], StringComparison.Ordinal);
        Assert.Contains("its name is longer than the 512 characters", refused[$"{new string('n', 200)}…"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1024)]
    [InlineData(1536)]
    [InlineData(1700)]
    [InlineData(-1024)]
    public async Task AnArchiveThatIsCutIsNotUsed(int at)
    {
        await using var near = await StartAsync("all.tar");
        near.WriteBytes("all.tar", await TarAsync(("a.json", Osv(First)), ("b.json", Osv(Second))));
        await near.FetchWellAsync();
        // Without its last kilobyte it has all of its documents, and nothing tells that they are all.
        var other = await TarAsync(("c.json", Osv("CVE-2026-0003")), ("d.json", Osv("CVE-2026-0004")));
        near.WriteBytes("all.tar", other[..(at < 0 ? other.Length + at : at)]);
        Assert.Contains("is no tar archive that can be read", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
        Assert.Equal([First, Second], near.InUse());
    }

    [Theory]
    [InlineData("words that are no archive")]
    [InlineData("")]
    public async Task WhatIsNoArchiveIsSaidToBeNone(string text)
    {
        await using var near = await StartAsync("all.tar");
        near.WriteBytes("all.tar", Encoding.UTF8.GetBytes(text.PadRight(text.Length * 40)));
        Assert.Contains("is no tar archive that can be read", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreDocumentsThanMayBeAreNotTaken()
    {
        await using var near = await StartAsync("all.tar");
        near.Limits = near.Limits with { Documents = 1 };
        near.Start();
        near.WriteBytes("all.tar", await TarAsync(("a.json", Osv(First)), ("b.json", Osv(Second))));
        Assert.Contains("has more than 1 documents", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnArchiveThatBecomesMoreThanItMayIsNotUsed()
    {
        await using var near = await StartAsync("all.tar.gz");
        near.Limits = near.Limits with { ArchiveBytes = 1 << 16 };
        near.Start();
        near.WriteBytes("all.tar.gz", await PackedAsync("gzip", await TarAsync(("a.json", new string(' ', 1 << 17)))));
        Assert.Contains("grows beyond the 65536 bytes", (await near.FetchAsync()).LastError, StringComparison.Ordinal);
    }

    private static async Task<DatedBench> StartAsync(string name)
    {
        var near = await DatedBench.StartAsync("osv");
        near.Feed = near.Feed with { Address = new Uri(near.Feed.Address, name) };
        near.Start();
        return near;
    }

    private static string Osv(string id) => DatedBench.Osv(id, Start);

    private static async Task<byte[]> TarAsync(params (string Name, string? Text)[] entries)
    {
        using var bytes = new MemoryStream();
        await using (var tar = new TarWriter(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                await tar.WriteEntryAsync(Entry(name, text), TestContext.Current.CancellationToken);
            }
        }

        return bytes.ToArray();
    }

    // Without a text a folder, and with an arrow a link.
    private static PaxTarEntry Entry(string name, string? text) => text is null ? new(TarEntryType.Directory, name)
        : text.StartsWith('>') ? new(TarEntryType.SymbolicLink, name) { LinkName = text[1..] }
        : new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text)) };

    private static async Task<byte[]> PackedAsync(string program, byte[] bytes)
    {
        var path = Path.Combine(Path.GetTempPath(), $"pf-tar-{Guid.NewGuid():N}");
        try
        {
            await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
            Tool.Run("sh", "-c", $"{program} {(program == "cat" ? "" : "-c")} '{path}' > '{path}.packed'");
            return await File.ReadAllBytesAsync(path + ".packed", TestContext.Current.CancellationToken);
        }
        finally
        {
            File.Delete(path);
            File.Delete(path + ".packed");
        }
    }
}
