using System.Text.Json;

namespace PatchFlow.Server.Api.Reads;

/// <summary>A list that the database sorts by columns which together tell every row from every other, and goes on after a row of it.</summary>
/// <param name="Columns">The columns, the sort's first.</param>
internal sealed record Keyset(params string[] Columns)
{
    /// <summary>The condition that rows come after the cursor; true for all where there is none.</summary>
    public string After(ListRequest list) => list.After is null ? "1"
        : $"({string.Join(", ", Columns)}) {(list.IsDescending ? "<" : ">")} ({string.Join(", ", Columns.Select((_, i) => $"@after{i}"))})";

    /// <summary>The order.</summary>
    public string Order(ListRequest list) => string.Join(", ", Columns.Select(c => list.IsDescending ? $"{c} DESC" : c));

    /// <summary>Values for <see cref="After"/>.</summary>
    public void Bind(ListRequest list, Dapper.DynamicParameters parameters)
    {
        if (list.After is not { } cursor)
        {
            return;
        }

        var values = Read(cursor);
        if (values.Length != Columns.Length)
        {
            throw ListRequest.ForeignCursor();
        }

        for (var i = 0; i < values.Length; i++)
        {
            parameters.Add($"after{i}", values[i]);
        }
    }

    /// <summary>The cursor after a row with these values.</summary>
    public static string Cursor(ListRequest list, params string[] values) => list.CursorAt(JsonSerializer.Serialize(values));

    private static string[] Read(string cursor)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(cursor) is { } values && Array.TrueForAll(values, v => v is not null) ? values : throw ListRequest.ForeignCursor();
        }
        catch (JsonException)
        {
            throw ListRequest.ForeignCursor();
        }
    }
}
