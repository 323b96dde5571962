using System.Net.Http.Headers;
using PatchFlow.Client;

namespace PatchFlow.Server.Tests.Api;

/// <summary>Alone in the process, since they look at its memory.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    internal const string Name = "alone";
}

/// <summary>A body that is far larger than others costs no memory of its size.</summary>
[Collection(AloneCollection.Name)]
public sealed class LargeBodyTests
{
    private const long Bytes = 96L << 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task AnArchiveIsTakenInWithoutBeingHeldInMemory(bool hasKey)
    {
        await using var server = await ApiServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.Address };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await server.TokenAsync("olga", Role.Operator));
        Assert.Equal(System.Net.HttpStatusCode.Conflict, (await SendAsync(http, 1 << 20, hasKey ? "first" : null)).StatusCode);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        Assert.Equal(System.Net.HttpStatusCode.Conflict, (await SendAsync(http, Bytes, hasKey ? "large" : null)).StatusCode);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Bytes / 3);
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient http, long bytes, string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/feeds/own/snapshot") { Content = new StreamContent(new Zeros(bytes)) };
        request.Content.Headers.ContentType = new("application/x-tar");
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        return http.SendAsync(request);
    }

    // An archive's end, over and over.
    private sealed class Zeros(long length) : Stream
    {
        private long _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var some = (int)Math.Min(count, length - _read);
            buffer.AsSpan(offset, some).Clear();
            _read += some;
            return some;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
