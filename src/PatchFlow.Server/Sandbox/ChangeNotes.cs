using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Patches;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Sandbox;

/// <summary>What the vendor says that an update changes: from the changelogs inside the new packages.</summary>
internal sealed class ChangeNotes
{
    private const int MostBytes = 256 * 1024;
    private const int MostText = 4000;
    private readonly SortedDictionary<string, SortedDictionary<string, Noted>> _packages = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<ChangelogEntry>> _sources = new(StringComparer.Ordinal);

    /// <summary>The CVE ids that the entries name, each once.</summary>
    public ImmutableArray<string> Cves => DebianChangelog.Cves(All.SelectMany(n => n.Entries));

    /// <summary>Adds an upgrade: reads the changelog of its new file, unless one of the same source was read already.</summary>
    /// <param name="upgrade">The upgrade.</param>
    /// <param name="from">The listing of the old version, or null where none lists it.</param>
    /// <param name="to">The listing of the new version.</param>
    /// <param name="path">The new file.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async Task AddAsync(PackageUpgrade upgrade, AptPackage? from, AptPackage to, string path, CancellationToken cancel)
    {
        if (!_packages.TryGetValue(upgrade.Name, out var known))
        {
            _packages[upgrade.Name] = known = new(StringComparer.Ordinal);
        }

        if (known.ContainsKey($"{upgrade.From} {upgrade.To}"))
        {
            return;
        }

        // A changelog counts source versions.
        var key = $"{to.Source} {from?.SourceVersion ?? upgrade.From} {to.SourceVersion}";
        if (!_sources.TryGetValue(key, out var entries) || entries.IsEmpty)
        {
            string? text = null;
            try
            {
                text = await DebArchive.ReadChangelogAsync(path, cancel);
            }
            catch (FeedException e)
            {
                // Notes are for people, and must not keep a patch from a host.
                known[$"{upgrade.From} {upgrade.To}"] = new Noted(upgrade, [], $"the changelog could not be read: {e.Message}");
                return;
            }

            _sources[key] = entries = text is null ? [] : DebianChangelog.Between(text, from?.SourceVersion ?? upgrade.From, to.SourceVersion);
        }

        known[$"{upgrade.From} {upgrade.To}"] = new Noted(upgrade, entries, null);
    }

    /// <summary>
    /// The document: JSON <c>{package: {from, to, cves, entries: [{version, distributions, text}]}}</c>, at most 256 KiB. Where hosts come
    /// from several versions, <c>from</c> is the oldest of them, and the entries are those of all. <c>note</c> says why entries lack.
    /// </summary>
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
            foreach (var (name, known) in _packages)
            {
                var oldest = known.Values.OrderBy(n => DebianVersion.Parse(n.Upgrade.From)).First();
                var newest = known.Values.OrderBy(n => DebianVersion.Parse(n.Upgrade.To)).Last();
                ImmutableArray<ChangelogEntry> entries = [.. known.Values.SelectMany(n => n.Entries).DistinctBy(e => e.Version).OrderDescending(ByVersion)];
                json.WriteStartObject(name);
                json.WriteString("from", oldest.Upgrade.From);
                json.WriteString("to", newest.Upgrade.To);
                if (known.Values.Select(n => n.Note).FirstOrDefault(note => note is not null) is { } note)
                {
                    json.WriteString("note", note);
                }

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

    private IEnumerable<Noted> All => _packages.Values.SelectMany(p => p.Values);

    private static readonly Comparer<ChangelogEntry> ByVersion = Comparer<ChangelogEntry>.Create((a, b) =>
        DebianVersion.TryParse(a.Version, out var x) && DebianVersion.TryParse(b.Version, out var y) ? x.CompareTo(y) : string.CompareOrdinal(a.Version, b.Version));

    private sealed record Noted(PackageUpgrade Upgrade, ImmutableArray<ChangelogEntry> Entries, string? Note);

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
