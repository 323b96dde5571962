using System.Collections.Immutable;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>One verified state of a feed: what a plan's <c>snapshot</c> line names. It never changes, and stays loadable by its digest.</summary>
/// <param name="Feed">The feed's name.</param>
/// <param name="Suite">The suite's folder as in <see cref="Feeds.Feed.Suite"/>.</param>
/// <param name="Security">Whether its newer versions are security patches.</param>
/// <param name="Time">The signed index's own date.</param>
/// <param name="Index">The digest of the raw InRelease, or of the raw Release that a Release.gpg signs.</param>
/// <param name="ValidUntil">The vendor's limit, or null.</param>
/// <param name="FetchedAt">When it came.</param>
/// <param name="Folder">Where its raw files are: <c>InRelease</c>, or <c>Release</c> and <c>Release.gpg</c>; <see cref="KeptList"/> <c>COMPONENT_binary-ARCH_Packages</c> for each index, or <c>Packages</c>.</param>
/// <param name="BaseAddress">The archive's base address, for package files.</param>
/// <param name="MaxAge">Our own limit where the vendor sets none.</param>
/// <param name="Packages">How many packages it lists.</param>
/// <param name="Refused">How many stanzas of it were refused.</param>
internal sealed record FeedSnapshot(
    string Feed,
    string Suite,
    bool Security,
    DateTimeOffset Time,
    Digest Index,
    DateTimeOffset? ValidUntil,
    DateTimeOffset FetchedAt,
    string Folder,
    Uri BaseAddress,
    TimeSpan MaxAge,
    long Packages,
    long Refused)
{
    /// <summary>The raw signed index.</summary>
    public string SignedIndex => Path.Combine(Folder, IsDetached ? SignedIndices.Release : SignedIndices.InRelease);

    /// <summary>Whether its signature is a file of its own.</summary>
    public bool IsDetached => File.Exists(Path.Combine(Folder, SignedIndices.Signature));

    /// <summary>Whether it is of a flat repository.</summary>
    public bool IsFlat => new KeptList(Folder, "Packages").IsThere;

    /// <summary>The raw package indices, decompressed.</summary>
    public ImmutableArray<KeptList> PackageLists => [.. KeptList.In(Folder)];

    /// <summary>Until when it may be used.</summary>
    public DateTimeOffset UsableUntil => ValidUntil ?? Time + MaxAge;

    /// <summary>Whether it is past its time: the vendor may have published fixes that it does not know of.</summary>
    public bool IsStale(DateTimeOffset now) => now > UsableUntil;

    /// <summary>The file name of an index path in the folder.</summary>
    public static string ListName(string indexPath) => indexPath.Replace('/', '_');
}
