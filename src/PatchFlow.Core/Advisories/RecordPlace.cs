using System.Globalization;

namespace PatchFlow.Core.Advisories;

/// <summary>Where something stands in a document, which becomes text only for a refusal: <c>DSA-1 affected[3]</c>, <c>statements[0]</c>.</summary>
/// <param name="Record">The record's id; empty where the document is one record.</param>
/// <param name="List">The list that it is in; empty for the record itself.</param>
/// <param name="Number">Its place in the list, from 0.</param>
internal readonly record struct RecordPlace(string Record, string List = "", int Number = 0)
{
    /// <summary>Where a part of it stands.</summary>
    public string Of(string part) => List.Length > 0 ? $"{this}.{part}" : Record.Length > 0 ? $"{Record} {part}" : part;

    /// <inheritdoc/>
    public override string ToString() => List.Length == 0 ? Record
        : string.Create(CultureInfo.InvariantCulture, $"{Record}{(Record.Length > 0 ? " " : "")}{List}[{Number}]");
}
