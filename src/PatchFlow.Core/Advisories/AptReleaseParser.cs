using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads a <c>Release</c> file (repository format, "Release files"). It is signed as a whole, so one bad line refuses it as a whole.</summary>
public static class AptReleaseParser
{
    private const int MaxFiles = 100_000;

    /// <summary>Reads the text that a signature was verified over, or says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out AptRelease? release, [NotNullWhen(false)] out string? problem)
    {
        release = null;
        var fields = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        problem = Fields(text, fields);
        var files = ImmutableSortedDictionary.CreateBuilder<string, AptReleaseFile>(StringComparer.Ordinal);
        problem ??= Files(fields.GetValueOrDefault("SHA256"), files);
        if (problem is not null)
        {
            return false;
        }

        var validUntil = default(DateTimeOffset?);
        if (!TryTime(fields.GetValueOrDefault("Date"), out var date) || (fields.TryGetValue("Valid-Until", out var until) && !TryTime(until, out validUntil)))
        {
            problem = "Date or Valid-Until is missing or not a time in UTC, such as 'Sat, 21 Nov 2026 00:53:02 UTC'";
            return false;
        }

        release = Of(fields, date.Value, validUntil, files.ToImmutable());
        return true;
    }

    private static AptRelease Of(Dictionary<string, string> fields, DateTimeOffset date, DateTimeOffset? validUntil, ImmutableSortedDictionary<string, AptReleaseFile> files) => new()
    {
        Origin = fields.GetValueOrDefault("Origin", ""),
        Label = fields.GetValueOrDefault("Label", ""),
        Suite = fields.GetValueOrDefault("Suite", ""),
        Codename = fields.GetValueOrDefault("Codename", ""),
        Date = date,
        ValidUntil = validUntil,
        Architectures = Words(fields.GetValueOrDefault("Architectures", "")),
        Components = Words(fields.GetValueOrDefault("Components", "")),
        AcquireByHash = IsYes(fields, "Acquire-By-Hash"),
        NotAutomatic = IsYes(fields, "NotAutomatic"),
        HasNoIndexForAll = Words(fields.GetValueOrDefault("No-Support-for-Architecture-all", "")).Contains("Packages"),
        Files = files,
    };

    private static bool IsYes(Dictionary<string, string> fields, string name) => fields.GetValueOrDefault(name) == "yes";

    private static ImmutableArray<string> Words(string value) => [.. value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];

    private static string? Fields(ReadOnlySpan<byte> text, Dictionary<string, string> fields)
    {
        var reader = new Deb822Reader(text);
        if (!reader.NextStanza())
        {
            return "the release is empty";
        }

        while (reader.NextField())
        {
            if (reader.Problem is { } problem)
            {
                return $"line {reader.Line}: {problem}";
            }

            if (!fields.TryAdd(AptGrammar.Text(reader.Name), AptGrammar.Text(reader.Value)))
            {
                return $"line {reader.Line}: the field {AptGrammar.Text(reader.Name)} occurs twice";
            }
        }

        return reader.NextStanza() ? $"line {reader.Line}: a release is one stanza, here a second one begins" : null;
    }

    private static string? Files(string? section, ImmutableSortedDictionary<string, AptReleaseFile>.Builder files)
    {
        if (section is null)
        {
            return "there is no SHA256 section: indices can't be trusted by weaker hashes";
        }

        foreach (var line in section.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (files.Count >= MaxFiles || ReadFile(line) is not { } file)
            {
                return $"SHA256 line '{AptGrammar.Shown(line)}' is not a hash, a size and a relative path, or is one of more than {MaxFiles}";
            }

            if (files.TryGetValue(file.Path, out var other) && other != file)
            {
                return $"{file.Path} is listed twice with different hashes";
            }

            files[file.Path] = file;
        }

        return null;
    }

    private static AptReleaseFile? ReadFile(string line)
    {
        var words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 3
            && Documents.Digest.TryParse(words[0], out var digest)
            && Numerals.TryRead(words[1], out long size)
            && AptGrammar.TryPath(words[2], out var path)
            ? new AptReleaseFile(path, size, digest)
            : null;
    }

    private static bool TryTime([NotNullWhen(true)] string? text, [NotNullWhen(true)] out DateTimeOffset? time)
    {
        time = null;
        var zone = text?.LastIndexOf(' ') ?? -1;
        if (zone < 0 || text![(zone + 1)..] is not ("UTC" or "GMT" or "Z" or "+0000" or "-0000"))
        {
            return false;
        }

        var read = DateTime.TryParseExact(
            text[..zone], "ddd, d MMM yyyy H:m:s", CultureInfo.InvariantCulture, DateTimeStyles.AllowInnerWhite, out var utc);
        time = read ? new DateTimeOffset(utc, TimeSpan.Zero) : null;
        return read;
    }
}
