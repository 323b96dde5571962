using System.Collections.Immutable;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>What a record says of versions in ranges.</summary>
/// <param name="Ranges">Those that could be read, except ranges of commits, which say nothing of versions.</param>
/// <param name="IsStated">Whether there were any, whether they could be read or not.</param>
/// <param name="IsWhole">Whether none was refused.</param>
internal readonly record struct OsvStated(ImmutableArray<VersionRange> Ranges, bool IsStated, bool IsWhole);

/// <summary>Evaluates the events of OSV ranges (OSV schema, "affected[].ranges[].events fields").</summary>
/// <param name="order">The order of two versions in a scheme; null where they can't be compared.</param>
/// <param name="sink">Where a wrong range is refused.</param>
internal sealed class OsvRanges(Func<VersionScheme, string, string, int?> order, AdvisorySink sink)
{
    private enum EventKind
    {
        Introduced,
        Fixed,
        LastAffected,
        Limit,
    }

    private readonly record struct Event(EventKind Kind, string Version);

    /// <summary>The ranges of versions, those of commits left out; a wrong range is refused alone.</summary>
    public OsvStated Of(JsonElement affected, VersionScheme scheme, RecordPlace place)
    {
        var read = sink.TryRead(affected, "ranges"u8, JsonValueKind.Array, place, out var items);
        if (read != true)
        {
            return new([], read == false, read is null);
        }

        var ranges = ImmutableArray.CreateBuilder<VersionRange>(1);
        var (number, isStated, isWhole) = (0, false, true);
        foreach (var range in items.EnumerateArray())
        {
            if (!range.Is("type"u8, "GIT"u8))
            {
                var events = Events(range, place, number);
                (isStated, isWhole) = (true, isWhole && events is not null);
                Evaluate(events is null ? [] : Sorted(events, scheme), ranges);
            }

            number++;
        }

        return new(ranges.DrainToImmutable(), isStated, isWhole);
    }

    private List<Event>? Events(JsonElement range, RecordPlace place, int number)
    {
        var events = new List<Event>(2);
        foreach (var item in range.Items("events"u8))
        {
            if (EventOf(item) is not { } found)
            {
                sink.Refuse($"{place}.ranges[{number}].events[{events.Count}]", "one of introduced, fixed, last_affected and limit is expected, with a version: the range is not used");
                return null;
            }

            events.Add(found);
        }

        if (events.Exists(e => e.Kind == EventKind.Introduced))
        {
            return events;
        }

        sink.Refuse($"{place}.ranges[{number}]", "it has no event 'introduced': the range is not used");
        return null;
    }

    private static Event? EventOf(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        Event? found = null;
        foreach (var property in item.EnumerateObject())
        {
            var kind = property.NameEquals("introduced"u8) ? EventKind.Introduced
                : property.NameEquals("fixed"u8) ? EventKind.Fixed
                : property.NameEquals("last_affected"u8) ? EventKind.LastAffected
                : property.NameEquals("limit"u8) ? EventKind.Limit
                : (EventKind?)null;
            if (kind is null)
            {
                continue;
            }

            if (found is not null || property.Value.ValueKind != JsonValueKind.String || VersionOf(property.Value) is not { Length: > 0 } version)
            {
                return null;
            }

            found = new Event(kind.Value, version);
        }

        return found;
    }

    private static string VersionOf(JsonElement text) => text.ValueEquals("0"u8) ? "0" : text.GetString()!;

    // The array's order means nothing. Where one can't be compared there is no order to sort by, and the array's is the best that is known.
    private List<Event> Sorted(List<Event> events, VersionScheme scheme)
    {
        if (events.Count < 2 || (events.Count == 2 && events[0] is { Kind: EventKind.Introduced, Version: "0" }))
        {
            return events;
        }

        // A sort needs an order of all of them, so that is asked first.
        return events.TrueForAll(e => e.Version is "0" or "*" || order(scheme, e.Version, e.Version) is not null)
            ? [.. events.Order(Comparer<Event>.Create((a, b) => Compare(a.Version, b.Version, scheme)))]
            : events;
    }

    // "0" is before every version, also before 0~rc1; "*" is behind every version.
    private int Compare(string a, string b, VersionScheme scheme) => a == b ? 0
        : a == "0" || b == "*" ? -1
        : b == "0" || a == "*" ? 1
        : order(scheme, a, b) ?? 0;

    private static void Evaluate(List<Event> events, ImmutableArray<VersionRange>.Builder ranges)
    {
        string? from = null;
        foreach (var next in events)
        {
            if (next.Kind == EventKind.Introduced)
            {
                from ??= next.Version;
                continue;
            }

            if (from is null || next.Version == "*")
            {
                continue;
            }

            if (next.Version != from || next.Kind == EventKind.LastAffected)
            {
                ranges.Add(new VersionRange(Start(from), next.Kind == EventKind.LastAffected ? null : next.Version, next.Kind == EventKind.LastAffected ? next.Version : null));
            }

            from = null;
        }

        if (from is not null)
        {
            ranges.Add(new VersionRange(Start(from), null, null));
        }
    }

    private static string? Start(string version) => version == "0" ? null : version;
}
