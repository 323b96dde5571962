using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>A page of a listing, as it was had: a document and what it says of the listing, or why not.</summary>
internal sealed record RemotePage(SourceDocument? Document, PageOutline? Outline, Refusal? Refused)
{
    /// <summary>Why it could not be had, to be thrown where nothing can be done without it.</summary>
    public FeedException? Failure { get; init; }
}

/// <summary>Has the answers of a vendor's interface, within the limits, as files in the work folder.</summary>
internal sealed class RemotePages(FeedTransport transport, FeedLimits limits, AdvisoryFeed feed, string work)
{
    private int _number;
    private long _bytes;

    /// <summary>The interface at an address.</summary>
    public T Api<T>(Uri address) => Refit.RestService.For<T>(transport.ClientFor(address));

    /// <inheritdoc cref="FeedTransport.LacksAll"/>
    public bool LacksAll => transport.LacksAll;

    /// <summary>What was kept of a path of the interface counts on, though it is not asked for.</summary>
    public void Same(string path) => transport.Same(() => AddressesOf(path));

    /// <summary>The same though it was asked for, since what came is not used.</summary>
    /// <param name="path">The path.</param>
    /// <param name="isInUse">Whether something else of it is in use, kept or not.</param>
    public void Refuse(string path, bool isInUse = false) => transport.Refuse(AddressesOf(path), isInUse);

    /// <summary>A page of a listing. What it does to fail is said of it alone, and the others can be had all the same.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="name">The page's name.</param>
    /// <param name="known">The page when it was last read; null to have it whole.</param>
    /// <param name="ask">Asks for it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">All pages are more than a listing may have, or this machine lacks something.</exception>
    public async Task<RemotePage> PageAsync(
        string listing, string name, KnownDocument? known, Func<Validators?, CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancel)
    {
        try
        {
            var (path, download) = await HaveAsync(known is null ? null : new Validators(known.Etag, known.LastModified), ask, cancel);
            return download.IsNotModified ? Same(listing, known!, download) : Read(listing, name, path, download);
        }
        catch (FeedException e) when (IsOfThePage(e))
        {
            return new RemotePage(null, null, new Refusal(name, "", e.Message)) { Failure = e };
        }
    }

    /// <summary>An answer as a file, opened where it is compressed; without a path where it is as the validators say.</summary>
    /// <exception cref="FeedException">It can't be had within the limits.</exception>
    public async Task<(string Path, Download Download)> HaveAsync(
        Validators? validators, Func<Validators?, CancellationToken, Task<HttpResponseMessage>> ask, CancellationToken cancel)
    {
        if (_bytes > limits.RemoteBytes || _number >= limits.ListedDocuments)
        {
            throw new RemoteBoundException($"{feed.Address} answers with more than the {limits.RemoteBytes} bytes or {limits.ListedDocuments} pages that a feed may have: "
                + "it is not used; check the address, or narrow it by a query");
        }

        validators = LacksAll ? null : validators;
        var path = Path.Combine(work, $"remote{++_number}");
        var download = await transport.AskAsync(feed.Address, token => ask(validators, token), path, limits.PageBytes, validators, cancel);
        _bytes += download.SizeBytes;
        if (download.IsNotModified || !IsGzip(path))
        {
            return (path, download);
        }

        var plain = $"{path}.plain";
        await Decompression.RunAsync(".gz", path, plain, limits.PageBytes, limits, feed.Address.ToString(), cancel);
        File.Delete(path);
        _bytes += new FileInfo(plain).Length;
        return (plain, download);
    }

    /// <summary>Whether what went wrong is the matter of one answer, and others may be had.</summary>
    public static bool IsOfThePage(FeedException e) => e is not RemoteBoundException && e.Fault is not FeedFault.Local;

    private Uri[] AddressesOf(string path) =>
        RemoteAddress.Of(feed.Kind, feed.Address) is { } at ? [new Uri($"{at.Base.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{path}")] : [];

    private RemotePage Read(string listing, string name, string path, Download download)
    {
        var refused = new List<Refusal>();
        using var page = File.OpenRead(path);
        if (PageOutline.Read(feed.Kind, page, name, refused.Add) is not { } outline)
        {
            var first = refused[0] with { IsOfTheRest = false };
            return new RemotePage(null, null, first)
            {
                Failure = new FeedException(FeedFault.NotAnIndex, $"{feed.Address} can't be used as {feed.KindName}: {name}: {first.Reason}; check the address and the kind, or tell the vendor"),
            };
        }

        return new RemotePage(
            new SourceDocument(name, outline.Digest, SourceDocument.MoveFrom(path)) { Listing = listing, Changed = Kept(outline), Validators = download.Validators }, outline, null);
    }

    private static RemotePage Same(string listing, KnownDocument known, Download download) => new(
        new SourceDocument(known.Name, known.Digest, null) { Listing = listing, Changed = known.Changed, Validators = download.Validators }, Kept(known), null);

    // A page that is as it was is not sent again, and what it said of the listing is still needed.
    private static string Kept(PageOutline outline) => $"{outline.Records} {outline.Total} {outline.Size} {outline.Position}";

    private static PageOutline Kept(KnownDocument known)
    {
        var numbers = (known.Changed ?? "").Split(' ').Select(word => int.TryParse(word, out var number) ? number : (int?)null).ToArray();
        return numbers is [{ } records, var total, var size, var position]
            ? new PageOutline(records, total, size, position, null, known.Digest)
            : new PageOutline(0, null, null, null, null, known.Digest);
    }

    // By its first bytes: servers also compress what they don't say is compressed, and neither JSON nor XML begins so.
    private static bool IsGzip(string path)
    {
        using var file = File.OpenRead(path);
        return file.ReadByte() == 0x1f && file.ReadByte() == 0x8b;
    }

    private sealed class RemoteBoundException(string message) : FeedException(FeedFault.TooLarge, message);
}
