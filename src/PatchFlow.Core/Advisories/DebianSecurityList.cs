using System.Collections.Immutable;
using System.Globalization;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads <c>data/DSA/list</c> and <c>data/DLA/list</c> of Debian's security tracker (its doc/security-team.d, "DSA list"): for each advisory a
/// head <c>[date] ID packages - text</c>, and below it, indented, CVEs in braces, <c>[release] - package version</c> and notes.
/// </summary>
public sealed class DebianSecurityList
{
    private static readonly string[] Dates = ["dd MMM yyyy", "d MMM yyyy"];
    private readonly AdvisorySink _sink;
    private readonly List<string> _cves = [];
    private readonly List<string> _notes = [];
    private readonly List<AffectedPackage> _affected = [];
    private Advisory? _head;
    private int _length;

    private DebianSecurityList(AdvisorySink sink) => _sink = sink;

    /// <summary>Reads the list into the sink; a line that is wrong is refused alone.</summary>
    public static void Read(Stream document, AdvisorySink sink)
    {
        var list = new DebianSecurityList(sink);
        foreach (var (number, text) in TextLines.Of(document, sink))
        {
            if (!list.Take(text, $"line {number}"))
            {
                return;
            }
        }

        list.Finish();
    }

    private bool Take(string line, string position)
    {
        var text = line.Trim();
        if (text.Length == 0 || text[0] == '#')
        {
            return true;
        }

        if (line[0] == '[')
        {
            var goesOn = Finish();
            _head = Head(text, position);
            return goesOn;
        }

        _length = Math.Min(_length + text.Length, int.MaxValue / 2);
        var problem = _head is null ? "it belongs to no advisory"
            : _length > _sink.Limits.RecordBytes ? $"the advisory is larger than {_sink.Limits.RecordBytes} characters"
            : text[0] == '{' ? Cves(text)
            : text[0] == '[' || text[0] == '-' ? Package(text)
            : text.StartsWith("NOTE:", StringComparison.Ordinal) ? Note(text)
            : IsRemark(text) ? null
            : "a line of {CVE ids}, [release] - package version, or NOTE: is expected";
        if (problem is not null)
        {
            _sink.Refuse(_head is null ? position : $"{position}, {_head.Id}", problem);
        }

        return true;
    }

    // The tracker's editors leave words to each other: a word in capitals with a colon.
    private static bool IsRemark(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon && text.AsSpan(0, colon).IndexOfAnyExceptInRange('A', 'Z') < 0;

    private bool Finish()
    {
        if (_head is null)
        {
            return true;
        }

        var advisory = _head with
        {
            Cves = [.. _cves.Distinct()],
            Affected = [.. _affected],
            Description = _notes.Count > 0 ? string.Join('\n', _notes) : null,
        };
        _cves.Clear();
        _notes.Clear();
        _affected.Clear();
        (_head, _length) = (null, 0);
        return _sink.Found(advisory);
    }

    // [29 Mar 2023] DSA-5380-1 xorg-server - security update; the oldest ids have no -1, and some heads have no package, no text, or "--".
    private Advisory? Head(string text, string position)
    {
        var close = text.IndexOf(']', StringComparison.Ordinal);
        var rest = close < 0 ? [] : text[(close + 1)..].Split((char[]?)null, 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (rest.Length == 0 || !IsId(rest[0]))
        {
            _sink.Refuse(position, "[date] and an id such as DSA-5380-1 are expected: the lines below it are refused too");
            return null;
        }

        DateTimeOffset? date = DateTimeOffset.TryParseExact(text.AsSpan(1, close - 1), Dates, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read : null;
        if (date is null)
        {
            _sink.Refuse($"{position}, {rest[0]}", $"'{text[1..close]}' is no date such as 29 Mar 2023; the rest of it is kept");
        }

        return new Advisory { Id = rest[0], Title = rest.Length > 1 ? rest[1] : null, Published = date };
    }

    private static bool IsId(string word)
    {
        var hyphen = word.IndexOf('-', StringComparison.Ordinal);
        return hyphen > 0 && word.AsSpan(0, hyphen).IndexOfAnyExceptInRange('A', 'Z') < 0
            && hyphen + 1 < word.Length && word.AsSpan(hyphen + 1).IndexOfAnyExcept("0123456789-") < 0;
    }

    private string? Cves(string text)
    {
        string? problem = text.EndsWith('}') ? null : "the brace is not closed: the ids are taken";
        foreach (var word in text.Trim('{', '}').Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            var valid = CveId.IsValid(word);
            problem ??= valid ? null : $"'{word}' is no CVE id; the others are kept";
            if (valid)
            {
                _cves.Add(word);
            }
        }

        return problem;
    }

    private string? Note(string text)
    {
        _notes.Add(text["NOTE:".Length..].Trim());
        return null;
    }

    // [bullseye] - xorg-server 2:1.20.11-1+deb11u6, or [sarge] - xpdf <not-affected> (reason); without a release it is unstable.
    private string? Package(string text)
    {
        var close = text[0] == '[' ? text.IndexOf(']', StringComparison.Ordinal) : -1;
        var release = close < 0 ? "sid" : text[1..close];
        var words = text[(close + 1)..].TrimStart().Split((char[]?)null, 4, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length < 3 || words[0] != "-" || release.Length == 0)
        {
            return "[release] - package version is expected";
        }

        if (Statement(words[2]) is not { } statement)
        {
            return $"'{words[2]}' is no version and no known tag";
        }

        _affected.Add(new AffectedPackage
        {
            Platform = Platforms.OfDebian(release),
            Name = words[1],
            IsSource = true,
            Scheme = VersionScheme.Deb,
            State = statement.State,
            Ranges = statement.Ranges,
            Note = words.Length > 3 ? words[3].Trim('(', ')') : null,
        });
        return null;
    }

    private static (FixState State, ImmutableArray<VersionRange> Ranges)? Statement(string word) => word switch
    {
        "<not-affected>" => (FixState.NotAffected, []),
        "<end-of-life>" or "<removed>" => (FixState.SupportEnded, [VersionRange.All]),
        "<unfixed>" => (FixState.NoFixYet, [VersionRange.All]),
        "<no-dsa>" or "<ignored>" or "<postponed>" => (FixState.WillNotFix, [VersionRange.All]),
        "<undetermined>" => (FixState.UnderInvestigation, [VersionRange.All]),
        _ when Patches.DebianVersion.TryParse(word, out _) => (FixState.Fixed, [VersionRange.Before(word)]),
        _ => null,
    };
}
