namespace PatchFlow.Client;

/// <summary>Reads lists as a whole.</summary>
public static class Pages
{
    /// <summary>The most items that the server gives at once.</summary>
    public const int MostItems = 500;

    /// <summary>All parts of a list as one: follows <see cref="Page{T}.Next"/> to the end.</summary>
    /// <param name="read">Reads the part at a cursor; null is the first.</param>
    /// <exception cref="ApiProblemException">The server refused a part.</exception>
    public static async Task<Page<T>> AllAsync<T>(Func<string?, Task<Page<T>>> read)
    {
        var (items, part) = (new List<T>(), await read(null));
        items.AddRange(part.Items);
        while (part.Next is { } next)
        {
            part = await read(next);
            items.AddRange(part.Items);
        }

        return new(items, null, part.Total);
    }
}
