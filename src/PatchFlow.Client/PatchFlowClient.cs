using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Refit;

namespace PatchFlow.Client;

/// <summary>Makes clients of a PatchFlow server.</summary>
public static class PatchFlowClient
{
    /// <summary>How the wire writes JSON: camelCase names, enums as camelCase strings, nulls left in.</summary>
    public static JsonSerializerOptions Json { get; } = MakeJson();

    /// <summary>A client.</summary>
    /// <param name="server">The server's address, for example <c>https://patchflow.example</c>.</param>
    /// <param name="token">The token's secret; null for health and setup.</param>
    /// <param name="handler">What sends the requests, for tests; null for the default.</param>
    /// <exception cref="ArgumentException">The address would carry the token in the clear over a network.</exception>
    public static IPatchFlowApi Create(Uri server, string? token, HttpMessageHandler? handler = null)
    {
        if (server.Scheme != Uri.UriSchemeHttps && !server.IsLoopback)
        {
            throw new ArgumentException($"{server} would carry the token without TLS: use https, or a loopback address", nameof(server));
        }

        // A redirect would carry the token somewhere else.
        var http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            BaseAddress = server,

            // Enrolling a host is the longest call.
            Timeout = TimeSpan.FromMinutes(3),
        };
        http.DefaultRequestHeaders.Accept.Add(new("application/json"));
        http.DefaultRequestHeaders.Accept.Add(new("application/problem+json"));
        http.DefaultRequestHeaders.Accept.Add(new("text/plain"));
        http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return RestService.For<IPatchFlowApi>(http, Settings());
    }

    private static RefitSettings Settings() => new(new SystemTextJsonContentSerializer(Json))
    {
        UrlParameterFormatter = new WireFormatter(),
        ExceptionFactory = async response => response.IsSuccessStatusCode ? null : await ApiProblemException.ReadAsync(response),
    };

    private static JsonSerializerOptions MakeJson()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
            RespectNullableAnnotations = true,
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Query values as JSON would write them.</summary>
    private sealed class WireFormatter : DefaultUrlParameterFormatter
    {
        public override string? Format(object? parameterValue, System.Reflection.ICustomAttributeProvider attributeProvider, Type type) => parameterValue switch
        {
            Enum value => JsonNamingPolicy.CamelCase.ConvertName(value.ToString()),
            bool value => value ? "true" : "false",
            DateTimeOffset value => value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture),
            _ => base.Format(parameterValue, attributeProvider, type),
        };
    }
}
