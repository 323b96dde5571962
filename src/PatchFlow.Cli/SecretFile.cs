using System.Text;

namespace PatchFlow.Cli;

/// <summary>
/// A place for a secret that is shown once, taken before the secret is asked for: what can't be written must be known before, or the
/// only copy is lost.
/// </summary>
internal sealed class SecretFile : IDisposable
{
    private const int Room = 512;
    private readonly string _fresh;
    private readonly FileStream _file;

    /// <summary>Takes the place: only its owner can read it.</summary>
    /// <exception cref="UsageException">Nothing can be written there.</exception>
    public SecretFile(string path)
    {
        (Path, _fresh) = (path, path + ".new");
        if (Directory.Exists(path))
        {
            throw new UsageException($"{path} is a folder", "name a file");
        }

        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
            File.Delete(_fresh);
            _file = new FileStream(_fresh, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            });

            // A full disk shows itself here, and not when the secret is there.
            _file.Write(new byte[Room]);
            _file.Flush(flushToDisk: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} can't be written: {e.Message}", "name a file in a folder that is yours; nothing was made yet");
        }
    }

    /// <summary>Where the secret will be.</summary>
    public string Path { get; }

    /// <summary>Keeps the secret.</summary>
    public void Keep(string secret)
    {
        _file.Position = 0;
        _file.Write(Encoding.ASCII.GetBytes(secret + "\n"));
        _file.SetLength(_file.Position);
        _file.Flush(flushToDisk: true);
        File.Move(_fresh, Path, overwrite: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Dispose();
        File.Delete(_fresh);
    }
}
