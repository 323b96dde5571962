namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A disk of 16 MB of its own, which a test fills for real. Only root may mount one.</summary>
internal sealed class SmallDisk : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("pf-disk-").FullName;

    public SmallDisk()
    {
        var (exit, said) = Tool.TryRun("mount", "-t", "tmpfs", "-o", "size=16m", "pf-test", _root);
        if (exit != 0)
        {
            Directory.Delete(_root);
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", "a small disk can't be mounted here (that is for root alone): what a full one does is not tested");
            throw new InvalidOperationException($"mount ended with {exit}: {said}");
        }

        Directory.CreateDirectory(DataDirectory);
    }

    /// <summary>A folder on it.</summary>
    public string DataDirectory => Path.Combine(_root, "data");

    private string Filler => Path.Combine(_root, "filler");

    /// <summary>Leaves not a byte.</summary>
    public void Fill()
    {
        using var file = File.OpenHandle(Filler, FileMode.OpenOrCreate, FileAccess.Write);
        var (length, bytes) = (RandomAccess.GetLength(file), new byte[1 << 12]);
        try
        {
            for (; ; length += bytes.Length)
            {
                RandomAccess.Write(file, bytes, length);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>A person makes room.</summary>
    public void Free() => File.Delete(Filler);

    public void Dispose()
    {
        Tool.Run("umount", "--lazy", _root);
        Directory.Delete(_root);
    }
}
