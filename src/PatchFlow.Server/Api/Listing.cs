using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PatchFlow.Client;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Api;

/// <summary>A query parameter that a list takes as a filter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">An enum, <see cref="string"/>, <see cref="int"/>, <see cref="bool"/> or <see cref="DateTimeOffset"/>.</param>
/// <param name="About">What it does, for the OpenAPI document.</param>
internal sealed record QueryFilter(string Name, Type Type, string About);

/// <summary>Which query parameters an endpoint takes. An endpoint without it takes none.</summary>
internal interface IQueryMark
{
    /// <summary>The filters.</summary>
    IReadOnlyList<QueryFilter> Filters { get; }

    /// <summary>The fields that it sorts by; the first is the default, <c>-</c> in front turns it around.</summary>
    IReadOnlyList<string> Sorts { get; }
}

/// <summary>A list that is sorted and cut in the database: its sorts and filters only.</summary>
internal sealed class QueryMark(IReadOnlyList<string> sorts, params IReadOnlyList<QueryFilter> filters) : IQueryMark
{
    /// <inheritdoc/>
    public IReadOnlyList<QueryFilter> Filters { get; } = filters;

    /// <inheritdoc/>
    public IReadOnlyList<string> Sorts { get; } = sorts;
}

/// <summary>
/// A list that is sorted and cut in memory. A cursor holds the last item's place, not a number, so that items which come or go
/// meanwhile make no other item appear twice or never.
/// </summary>
internal sealed class Listing<T> : IQueryMark
{
    private readonly Func<T, string> _id;
    private readonly (string Name, Func<T, string> Key)[] _sorts;

    /// <summary>A list.</summary>
    /// <param name="id">An item's id: it decides between items with the same key.</param>
    /// <param name="sorts">Field and key; keys are compared bytewise. The first is the default, turned around where its name begins with <c>-</c>.</param>
    public Listing(Func<T, string> id, params (string Name, Func<T, string> Key)[] sorts)
    {
        (_id, _sorts) = (id, [.. sorts.Select(s => (s.Name.TrimStart('-'), s.Key))]);
        Sorts = [.. sorts.Select(s => s.Name)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<QueryFilter> Filters { get; init; } = [];

    /// <inheritdoc/>
    public IReadOnlyList<string> Sorts { get; }

    /// <summary>The part that the request asks for.</summary>
    public Answer<Page<TView>> Answer<TView>(ListRequest request, IEnumerable<T> items, Func<T, TView> view) => new(Part(request, items, view));

    /// <inheritdoc cref="Answer"/>
    public Page<TView> Part<TView>(ListRequest request, IEnumerable<T> items, Func<T, TView> view)
    {
        var key = Array.Find(_sorts, s => s.Name == request.Sort).Key;
        var sorted = items.Select(item => (Item: item, Place: new Place(key(item), _id(item)))).ToList();
        sorted.Sort((a, b) => request.IsDescending ? b.Place.CompareTo(a.Place) : a.Place.CompareTo(b.Place));
        var after = request.After is { } cursor ? Place.Read(cursor) : null;
        var rest = after is null ? sorted : [.. sorted.SkipWhile(i => (request.IsDescending ? after.CompareTo(i.Place) : i.Place.CompareTo(after)) <= 0)];
        var part = rest.Take(request.Limit).ToList();
        var next = rest.Count > part.Count ? request.CursorAt(part[^1].Place.Write()) : null;
        return new([.. part.Select(i => view(i.Item))], next, sorted.Count);
    }

    /// <summary>A number as a key that sorts as the number does.</summary>
    public static string Key(long number) => number.ToString("D19", CultureInfo.InvariantCulture);

    private sealed record Place(string Key, string Id) : IComparable<Place>
    {
        public int CompareTo(Place? other) => string.CompareOrdinal(Key, other!.Key) is var order and not 0 ? order : string.CompareOrdinal(Id, other.Id);

        public string Write() => JsonSerializer.Serialize<string[]>([Key, Id]);

        public static Place Read(string text)
        {
            try
            {
                return JsonSerializer.Deserialize<string[]>(text) is [{ } key, { } id] ? new(key, id) : throw ListRequest.ForeignCursor();
            }
            catch (JsonException)
            {
                throw ListRequest.ForeignCursor();
            }
        }
    }
}

/// <summary>What a list is asked for: limit, cursor, sort and filters, all checked against the endpoint's <see cref="IQueryMark"/>.</summary>
internal sealed class ListRequest
{
    private readonly IQueryCollection _query;

    private ListRequest(IQueryCollection query, IQueryMark mark)
    {
        _query = query;
        Limit = ReadLimit();
        var sort = Text("sort") ?? mark.Sorts[0];
        (Sort, IsDescending) = sort.StartsWith('-') ? (sort[1..], true) : (sort, false);
        if (!mark.Sorts.Any(s => s.TrimStart('-') == Sort))
        {
            throw RefusedException.Malformed($"sort '{sort}' is not possible here: use {string.Join(", ", mark.Sorts.Select(s => s.TrimStart('-')))}, with '-' in front to turn it around");
        }

        After = Text("cursor") is { } cursor ? ReadCursor(cursor) : null;
        foreach (var filter in mark.Filters)
        {
            Check(filter);
        }
    }

    /// <summary>The most items wanted.</summary>
    public int Limit { get; }

    /// <summary>The field to sort by.</summary>
    public string Sort { get; }

    /// <summary>Whether the greatest comes first.</summary>
    public bool IsDescending { get; }

    /// <summary>The place to go on after, as given to <see cref="CursorAt"/>.</summary>
    public string? After { get; }

    /// <summary>Binds a handler's parameter.</summary>
    public static ValueTask<ListRequest?> BindAsync(HttpContext http) =>
        ValueTask.FromResult<ListRequest?>(new(http.Request.Query, http.GetEndpoint()?.Metadata.GetMetadata<IQueryMark>()
            ?? throw new InvalidOperationException($"{http.Request.Path} lists, and does not say by what: a bug")));

    /// <summary>A filter's value, or null.</summary>
    public string? Text(string name) => _query.TryGetValue(name, out var value) && value.Count > 0 ? value.ToString() : null;

    /// <summary>A filter's value, or null.</summary>
    public T? Value<T>(string name)
        where T : struct => Text(name) is { } text ? (T)Parse(new(name, typeof(T), ""), text) : null;

    /// <summary>Whether a value passes a filter: it does where there is none.</summary>
    public bool Passes(string name, string? value) => Text(name) is not { } wanted || wanted == value;

    /// <inheritdoc cref="Passes(string, string?)"/>
    public bool Passes<T>(string name, T value)
        where T : struct => Value<T>(name) is not { } wanted || wanted.Equals(value);

    /// <summary>The cursor of a place.</summary>
    public string CursorAt(string place) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{(IsDescending ? "-" : "")}{Sort} {place}"));

    private int ReadLimit() => Text("limit") switch
    {
        null => ApiLimits.DefaultItems,
        var text when Numerals.TryRead(text, out int limit) && limit is >= 1 and <= ApiLimits.MostItems => limit,
        var text => throw RefusedException.Malformed($"limit '{text}' is not between 1 and {ApiLimits.MostItems}: ask for the rest with the cursor"),
    };

    private string ReadCursor(string cursor)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(' ', 2);
            if (text.Length == 2 && text[0] == (IsDescending ? "-" : "") + Sort)
            {
                using var place = JsonDocument.Parse(text[1]);
                return text[1];
            }
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException)
        {
            // Falls through to the refusal below: why it can't be read is of no use to the client.
        }

        throw ForeignCursor();
    }

