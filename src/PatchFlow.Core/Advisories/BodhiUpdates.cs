using System.Collections.Immutable;
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
        var id = value.Text("updateid") ?? value.Text("alias");
        var published = Date(value, "date_pushed", id) ?? Date(value, "date_submitted", id);
        var modified = Date(value, "date_modified", id);
        var isWithdrawn = RpmAdvisory.IsWithdrawn(value.Text("status"));
        var problem = RpmAdvisory.ProblemOf(id, null)
            ?? (isWithdrawn && (modified ?? published) is null ? $"it is {value.Text("status")}, at a time that can't be read: it is not used" : null);
        if (problem is not null)
        {
            _sink.Refuse(record.Position, problem);
            return null;
        }

        return Filled(id!, value) with { Published = published, Modified = modified, Withdrawn = isWithdrawn ? modified ?? published : null };
    }

    private Advisory Filled(string id, JsonElement value)
    {
        var cves = new CveList();
        foreach (var bug in value.Items("bugs"))
        {
            cves.Add(bug.Text("title"));
        }

        cves.Add(value.Text("title"));
        var severity = value.Text("severity") is { } word && word != "unspecified" ? word : null;
        return new Advisory
        {
            Id = id,
            Kind = RpmAdvisory.KindOf(value.Text("type"), cves.Any, severity),
            Title = value.Text("display_name") is { Length: > 0 } name ? name : value.Text("title"),
            Description = value.Text("notes"),
            Severity = Severities.OfUpdate(severity),
            SeverityText = severity,
            Cves = cves.ToArray(),
            Status = value.Text("status"),
            RebootSuggested = value.Text("suggest") == "reboot",
            ReloginSuggested = value.Text("suggest") == "logout",
            References = [.. new[] { value.Text("url") }.OfType<string>()],
            Affected = Builds(id, value),
        };
    }

    private ImmutableArray<AffectedPackage> Builds(string id, JsonElement value)
    {
        var found = ImmutableArray.CreateBuilder<AffectedPackage>();
        var platform = RpmPlatforms.Of(value.Object("release")?.Text("long_name"));
        foreach (var (number, build) in value.Items("builds").Index())
        {
            // Builds of modules and containers have names of another form, and list no packages.
            if (build.Text("type") is { } type && type != "rpm")
            {
                continue;
            }

            var epoch = build.ValueKind == JsonValueKind.Object && build.TryGetProperty("epoch", out var stated) && stated.ValueKind == JsonValueKind.Number ? stated.GetRawText() : null;
            if (Nevra.TryParse(build.Text("nvr") ?? "", out var nevra, out var problem) && nevra.Name.Length > 0 && (epoch is null || Nevra.IsEpoch(epoch)))
            {
                found.Add(RpmAdvisory.Package(platform, nevra.Name, [VersionRange.Before(Nevra.EvrOf(epoch, nevra.Version, nevra.Release))], "src", null, null, null));
            }
            else
            {
                _sink.Refuse($"{id} builds[{number}]", problem ?? $"'{XmlWalk.Shown(build.Text("nvr")!)}' is no name-version-release with an epoch");
            }
        }

        return found.DrainToImmutable();
    }

    private DateTimeOffset? Date(JsonElement value, string name, string? id) => FeedDate.Of(value.Text(name), _sink, $"{id} {name}");
}
