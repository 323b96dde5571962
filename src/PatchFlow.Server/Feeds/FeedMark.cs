using System.Collections.Immutable;
using System.Text.Json.Serialization;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>An index, list or document that was not used, because its date leaps ahead: it waits for a person.</summary>
/// <param name="Digest">Its raw bytes.</param>
/// <param name="Time">Its own date.</param>
internal sealed record QuarantinedIndex(string Digest, DateTimeOffset Time);

/// <summary>What is remembered of a feed apart from the database.</summary>
internal sealed record FeedMark
{
    private const int MostLists = 1000;
    private const int MostUnsigned = 1000;
    private const int MostNamed = 5;

    /// <summary>The latest date of what was used: it never goes back.</summary>
    public DateTimeOffset? HighWater { get; init; }

    /// <summary>
    /// What the dates are of (<see cref="AdvisoryFeed.DatedBy"/>, <see cref="Feed.DatedBy"/>). What another configuration was dated by measures nothing. Null in marks
    /// of earlier versions, which were those of apt and of repositories of rpm alone.
    /// </summary>
    public string? DatedBy { get; init; }

    /// <summary>The dates of the lists that were used, by address.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset>? Lists { get; init; }

    /// <summary>The index that waits for a person; null where none does.</summary>
    public QuarantinedIndex? Quarantined { get; init; }

    /// <summary>The index to which a person has let the feed leap; null where none was let.</summary>
    public QuarantinedIndex? Released { get; init; }

    /// <summary>What was signed once and is not now, as a whole; null where all is well.</summary>
    public string? Alarm { get; init; }

    /// <summary>Documents that had a good signature and came without one, with when that was noticed; null where none did.</summary>
    public ImmutableSortedDictionary<string, DateTimeOffset>? Unsigned { get; init; }

    /// <summary>
    /// Documents that had no signature at the looks so far, each refused alone, which is no alarm: what never had one may go on waiting. Null where nobody knows, as in marks of
    /// earlier versions.
    /// </summary>
    public ImmutableArray<string>? Waiting { get; init; }

    /// <summary>How many more than those wait.</summary>
    public int MoreWaiting { get; init; }

    /// <summary>The documents that keep the alarm of the whole feed standing; null where they are too many to be named, or nobody knows.</summary>
    public ImmutableArray<string>? Began { get; init; }

    /// <summary>The date to which a person has let the feed go back, since when nothing was used; null where none has.</summary>
    public DateTimeOffset? Rewound { get; init; }

    /// <summary>All that was signed once and is not now, in words; null where all is well.</summary>
    [JsonIgnore]
    public string? Alarms => Unsigned is not { IsEmpty: false } unsigned ? Alarm
        // That of the whole feed says nothing besides where it is of the same documents.
        : Alarm is null || Began?.All(unsigned.ContainsKey) == true ? Words(unsigned)
        : $"{Alarm}; {Words(unsigned)}";

    /// <summary>The latest date of what was used, where it is of the same.</summary>
    public DateTimeOffset? HighWaterOf(string datedBy) => IsOf(datedBy) ? HighWater : null;

    /// <summary>The date of a list that was used; null where it has none, or is of something else.</summary>
    public DateTimeOffset? ListOf(string datedBy, string address) => IsOf(datedBy) && Lists is { } lists && lists.TryGetValue(address, out var time) ? time : null;

    /// <summary>The latest date of all that was used, where it is of the same.</summary>
    public DateTimeOffset? ReachedOf(string datedBy) => IsOf(datedBy) ? (Lists?.Values ?? []).Aggregate(HighWater, (latest, time) => FeedProgress.Later(latest, time)) : null;

    /// <summary>Documents that had a good signature and came without one, where they are of the same.</summary>
    public IEnumerable<string> UnsignedOf(string datedBy) => IsOf(datedBy) && Unsigned is { } unsigned ? unsigned.Keys : [];

    /// <summary>Documents for the first signature of which somebody waits, with alarm or without, where they are of the same.</summary>
    public IEnumerable<string> AwaitedOf(string datedBy) => IsOf(datedBy) ? (Waiting ?? []).Concat(Began ?? []) : [];

    /// <summary>The mark when something of that date is used, with lists of those dates.</summary>
    public FeedMark Used(DateTimeOffset? time, string datedBy, IReadOnlyDictionary<string, DateTimeOffset> lists)
    {
        var before = IsOf(datedBy) ? this : this with { HighWater = null, Lists = null, Unsigned = null, Waiting = null, MoreWaiting = 0, Began = null };
        return before with
        {
            HighWater = FeedProgress.Later(before.HighWater, time),
            // Also where there are no dates: a feed that was used has a mark, and so it is missed when it is gone.
            DatedBy = datedBy,
            Lists = Merged(before.Lists, lists),
            Quarantined = null,
            Alarm = null,
            Rewound = null,
        };
    }

    /// <summary>The mark after a look at signatures: a document that came without one it had is kept in mind until it has one again, or is taken back.</summary>
    public FeedMark Signed(string datedBy, SignatureLook look, DateTimeOffset now)
    {
        var before = IsOf(datedBy) && Unsigned is { } unsigned ? unsigned : ImmutableSortedDictionary<string, DateTimeOffset>.Empty;
        var left = before.RemoveRange(look.Ended);
        var still = left.AddRange(look.Stripped.Where(name => !left.ContainsKey(name)).Distinct().Order(StringComparer.Ordinal)
            .Take(Math.Max(MostUnsigned - left.Count, 0)).Select(name => KeyValuePair.Create(name, now)));
        return still.SequenceEqual(Unsigned ?? ImmutableSortedDictionary<string, DateTimeOffset>.Empty) ? this
            : this with { Unsigned = still.IsEmpty ? null : still, DatedBy = still.IsEmpty ? DatedBy : datedBy };
    }

