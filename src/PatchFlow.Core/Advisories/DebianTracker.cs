using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads the JSON export of Debian's security tracker (<c>tracker/data/json</c>): source package → issue → release, package
/// by package. Each issue of each package becomes an advisory whose id is that of the issue; the same CVE so comes once for each package.
/// </summary>
public sealed class DebianTracker
{
    private readonly AdvisorySink _sink;

    private DebianTracker(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads the export into the sink.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        var tracker = new DebianTracker(sink);
        JsonRecords.Properties(document, sink, record => tracker.Package(record.Name!, record.Value));
    }

    private bool Package(string package, JsonElement issues)
    {
        if (issues.ValueKind != JsonValueKind.Object)
        {
            _sink.Refuse(package, "an object of issues is expected");
            return true;
        }

        foreach (var issue in issues.EnumerateObject())
        {
            if (issue.Value.Object("releases"u8) is not { } releases)
            {
                _sink.Refuse($"{package} {issue.Name}", "'releases' is expected");
            }
            else if (!_sink.Found(AdvisoryOf(package, issue.Name, issue.Value, releases)))
            {
                return false;
            }
        }

        return true;
    }

    private Advisory AdvisoryOf(string package, string id, JsonElement issue, JsonElement releases)
    {
        var affected = ImmutableArray.CreateBuilder<AffectedPackage>();
        string? urgency = null;
        foreach (var release in releases.EnumerateObject())
        {
            if (Affected(package, release.Name, release.Value) is { } one)
            {
                affected.Add(one);
                urgency = Higher(urgency, release.Value.Text("urgency"u8));
            }
            else
            {
                _sink.Refuse($"{package} {id} {release.Name}", "a status of open, resolved or undetermined is expected, and with resolved a fixed_version; the other releases are kept");
            }
        }

        return new Advisory
        {
            Id = id,
            Title = package,
            Description = issue.Text("description"u8),
            Severity = Severities.Of(urgency),
            SeverityText = urgency,
            Cves = CveId.IsValid(id) ? [id] : [],
            References = issue.TryGetProperty("debianbug"u8, out var bug) && bug.ValueKind == JsonValueKind.Number ? [$"Debian bug {bug.GetRawText()}"] : [],
            Affected = affected.DrainToImmutable(),
        };
    }

    // The urgency is stated for each release; the issue is as severe as the worst of them.
    private static string? Higher(string? a, string? b) => a is null || Severities.Of(b) > Severities.Of(a) ? b ?? a : a;

    private static AffectedPackage? Affected(string package, string release, JsonElement stated)
    {
        if (Statement(stated) is not { } statement)
        {
            return null;
        }

        return new AffectedPackage
        {
            Platform = Platforms.OfDebian(release),
            Name = package,
            IsSource = true,
            Scheme = VersionScheme.Deb,
            State = statement.State,
            Ranges = statement.Ranges,
            Note = NoteOf(stated),
        };
    }

    private static (FixState State, ImmutableArray<VersionRange> Ranges)? Statement(JsonElement stated)
    {
        var ended = stated.Text("urgency"u8) == "end-of-life";
        return stated.Text("status"u8) switch
        {
            // Version 0 is older than every package: no version of it in this release was ever affected.
            "resolved" when stated.Text("fixed_version"u8) == "0" => (FixState.NotAffected, []),
            "resolved" when stated.Text("fixed_version"u8) is { } version && Patches.DebianVersion.TryParse(version, out _) => (FixState.Fixed, [VersionRange.Before(version)]),
            "open" when ended => (FixState.SupportEnded, [VersionRange.All]),
            "open" when stated.TryGetProperty("nodsa"u8, out _) => (FixState.WillNotFix, [VersionRange.All]),
            "open" => (FixState.NoFixYet, [VersionRange.All]),
            "undetermined" => (FixState.UnderInvestigation, [VersionRange.All]),
            _ => null,
        };
    }

    // A release's repositories (bookworm, bookworm-security) can hold different versions: a host without the second one does not get its fix.
    private static string? NoteOf(JsonElement stated)
    {
        var reason = stated.Text("nodsa_reason"u8) is { Length: > 0 } word ? $"{word}: {stated.Text("nodsa"u8)}" : stated.Text("nodsa"u8);
        if (reason is not null || stated.Object("repositories"u8) is not { } repositories || repositories.GetPropertyCount() < 2)
        {
            return reason;
        }

        return string.Join(", ", repositories.EnumerateObject().Where(r => r.Value.ValueKind == JsonValueKind.String).Select(r => $"{r.Name} {r.Value.GetString()}"));
    }
}
