using System.IO.Compression;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Unpacks documents of a zip archive, one at a time. Its directory is read once, when the first one is wanted: read for each of them, an archive of
/// 50,000 takes more than an hour for that alone (85 to 100 ms each).
/// </summary>
/// <param name="path">The archive.</param>
internal sealed class ZipDocuments(string path) : IAsyncDisposable
{
    private ZipArchive? _archive;

    /// <summary>Puts a document's bytes at a path. Its size was measured when it was hashed.</summary>
    /// <param name="name">Its full name in the archive.</param>
    /// <param name="to">Where; what is there is replaced.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="InvalidDataException">It can't be unpacked.</exception>
    public async Task ExtractAsync(string name, string to, CancellationToken cancel)
    {
        _archive ??= await ZipReading.OpenAsync(path, cancel);
        await using var content = await _archive.GetEntry(name)!.OpenAsync(cancel);
        await using var file = File.Create(to);
        await content.CopyToAsync(file, cancel);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _archive?.DisposeAsync() ?? default;
}
