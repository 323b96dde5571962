using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary>The answer holds a secret that is shown once and kept nowhere: it can't be given again.</summary>
internal sealed record ShownOnceMark;

/// <summary>
/// <c>Idempotency-Key</c>: the same key and request get the same answer for 24 hours, and are carried out at most once. The key is
/// taken before the work, so that a crash in between leaves a key that is refused, never work that is done twice.
/// </summary>
internal sealed class Idempotency(Database database, TimeProvider time, ILogger<Idempotency> log)
{
    private const string Header = "Idempotency-Key";
    private const int MostChars = 200;
    private const int UnderWay = 0;

    /// <summary>Runs the rest of the pipeline, or gives the answer of before.</summary>
    public async Task RunAsync(HttpContext http, Func<Task> rest)
    {
        var key = http.Request.Headers[Header].ToString();
        if (key.Length == 0 || HttpMethods.IsGet(http.Request.Method) || http.GetEndpoint()?.Metadata.GetMetadata<PermissionMark>() is null)
        {
            await rest();
            return;
        }

        if (key.Length > MostChars || key.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw RefusedException.Malformed($"{Header} is longer than {MostChars} characters, or has others than the visible ones of ASCII: use a UUID");
        }

        var subject = Caller.Of(http).Subject;
        var request = await DigestAsync(http);
        if (await TakeAsync(subject, key, request) is { } known)
        {
            await ReplayAsync(http, known, request);
            return;
        }

        await RecordAsync(http, subject, key, rest);
    }

    private static async Task<string> DigestAsync(HttpContext http)
    {
        // A body of some size waits in a temporary file: a snapshot of a feed is far larger than what this server may keep in memory.
        http.Request.EnableBuffering();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{http.Request.Method} {http.Request.Path.Value} {http.Request.Headers.IfMatch}\n"));
        var buffer = new byte[1 << 16];
        for (int count; (count = await http.Request.Body.ReadAsync(buffer, http.RequestAborted)) > 0;)
        {
            hash.AppendData(buffer, 0, count);
        }

        http.Request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private Task<Row?> TakeAsync(string subject, string key, string request) => database.WriteAsync((connection, transaction) =>
    {
        var now = time.GetUtcNow();
        connection.Execute("DELETE FROM idempotency WHERE at < @old", new { old = Utc.Text(now - ApiLimits.IdempotencyTime) }, transaction);
        var known = connection.QuerySingleOrDefault<Row>(
            "SELECT request, status, answer, headers FROM idempotency WHERE subject = @subject AND key = @key", new { subject, key }, transaction);
        if (known is null)
        {
            connection.Execute(
                "INSERT INTO idempotency (subject, key, request, status, answer, headers, at) VALUES (@subject, @key, @request, @status, @answer, '{}', @at)",
                new { subject, key, request, status = UnderWay, answer = Array.Empty<byte>(), at = Utc.Text(now) },
                transaction);
        }

        return known;
    });

    private async Task RecordAsync(HttpContext http, string subject, string key, Func<Task> rest)
    {
        var body = http.Response.Body;
        using var captured = new MemoryStream();
        http.Response.Body = captured;

        // A client that goes away does not stop the work: it must find its answer when it comes again with the same key.
        var aborted = http.RequestAborted;
        http.RequestAborted = CancellationToken.None;
        try
        {
            await rest();
        }
        finally
        {
            http.Response.Body = body;
            http.RequestAborted = aborted;
        }

        var isKept = http.GetEndpoint()?.Metadata.GetMetadata<ShownOnceMark>() is null || http.Response.StatusCode >= 400;
        await TryKeepAsync(subject, key, http.Response.StatusCode, isKept ? captured.ToArray() : [], isKept ? Headers(http) : "shown once");
        captured.Position = 0;
        await captured.CopyToAsync(body, http.RequestAborted);
    }

    // Whatever became of the work, its answer says it. That the answer can't be kept is no answer: who asks again with the key is told that it was taken.
    private async Task TryKeepAsync(string subject, string key, int status, byte[] answer, string headers)
    {
        try
        {
            await KeepAsync(subject, key, status, answer, headers);
        }
        catch (SqliteException e)
        {
            log.LogError(e, "the answer to an idempotency key of {Subject} could not be kept", subject);
        }
    }

    // What failed on our side may be tried again under the same key; what was refused or done gets the same answer.
    private Task<int> KeepAsync(string subject, string key, int status, byte[] answer, string headers) => database.WriteAsync((connection, transaction) =>
        connection.Execute(
            status >= 500
                ? "DELETE FROM idempotency WHERE subject = @subject AND key = @key"
                : "UPDATE idempotency SET status = @status, answer = @answer, headers = @headers WHERE subject = @subject AND key = @key",
            new { subject, key, status, answer, headers },
            transaction));

    private static async Task ReplayAsync(HttpContext http, Row known, string request)
    {
        if (known.Request != request)
        {
            throw new RefusedException(ProblemKind.KeyReused, $"this {Header} came with another request within 24 hours: use a new key for a new request");
        }

        if (known.Status == UnderWay)
        {
            throw RefusedException.Conflict($"the request with this {Header} is under way, or the server stopped in its middle: look at what became of it, then use a new key");
        }

        if (known.Headers == "shown once")
        {
            throw RefusedException.Conflict($"the request with this {Header} was carried out, and its secret was shown once: revoke that token and make another");
        }

        http.Response.StatusCode = (int)known.Status;
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(known.Headers)!)
        {
            http.Response.Headers[name] = value;
        }

        await http.Response.Body.WriteAsync(known.Answer, http.RequestAborted);
    }

    private static readonly string[] KeptHeaders = ["Content-Type", "ETag", "Location", "Cache-Control"];

    private static string Headers(HttpContext http) => JsonSerializer.Serialize(
        KeptHeaders.Where(name => http.Response.Headers.ContainsKey(name))
            .ToDictionary(name => name, name => http.Response.Headers[name].ToString()));

    private sealed record Row(string Request, long Status, byte[] Answer, string Headers);
}
