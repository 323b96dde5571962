using System.Net;
using System.Text.Json;
using PatchFlow.Client;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>The kinds of refusal: status, stable type, title.</summary>
internal sealed record ProblemKind(int Status, string Name, string Title)
{
    public static readonly ProblemKind Malformed = new(400, "malformed", "The request can't be read");
    public static readonly ProblemKind Unauthenticated = new(401, "unauthenticated", "Nobody is known by this token");
    public static readonly ProblemKind Forbidden = new(403, "forbidden", "This is not allowed to you");
    public static readonly ProblemKind NotFound = new(404, "not-found", "There is no such thing");
    public static readonly ProblemKind Method = new(405, "method", "This can't be done with it");
    public static readonly ProblemKind Conflict = new(409, "conflict", "Its state does not allow this");
    public static readonly ProblemKind Changed = new(409, "changed", "It is not what you saw any more");
    public static readonly ProblemKind KeyReused = new(409, "key-reused", "The idempotency key stands for something else");
    public static readonly ProblemKind Stale = new(412, "stale", "Somebody else changed it meanwhile");
    public static readonly ProblemKind TooLarge = new(413, "too-large", "The request is too large");
    public static readonly ProblemKind MediaType = new(415, "media-type", "The request must be JSON");
    public static readonly ProblemKind Invalid = new(422, "invalid", "A value is not allowed");
    public static readonly ProblemKind Bug = new(500, "bug", "The server failed");
    public static readonly ProblemKind Unavailable = new(503, "unavailable", "Not at present");
    public static readonly ProblemKind Storage = new(507, "storage", "The data directory can't be written");

    private static readonly ProblemKind[] ByStatus =
        [Malformed, Unauthenticated, Forbidden, NotFound, Method, Conflict, Stale, TooLarge, MediaType, Invalid, Unavailable];

    /// <summary>The kind that a bare status stands for.</summary>
    public static ProblemKind Of(int status) =>
        Array.Find(ByStatus, kind => kind.Status == status) ?? (status < 500 ? Malformed with { Status = status } : Bug);

    /// <summary>A URI that never changes.</summary>
    public string Type => $"urn:patchflow:problem:{Name}";
}

/// <summary>A request is refused. The detail says what to do.</summary>
internal sealed class RefusedException(ProblemKind kind, string detail, string? field = null) : Exception(detail)
{
    /// <summary>The kind.</summary>
    public ProblemKind Kind { get; } = kind;

    /// <summary>The field that is wrong, where it is one.</summary>
    public string? Field { get; } = field;

    public static RefusedException NotFound(string detail) => new(ProblemKind.NotFound, detail);

    public static RefusedException Conflict(string detail) => new(ProblemKind.Conflict, detail);

    public static RefusedException Malformed(string detail) => new(ProblemKind.Malformed, detail);

    public static RefusedException Invalid(string field, string detail) => new(ProblemKind.Invalid, detail, field);
}

/// <summary>Every refusal and failure leaves as problem details (RFC 9457), and never with a stack trace.</summary>
internal static class Problems
{
    /// <summary>Runs the rest of the pipeline; what it throws, and statuses that it leaves bare, become problem details.</summary>
    public static async Task GuardAsync(HttpContext http, Func<Task> rest, ILogger log)
    {
        var commits = Database.CountCommits();
        try
        {
            await rest();
        }
        catch (RefusedException e)
        {
            await WriteAsync(http, e.Kind, e.Message, e.Field);
        }
        catch (BadHttpRequestException e)
        {
            await WriteAsync(http, ProblemKind.Of(e.StatusCode), Explain(e));
        }
        catch (Exception e) when (DiskTrouble.Is(e) && CanAnswer(http))
        {
            log.LogError(e, "{Method} {Path} could not be kept, request {Request}", http.Request.Method, http.Request.Path.Value, http.TraceIdentifier);
            await WriteAsync(http, ProblemKind.Storage, $"{DiskTrouble.Why(e)}: {(commits.IsNone ? "nothing was changed" : "not all of it was done: look at the state first")}; {DiskTrouble.Remedy}, then try again");
        }
        catch (Exception e) when (CanAnswer(http))
        {
            log.LogError(e, "{Method} {Path} failed, request {Request}", http.Request.Method, http.Request.Path.Value, http.TraceIdentifier);
            await WriteAsync(http, ProblemKind.Bug, $"nothing may have been done; the server's log has the cause under request {http.TraceIdentifier}: look at the state, then try again");
        }

        if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentType: null, ContentLength: null })
        {
            await WriteAsync(http, ProblemKind.Of(http.Response.StatusCode), Bare(http));
        }
    }

    private static bool CanAnswer(HttpContext http) => !http.RequestAborted.IsCancellationRequested && !http.Response.HasStarted;

    /// <summary>Writes a refusal.</summary>
    public static Task WriteAsync(HttpContext http, ProblemKind kind, string detail, string? field = null)
    {
        var errors = field is null ? null : new Dictionary<string, IReadOnlyList<string>> { [field] = [detail] };
        var body = new ProblemBody(kind.Type, kind.Title, detail, http.Request.Path.Value, errors);
        http.Response.StatusCode = kind.Status;
        http.Response.ContentType = "application/problem+json";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        if (kind.Status == (int)HttpStatusCode.ServiceUnavailable)
        {
            http.Response.Headers.RetryAfter = "5";
        }

        return http.Response.Body.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), http.RequestAborted).AsTask();
    }

    private static string Explain(BadHttpRequestException e) => e switch
    {
        { InnerException: JsonException json } => $"the body is not what is expected ({Cut(json.Message)}): see /openapi/v1.json",
        { StatusCode: 413 } => $"the body is larger than {ApiLimits.BodyBytes} bytes",
        { StatusCode: 415 } => "send the body with 'Content-Type: application/json'",
        _ => $"{Cut(e.Message)}: see /openapi/v1.json",
    };

    private static string Bare(HttpContext http) => http.Response.StatusCode switch
    {
        404 => $"there is nothing at {http.Request.Path.Value}: see /openapi/v1.json for what there is",
        405 => $"{http.Request.Path.Value} does not take {http.Request.Method}: see /openapi/v1.json for what it takes",
        415 => "send the body with 'Content-Type: application/json'",
        _ => $"the request was refused with {http.Response.StatusCode}: see /openapi/v1.json",
    };

    // A type's name is of no use to a client.
    private static string Cut(string message) => message.Replace("PatchFlow.Client.", "", StringComparison.Ordinal).TrimEnd('.');
}
