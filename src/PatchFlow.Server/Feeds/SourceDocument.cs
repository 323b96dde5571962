namespace PatchFlow.Server.Feeds;

/// <summary>A document of a feed, gathered and not yet read.</summary>
/// <param name="Name">Its path within the feed; the ending says how it is compressed.</param>
/// <param name="Digest">The SHA-256 of its bytes as they came, in hex.</param>
/// <param name="CopyAsync">Puts its bytes, as they came, at a path; null where they need not be read, since they are as known.</param>
internal sealed record SourceDocument(string Name, string Digest, Func<string, CancellationToken, Task>? CopyAsync)
{
    /// <summary>When the list says that it was changed; null where there is no list, or it says nothing.</summary>
    public string? Changed { get; init; }

    /// <summary>For the next request of it alone.</summary>
    public Validators Validators { get; init; } = new(null, null);

    /// <summary>The listing that it is a page of, by which its records are known; null where it stands for itself. No document has such a name: it ends in a slash.</summary>
    public string? Listing { get; init; }

    /// <summary>How it is compressed; empty where it is not.</summary>
    public string Compression => Path.GetExtension(Name) is ".gz" or ".xz" or ".bz2" or ".zst" ? Path.GetExtension(Name) : "";
}

/// <summary>The documents of a feed as they are now.</summary>
/// <param name="Documents">In the order of the source.</param>
/// <param name="Validators">For the next request.</param>
/// <param name="Refused">Documents that could not be had, with the reason: the others count all the same.</param>
internal sealed record Gathered(IReadOnlyList<SourceDocument> Documents, Validators Validators, IReadOnlyList<Core.Advisories.Refusal> Refused)
{
    /// <summary>Whether all of a listing was had: else that something is missing in it means nothing.</summary>
    public bool IsWhole { get; init; } = true;
}
