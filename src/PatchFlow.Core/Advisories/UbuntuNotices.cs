using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads Ubuntu security notices: the database <c>usn-db</c>, and pages of the API <c>notices.json</c>. Their OSV export is read by <see cref="Osv"/>.</summary>
public sealed class UbuntuNotices
{
    private readonly AdvisorySink _sink;

    private UbuntuNotices(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads usn-db's <c>database-all.json</c>, decompressed: notices by number, which have no <c>USN-</c> before it.</summary>
    public static void ReadDatabase(Stream document, AdvisorySink sink)
    {
        var notices = new UbuntuNotices(sink);
        JsonRecords.Properties(document, sink, record => notices.OfDatabase(record));
    }

    /// <summary>Reads a page of the notices API.</summary>
    public static void ReadPage(Stream document, AdvisorySink sink)
    {
        var notices = new UbuntuNotices(sink);
        JsonRecords.Below(document, sink, ["notices"], record => notices.OfPage(record));
    }

    private bool OfDatabase(JsonRecord record)
    {
        var notice = record.Value;
        if (notice.Object("releases"u8) is not { } releases)
        {
            _sink.Refuse(record.Position, "a notice with 'releases' is expected");
            return true;
        }

        var id = record.Name!.StartsWith("USN-", StringComparison.Ordinal) ? record.Name : $"USN-{record.Name}";
        var affected = releases.EnumerateObject().SelectMany(r => UbuntuReleases.OfDatabase(r.Name, r.Value));
        return _sink.Found(Common(id, notice, notice.Texts("cves"u8), notice.Text("action"u8)) with
        {
            Published = Time(notice, id),
            Affected = [.. affected],
        });
    }

    private bool OfPage(JsonRecord record)
    {
        var notice = record.Value;
        if (notice.Text("id"u8) is not { Length: > 0 } id || notice.Object("release_packages"u8) is not { } releases)
        {
            _sink.Refuse(record.Position, "a notice with 'id' and 'release_packages' is expected");
            return true;
        }

        var cves = notice.Texts("cves_ids"u8).Concat(notice.Items("cves"u8).Select(c => c.Text("id"u8)).OfType<string>());
        return _sink.Found(Common(id, notice, cves, notice.Text("instructions"u8)) with
        {
            Published = FeedDate.Of(notice.Text("published"u8), _sink, $"{id} published"),
            Affected = [.. releases.EnumerateObject().SelectMany(r => UbuntuReleases.OfPage(r.Name, r.Value))],
        });
    }

    // The list of CVEs may hold addresses of bugs as well.
    private static Advisory Common(string id, JsonElement notice, IEnumerable<string> cves, string? instructions)
    {
        var ids = cves.Distinct().ToLookup(c => CveId.IsValid(c));
        return new Advisory
        {
            Id = id,
            Title = notice.Text("title"u8),
            Description = notice.Text("description"u8),
            Cves = [.. ids[true]],
            References = [.. ids[false].Concat(notice.Texts("references"u8)).Distinct()],
            RebootSuggested = instructions?.ReplaceLineEndings(" ").Contains("reboot your computer", StringComparison.OrdinalIgnoreCase) ?? false,
        };
    }

    // Seconds since 1970 with a fraction.
    private DateTimeOffset? Time(JsonElement notice, string id)
    {
        if (!notice.TryGetProperty("timestamp"u8, out var time))
        {
            return null;
        }

        if (time.ValueKind == JsonValueKind.Number && time.TryGetDouble(out var seconds) && seconds is >= 0 and < 253_402_300_800)
        {
            return DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
        }

        _sink.Refuse($"{id} timestamp", "seconds since 1970 are expected; the rest of it is kept");
        return null;
    }
}
