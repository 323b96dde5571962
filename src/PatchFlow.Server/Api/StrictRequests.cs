using Microsoft.AspNetCore.Http.Features;

namespace PatchFlow.Server.Api;

/// <summary>Refuses what an endpoint does not take, so that a mistyped filter never silently widens an answer.</summary>
internal static class StrictRequests
{
    private static readonly string[] Paging = ["limit", "cursor", "sort"];

    /// <summary>Checks the query, and bounds the body.</summary>
    public static void Check(HttpContext http)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = http.GetEndpoint()?.Metadata.GetMetadata<LargeBodyMark>()?.Bytes ?? ApiLimits.BodyBytes;
        }

        var known = http.GetEndpoint()?.Metadata.GetMetadata<IQueryMark>() is { } mark ? [.. Paging, .. mark.Filters.Select(f => f.Name)] : Array.Empty<string>();
        foreach (var (name, value) in http.Request.Query)
        {
            if (!known.Contains(name))
            {
                throw RefusedException.Malformed($"the query parameter '{name}' is unknown here: {(known.Length == 0 ? "there are none" : $"there are {string.Join(", ", known)}")}");
            }

            if (value.Count > 1)
            {
                throw RefusedException.Malformed($"the query parameter '{name}' is given {value.Count} times: give it once");
            }
        }
    }
}
