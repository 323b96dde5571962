using System.Text;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>An archive is read as its writer meant it, and one that is not whole is none: what is silently left out of it would count as taken back.</summary>
public sealed class TarEntriesTests
{
    private static byte[] A => TarBytes.Entry("a.json", "first");

    private static byte[] B => TarBytes.Entry("b.json", "second");

    [Theory]
    [InlineData("gnu")]
    [InlineData("oldgnu")]
    [InlineData("posix")]
    [InlineData("ustar")]
    [InlineData("v7")]
    public async Task WhatTheProgramWritesIsRead(string format)
    {
        var folder = Directory.CreateTempSubdirectory("pf-tar-");
        try
        {
            var deep = Directory.CreateDirectory(Path.Combine(folder.FullName, "in", format == "v7" ? "d" : new string('d', 90)));
            var name = format is "v7" or "ustar" ? "short.json" : $"{new string('n', 150)}é.json";
            await File.WriteAllTextAsync(Path.Combine(deep.FullName, name), new string('x', 5000));
            await File.WriteAllTextAsync(Path.Combine(deep.FullName, "z.json"), "last");
            Tool.Run("sh", "-c", $"tar -C '{folder}/in' --format={format} --sort=name -cf '{folder}/all.tar' {deep.Name}");
            var read = await ReadAsync(await File.ReadAllBytesAsync($"{folder}/all.tar"));
            Assert.Equal([($"{deep.Name}/", TarItemKind.Folder, ""), ($"{deep.Name}/{name}", TarItemKind.File, new string('x', 5000)), ($"{deep.Name}/z.json", TarItemKind.File, "last")], read);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // GNU's old form, with more parts than its header has room for, and that of pax.
    [Theory]
    [InlineData("gnu")]
    [InlineData("posix")]
    public async Task AFileWithHolesIsNotReadAndWhatFollowsItIs(string format)
    {
        var folder = Directory.CreateTempSubdirectory("pf-tar-");
        try
        {
            await using (var sparse = File.Create($"{folder}/a.json"))
            {
                for (var at = 0; at < 60; at++)
                {
                    sparse.Position = at << 17;
                    sparse.Write("{}"u8);
                }
            }

            await File.WriteAllTextAsync($"{folder}/b.json", "second");
            Tool.Run("sh", "-c", $"cd '{folder}' && tar --format={format} --sparse -cf all.tar a.json b.json");
            var read = await ReadAsync(await File.ReadAllBytesAsync($"{folder}/all.tar"));
            Assert.Equal([("a.json", TarItemKind.Other), ("b.json", TarItemKind.File)], read.Select(r => (r.Name, r.Kind)));
            Assert.Equal("second", read[1].Text);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task WhatIsBehindTheMarkOfTheEndIsNotLeftOutWithoutAWord()
    {
        await RefusedAsync("it goes on behind the mark of its end", [.. TarBytes.Of(A), .. TarBytes.Of(B)]);
        await RefusedAsync("it goes on behind the mark of its end", TarBytes.Of(A, new byte[512], B));
        // The library takes a checksum of zero for the end.
        Assert.Contains("what stands behind 'a.json' is no header", await RefusedAsync("no header", TarBytes.Of(A, Damaged(B, 148, 8), B)), StringComparison.Ordinal);
        await RefusedAsync("what stands behind 'a.json' is no header", TarBytes.Of(A, Damaged(B, 0, 1)));
        Assert.Equal(2, (await ReadAsync([.. TarBytes.Of(A, B), .. new byte[10240]])).Count);
    }

    [Fact]
    public async Task AnArchiveIsCutWhereverItsBytesEnd()
    {
        var whole = TarBytes.Of(TarBytes.Pax(("path", "x/a.json")), TarBytes.Entry("a.json", $"first{new string('\0', 3000)}"), TarBytes.Entry("long", new string('l', 600) + "\0", 'L'), B, TarBytes.Entry("empty.json", ""));
        for (var length = 0; length < whole.Length - 1024; length += 100)
        {
            await Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync(whole[..length]));
        }

        await Assert.ThrowsAsync<EndOfStreamException>(() => ReadAsync(whole[..^1024]));
        Assert.Equal(3, (await ReadAsync(whole)).Count);
    }

    [Theory]
    [InlineData('L')]
    [InlineData('x')]
    public async Task WhatIsSaidOfAnEntryBeforeItIsBounded(char type)
    {
        await RefusedAsync("is longer than 1048576 bytes", TarBytes.Of(A, TarBytes.Entry("long", new string('l', (1 << 20) + 1), type), B));
        // Nothing is laid out for bytes that do not come.
        await RefusedAsync("is longer than 1048576 bytes", TarBytes.Of(A, TarBytes.Header("long", "77777777777\0", type)));
    }

    [Theory]
    [InlineData("99 path=x\n")]
    [InlineData("path=x\n")]
    [InlineData("8 path=x")]
    [InlineData("7 path\n")]
    [InlineData("0 path=x\n")]
    [InlineData("10 size=-5\n")]
    [InlineData("10 size=zz\n")]
    public Task ATornExtendedHeaderIsRefused(string records) => RefusedAsync("is torn", TarBytes.Of(A, TarBytes.Entry("x", records, 'x'), B));

    [Theory]
    [InlineData("zzzzzzzzzzz\0")]
    [InlineData("00000000009\0")]
    [InlineData("\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("\u0080\u0000\u0000\u0000\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff")]
    [InlineData("\u0080\u0001\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000")]
    public Task ASizeThatIsNoneIsRefused(string size) => RefusedAsync("what stands behind 'a.json' is no header", TarBytes.Of(A, TarBytes.Header("b.json", size)));

    [Fact]
    public async Task ALinkWithASizeIsRefusedSinceProgramsDifferInWhatFollowsIt() =>
        await RefusedAsync("'l.json' is no file, and has a size", TarBytes.Of(A, TarBytes.Entry("l.json", "x", '2'), B));

    [Fact]
    public async Task WhatIsOfNoUseHereHindersNothing()
    {
        var read = await ReadAsync(TarBytes.Of(
            TarBytes.Entry("g", "19 comment=deadbeef\n", 'g'),
            TarBytes.Entry("volume", "", 'V'),
            TarBytes.Pax(("mtime", "99999999999999999999"), ("comment", "a=b"), ("path", "first"), ("path", "x.json"), ("size", "5")),
            [.. TarBytes.Header("other", "1\0", alter: h => "zzzzzzz"u8.CopyTo(h.AsSpan(100))), .. TarBytes.Padded("bytes"u8.ToArray())],
            TarBytes.Entry("old/", "", '\0'),
            [.. TarBytes.Header("large", "\u0080\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0002"), .. TarBytes.Padded("ab"u8.ToArray())],
            TarBytes.Entry("\u00e4\u00fe.json", "1"),
            TarBytes.Entry("\u00e4\u00ff.json", "2", '7'),
            TarBytes.Entry("device", "", '3')));
        Assert.Equal(
            [("x.json", TarItemKind.File, "bytes"), ("old/", TarItemKind.Folder, ""), ("large", TarItemKind.File, "ab"), ("äþ.json", TarItemKind.File, "1"), ("äÿ.json", TarItemKind.File, "2"), ("device", TarItemKind.Other, "")],
            read);
    }

    private static byte[] Damaged(byte[] entry, int at, int bytes)
    {
        entry.AsSpan(at, bytes).Clear();
        return entry;
    }

    private static async Task<string> RefusedAsync(string reason, byte[] archive)
    {
        var thrown = await Assert.ThrowsAsync<InvalidDataException>(() => ReadAsync(archive));
        Assert.Contains(reason, thrown.Message, StringComparison.Ordinal);
        return thrown.Message;
    }


    private static async Task<List<(string Name, TarItemKind Kind, string Text)>> ReadAsync(byte[] archive)
    {
        var (entries, read, cancel) = (new TarEntries(new MemoryStream(archive)), new List<(string, TarItemKind, string)>(), TestContext.Current.CancellationToken);
        while (await entries.NextAsync(cancel) is { } entry)
        {
            var (bytes, buffer) = (new MemoryStream(), new byte[300]);
            for (int count; entry.Kind == TarItemKind.File && (count = await entries.ReadAsync(buffer, cancel)) > 0;)
            {
                bytes.Write(buffer, 0, count);
            }

            read.Add((entry.Name, entry.Kind, Encoding.UTF8.GetString(bytes.ToArray())));
        }

        return read;
    }
}
