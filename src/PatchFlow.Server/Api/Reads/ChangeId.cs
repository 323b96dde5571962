using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Api.Reads;

/// <summary>A change's id on the wire: <c>CHG-42</c>; <c>42</c> is taken too.</summary>
internal static class ChangeId
{
    private const string Prefix = "CHG-";

    public static string Text(long id) => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{id}");

    /// <summary>Reads an id.</summary>
    /// <exception cref="RefusedException">It is none.</exception>
    public static long Parse(string text)
    {
        var digits = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text.AsSpan(Prefix.Length) : text;
        return Numerals.TryRead(digits, out long id) && id > 0 ? id : throw Unknown();
    }

    public static RefusedException Unknown() => RefusedException.NotFound("there is no such change: see 'patchflow changes'; ids look like CHG-42");
}