    /// <summary>
    /// The mark after the same look, of the feed as a whole. Its alarm begins where documents came without a signature that were not waiting for one, and no other had a good one; while it
    /// stands, those that come so go with it. It ends where one has a good one, and each of them has one too, or was taken back. What waited before for its first signature is not asked of it.
    /// </summary>
    /// <param name="look">The look.</param>
    /// <param name="refusedBefore">Documents that were refused at the look before.</param>
    /// <param name="alarm">The alarm of those documents, in words; null where nothing was signed before.</param>
    public FeedMark Weighed(SignatureLook look, IEnumerable<string> refusedBefore, Func<IReadOnlyCollection<string>, string?> alarm)
    {
        var waited = Waiting ?? (Alarm is null ? Bounded(look.Missing.Intersect(refusedBefore, StringComparer.Ordinal)) : []);
        var unawaited = look.Missing.Except(waited, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        // Of those that are too many to be named it is known how many they are.
        string[] came = unawaited.Length > MoreWaiting ? unawaited : [];
        var left = waited.RemoveRange(look.Ended, StringComparer.Ordinal);
        if (Alarm is null)
        {
            return look.Good == 0 && came.Length > 0 && alarm(came) is { } words
                ? this with { Alarm = words, Began = came.Length <= MostUnsigned ? [.. came] : null, Waiting = Same(left) }
                : AllWait(left, look);
        }

        var began = Began?.RemoveRange(look.Ended, StringComparer.Ordinal).Union(came, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray();
        var isOver = look.Good > 0 && came.Length == 0 && (began is { } known ? known.IsEmpty : look.IsWhole);
        return isOver ? (this with { Alarm = null, Began = null }).AllWait(left, look)
            : this with { Began = began is not { } names || names.Length > MostUnsigned ? null : Began is { } before && before.SequenceEqual(names) ? Began : names, Waiting = Waiting is null ? null : Same(left) };
    }

    /// <summary>The mark when a person lets the feed go back to a date: what was released before is not any more.</summary>
    public FeedMark RewoundTo(DateTimeOffset date) => this with
    {
        HighWater = HighWater > date ? date : HighWater,
        Lists = Lists?.SetItems(Lists.Where(l => l.Value > date).Select(l => KeyValuePair.Create(l.Key, date))),
        Quarantined = null,
        Released = null,
        Rewound = date,
    };

    /// <summary>The first of names, and how many more there are.</summary>
    public static string Named(IReadOnlyCollection<string> names, Func<string, string> shown) =>
        $"{string.Join(", ", names.Take(MostNamed).Select(shown))}{(names.Count > MostNamed ? $" and {names.Count - MostNamed} more" : "")}";

    private static ImmutableArray<string> Bounded(IEnumerable<string> names) => [.. names.Order(StringComparer.Ordinal).Take(MostUnsigned)];

    // What can't be named is counted: fewer of them are believed only where all were looked at.
    private FeedMark AllWait(ImmutableArray<string> left, SignatureLook look)
    {
        var more = look.Missing.Except(left, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        var named = left.AddRange(more.Take(MostUnsigned - left.Length));
        return this with { Waiting = Same(named), MoreWaiting = Math.Max(look.IsWhole ? 0 : MoreWaiting, left.Length + more.Length - named.Length) };
    }

    private ImmutableArray<string>? Same(ImmutableArray<string> names) => Waiting is { } before && before.SequenceEqual(names) ? Waiting : names;

    private bool IsOf(string datedBy) => DatedBy is null
        ? datedBy.StartsWith($"{Feed.KindName} ", StringComparison.Ordinal) || datedBy.StartsWith($"{RpmRepository.KindName} ", StringComparison.Ordinal)
        : DatedBy == datedBy;

    private static ImmutableSortedDictionary<string, DateTimeOffset>? Merged(ImmutableSortedDictionary<string, DateTimeOffset>? before, IReadOnlyDictionary<string, DateTimeOffset> lists)
    {
        var known = before ?? ImmutableSortedDictionary<string, DateTimeOffset>.Empty;
        // A vendor's metadata may name others each time: those that it names now are kept.
        var kept = known.Count + lists.Count > MostLists ? known.RemoveRange(known.Keys.Where(k => !lists.ContainsKey(k))) : known;
        var merged = kept.SetItems(lists.Select(l => KeyValuePair.Create(l.Key, kept.TryGetValue(l.Key, out var last) && last > l.Value ? last : l.Value)));
        return merged.SequenceEqual(known) ? before : merged;
    }

    /// <summary>Whether a person has let the feed leap to this index: to the very one that was looked at, and after it was used to what follows within a week.</summary>
    /// <param name="index">The index.</param>
    /// <param name="time">Its date.</param>
    /// <param name="last">The date that was used last.</param>
    public bool MayLeapTo(Digest index, DateTimeOffset time, DateTimeOffset? last) =>
        Released is { } released && (released.Digest == index.Hex || (last >= released.Time && time <= released.Time.AddDays(7)));

    private static string Words(ImmutableSortedDictionary<string, DateTimeOffset> unsigned) =>
        $"what had a good signature came without one: {Named([.. unsigned.Keys], name => $"{AptGrammar.Shown(name)} (since {unsigned[name]:u})")}: "
        + "the source or the way to it is in other hands, or broken; ask the vendor; it ends when each has a good signature again, or its list takes it back";
}
