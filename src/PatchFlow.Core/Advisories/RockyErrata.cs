using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads pages of Rocky Linux' errata API, Apollo V3: <c>/api/v3/advisories</c>.</summary>
public sealed class RockyErrata
{
    private readonly AdvisorySink _sink;

    private RockyErrata(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads a page into the sink.</summary>
    public static void Read(Stream document, AdvisorySink sink) => _ = ReadPage(document, sink);

    /// <summary>Reads a page into the sink, and what it says of the other pages.</summary>
    public static ErrataPage ReadPage(Stream document, AdvisorySink sink)
    {
        var (errata, page) = (new RockyErrata(sink), new ErrataPage());
        JsonRecords.Below(document, sink, ["advisories"], record => errata.AdvisoryOf(record) is not { } advisory || sink.Found(advisory),
            (name, value) => page = page.With(name, value, sink));
        return page;
    }

    private Advisory? AdvisoryOf(JsonRecord record)
    {
        var value = record.Value;
        var id = value.Text("name"u8);
        if (RpmAdvisory.ProblemOf(id, null) is { } problem)
        {
            _sink.Refuse(record.Position, problem);
            return null;
        }

        var (cves, place) = (new CveList(), new RecordPlace(id!));
        foreach (var (_, cve) in _sink.Objects(value, "cves", place))
        {
            if (!cves.Add(cve.Text("cve"u8)))
            {
                _sink.Refuse(id!, $"'{XmlWalk.Shown(cve.Text("cve"u8) ?? "")}' names no CVE; the rest of it is kept");
            }
        }

        var severity = _sink.Text(value, "severity"u8, place);
        return new Advisory
        {
            Id = id!,
            Kind = RpmAdvisory.KindOf(_sink.Text(value, "kind"u8, place), cves.Any, severity),
            Title = _sink.Text(value, "synopsis"u8, place),
            Description = _sink.Text(value, "description"u8, place),
            Severity = Severities.OfUpdate(severity),
            SeverityText = severity,
            Cves = cves.ToArray(),
            Scores = [.. value.Items("cves"u8).Select(ScoreOf).OfType<PublishedScore>()],
            Published = FeedDate.Of(_sink.Text(value, "published_at"u8, place), _sink, $"{id} published_at"),
            Modified = FeedDate.Of(_sink.Text(value, "updated_at"u8, place), _sink, $"{id} updated_at"),
            References = [.. _sink.Objects(value, "fixes", place).Select(f => f.Value.Text("source"u8)).OfType<string>().Where(s => s.Length > 0).Distinct()],
            Affected = Packages(id!, value),
        };
    }

    // Where none is known both say UNKNOWN.
    private static PublishedScore? ScoreOf(JsonElement cve)
    {
        var vector = cve.Text("cvss3_scoring_vector"u8) is { } text && text.StartsWith("CVSS:", StringComparison.Ordinal) ? text : null;
        decimal? score = Numerals.TryRead(cve.Text("cvss3_base_score"u8), NumberStyles.AllowDecimalPoint, out var number) && number <= 10 ? number : null;
        return vector is null && score is null ? null : new PublishedScore(vector, score, cve.Text("cve"u8) is { } id && CveId.IsValid(id) ? id : null);
    }

    // Packages of all architectures and sources are listed once for each product.
    private ImmutableArray<AffectedPackage> Packages(string id, JsonElement value)
    {
        var found = ImmutableArray.CreateBuilder<AffectedPackage>();
        var seen = new HashSet<(string, string, string?)>();
        foreach (var (number, package) in _sink.Objects(value, "packages", new RecordPlace(id)))
        {
            if (PackageOf(package, new RecordPlace(id, "packages", number)) is { } one && seen.Add((one.Platform, package.Text("nevra"u8)!, one.Product)))
            {
                found.Add(one);
            }
        }

        return found.DrainToImmutable();
    }

    private AffectedPackage? PackageOf(JsonElement package, RecordPlace place)
    {
        if (!Nevra.TryParse(package.Text("nevra"u8) ?? "", out var nevra, out var problem) || nevra.Name.Length == 0 || nevra.Arch is null)
        {
            _sink.Refuse($"{place}", problem ?? $"'{XmlWalk.Shown(package.Text("nevra"u8) ?? "")}' has no name and architecture");
            return null;
        }

        string? name = _sink.Text(package, "module_name"u8, place), stream = _sink.Text(package, "module_stream"u8, place);
        var module = ModuleStream.Of(name, stream);
        if (name is { Length: > 0 } && module is null)
        {
            _sink.Refuse($"{place}", $"module '{XmlWalk.Shown(name)}' has no stream: whom it concerns is not known");
            return null;
        }

        FileSum? sum = null;
        if (_sink.Text(package, "checksum"u8, place) is { Length: > 0 } hex && !FileSum.TryParse(_sink.Text(package, "checksum_type"u8, place), hex, out sum, out problem))
        {
            _sink.Refuse($"{place}", $"{problem}; the rest of the package is kept");
        }

        var build = module is null ? null : string.Join(':', name, stream, package.Text("module_version"u8), package.Text("module_context"u8));
        return RpmAdvisory.Package(RpmPlatforms.Of(_sink.Text(package, "product_name"u8, place)), nevra.Name, [VersionRange.Before(nevra.Evr)], nevra.Arch,
            new PublishedFile($"{nevra.Name}-{nevra.Version}-{nevra.Release}.{nevra.Arch}.rpm", null, sum), module, build);
    }
}
