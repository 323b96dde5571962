using System.Buffers;
using System.Buffers.Text;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads a <c>Packages</c> index. A stanza that is malformed is refused with its position and reason; the rest goes in.</summary>
public static class AptPackages
{
    private const int MaxRefusedKept = 1000;
    private const int FirstChunk = 1 << 18;
    private const int BytesEach = 800;

    /// <summary>Reads every stanza of the index.</summary>
    public static AptPackageList Parse(ReadOnlySpan<byte> text)
    {
        var found = new Found(text.Length);
        found.Read(text);
        return found.List();
    }

    /// <summary>
    /// Reads every stanza of an index of any size with the memory of the longest. The bytes also go to <paramref name="seen"/>, so that they can be
    /// hashed on the way: what was read counts only where that hash is right.
    /// </summary>
    /// <param name="index">Read to its end.</param>
    /// <param name="bytes">How many it has, as far as known: only the memory that is laid out depends on it.</param>
    /// <param name="seen">Takes each piece of the bytes, in order.</param>
    public static AptPackageList Read(Stream index, long bytes, Action<ReadOnlySpan<byte>> seen)
    {
        var (found, chunk, held) = (new Found(bytes), ArrayPool<byte>.Shared.Rent(FirstChunk), 0);
        for (int read; (read = index.Read(chunk, held, chunk.Length - held)) > 0;)
        {
            seen(chunk.AsSpan(held, read));
            held += read;
            var whole = chunk.AsSpan(0, held).LastIndexOf("\n\n"u8) + 2;
            if (whole > 1)
            {
                found.Read(chunk.AsSpan(0, whole));
                chunk.AsSpan(whole, held - whole).CopyTo(chunk);
                held -= whole;
            }
            else if (held == chunk.Length)
            {
                chunk = Twice(chunk);
            }
        }

        found.Read(chunk.AsSpan(0, held));
        ArrayPool<byte>.Shared.Return(chunk);
        return found.List();
    }

    private static byte[] Twice(byte[] chunk)
    {
        var larger = ArrayPool<byte>.Shared.Rent(2 * chunk.Length);
        chunk.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(chunk);
        return larger;
    }

    /// <summary>What was read so far.</summary>
    private sealed class Found(long bytes)
    {
        private readonly List<AptPackage> _packages = new((int)Math.Min(bytes / BytesEach, 1 << 20));
        private readonly List<RefusedStanza> _refused = [];
        private int _refusedCount;
        private int _stanzas;
        private int _lines;

        public void Read(ReadOnlySpan<byte> text)
        {
            var reader = new Deb822Reader(text, stanzasBefore: _stanzas, linesBefore: _lines);
            while (reader.NextStanza())
            {
                var line = reader.Line;
                var draft = new Draft();
                var problem = draft.Read(ref reader, ref line) ?? draft.Check();
                if (problem is null)
                {
                    _packages.Add(draft.Package());
                }
                else if (++_refusedCount <= MaxRefusedKept)
                {
                    _refused.Add(new RefusedStanza(reader.Stanza, line, problem));
                }
            }

            (_stanzas, _lines) = (reader.Stanza, reader.LinesRead);
        }

        public AptPackageList List() => new(_packages, _refused, _refusedCount);
    }

