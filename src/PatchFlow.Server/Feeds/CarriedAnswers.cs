using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>Answers with the files of an extracted archive, and with 404 where it has none: nothing goes out.</summary>
internal sealed class CarriedAnswers(string folder) : HttpMessageHandler
{
    private const int MostNameLength = 60;

    /// <summary>The file of an archive with what an address answered.</summary>
    public static string NameOf(Uri address)
    {
        var last = Uri.UnescapeDataString(address.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        var shown = string.Concat(last.Take(MostNameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
        return $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri)))[..32]}-{shown}";
    }

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, NameOf(request.RequestUri!));
        return Task.FromResult(File.Exists(path)
            ? new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StreamContent(File.OpenRead(path)) }
            : new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request });
    }
}
