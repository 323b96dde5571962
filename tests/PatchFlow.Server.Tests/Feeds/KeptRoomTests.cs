using System.Security.Cryptography;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What bodies take up holds its limit at every moment, not only when all are there.</summary>
public sealed class KeptRoomTests : IDisposable
{
    // Packed already, so that they are kept as long as they are.
    private static readonly Uri Address = new("https://vendor.example/all.zip");
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-room-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task OfTwoThatFoundTheSameRoomOneIsKept()
    {
        var room = Room(5000);
        var (slow, quick) = (Path.Combine(_folder, "slow"), Write("quick", 3000));
        Tool.Run("mkfifo", slow);
        var waits = Task.Run(() => PackAsync(room, slow, 1));
        // It is opened where somebody reads it: who packs it has looked for room by then.
        await using (var late = await Task.Run(() => new FileStream(slow, FileMode.Open, FileAccess.Write)))
        {
            Assert.NotNull(await PackAsync(room, quick, 2));
            await late.WriteAsync(RandomNumberGenerator.GetBytes(3000));
        }

        Assert.Null(await waits);
        Assert.True(room.IsFull);
        Assert.InRange(Kept(), 3000, 5000);
        Assert.Empty(Directory.GetFiles(_folder, "*.unfinished"));
    }

    [Fact]
    public async Task WhatDoesNotFitIsNotPackedToItsEnd()
    {
        var (room, endless) = (Room(5000), Path.Combine(_folder, "endless"));
        Tool.Run("mkfifo", endless);
        var packs = Task.Run(() => PackAsync(room, endless, 1));
        var written = 0L;
        await using (var source = await Task.Run(() => new FileStream(endless, FileMode.Open, FileAccess.Write, FileShare.Read, bufferSize: 0)))
        {
            var failed = await Record.ExceptionAsync(async () =>
            {
                for (; written < 16 << 20; written += 1 << 16)
                {
                    await source.WriteAsync(RandomNumberGenerator.GetBytes(1 << 16));
                }
            });
            Assert.IsType<IOException>(failed);
        }

        Assert.Null(await packs);
        Assert.InRange(written, 0, 1 << 20);
        Assert.Equal(0, Kept());
    }

    [Fact]
    public async Task ABodyThatWasSpoiledMakesRoomForItself()
    {
        var (room, path) = (Room(5000), Write("body", 3000));
        var bytes = await PackAsync(room, path, 1);
        Assert.Equal(bytes, await PackAsync(room, path, 1));
        // It was counted once.
        Assert.NotNull(await PackAsync(room, Write("other", 1500), 2));
        Assert.False(room.IsFull);
        Assert.InRange(Kept(), 4500, 5000);
    }

    private KeptRoom Room(long mostBytes) => new(_folder, new KeptBodies(_folder), mostBytes);

    private static Task<long?> PackAsync(KeptRoom room, string path, byte digest) =>
        room.PackAsync(Digest.Of([digest]), path, Address, TestContext.Current.CancellationToken);

    private string Write(string name, int bytes)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, RandomNumberGenerator.GetBytes(bytes));
        return path;
    }

    private long Kept() => Directory.GetFiles(_folder, "*.gz", SearchOption.AllDirectories).Sum(path => new FileInfo(path).Length);
}
