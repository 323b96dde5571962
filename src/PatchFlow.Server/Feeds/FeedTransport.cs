using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// The only way out for feeds. It connects to the hosts of configured feeds and to nobody else (checked when the connection is made),
/// and follows a redirect only to the same scheme, host and port.
/// </summary>
internal sealed class FeedTransport : IDisposable
{
    private const int MostValidator = 256;
    private readonly FeedLimits _limits;
    private readonly HttpMessageHandler _handler;
    private readonly HttpClient _client;
    private readonly bool _isOwner = true;

    public FeedTransport(FeedList feeds, FeedLimits limits)
    {
        _limits = limits;
        _handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            UseCookies = false,
            ConnectTimeout = limits.Time,
            MaxConnectionsPerServer = 4,
            MaxResponseHeadersLength = 64,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = new FeedConnections(feeds).ConnectAsync,
        };
        _client = Client(_handler);
    }

    private FeedTransport(FeedLimits limits, HttpMessageHandler handler, bool isOwner = true) =>
        (_limits, _handler, _client, _isOwner) = (limits, handler, Client(handler), isOwner);

    /// <summary>A folder in which all that is answered is kept besides, by its address, also that there is nothing; null where it is not.</summary>
    public string? RecordTo { get; init; }

    /// <summary>Has everything from an extracted archive (<see cref="CarriedAnswers"/>).</summary>
    public static FeedTransport OfArchive(string folder, FeedLimits limits) => new(limits, new CarriedAnswers(folder));

    /// <summary>Has everything from what is kept, and what is not from <paramref name="source"/> if that is given.</summary>
    public static FeedTransport OfKept(KeptAnswers kept, FeedTransport? source, FeedLimits limits, string? recordTo, out KeptFirst first)
    {
        first = new KeptFirst(kept, source?._handler);
        return new(limits, first) { RecordTo = recordTo, Mends = kept };
    }

    /// <summary>The same way out, with what it answers kept; its connections are those of this one.</summary>
    public FeedTransport Keeping(KeptAnswers answers) => new(_limits, _handler, isOwner: false) { RecordTo = RecordTo, Answers = answers };

    private KeptAnswers? Answers { get; init; }

    private KeptAnswers? Mends { get; init; }

    /// <summary>
    /// For an interface of Refit, whose answers are read by <see cref="AskAsync"/>: it has no way out but this one, and follows no redirect by itself.
    /// </summary>
    public HttpClient ClientFor(Uri address)
    {
        var client = Client(_handler);
        client.BaseAddress = new Uri(address.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        return client;
    }

    /// <summary>Writes the file at <paramref name="address"/> to <paramref name="path"/>, synced; on failure nothing is left there.</summary>
    /// <exception cref="FeedException">It can't be had within the limits.</exception>
    /// <remarks>What a fetch that was cut off was answered under the same date is not asked for again: the date is its list's, empty without one, null for what is always asked for.</remarks>
    public Task<Download> GetAsync(Uri address, string path, long maxBytes, Validators? validators, CancellationToken cancel, string? dated = null) => WithinAsync(
        address,
        path,
        maxBytes,
        token => address.IsFile
            ? CopyAsync(address, path, maxBytes, token)
            : dated is not null && Answers?.CutOff(address) is { } kept
            ? ResumeAsync(address, kept, path, maxBytes, Of(address, validators), dated, token)
            : RequestAsync(address, Request(address, Of(address, validators)), path, maxBytes, Of(address, validators), token, dated),
        cancel);

    /// <inheritdoc cref="KeptAnswers.Lacks"/>
    public bool Lacks(Uri address, string? document = null) => Answers?.Lacks(address, document) == true;

    /// <summary>Whether answers are to be kept, and none of what is in use is.</summary>
    public bool LacksAll => Answers is { AnsweredAt: null };

    /// <inheritdoc cref="KeptAnswers.Same"/>
    public void Same(Func<IReadOnlyCollection<Uri>> addresses, string? document = null) => Answers?.Same(addresses, document);

    /// <inheritdoc cref="KeptAnswers.Moved"/>
    public void Moved(Uri address, string sha256) => Answers?.Moved(address, sha256);

    /// <inheritdoc cref="KeptAnswers.Refuse"/>
    public void Refuse(IReadOnlyCollection<Uri> addresses, bool isInUse = false) => Answers?.Refuse(addresses, isInUse);

    /// <summary>Reads a file of this machine where it lies, within the same limits.</summary>
    /// <param name="address">A <c>file:</c> address.</param>
    /// <param name="maxBytes">One more is an error.</param>
    /// <param name="read">Reads its bytes.</param>
    /// <param name="cancel">Ends it.</param>
    /// <exception cref="FeedException">It can't be had within the limits.</exception>
    public Task ReadFileAsync(Uri address, long maxBytes, Action<Stream> read, CancellationToken cancel) => WithinAsync(
        address,
        maxBytes,
        token => Task.Run(
            () =>
            {
                using var file = LocalFile.Open(address.LocalPath);
                read(new LimitedStream(file, maxBytes, () => TooLarge(address, maxBytes), stop: token));
                return true;
            },
            token),
        cancel);

    /// <summary>The same as <see cref="GetAsync"/> for what an interface of Refit asks for, by a client of <see cref="ClientFor"/> and with these validators.</summary>
    /// <exception cref="FeedException">It can't be had within the limits.</exception>
    public Task<Download> AskAsync(
        Uri address, Func<CancellationToken, Task<HttpResponseMessage>> ask, string path, long maxBytes, Validators? validators, CancellationToken cancel) =>
        WithinAsync(address, path, maxBytes, token => RequestAsync(address, ask, path, maxBytes, validators, token), cancel);

    // What is not kept yet has to come once more.
    private Validators? Of(Uri address, Validators? validators) => validators is null || Lacks(address) ? null : validators;

    /// <inheritdoc/>
    public void Dispose()
    {
        _client.Dispose();
        if (_isOwner)
        {
            _handler.Dispose();
        }
    }

    private static HttpClient Client(HttpMessageHandler handler)
    {
        var client = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("PatchFlow/0.1");
        return client;
    }

    private async Task<Download> WithinAsync(Uri address, string path, long maxBytes, Func<CancellationToken, Task<Download>> getAsync, CancellationToken cancel)
    {
        try
        {
            return await WithinAsync(address, maxBytes, getAsync, cancel);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    private async Task<T> WithinAsync<T>(Uri address, long maxBytes, Func<CancellationToken, Task<T>> getAsync, CancellationToken cancel)
    {
        var time = _limits.TimeFor(maxBytes);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(time);
        try
        {
            return await getAsync(limit.Token);
        }
        catch (Exception thrown)
        {
            var e = thrown is Refit.ApiRequestException { InnerException: { } inner } ? inner : thrown;
            throw e switch
            {
                OperationCanceledException when !cancel.IsCancellationRequested =>
                    new FeedException(FeedFault.TooSlow, $"{address} did not answer within {time.TotalSeconds:0} s: check the network, or use a nearer mirror", e),
                HttpRequestException { InnerException: FeedException refused } => refused,
                HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpRequestException { InnerException: IOException } => Truncated(address, e),
                HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } => Truncated(address, e),
                IOException { InnerException: SocketException } => Truncated(address, e),
                HttpRequestException or HttpIOException =>
                    new FeedException(FeedFault.Unreachable, $"{address} can't be reached ({e.Message}): check the network and the address", e),
                _ => thrown,
            };
        }
    }

    private async Task<Download> RequestAsync(
        Uri address, Func<CancellationToken, Task<HttpResponseMessage>> ask, string path, long maxBytes, Validators? validators, CancellationToken cancel, string? dated = null)
    {
        Uri? first = null;
        for (var redirects = 0; ; redirects++)
        {
            using var response = await ask(cancel);
            first ??= response.RequestMessage!.RequestUri;
            // A 304 to whoever named nothing is no answer.
            if (response.StatusCode is HttpStatusCode.NotModified && validators is not null and not { ETag: null, LastModified: null })
            {
                Answers?.Same(() => [first!]);
                return new Download(true, 0, default, validators);
            }

            if ((int)response.StatusCode is 301 or 302 or 303 or 307 or 308)
            {
                var asked = response.RequestMessage!;
                ask = Request(Redirected(address, asked.RequestUri!, response.Headers.Location, redirects), validators, asked.Headers.Accept.ToString());
                continue;
            }

            if (IsAbsent(response))
            {
                RecordAbsent(first!, dated);
            }

            var kept = response.Content as KeptContent;
            if (await ReadAsync(address, response, path, maxBytes, kept, cancel) is { } download)
            {
                await RecordAsync(first!, path, download, dated, kept is null, cancel);
                return download;
            }
        }
    }

    private async Task RecordAsync(Uri asked, string path, Download download, string? dated, bool isAnswer, CancellationToken cancel)
    {
        if (RecordTo is { } folder)
        {
            File.Copy(path, Path.Combine(folder, CarriedAnswers.NameOf(asked)), overwrite: true);
        }

        await (Answers?.KeepAsync(asked, path, download, dated, cancel) ?? Task.CompletedTask);
        await (isAnswer && Mends is not null ? Mends.MendAsync(asked, path, download, cancel) : Task.CompletedTask);
    }

    // The list's date spares the request as it does for what is in use; else the server says whether it is the same.
    private async Task<Download> ResumeAsync(Uri address, KeptAnswer kept, string path, long maxBytes, Validators? validators, string dated, CancellationToken cancel)
    {
        var isSame = dated.Length > 0 && dated == kept.Dated;
        if (isSame && kept.IsAbsent)
        {
            Answers!.Resume(kept);
            throw Absent(address, HttpStatusCode.NotFound);
        }

        if (kept.IsAbsent || !await IsUnpackedAsync(address, kept, path, maxBytes, cancel))
        {
            return await RequestAsync(address, Request(address, validators), path, maxBytes, validators, cancel, dated);
        }

        var download = isSame ? null : await RequestAsync(address, Request(address, kept.Validators), path, maxBytes, kept.Validators, cancel, dated);
        if (download is { IsNotModified: false })
        {
            return download;
        }

        Answers!.Resume(kept with { Dated = dated });
        return new Download(false, kept.SizeBytes, kept.Sha256, kept.Validators);
    }

    // The bytes that were written are those that were hashed.
    private async Task<bool> IsUnpackedAsync(Uri address, KeptAnswer kept, string path, long maxBytes, CancellationToken cancel)
    {
        try
        {
            await using var body = Answers!.Open(kept);
            return (await WriteAsync(address, body, path, Math.Min(maxBytes, kept.SizeBytes), isKept: true, cancel)).Sha256 == kept.Sha256;
        }
        catch (Exception e) when (KeptBodies.IsSpoiled(e))
        {
            return false;
        }
    }

    /// <summary>Keeps that there is nothing at an address, also where its site said so in another way than by 404.</summary>
    /// <remarks>That there is nothing is an answer; that there was none is not.</remarks>
    public void RecordAbsent(Uri asked, string? dated = null)
    {
        Answers?.KeepAbsent(asked, dated);
        if (RecordTo is { } folder)
        {
            File.WriteAllBytes(Path.Combine(folder, CarriedAnswers.AbsentNameOf(asked)), []);
        }
    }

    private static bool IsAbsent(HttpResponseMessage response) => response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone;

    private Func<CancellationToken, Task<HttpResponseMessage>> Request(Uri address, Validators? validators, string accept = "") => async cancel =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        AddValidators(request, validators);
        request.Headers.Accept.ParseAdd(accept);
        return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
    };

    private static void AddValidators(HttpRequestMessage request, Validators? validators)
    {
        if (validators?.ETag is { } tag)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        }

        if (validators?.LastModified is { } time)
        {
            request.Headers.TryAddWithoutValidation("If-Modified-Since", time);
        }
    }

    // Null where it is kept, and not what was answered any more.
    private static async Task<Download?> ReadAsync(Uri address, HttpResponseMessage response, string path, long maxBytes, KeptContent? kept, CancellationToken cancel)
    {
        if (IsAbsent(response))
        {
            throw Absent(address, response.StatusCode);
        }

        if (response.StatusCode is not HttpStatusCode.OK)
        {
            throw new FeedException(FeedFault.Unreachable, $"{address} answers {(int)response.StatusCode} {response.ReasonPhrase}: it is tried again; check the address when it stays")
            {
                IsForbidden = response.StatusCode is HttpStatusCode.Forbidden,
            };
        }

        if (response.Content.Headers.ContentLength > maxBytes)
        {
            throw TooLarge(address, maxBytes);
        }

        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(cancel);
            var (size, digest) = await WriteAsync(address, body, path, Math.Min(maxBytes, kept?.Answer.SizeBytes ?? maxBytes), kept is not null, cancel);
            if (kept is not null && kept.Answer.Sha256 == digest)
            {
                return new Download(false, size, digest, kept.Answer.Validators);
            }

            if (kept is null)
            {
                var lastModified = response.Content.Headers.TryGetValues("Last-Modified", out var values) ? values.FirstOrDefault() : null;
                return new Download(false, size, digest, new Validators(Bounded(response.Headers.ETag?.ToString()), Bounded(lastModified)));
            }
        }
        catch (Exception e) when (kept is not null && KeptBodies.IsSpoiled(e))
        {
            // What came of it is overwritten by what is asked for now.
        }

        kept.Spoil();
        return null;
    }

    // Kept for each document: what is longer than any server writes is as good as none.
    private static string? Bounded(string? validator) => validator?.Length > MostValidator ? null : validator;

    private static async Task<Download> CopyAsync(Uri address, string path, long maxBytes, CancellationToken cancel)
    {
        await using var file = LocalFile.Open(address.LocalPath);
        var (size, digest) = await WriteAsync(address, file, path, maxBytes, isKept: false, cancel);
        return new Download(false, size, digest, new Validators(null, null));
    }

    private static async Task<(long Size, Digest Sha256)> WriteAsync(Uri address, Stream body, string path, long maxBytes, bool isKept, CancellationToken cancel)
    {
        var limited = new LimitedStream(body, maxBytes, () => TooLarge(address, maxBytes));
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write);
        using var hash = SHA256.Create();
        await using (var hashing = new CryptoStream(file, hash, CryptoStreamMode.Write, leaveOpen: true))
        {
            await limited.CopyToAsync(hashing, 1 << 17, cancel);
        }

        // What is kept elsewhere is not lost with this file.
        file.Flush(flushToDisk: !isKept);
        return (limited.Count, Digest.FromBytes(hash.Hash));
    }

    private Uri Redirected(Uri first, Uri from, Uri? to, int redirects)
    {
        var next = to is null ? null : new Uri(from, to);
        if (next is null || redirects >= _limits.Redirects || next.Scheme != first.Scheme || next.Host != first.Host || next.Port != first.Port)
        {
            throw new FeedException(FeedFault.Redirected, $"{first} redirects to '{next?.GetLeftPart(UriPartial.Path)}' or too often: only {_limits.Redirects} redirects "
                + "to the same scheme, host and port are followed; if it is right, make it the feed's address");
        }

        return next;
    }

    private static FeedException Absent(Uri address, HttpStatusCode status) =>
        new(FeedFault.NotFound, $"{address} does not exist ({(int)status}): {FeedException.CheckAddress}");

    private static FeedException TooLarge(Uri address, long maxBytes) =>
        new(FeedFault.TooLarge, $"{address} is larger than the {maxBytes} bytes that it may have: it is not used; check the address");

    private static FeedException Truncated(Uri address, Exception e) =>
        new(FeedFault.Truncated, $"{address} ended before its announced length, or the connection broke: the transfer was cut; it is tried again", e);
}
