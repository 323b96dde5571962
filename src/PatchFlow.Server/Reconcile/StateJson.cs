using System.Text.Json;
using System.Text.Json.Serialization;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Reconcile;

/// <summary>The bodies of rows that the reconciler writes. What can't be read back exactly is an error, not a default.</summary>
internal static class StateJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new HostDigestJson() },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static byte[] Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, Options);

    public static T Read<T>(string body) =>
        JsonSerializer.Deserialize<T>(body, Options) ?? throw new InvalidDataException($"a row of {typeof(T).Name} is empty: restore the database from a backup");

    public static T Read<T>(byte[] body) =>
        JsonSerializer.Deserialize<T>(body, Options) ?? throw new InvalidDataException($"a document of {typeof(T).Name} is empty: restore the database from a backup");
}
