using System.Net;
using System.Text.Json;

namespace PatchFlow.Client;

/// <summary>The server refused: RFC 9457 problem details. <see cref="Exception.Message"/> is the detail, which says what to do.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="problem">What the server said.</param>
public sealed class ApiProblemException(HttpStatusCode status, ProblemBody problem) : Exception(problem.Detail ?? problem.Title)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>What the server said.</summary>
    public ProblemBody Problem { get; } = problem;

    /// <summary>Reads what the server said; anything that is not problem details becomes one in words.</summary>
    internal static async Task<ApiProblemException> ReadAsync(HttpResponseMessage response)
    {
        var problem = new ProblemBody("about:blank", response.ReasonPhrase ?? $"{(int)response.StatusCode}", null, null, null);
        if (response.Content.Headers.ContentType?.MediaType == "application/problem+json")
        {
            try
            {
                problem = JsonSerializer.Deserialize<ProblemBody>(await response.Content.ReadAsStringAsync(), PatchFlowClient.Json) ?? problem;
            }
            catch (JsonException e)
            {
                problem = problem with { Detail = $"the answer is not what PatchFlow sends ({e.Message}): check the address" };
            }
        }

        return new(response.StatusCode, problem);
    }
}

/// <summary>Problem details (RFC 9457).</summary>
/// <param name="Type">Names the kind of problem, and never changes.</param>
/// <param name="Title">The kind in words.</param>
/// <param name="Detail">This very problem, and what to do.</param>
/// <param name="Instance">The path that was asked.</param>
/// <param name="Errors">Problems by field.</param>
public sealed record ProblemBody(
    string Type, string Title, string? Detail, string? Instance, IReadOnlyDictionary<string, IReadOnlyList<string>>? Errors);
