using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads the JSON export of Debian's security tracker (<c>tracker/data/json</c>): source package → issue → release, package
/// by package. Each issue of each package becomes an advisory whose id is that of the issue; the same CVE so comes once for each package.
/// </summary>
public sealed class DebianTracker
{
    private const string EndOfLife = "end-of-life";
    private const int MostKept = 16;
    private static readonly JsonWords States = new("resolved", "open", "undetermined");
    private static readonly JsonWords Urgencies = new("not yet assigned", "unimportant", "low", "medium", "high", "low**", "medium**", "high**", EndOfLife);
    private static readonly ImmutableArray<VersionRange> Everything = [VersionRange.All];
    private readonly List<(byte[] Name, string Platform)> _platforms = [];
    private readonly List<(JsonElement Repositories, string Note)> _notes = [];
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

        // They hold only as long as the package that they stand in.
        _notes.Clear();
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
        var affected = ImmutableArray.CreateBuilder<AffectedPackage>(releases.GetPropertyCount());
        string? urgency = null;
        foreach (var release in releases.EnumerateObject())
        {
            var stated = Urgencies.Text(release.Value, "urgency"u8);
            if (Statement(release.Value, stated) is { } statement)
            {
                affected.Add(new AffectedPackage
                {
                    Platform = PlatformOf(release),
                    Name = package,
                    IsSource = true,
                    Scheme = VersionScheme.Deb,
                    State = statement.State,
                    Ranges = statement.Ranges,
                    Note = NoteOf(release.Value),
                });
                urgency = Higher(urgency, stated);
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
            References = issue.Has("debianbug"u8, JsonValueKind.Number, out var bug) ? [$"Debian bug {bug.GetRawText()}"] : [],
            Affected = affected.DrainToImmutable(),
        };
    }

    // The urgency is stated for each release; the issue is as severe as the worst of them.
    private static string? Higher(string? a, string? b) => a is null ? b : a != b && Severities.Of(b) > Severities.Of(a) ? b : a;

    private static (FixState State, ImmutableArray<VersionRange> Ranges)? Statement(JsonElement stated, string? urgency) => States.Known(stated, "status"u8) switch
    {
        "resolved" => Resolved(stated.Text("fixed_version"u8)),
        "open" when urgency == EndOfLife => (FixState.SupportEnded, Everything),
        "open" when stated.TryGetProperty("nodsa"u8, out _) => (FixState.WillNotFix, Everything),
        "open" => (FixState.NoFixYet, Everything),
        "undetermined" => (FixState.UnderInvestigation, Everything),
        _ => null,
    };

    // Version 0 is older than every package: no version of it in this release was ever affected.
    private static (FixState State, ImmutableArray<VersionRange> Ranges)? Resolved(string? version) =>
        version == "0" ? (FixState.NotAffected, [])
        : version is not null && Patches.DebianVersion.TryParse(version, out _) ? (FixState.Fixed, [VersionRange.Before(version)])
        : null;

    // All issues name the same few releases.
    private string PlatformOf(JsonProperty release)
    {
        foreach (var (name, known) in _platforms)
        {
            if (release.NameEquals(name))
            {
                return known;
            }
        }

        var platform = Platforms.OfDebian(release.Name);
        if (_platforms.Count < MostKept)
        {
            _platforms.Add((Encoding.UTF8.GetBytes(release.Name), platform));
        }

        return platform;
    }

    // A release's repositories (bookworm, bookworm-security) can hold different versions: a host without the second one does not get its fix.
    private string? NoteOf(JsonElement stated)
    {
        var reason = stated.Text("nodsa_reason"u8) is { Length: > 0 } word ? $"{word}: {stated.Text("nodsa"u8)}" : stated.Text("nodsa"u8);
        return reason is null && stated.Object("repositories"u8) is { } repositories && repositories.GetPropertyCount() > 1 ? NoteOfAll(repositories) : reason;
    }

    // The repositories of a release are the same in all issues of a package.
    private string NoteOfAll(JsonElement repositories)
    {
        var raw = JsonMarshal.GetRawUtf8Value(repositories);
        foreach (var (known, said) in _notes)
        {
            if (raw.SequenceEqual(JsonMarshal.GetRawUtf8Value(known)))
            {
                return said;
            }
        }

        var note = string.Join(", ", repositories.EnumerateObject().Where(r => r.Value.ValueKind == JsonValueKind.String).Select(r => $"{r.Name} {r.Value.GetString()}"));
        if (_notes.Count < MostKept)
        {
            _notes.Add((repositories, note));
        }

        return note;
    }
}
