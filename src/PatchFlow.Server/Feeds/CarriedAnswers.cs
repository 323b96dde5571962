using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Answers with the files of an extracted archive, and with 404 where the source answered so when it was made: nothing goes out. What the archive has
/// neither way could not be had then, which does not mean that there is none.
/// </summary>
internal sealed class CarriedAnswers(string folder) : HttpMessageHandler
{
    private const int MostNameLength = 60;
    private const string AbsentSuffix = ".absent";

    /// <summary>The file of an archive with what an address answered.</summary>
    public static string NameOf(Uri address)
    {
        var last = Uri.UnescapeDataString(address.AbsolutePath.TrimEnd('/').Split('/')[^1]);
        var shown = string.Concat(last.Take(MostNameLength).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '_'));
        return $"{KeptAnswer.KeyText(KeyOf(address))}-{shown}";
    }

    /// <summary>What the name of that file begins with: half of the SHA-256 of the address.</summary>
    public static UInt128 KeyOf(Uri address)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(address.AbsoluteUri), digest);
        return BinaryPrimitives.ReadUInt128BigEndian(digest);
    }

    /// <summary>The empty file of an archive for an address at which there is nothing.</summary>
    public static string AbsentNameOf(Uri address) => NameOf(address) + AbsentSuffix;

    /// <inheritdoc/>
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var address = request.RequestUri!;
        var path = Path.Combine(folder, NameOf(address));
        return Task.FromResult(File.Exists(path) ? new HttpResponseMessage(HttpStatusCode.OK) { RequestMessage = request, Content = new StreamContent(File.OpenRead(path)) }
            : File.Exists(Path.Combine(folder, AbsentNameOf(address))) ? new HttpResponseMessage(HttpStatusCode.NotFound) { RequestMessage = request }
            : throw new HttpRequestException(HttpRequestError.ConnectionError, null, NotCarried(address)));
    }
    private static FeedException NotCarried(Uri address) => new(FeedFault.Unreachable,
        $"the archive does not have {address}, nor that there is nothing: export the feed anew, with the settings that it has here, when its source has all of it");
}
