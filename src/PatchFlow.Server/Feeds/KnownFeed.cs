using PatchFlow.Core.Patches;

namespace PatchFlow.Server.Feeds;

/// <summary>What is remembered of a feed's lists, for its next fetch.</summary>
/// <param name="Lists">The lists of the last one, in order.</param>
/// <param name="Index">The index of these lists.</param>
/// <param name="Bases">The index of the lists of which they are changes.</param>
internal sealed record KnownFeed(IReadOnlyList<FetchedList> Lists, PackageIndex Index, Lazy<PackageIndex> Bases)
{
    /// <summary>What is remembered of a feed that was not fetched yet.</summary>
    public static readonly KnownFeed Nothing = Of([]);

    /// <summary>The list of that name, or null.</summary>
    public FetchedList? Find(string name) => Lists.FirstOrDefault(l => l.Name == name);

    /// <summary>The same after another fetch.</summary>
    public KnownFeed With(IReadOnlyList<FetchedList> lists) => lists.Select(l => l.Content.Known).SequenceEqual(Lists.Select(l => l.Content.Known))
        ? new KnownFeed(lists, Bases.Value.With([.. lists.Select(l => l.Content)]), Bases)
        : Of(lists);

    private static KnownFeed Of(IReadOnlyList<FetchedList> lists)
    {
        var index = PackageIndex.Of(lists.Select(l => l.IsBase ? l.Content.Known.List : l.Content.ToList()));
        return new KnownFeed(lists, index, lists.All(l => l.IsBase) ? new(index) : new(() => PackageIndex.Of(lists.Select(l => l.Content.Known.List))));
    }
}
