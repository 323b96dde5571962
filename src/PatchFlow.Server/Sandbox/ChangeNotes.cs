using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>What the vendor says that an update changes: from the changelogs inside the new packages.</summary>
internal sealed class ChangeNotes
{
    private const int MostBytes = 256 * 1024;
    private const int MostText = 4000;
    private readonly SortedDictionary<string, (PackageUpgrade Upgrade, ImmutableArray<ChangelogEntry> Entries)> _packages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<ChangelogEntry>> _sources = new(StringComparer.Ordinal);

    /// <summary>The CVE ids that the entries name, each once.</summary>
    public ImmutableArray<string> Cves => DebianChangelog.Cves(_packages.Values.SelectMany(p => p.Entries));

    /// <summary>Adds an upgrade: reads the changelog of its new file, unless one of the same source was read already.</summary>
    /// <param name="upgrade">The upgrade.</param>
    /// <param name="from">The listing of the old version, or null where none lists it.</param>
    /// <param name="to">The listing of the new version.</param>
    /// <param name="path">The new file.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task AddAsync(PackageUpgrade upgrade, AptPackage? from, AptPackage to, string path, CancellationToken cancel)
    {
        if (_packages.ContainsKey(upgrade.Name))
        {
            return;
        }

        // A changelog counts source versions.
        var key = $"{to.Source} {from?.SourceVersion ?? upgrade.From} {to.SourceVersion}";
        if (!_sources.TryGetValue(key, out var entries) || entries.IsEmpty)
        {
            var text = await DebArchive.ReadChangelogAsync(path, cancel);
            _sources[key] = entries = text is null ? [] : DebianChangelog.Between(text, from?.SourceVersion ?? upgrade.From, to.SourceVersion);
        }

        _packages[upgrade.Name] = (upgrade, entries);
    }

    /// <summary>The document: JSON <c>{package: {from, to, cves, entries: [{version, distributions, text}]}}</c>, at most 256 KiB.</summary>
    public byte[] ToBytes()
    {
        // Texts are what is large; they are cut further until all fits, the ids and versions stay.
        for (var most = MostText; ; most /= 2)
        {
            var bytes = Write(most);
            if (bytes.Length <= MostBytes || most == 0)
            {
                return bytes.Length <= MostBytes ? bytes : "{}"u8.ToArray();
            }
        }
    }

    private byte[] Write(int mostText)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            foreach (var (name, (upgrade, entries)) in _packages)
            {
                json.WriteStartObject(name);
                json.WriteString("from", upgrade.From);
                json.WriteString("to", upgrade.To);
                json.WriteStartArray("cves");
                foreach (var cve in DebianChangelog.Cves(entries))
                {
                    json.WriteStringValue(cve);
                }

                json.WriteEndArray();
                WriteEntries(json, entries, mostText);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    private static void WriteEntries(Utf8JsonWriter json, ImmutableArray<ChangelogEntry> entries, int mostText)
    {
        json.WriteStartArray("entries");
        foreach (var entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("version", entry.Version);
            json.WriteString("distributions", entry.Distributions);
            json.WriteString("text", entry.Text.Length <= mostText ? entry.Text : Shortened(entry.Text, mostText));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Shortened(string text, int most)
    {
        var kept = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().TakeWhile(_ => kept.Length < most))
        {
            kept.Append(rune);
        }

        return kept.Append('…').ToString();
    }
}
