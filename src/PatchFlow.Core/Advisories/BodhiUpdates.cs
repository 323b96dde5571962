using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads updates of Bodhi, Fedora's update system, as its API lists them, with or without the page around them. It names builds, that is source
/// packages, and CVEs only in titles of bugs.
/// </summary>
public sealed class BodhiUpdates
{
    private readonly AdvisorySink _sink;

    private BodhiUpdates(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads the document into the sink.</summary>
    public static void Read(Stream document, AdvisorySink sink) => _ = ReadPage(document, sink);

    /// <summary>Reads the document into the sink, and what the page around it says of the other pages.</summary>
    public static ErrataPage ReadPage(Stream document, AdvisorySink sink)
    {
        var (updates, page) = (new BodhiUpdates(sink), new ErrataPage());
        JsonRecords.ItemsOrBelow(document, sink, ["updates"], record => updates.AdvisoryOf(record) is not { } advisory || sink.Found(advisory),
            (name, value) => page = page.With(name, value, sink));
        return page;
    }

    private Advisory? AdvisoryOf(JsonRecord record)
    {
        var value = record.Value;
        var id = value.Text("updateid"u8) ?? value.Text("alias"u8);
        var published = Date(value, "date_pushed"u8, id) ?? Date(value, "date_submitted"u8, id);
        var modified = Date(value, "date_modified"u8, id);
        var status = _sink.Text(value, "status"u8, new RecordPlace(id ?? record.Position));
        var isWithdrawn = RpmAdvisory.IsWithdrawn(status);
        var problem = RpmAdvisory.ProblemOf(id, null)
            ?? (isWithdrawn && (modified ?? published) is null ? $"it is {status}, at a time that can't be read: it is not used" : null);
        if (problem is not null)
        {
            _sink.Refuse(record.Position, problem);
            return null;
        }

        return Filled(id!, value, status) with { Published = published, Modified = modified, Withdrawn = isWithdrawn ? modified ?? published : null };
    }

    private Advisory Filled(string id, JsonElement value, string? status)
    {
        var (cves, place) = (new CveList(), new RecordPlace(id));
        foreach (var (number, bug) in _sink.Objects(value, "bugs", place))
        {
            cves.Add(_sink.Text(bug, "title"u8, new RecordPlace(id, "bugs", number)));
        }

        var (title, suggest) = (_sink.Text(value, "title"u8, place), _sink.Text(value, "suggest"u8, place));
        cves.Add(title);
        var severity = _sink.Text(value, "severity"u8, place) is { } word && word != "unspecified" ? word : null;
        return new Advisory
        {
            Id = id,
            Kind = RpmAdvisory.KindOf(_sink.Text(value, "type"u8, place), cves.Any, severity),
            Title = _sink.Text(value, "display_name"u8, place) is { Length: > 0 } name ? name : title,
            Description = _sink.Text(value, "notes"u8, place),
            Severity = Severities.OfUpdate(severity),
            SeverityText = severity,
            Cves = cves.ToArray(),
            Status = status,
            RebootSuggested = suggest == "reboot",
            ReloginSuggested = suggest == "logout",
            References = [.. new[] { _sink.Text(value, "url"u8, place) }.OfType<string>()],
            Affected = Builds(id, value),
        };
    }

    private ImmutableArray<AffectedPackage> Builds(string id, JsonElement value)
    {
        var found = ImmutableArray.CreateBuilder<AffectedPackage>();
        var release = _sink.Object(value, "release"u8, new RecordPlace(id));
        var platform = RpmPlatforms.Of(release is { } stated ? _sink.Text(stated, "long_name"u8, new RecordPlace($"{id} release")) : null);
        foreach (var (number, build) in _sink.Objects(value, "builds", new RecordPlace(id)))
        {
            // Builds of modules and containers have names of another form, and list no packages.
            if (_sink.Text(build, "type"u8, new RecordPlace(id, "builds", number)) is { } type && type != "rpm")
            {
                continue;
            }

            var isEpoch = RpmAdvisory.TryEpoch(build, out var epoch);
            if (Nevra.TryParse(build.Text("nvr"u8) ?? "", out var nevra, out var problem) && nevra.Name.Length > 0 && isEpoch && (epoch is null || Nevra.IsEpoch(epoch)))
            {
                found.Add(RpmAdvisory.Package(platform, nevra.Name, [VersionRange.Before(Nevra.EvrOf(epoch, nevra.Version, nevra.Release))], "src", null, null, null));
            }
            else
            {
                _sink.Refuse($"{id} builds[{number}]", problem ?? $"'{XmlWalk.Shown(build.Text("nvr"u8) ?? "")}' is no name-version-release with an epoch");
            }
        }

        return found.DrainToImmutable();
    }

    private DateTimeOffset? Date(JsonElement value, ReadOnlySpan<byte> name, string? id) =>
        FeedDate.Of(_sink.Text(value, name, new RecordPlace(id ?? "")), _sink, $"{id} {Encoding.UTF8.GetString(name)}");
}