    // The stanza as far as it was read. A struct, so that 63,000 stanzas leave no garbage but what is kept.
    private ref struct Draft
    {
        private ReadOnlySpan<byte> _package, _version, _arch, _source, _filename, _size, _sha256, _depends, _preDepends, _provides, _phased;
        private string _nameText, _versionText, _archText, _path, _sourceText, _sourceVersion;
        private long _sizeBytes;
        private int? _phasedPercent;
        private Documents.Digest _digest;

        public string? Read(ref Deb822Reader reader, ref int line)
        {
            while (reader.NextField())
            {
                var problem = reader.Problem ?? Keep(reader.Name, reader.Value);
                if (problem is not null)
                {
                    line = reader.Line;
                    return problem;
                }
            }

            return null;
        }

        public string? Check()
        {
            var problem = Missing("Package", _package) ?? Missing("Version", _version) ?? Missing("Architecture", _arch)
                ?? Missing("Filename", _filename) ?? Missing("Size", _size) ?? Missing("SHA256", _sha256);
            if (problem is not null)
            {
                return problem;
            }

            _nameText = AptGrammar.Text(_package);
            _versionText = AptGrammar.Text(_version);
            _archText = _arch.SequenceEqual("amd64"u8) ? "amd64" : _arch.SequenceEqual("all"u8) ? "all" : AptGrammar.Text(_arch);
            return !AptGrammar.IsPackageName(_nameText) ? $"'{AptGrammar.Shown(_nameText)}' is not a package name"
                : !DebianVersion.TryParse(_versionText, out _, out problem) ? $"{_nameText}: {AptGrammar.Shown(problem)}"
                : !AptGrammar.IsArch(_archText) ? $"{_nameText}: '{AptGrammar.Shown(_archText)}' is not an architecture"
                : CheckFile() ?? CheckSource() ?? CheckPhase();
        }

        public readonly AptPackage Package() => new()
        {
            Name = _nameText,
            Version = _versionText,
            Arch = _archText,
            Source = _sourceText,
            SourceVersion = _sourceVersion,
            Filename = _path,
            SizeBytes = _sizeBytes,
            Sha256 = _digest,
            Depends = Optional(_depends),
            PreDepends = Optional(_preDepends),
            Provides = Optional(_provides),
            PhasedPercent = _phasedPercent,
        };

        private static string? Optional(ReadOnlySpan<byte> value) => value.IsEmpty ? null : AptGrammar.Text(value);

        private static string? Missing(string field, ReadOnlySpan<byte> value) => value.IsEmpty ? $"the field {field} is missing" : null;

        private string? CheckFile() =>
            !AptGrammar.TryPath(AptGrammar.Text(_filename), out _path) ? $"{_nameText}: Filename '{AptGrammar.Shown(_path)}' is not a relative path below the archive"
            : !AptGrammar.TrySize(_size, out _sizeBytes) || _sizeBytes == 0 ? $"{_nameText}: Size is not a number of bytes"
            : !AptGrammar.TryDigest(_sha256, out _digest) ? $"{_nameText}: SHA256 is not 64 lowercase hex digits"
            : null;

        private string? CheckSource()
        {
            (_sourceText, _sourceVersion) = (_nameText, _versionText);
            return _source.IsEmpty || AptGrammar.TrySource(AptGrammar.Text(_source), _versionText, out _sourceText, out _sourceVersion!)
                ? null
                : $"{_nameText}: Source '{AptGrammar.Shown(AptGrammar.Text(_source))}' is not a name with an optional version";
        }

        // What can't be read must not count as released to all.
        private string? CheckPhase()
        {
            _phasedPercent = null;
            if (_phased.IsEmpty)
            {
                return null;
            }

            if (!Utf8Parser.TryParse(_phased, out int percent, out var used) || used != _phased.Length || percent is < 0 or > 100)
            {
                return $"{_nameText}: Phased-Update-Percentage '{AptGrammar.Shown(AptGrammar.Text(_phased))}' is not a number from 0 to 100";
            }

            _phasedPercent = percent == 100 ? null : percent;
            return null;
        }

        private string? Keep(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => name[0] switch
        {
            (byte)'P' => name.SequenceEqual("Package"u8) ? Set(ref _package, name, value)
                : name.SequenceEqual("Pre-Depends"u8) ? Set(ref _preDepends, name, value)
                : name.SequenceEqual("Provides"u8) ? Set(ref _provides, name, value)
                : !name.SequenceEqual("Phased-Update-Percentage"u8) ? null
                : value.IsEmpty ? "the field Phased-Update-Percentage is empty" : Set(ref _phased, name, value),
            (byte)'S' => name.SequenceEqual("Size"u8) ? Set(ref _size, name, value)
                : name.SequenceEqual("SHA256"u8) ? Set(ref _sha256, name, value)
                : name.SequenceEqual("Source"u8) ? Set(ref _source, name, value) : null,
            (byte)'V' => name.SequenceEqual("Version"u8) ? Set(ref _version, name, value) : null,
            (byte)'A' => name.SequenceEqual("Architecture"u8) ? Set(ref _arch, name, value) : null,
            (byte)'F' => name.SequenceEqual("Filename"u8) ? Set(ref _filename, name, value) : null,
            (byte)'D' => name.SequenceEqual("Depends"u8) ? Set(ref _depends, name, value) : null,
            _ => null,
        };

        // A field twice in a stanza is an error in deb822(5); which one counts must never depend on the reader.
        private static string? Set(ref ReadOnlySpan<byte> field, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            if (!field.IsEmpty)
            {
                return $"the field {AptGrammar.Text(name)} occurs twice";
            }

            field = value;
            return null;
        }
    }
}
