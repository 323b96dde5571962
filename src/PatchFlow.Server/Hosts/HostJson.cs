using System.Text.Json;
using System.Text.Json.Serialization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Hosts;

/// <summary>The body of a row in <c>hosts</c>.</summary>
internal static class HostJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    public static string Write(HostRow row) => JsonSerializer.Serialize(row, Options);

    public static HostRow Read(string body, long revision) =>
        (JsonSerializer.Deserialize<HostRow>(body, Options) ?? throw new InvalidDataException("a host's row is empty: restore the database from a backup"))
        with
        { Revision = revision };
}

/// <summary>A digest as its 64 hex digits.</summary>
internal sealed class HostDigestJson : JsonConverter<Digest>
{
    public override Digest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => Digest.Parse(reader.GetString());

    public override void Write(Utf8JsonWriter writer, Digest value, JsonSerializerOptions options) => writer.WriteStringValue(value.Hex);
}
