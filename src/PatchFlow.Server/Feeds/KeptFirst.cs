using System.Collections.Concurrent;
using System.Net;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Answers with what is kept of the last fetch that went well, and by the source, if one is given, with what is not. Whether a body is what it was is seen when it
/// was read: where it is not, that is said by <see cref="KeptContent.Spoil"/>, and the address asked for again.
/// </summary>
internal sealed class KeptFirst(KeptAnswers kept, HttpMessageHandler? source) : HttpMessageHandler
{
    private readonly HttpMessageInvoker? _source = source is null ? null : new HttpMessageInvoker(source, disposeHandler: false);
    private readonly ConcurrentDictionary<UInt128, bool> _spoiled = new();
    private Uri? _lacking;

    /// <summary>The first address whose answer is not kept as it came; null where all were.</summary>
    public Uri? Lacking => _lacking;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        if (kept.Of(address) is { } answer && !_spoiled.ContainsKey(answer.Key))
        {
            if (answer.IsAbsent)
            {
                return new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request };
            }

            if (Opened(answer) is { } body)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = body };
            }
        }

        Interlocked.CompareExchange(ref _lacking, address, null);
        return _source is null
            ? throw new HttpRequestException(HttpRequestError.ConnectionError, null, new FeedException(FeedFault.Unreachable, $"what {address} answered is not kept"))
            : await _source.SendAsync(request, cancellationToken);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _source?.Dispose();
        base.Dispose(disposing);
    }

    private KeptContent? Opened(KeptAnswer answer)
    {
        try
        {
            return new KeptContent(kept.Open(answer), answer, () => _spoiled[answer.Key] = true);
        }
        catch (Exception e) when (KeptBodies.IsSpoiled(e))
        {
            return null;
        }
    }
}

/// <summary>A body that is kept, and must have that digest when it was read.</summary>
/// <param name="body">Its bytes.</param>
/// <param name="answer">What was answered.</param>
/// <param name="spoil">Notes that it is not that, so that it is asked for.</param>
internal sealed class KeptContent(Stream body, KeptAnswer answer, Action spoil) : StreamContent(body)
{
    /// <summary>What was answered.</summary>
    public KeptAnswer Answer => answer;

    /// <summary>Notes that it is not what was answered.</summary>
    public void Spoil() => spoil();
}
