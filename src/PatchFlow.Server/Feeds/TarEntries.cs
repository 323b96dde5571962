using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>What an entry of a tar archive is.</summary>
internal enum TarItemKind
{
    /// <summary>A file with its bytes.</summary>
    File,

    /// <summary>A folder, or something about the archive.</summary>
    Folder,

    /// <summary>A link, a device, a sparse file, or what nobody knows.</summary>
    Other,
}

/// <summary>An entry of a tar archive.</summary>
/// <param name="Name">Its path as the archive has it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">How many bytes it has.</param>
internal sealed record TarItem(string Name, TarItemKind Kind, long Bytes);

/// <summary>
/// Reads a tar archive (ustar and pax of POSIX.1-2024, and GNU's) from front to back, with little memory whatever it says. The library's reader holds extended
/// headers of any length, takes a header with a checksum of zero for the end of the archive, and fails on what is not asked for, such as times.
/// </summary>
/// <param name="archive">Its bytes, unpacked; whoever opened it closes it.</param>
internal sealed class TarEntries(Stream archive)
{
    private const int Block = 512, MostExtended = 1 << 20, CopiedBytes = 1 << 16;
    private const int SizeAt = 124, SizeLength = 12, ChecksumAt = 148, ChecksumLength = 8, TypeAt = 156, IsExtendedAt = 482, IsExtendedFurtherAt = 504;
    private readonly byte[] _header = new byte[Block];
    private string _name = "its first entry";
    private long _left;
    private int _padding;

    /// <summary>The next entry, whatever of the one before was not read; null at the end.</summary>
    /// <exception cref="InvalidDataException">It is no archive, or damaged.</exception>
    /// <exception cref="EndOfStreamException">It is cut.</exception>
    public async Task<TarItem?> NextAsync(CancellationToken cancel)
    {
        await SkipAsync(cancel);
        var further = new TarExtension();
        while (await HasHeaderAsync(cancel))
        {
            Begin(Number(SizeAt, SizeLength));
            switch ((char)_header[TypeAt])
            {
                case 'L':
                    further.LongName(await ExtendedAsync(cancel));
                    break;
                case 'x':
                    further.Read(await ExtendedAsync(cancel));
                    break;
                case 'K' or 'g' or 'V':
                    await SkipAsync(cancel);
                    break;
                default:
                    return await EntryAsync(further, cancel);
            }
        }

        await EndAsync(cancel);
        return null;
    }

    /// <summary>Reads on in the entry's bytes; 0 at their end.</summary>
    /// <exception cref="EndOfStreamException">It is cut.</exception>
    public async ValueTask<int> ReadAsync(Memory<byte> to, CancellationToken cancel)
    {
        var read = _left == 0 ? 0 : await archive.ReadAsync(to[..(int)Math.Min(to.Length, _left)], cancel);
        _left -= read;
        return read > 0 || _left == 0 ? read : throw new EndOfStreamException($"it ends within {_name}: the transfer was cut");
    }

    /// <summary>Puts the entry's bytes at a path, and answers their SHA-256.</summary>
    /// <exception cref="EndOfStreamException">It is cut.</exception>
    public async Task<Digest> ExtractAsync(string to, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var lent = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            await using var file = File.Create(to, bufferSize: 0);
            for (int read; (read = await ReadAsync(lent, cancel)) > 0;)
            {
                hash.AppendData(lent, 0, read);
                await file.WriteAsync(lent.AsMemory(0, read), cancel);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lent);
        }

