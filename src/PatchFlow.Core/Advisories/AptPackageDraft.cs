using System.Buffers.Text;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>A stanza of a package as far as it was read. A struct, so that 63,000 stanzas leave no garbage but what is kept.</summary>
internal ref struct AptPackageDraft
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
