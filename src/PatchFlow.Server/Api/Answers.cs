using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Api;

/// <summary>An answer in JSON. Reads carry an ETag over exactly the bytes that are sent, and answer 304 to one who has them.</summary>
internal class Answer<T>(T value, int status = StatusCodes.Status200OK, string? location = null, object? basis = null) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        if (location is not null)
        {
            httpContext.Response.Headers.Location = location;
        }

        httpContext.Response.StatusCode = status;
        return Entity.WriteAsync(httpContext, Entity.Bytes(value), "application/json; charset=utf-8", basis);
    }

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(T), ["application/json"]));
}

/// <summary>201 with the address of what was made.</summary>
internal sealed class Created<T>(T value, string location, object? basis = null) : Answer<T>(value, StatusCodes.Status201Created, location, basis), IEndpointMetadataProvider
{
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status201Created, typeof(T), ["application/json"]));
}

/// <summary>202 with the address where the end of the work can be read.</summary>
internal sealed class Accepted<T>(T value, string location) : Answer<T>(value, StatusCodes.Status202Accepted, location), IEndpointMetadataProvider
{
    static void IEndpointMetadataProvider.PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status202Accepted, typeof(T), ["application/json"]));
}

/// <summary>A document's own bytes.</summary>
internal sealed class TextAnswer(byte[] bytes) : IResult, IEndpointMetadataProvider
{
    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext) => Entity.WriteAsync(httpContext, bytes, "text/plain; charset=utf-8");

    /// <inheritdoc/>
    public static void PopulateMetadata(MethodInfo method, EndpointBuilder builder) =>
        builder.Metadata.Add(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(string), ["text/plain"]));
}

/// <summary>Bytes of a resource, and their tag.</summary>
internal static class Entity
{
    /// <summary>A resource as it is sent.</summary>
    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, WireJson.Options);

    /// <summary>
    /// The tag of these very bytes. Where only a part of a resource is people's to change, the tag begins with that part's own
    /// (<paramref name="basis"/>): what the server finds out by itself then makes nobody's change stale.
    /// </summary>
    public static string Tag(byte[] bytes, object? basis = null) =>
        basis is null ? $"\"{Digest.Of(bytes).Hex[..32]}\"" : $"\"{Head(basis)}{Digest.Of(bytes).Hex[..32]}\"";

    private static string Head(object basis) => $"{Digest.Of(Bytes(basis)).Hex[..32]}.";

    /// <summary>Refuses a change to something of which a part is not any more what the caller saw.</summary>
    /// <exception cref="RefusedException"><c>If-Match</c> names another state of that part.</exception>
    public static void RequireMatchOfPart(HttpContext http, object basis) => RequireMatch(http, tag => tag.StartsWith($"\"{Head(basis)}", StringComparison.Ordinal));

    /// <summary>Refuses a change to something that is not any more what the caller saw.</summary>
    /// <exception cref="RefusedException"><c>If-Match</c> names another state.</exception>
    public static void RequireMatch<T>(HttpContext http, T current) => RequireMatch(http, tag => tag == Tag(Bytes(current)));

    private static void RequireMatch(HttpContext http, Func<string, bool> isCurrent)
    {
        var wanted = http.Request.Headers.IfMatch.ToString();
        if (wanted.Length > 0 && wanted != "*" && !wanted.Split(',').Any(tag => isCurrent(tag.Trim())))
        {
            throw new RefusedException(ProblemKind.Stale, $"{http.Request.Path.Value} is not as in the ETag {wanted} any more: read it again, then decide again");
        }
    }

    /// <summary>Writes bytes, or 304 to one who has them.</summary>
    public static Task WriteAsync(HttpContext http, byte[] bytes, string type, object? basis = null)
    {
        var isRead = HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method);
        // What hosts and feeds wrote is shown as what it is and never run by a browser.
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = isRead ? "private, no-cache" : "no-store";
        var tag = Tag(bytes, basis);
        http.Response.Headers.ETag = tag;
        if (isRead && http.Request.Headers.IfNoneMatch.ToString().Split(',').Any(t => t.Trim() is var known && (known == tag || known == $"W/{tag}" || known == "*")))
        {
            http.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        http.Response.ContentType = type;
        http.Response.ContentLength = bytes.Length;
        return http.Response.Body.WriteAsync(bytes, http.RequestAborted).AsTask();
    }
}
