using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using PatchFlow.Client;

namespace PatchFlow.Server.Api;

/// <summary>The wire's JSON as the server reads and writes it: as the client does, but strict about what it is sent.</summary>
internal static class WireJson
{
    public static JsonSerializerOptions Options { get; } = Configure(new JsonSerializerOptions(JsonSerializerDefaults.Web));

    /// <summary>Makes options those of the wire.</summary>
    public static JsonSerializerOptions Configure(JsonSerializerOptions options)
    {
        // Read by people too, and never a part of a page: quotes stay quotes.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.PropertyNamingPolicy = PatchFlowClient.Json.PropertyNamingPolicy;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowDuplicateProperties = false;
        options.MaxDepth = 16;
        return options;
    }
}

/// <summary>What a request may cost.</summary>
internal static class ApiLimits
{
    /// <summary>Greatest body of a request.</summary>
    public const int BodyBytes = 1 << 20;

    /// <summary>Greatest reason that a person gives, in UTF-8.</summary>
    public const int ReasonBytes = 900;

    /// <summary>Items of a list's part where none is asked for.</summary>
    public const int DefaultItems = 50;

    /// <summary>Greatest part of a list.</summary>
    public const int MostItems = 500;

    /// <summary>How long an idempotency key is honoured.</summary>
    public static readonly TimeSpan IdempotencyTime = TimeSpan.FromHours(24);
}
