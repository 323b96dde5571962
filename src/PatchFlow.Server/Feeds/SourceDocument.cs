namespace PatchFlow.Server.Feeds;

/// <summary>A document of a feed, gathered and not yet read.</summary>
/// <param name="Name">Its path within the feed; the ending says how it is compressed.</param>
/// <param name="Digest">The SHA-256 of its bytes as they came, in hex.</param>
/// <param name="CopyAsync">Puts its bytes, as they came, at a path; null where they need not be read, since they are as known.</param>
internal sealed record SourceDocument(string Name, string Digest, Func<string, CancellationToken, Task>? CopyAsync)
{
    /// <summary>When the list says that it was changed; null where there is no list, or it says nothing.</summary>
    public string? Changed { get; init; }

    /// <summary>Whether it is a list of documents, which is remembered and says nothing itself.</summary>
    public bool IsList { get; init; }

    /// <summary>Whether a list of one vendor names it: then no other document of the feed is of another vendor.</summary>
    public bool IsListed { get; init; }

    /// <summary>When the vendor deleted it: what it said ends as withdrawn.</summary>
    public DateTimeOffset? Withdrawn { get; init; }

    /// <summary>For the next request of it alone.</summary>
    public Validators Validators { get; init; } = new(null, null);

    /// <summary>The listing that it is a page of, by which its records are known; null where it stands for itself. No document has such a name: it ends in a slash.</summary>
    public string? Listing { get; init; }

    /// <summary>Leaves what was kept in its place: called where its bytes came well, nothing in them can be read, and other bytes of it are in use. Null where none are kept.</summary>
    public Action? Unkeep { get; init; }

    /// <summary>How it is compressed; empty where it is not.</summary>
    public string Compression => Path.GetExtension(Name) is ".gz" or ".xz" or ".bz2" or ".zst" ? Path.GetExtension(Name) : "";

    /// <summary>Its bytes are those of a file in the work folder, which is put where it is wanted.</summary>
    public static Func<string, CancellationToken, Task> MoveFrom(string path) => (to, _) =>
    {
        File.Move(path, to, overwrite: true);
        return Task.CompletedTask;
    };
}

/// <summary>The documents of a feed as they are now.</summary>
/// <param name="Documents">In the order of the source.</param>
/// <param name="Validators">For the next request.</param>
/// <param name="Refused">Documents that could not be had, with the reason: the others count all the same.</param>
internal sealed record Gathered(IReadOnlyList<SourceDocument> Documents, Validators Validators, IReadOnlyList<Core.Advisories.Refusal> Refused)
{
    /// <summary>What else is to be said of documents that count.</summary>
    public IReadOnlyList<Core.Advisories.Refusal> Notes { get; init; } = [];

    /// <summary>The digest of the index that vouches for the documents; null where there is none.</summary>
    public Core.Documents.Digest? Index { get; init; }

    /// <summary>That index's own date.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The latest date of the lists that name the documents, where their word on what is missing counts; else null.</summary>
    public DateTimeOffset? ListTime { get; init; }

    /// <summary>The dates of the lists that were used, by address.</summary>
    public IReadOnlyDictionary<string, DateTimeOffset> Lists { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, DateTimeOffset>.Empty;

    /// <summary>What was found of signatures; null where none are asked for.</summary>
    public SignatureLook? Signatures { get; init; }

    /// <summary>What the documents are unpacked from as they are read, which must be closed behind them; null where they are not.</summary>
    public ZipDocuments? Archive { get; init; }

    /// <summary>Whether the source says that it has no documents of this kind: that takes back nothing of what they said.</summary>
    public bool HasNone { get; init; }

    /// <summary>Whether all of a listing was had: else that something is missing in it means nothing.</summary>
    public bool IsWhole { get; init; } = true;

    /// <summary>What is not known of the source as it is now, the first of it: what could not be had, and what of its lists could not be read; null where all is.</summary>
    public string? Lack { get; init; }

    /// <summary>What may be there and could not be had now, the first of it; null where nothing is.</summary>
    public string? Away { get; init; }
}

/// <summary>What one look found of signatures that documents must have.</summary>
/// <param name="Good">How many documents had a good one.</param>
/// <param name="Missing">Those that have none.</param>
/// <param name="Stripped">Those that have none and had a good one once.</param>
/// <param name="Ended">Those that were missed or waited for before, and have a good one by now or were taken back.</param>
internal sealed record SignatureLook(int Good, IReadOnlyCollection<string> Missing, IReadOnlyCollection<string> Stripped, IReadOnlyCollection<string> Ended)
{
    /// <summary>Whether all lists were read and everything that they name answered, well or not.</summary>
    public bool IsWhole { get; init; } = true;
}
