using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Changes;

/// <summary>
/// A functional check: <c>sandbox/checks/NAME.check</c> (docs/host-protocol.md). Canonical text up to the sections that hold scripts,
/// so that the host's shell and this code read it alike. A plan names it by the digest of its raw bytes.
/// </summary>
public sealed record CheckFile
{
    private const string Document = "patchflow-check";
    private const int MostBytes = 64 * 1024;
    private const string PrepareMark = "--- prepare\n";
    private const string ScriptMark = "--- script\n";
    private static readonly string[] Kinds = ["command", "http", "tcp", "service"];
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The check's name, which is also the file's.</summary>
    public required string Name { get; init; }

    /// <summary>After this it has failed: 1 second to 10 minutes.</summary>
    public required TimeSpan Timeout { get; init; }

    /// <summary>What is done.</summary>
    public required CheckProbe Probe { get; init; }

    /// <summary>Packages without which it can't be run: it fails where one is missing.</summary>
    public ImmutableArray<string> Requires { get; init; } = [];

    /// <summary>Reads exactly what <see cref="ToBytes"/> writes.</summary>
    /// <exception cref="DocumentException">The bytes are anything else.</exception>
    public static CheckFile Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MostBytes)
        {
            throw new DocumentException(Document, 0, $"{bytes.Length} bytes; at most {MostBytes} are allowed");
        }

        var (header, prepare, script) = Split(bytes);
        var reader = DocumentReader.Open(Document, 1, header, MostBytes);
        var name = reader.One("name", l => l.Id("a check's name"));
        var kind = reader.One("kind", l => l.OneOf(Kinds));
        var timeout = reader.One("timeout", l => l.Duration());
        var file = new CheckFile
        {
            Name = name,
            Timeout = timeout,
            Probe = kind switch
            {
                0 => CommandProbe.Read(reader, prepare, script),
                1 => HttpProbe.Read(reader),
                2 => TcpProbe.Read(reader),
                _ => new ServiceProbe(reader.One("unit", l => l.Unit())),
            },
            Requires = reader.Set("requires", 1, l => l.PackageName()),
        };
        reader.End();
        return file.Checked(reader, prepare, script);
    }

    /// <summary>The canonical bytes; what is required is sorted here.</summary>
    /// <exception cref="DocumentException">A value or a rule of the format is broken.</exception>
    public byte[] ToBytes()
    {
        var writer = new DocumentWriter(Document, 1);
        writer.Line("name", Name);
        writer.Line("kind", Probe.Kind);
        writer.Line("timeout", writer.Duration(Timeout));
        Probe.Write(writer);
        writer.Set("requires", Requires, package => [package]);
        var command = Probe as CommandProbe;
        var prepare = command?.Prepare is { } p ? PrepareMark + p : "";
        var script = command is null ? "" : ScriptMark + command.Script;
        byte[] bytes = [.. writer.ToBytes(), .. Strict.GetBytes(prepare + script)];
        _ = Parse(bytes);
        return bytes;
    }

    // The header ends at the first section's mark; a script is everything to the end, marks in it are its own lines.
    private static (byte[] Header, string? Prepare, string? Script) Split(ReadOnlySpan<byte> bytes)
    {
        var text = Decode(bytes);
        var script = IndexOfLine(text, ScriptMark, 0);
        var prepare = IndexOfLine(text[..(script < 0 ? text.Length : script)], PrepareMark, 0);
        var end = prepare >= 0 ? prepare : script >= 0 ? script : text.Length;
        return (
            Strict.GetBytes(text[..end]),
            prepare < 0 ? null : text[(prepare + PrepareMark.Length)..(script < 0 ? text.Length : script)],
            script < 0 ? null : text[(script + ScriptMark.Length)..]);
    }

    private static int IndexOfLine(string text, string line, int from)
    {
        var at = text.IndexOf(line, from, StringComparison.Ordinal);
        while (at > 0 && text[at - 1] != '\n')
        {
            at = text.IndexOf(line, at + 1, StringComparison.Ordinal);
        }

        return at;
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new DocumentException(Document, 0, "it is not valid UTF-8");
        }
    }

    private CheckFile Checked(DocumentReader reader, string? prepare, string? script)
    {
        var wrong = this switch
        {
            { Timeout.TotalSeconds: < 1 or > 600 } => "a timeout is from PT1S to PT10M",
            { Probe: not CommandProbe } when prepare is not null || script is not null => "only a command has scripts",
            _ when script is not null && !IsScript(script) => "the script is empty, does not end with a line feed, or holds a NUL",
            _ when prepare is not null && !IsScript(prepare) => "what prepares is empty or holds a NUL",
            _ => null,
        };
        return wrong is null ? this : throw reader.Refuse(wrong);
    }

    private static bool IsScript(string text) => text.Length > 1 && text[^1] == '\n' && !text.Contains('\0');
}
