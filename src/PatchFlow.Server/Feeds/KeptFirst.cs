using System.Net;

namespace PatchFlow.Server.Feeds;

/// <summary>Answers with what is kept of the last fetch that went well; with what is not kept, or was altered, by the source, if one is given.</summary>
internal sealed class KeptFirst(KeptAnswers kept, HttpMessageHandler? source) : HttpMessageHandler
{
    private readonly HttpMessageInvoker? _source = source is null ? null : new HttpMessageInvoker(source, disposeHandler: false);
    private int _missing;

    /// <summary>How many answers were not kept as they came.</summary>
    public int Missing => _missing;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        if (kept.Of(address) is { } answer)
        {
            if (answer.IsAbsent)
            {
                return new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request };
            }

            if (kept.Open(answer) is { } body)
            {
                return new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StreamContent(body) };
            }
        }

        Interlocked.Increment(ref _missing);
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
}