        return Digest.FromBytes(hash.GetHashAndReset());
    }

    private async Task<TarItem> EntryAsync(TarExtension further, CancellationToken cancel)
    {
        var (type, own) = ((char)_header[TypeAt], TarExtension.NameOf(_header));
        var name = further.Name ?? own;
        _name = $"'{AptGrammar.Shown(name)}'";
        await SkipSparseAsync(type, cancel);
        Begin(further.Bytes ?? _left);
        if (type is >= '1' and <= '6' && _left > 0)
        {
            throw new InvalidDataException($"{_name} is no file, and has a size");
        }

        // A folder of before there was a type for it.
        var isFolder = type is '5' || (type is '0' or '\0' && _left == 0 && name.EndsWith('/'));
        var isFile = type is '0' or '\0' or '7' && !further.IsSparse;
        return new TarItem(name, isFolder ? TarItemKind.Folder : isFile ? TarItemKind.File : TarItemKind.Other, _left);
    }

    private void Begin(long bytes) => (_left, _padding) = (bytes, (int)(-bytes & (Block - 1)));

    // Where the parts of a sparse file of GNU are that its header has no room for.
    private async Task SkipSparseAsync(char type, CancellationToken cancel)
    {
        var isMore = type == 'S' && _header[IsExtendedAt] != 0;
        while (isMore)
        {
            await FillAsync(_header, cancel);
            isMore = _header[IsExtendedFurtherAt] != 0;
        }
    }

    private async Task<byte[]> ExtendedAsync(CancellationToken cancel)
    {
        var bytes = _left <= MostExtended ? new byte[_left] : throw new InvalidDataException($"what it says of the entry behind {_name} is longer than {MostExtended} bytes");
        await FillAsync(bytes, cancel);
        _left = 0;
        await SkipAsync(cancel);
        return bytes;
    }

    // False at the mark of the end.
    private async Task<bool> HasHeaderAsync(CancellationToken cancel)
    {
        await FillAsync(_header, cancel);
        var isEnd = !_header.AsSpan().ContainsAnyExcept((byte)0);
        return isEnd || IsChecked() ? !isEnd : throw new InvalidDataException($"what stands behind {_name} is no header of an entry");
    }

    // Some old programs added bytes up as if they had signs.
    private bool IsChecked()
    {
        var (sum, signed, said) = (0L, 0L, Number(ChecksumAt, ChecksumLength));
        for (var at = 0; at < Block; at++)
        {
            var value = at is >= ChecksumAt and < ChecksumAt + ChecksumLength ? (byte)' ' : _header[at];
            (sum, signed) = (sum + value, signed + (sbyte)value);
        }

        return said == sum || said == signed;
    }

    // A number in octal, or where its first bit is set, in the bytes behind that.
    private long Number(int at, int length)
    {
        var field = _header.AsSpan(at, length);
        if (field[0] == 0x80 && length > sizeof(long) && !field[1..^sizeof(long)].ContainsAnyExcept((byte)0) && BinaryPrimitives.ReadInt64BigEndian(field[^sizeof(long)..]) is >= 0 and var large)
        {
            return large;
        }

        var number = 0L;
        foreach (var digit in field.Trim(" \0"u8))
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number << 3) + digit - '0' : throw new InvalidDataException($"what stands behind {_name} is no header of an entry");
        }

        return number;
    }

    // What stands behind the mark of the end nobody reads; it may be what is missing.
    private async Task EndAsync(CancellationToken cancel)
    {
        var lent = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            for (int read; (read = await archive.ReadAsync(lent, cancel)) > 0;)
            {
                if (lent.AsSpan(0, read).ContainsAnyExcept((byte)0))
                {
                    throw new InvalidDataException("it goes on behind the mark of its end: it was damaged, or is several archives in one");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lent);
        }
    }

    private async Task SkipAsync(CancellationToken cancel)
    {
        (_left, _padding) = (_left + _padding, 0);
        if (_left == 0)
        {
            return;
        }

        var lent = ArrayPool<byte>.Shared.Rent(CopiedBytes);
        try
        {
            while (await ReadAsync(lent, cancel) > 0)
            {
                // It goes on until nothing is left.
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(lent);
        }
    }

    private async Task FillAsync(byte[] to, CancellationToken cancel)
    {
        if (await archive.ReadAtLeastAsync(to, to.Length, throwOnEndOfStream: false, cancel) < to.Length)
        {
            throw new EndOfStreamException("it ends without the mark of its end: the transfer was cut");
        }
    }
}
