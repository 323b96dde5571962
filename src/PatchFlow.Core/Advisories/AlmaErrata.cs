using System.Collections.Immutable;
using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads AlmaLinux' errata: <c>errata.full.json</c>, where dates are seconds since 1970, and the older <c>errata.json</c>, an array with
/// <c>updateinfo_id</c> and dates as <c>{"$date": milliseconds}</c>.
/// </summary>
public sealed class AlmaErrata
{
    private const string Vendor = "AlmaLinux";
    private readonly AdvisorySink _sink;

    private AlmaErrata(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads the document into the sink.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        var errata = new AlmaErrata(sink);
        JsonRecords.ItemsOrBelow(document, sink, ["data"], record => errata.AdvisoryOf(record) is not { } advisory || sink.Found(advisory));
    }

    private Advisory? AdvisoryOf(JsonRecord record)
    {
        var value = record.Value;
        var id = value.Text("id"u8) ?? value.Text("updateinfo_id"u8);
        if (RpmAdvisory.ProblemOf(id, Vendor) is { } problem)
        {
            _sink.Refuse(record.Position, problem);
            return null;
        }

        var cves = new CveList();
        foreach (var (_, reference) in _sink.Objects(value, "references", new RecordPlace(id!)))
        {
            if (!(cves.Add(reference.Text("id"u8)) | cves.Add(reference.Text("title"u8))) && reference.Text("type"u8) == "cve")
            {
                _sink.Refuse(id!, $"reference '{XmlWalk.Shown(reference.Text("id"u8) ?? "")}' of type cve names no CVE; the rest of it is kept");
            }
        }

        return Filled(id!, value, cves);
    }

    private Advisory Filled(string id, JsonElement value, CveList cves)
    {
        var place = new RecordPlace(id);
        var list = _sink.Object(value, "pkglist"u8, place) ?? value;
        var (packages, severity) = (_sink.Objects(list, "packages", place).ToList(), _sink.Text(value, "severity"u8, place));
        return new Advisory
        {
            Id = id,
            Revision = _sink.Text(value, "version"u8, place),
            Kind = RpmAdvisory.KindOf(_sink.Text(value, "type"u8, place), cves.Any, severity),
            Title = _sink.Text(value, "title"u8, place) is { Length: > 0 } title ? title : _sink.Text(value, "summary"u8, place),
            Description = _sink.Text(value, "description"u8, place),
            Severity = Severities.OfUpdate(severity),
            SeverityText = severity,
            Cves = cves.ToArray(),
            Published = Date(value, "issued_date", id),
            Modified = Date(value, "updated_date", id),
            Status = _sink.Text(value, "status"u8, place),
            RebootSuggested = packages.Exists(p => p.Value.TryGetProperty("reboot_suggested"u8, out var flag) && flag.ToString() is "1" or "True"),
            References = [.. value.Items("references"u8).Select(r => r.Text("href"u8)).OfType<string>()],
            Affected = Packages(id, value, list, packages),
        };
    }

    private ImmutableArray<AffectedPackage> Packages(string id, JsonElement value, JsonElement list, List<(int Number, JsonElement Value)> packages)
    {
        var found = ImmutableArray.CreateBuilder<AffectedPackage>(packages.Count);
        var release = ReleaseOf(value) ?? RpmPlatforms.Of(list.Text("name"u8), list.Text("shortname"u8));
        var module = _sink.Object(list, "module"u8, new RecordPlace(id));
        foreach (var (number, package) in packages)
        {
            var (isEpoch, name, version) = (RpmAdvisory.TryEpoch(package, out var epoch), package.Text("name"u8), package.Text("version"u8));
            var problem = isEpoch ? RpmAdvisory.ProblemOf(name, epoch, version, package.Text("release"u8), package.Text("arch"u8)) : "its epoch is neither a number nor a text";
            if (problem is not null)
            {
                _sink.Refuse($"{id} packages[{number}]", problem);
                continue;
            }

            var build = _sink.Text(package, "module"u8, new RecordPlace(id, "packages", number)) ?? BuildOf(module);
            var stream = build is null ? null : ModuleStream.Of(build);
            if (build is not null && stream is null)
            {
                _sink.Refuse($"{id} packages[{number}]", $"module '{XmlWalk.Shown(build)}' has no name and stream: whom it concerns is not known");
                continue;
            }

            var platform = release.Length > 0 ? release : RpmPlatforms.OfDistTag(Vendor, package.Text("release"u8)!);
            found.Add(RpmAdvisory.Package(platform, name!, [VersionRange.Before(Nevra.EvrOf(epoch, version!, package.Text("release"u8)!))], package.Text("arch"u8)!,
                FileOf(package, $"{id} packages[{number}]"), stream, build));
        }

        return found.DrainToImmutable();
    }

    // https://errata.almalinux.org/8/ALBA-2021-3049.html
    private static string? ReleaseOf(JsonElement value) =>
        value.Items("references"u8).Where(r => r.Text("type"u8) == "self").Select(r => r.Text("href"u8)?.Split('/')).OfType<string[]>()
            .Where(parts => parts.Length > 2 && parts[^2].Length is 1 or 2 && parts[^2].All(char.IsAsciiDigit)).Select(parts => $"{Vendor}:{parts[^2]}").FirstOrDefault();

    private static string? BuildOf(JsonElement? module) => module is not { } stated || stated.Text("name"u8) is not { Length: > 0 } name ? null
        : string.Join(':', name, stated.Text("stream"u8), stated.TryGetProperty("version"u8, out var version) ? version.ToString() : "", stated.Text("context"u8), stated.Text("arch"u8));

    // The older form numbers the kinds of checksums in a way that is written nowhere; its checksums are SHA-256.
    private PublishedFile? FileOf(JsonElement package, string position)
    {
        var sum = package.Text("checksum"u8) ?? package.Text("sum"u8);
        FileSum? read = null;
        if (sum is { Length: > 0 } && !FileSum.TryParse(package.Text("checksum_type"u8) ?? package.Text("sum_type"u8) ?? "sha256", sum, out read, out var problem))
        {
            _sink.Refuse(position, $"{problem}; the rest of the package is kept");
        }

        return new PublishedFile(package.Text("filename"u8) ?? "", RpmAdvisory.SourceOf(package.Text("src"u8)), read);
    }

    private DateTimeOffset? Date(JsonElement value, string name, string id)
    {
        if (!value.TryGetProperty(name, out var date) || date.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        var isNested = date.ValueKind == JsonValueKind.Object && date.TryGetProperty("$date"u8, out date);
        if (date.ValueKind == JsonValueKind.Number && date.TryGetInt64(out var number) && FeedDate.OfUnix(isNested ? number / 1000 : number) is { } time)
        {
            return time;
        }

        if (date.ValueKind == JsonValueKind.String)
        {
            return FeedDate.OfRpm(date.GetString(), _sink, $"{id} {name}");
        }

        _sink.Refuse($"{id} {name}", "seconds since 1970 are expected; the rest of it is kept");
        return null;
    }
}