    /// <summary>The refusal of a cursor that this list did not give.</summary>
    public static RefusedException ForeignCursor() =>
        RefusedException.Malformed("the cursor is not one that this list gave with this sort: begin again without it");

    private void Check(QueryFilter filter)
    {
        if (Text(filter.Name) is { } text)
        {
            _ = Parse(filter, text);
        }
    }

    private static object Parse(QueryFilter filter, string text)
    {
        if (filter.Type == typeof(string))
        {
            return text.Length is > 0 and <= 300 ? text : throw RefusedException.Malformed($"{filter.Name} has no value, or one of more than 300 characters: give one, or leave it out");
        }

        if (filter.Type == typeof(DateTimeOffset) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time))
        {
            return time;
        }

        if (filter.Type == typeof(int) && Numerals.TryRead(text, out int number))
        {
            return number;
        }

        if (filter.Type == typeof(bool) && text is "true" or "false")
        {
            return text == "true";
        }

        // Names only: Enum.Parse would take numbers and lists too.
        return filter.Type.IsEnum && Array.Find(Enum.GetNames(filter.Type), name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } known
            ? Enum.Parse(filter.Type, known)
            : throw RefusedException.Malformed($"{filter.Name} '{text}' is not one of {Allowed(filter.Type)}");
    }

    private static string Allowed(Type type) => type.IsEnum
        ? string.Join(", ", Enum.GetNames(type).Select(JsonNamingPolicy.CamelCase.ConvertName))
        : type == typeof(bool) ? "true, false" : type == typeof(int) ? "the numbers from 0" : "the times as in 2026-11-23T18:00:00Z";
}
