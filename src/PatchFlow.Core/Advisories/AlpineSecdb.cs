using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads Alpine's secdb, and those of Wolfi and Chainguard, which have its form: package → fixed version → ids. It says what was fixed where, and
/// not since when a package was affected, so every version before the fix counts as affected. Version <c>0</c> means never affected.
/// Each id becomes one advisory over all packages of the document.
/// </summary>
public static class AlpineSecdb
{
    // Items have one CVE and hardly ever a second name; each CVE of an item has all of its other names.
    private const int MostNames = 10_000;

    /// <summary>Reads a document; what it holds goes to the sink.</summary>
    public static void Read(Stream json, AdvisorySink sink)
    {
        if (JsonText.Bytes(json, sink) is not { } bytes)
        {
            return;
        }

        if (IsYaml(bytes.Span))
        {
            sink.Refuse("line 1", "this is the YAML form, which is no longer kept up and may repeat a key: use the document of the same name that ends in .json");
            return;
        }

        using var document = JsonText.Parse(bytes, sink, "");
        if (document?.RootElement is { } root)
        {
            Read(root, sink);
        }
    }

    private static void Read(JsonElement root, AdvisorySink sink)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("packages"u8, out var packages) || packages.ValueKind != JsonValueKind.Array)
        {
            sink.Refuse("", "no list 'packages': this is no secdb");
            return;
        }

        var found = new OrderedDictionary<string, Draft>(StringComparer.Ordinal);
        var platform = PlatformOf(root);
        foreach (var (i, item) in packages.EnumerateArray().Index())
        {
            if (item.Object("pkg"u8) is { } package && package.Text("name"u8) is { Length: > 0 } name)
            {
                ReadPackage(package, name, platform, found, sink);
            }
            else
            {
                sink.Refuse($"packages[{i}]", "has no pkg with a name");
            }
        }

        foreach (var (id, draft) in found)
        {
            if (!sink.Found(draft.Advisory(id)))
            {
                return;
            }
        }
    }

    private static void ReadPackage(JsonElement package, string name, string platform, OrderedDictionary<string, Draft> found, AdvisorySink sink)
    {
        if (package.Object("secfixes"u8) is not { } fixes)
        {
            sink.Refuse(name, "has no secfixes");
            return;
        }

        foreach (var fix in fixes.EnumerateObject())
        {
            if (fix.Name != "0" && !ApkVersion.TryParse(fix.Name, out _, out var problem))
            {
                sink.Refuse($"{name} {fix.Name}", problem);
            }
            else if (fix.Value.ValueKind != JsonValueKind.Array)
            {
                sink.Refuse($"{name} {fix.Name}", "must be a list of ids");
            }
            else
            {
                ReadFix(fix, name, platform, found, sink);
            }
        }
    }

    private static void ReadFix(JsonProperty fix, string name, string platform, OrderedDictionary<string, Draft> found, AdvisorySink sink)
    {
        foreach (var item in fix.Value.EnumerateArray())
        {
            var words = item.ValueKind == JsonValueKind.String ? item.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Clean).ToList() : [];
            var ids = words.Where(IsId).ToList();
            var cves = ids.Where(id => CveId.IsValid(id)).ToList();
            if (ids.Count == 0 || words.Exists(w => !IsId(w) && w.StartsWith("CVE", StringComparison.Ordinal)))
            {
                sink.Refuse($"{name} {fix.Name}", $"{item.GetRawText()} is no id such as CVE-2024-6387 or GHSA-w32m-9786-jp63, or holds one that is misspelt");
            }

            var others = ids.Except(cves).ToList();
            if ((long)cves.Count * others.Count > MostNames)
            {
                sink.Refuse($"{name} {fix.Name}", $"{cves.Count} CVEs and {others.Count} other ids stand in one item: which are names of which can't be told, and the others are left out");
                others.Clear();
            }

            // "CVE-2016-9932 XSA-200" are two names of one thing; several CVEs in one item are several.
            foreach (var id in cves.Count > 0 ? cves : ids.Take(1))
            {
                Add(found, id, others.Where(other => other != id), Affected(name, platform, fix.Name));
            }
        }
    }

    private static void Add(OrderedDictionary<string, Draft> found, string id, IEnumerable<string> aliases, AffectedPackage affected)
    {
        if (!found.TryGetValue(id, out var draft))
        {
            found.Add(id, draft = new Draft());
        }

        draft.Add(aliases, affected);
    }

    // An id that a package lists under two versions was not wholly fixed in the first; a fix outweighs "never affected".
    private static AffectedPackage Later(AffectedPackage? same, AffectedPackage affected) =>
        same is null || same.State == FixState.NotAffected ? affected
        : affected.State == FixState.NotAffected || ApkVersion.Parse(affected.Ranges[0].Fixed!) < ApkVersion.Parse(same.Ranges[0].Fixed!) ? same
        : affected;

    private static AffectedPackage Affected(string name, string platform, string version) => new()
    {
        Platform = platform,
        Name = name,
        IsSource = true,
        Scheme = VersionScheme.Apk,
        State = version == "0" ? FixState.NotAffected : FixState.Fixed,
        Ranges = version == "0" ? [] : [VersionRange.Before(version)],
    };

    // Wolfi and Chainguard have no releases, and no distroversion.
    private static string PlatformOf(JsonElement root) => root.Text("distroversion"u8) is { Length: > 0 } version
        ? $"Alpine:{(version.StartsWith('v') ? version[1..] : version)}"
        : root.Text("urlprefix"u8) switch
        {
            { } address when address.Contains("wolfi", StringComparison.Ordinal) => "Wolfi",
            { } address when address.Contains("cgr.dev", StringComparison.Ordinal) => "Chainguard",
            _ => "",
        };

    // Remarks stand beside ids: "CVE-2017-2616 (+ regression fix)".
    private static string Clean(string word) =>
        word.Trim('(', ')', ',', ';', '.') is var id && id.StartsWith("CVE", StringComparison.OrdinalIgnoreCase) ? id.ToUpperInvariant() : id;

    // Letters and digits with a hyphen among them and a digit at the end of it all, or a GHSA id: CVE-2024-1, XSA-200, ZBX-11023.
    private static bool IsId(string word) =>
        word.IndexOf('-', StringComparison.Ordinal) > 1 && char.IsAsciiLetter(word[0]) && word.All(c => char.IsAsciiLetterOrDigit(c) || c == '-')
        && (char.IsAsciiDigit(word[^1]) || word.StartsWith("GHSA-", StringComparison.Ordinal))
        && (!word.StartsWith("CVE", StringComparison.Ordinal) || CveId.IsValid(word));

    // JSON begins with a bracket; the YAML form begins with a key, a comment or three hyphens.
    private static bool IsYaml(ReadOnlySpan<byte> bytes)
    {
        var text = bytes.TrimStart(" \t\r\n"u8);
        var end = text.IndexOf((byte)'\n');
        var line = end < 0 ? text : text[..end];
        return line.StartsWith("---"u8) || line.StartsWith("#"u8) || (!line.IsEmpty && char.IsAsciiLetter((char)line[0]) && line.Contains((byte)':'));
    }

    // One id may stand at every package of the document.
    private sealed class Draft
    {
        private readonly DistinctTexts _aliases = new();
        private readonly OrderedDictionary<string, AffectedPackage> _affected = new(StringComparer.Ordinal);

        public void Add(IEnumerable<string> aliases, AffectedPackage affected)
        {
            foreach (var alias in aliases)
            {
                _aliases.Add(alias);
            }

            _affected[affected.Name] = Later(_affected.GetValueOrDefault(affected.Name), affected);
        }

        public Advisory Advisory(string id) => new() { Id = id, Cves = CveId.IsValid(id) ? [id] : [], Aliases = _aliases.All(), Affected = [.. _affected.Values] };
    }
}
