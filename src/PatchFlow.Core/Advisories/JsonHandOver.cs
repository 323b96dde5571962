using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>Takes the records of a JSON document in their order from whoever tells them from one another, and shows them parsed to their reader.</summary>
/// <param name="sink">Where a part that is wrong is refused.</param>
internal abstract class JsonHandOver(AdvisorySink sink)
{
    /// <summary>Where a part that is wrong is refused, in the order of the document.</summary>
    public AdvisorySink Sink { get; } = sink;

    /// <summary>Whether the reader wants no more.</summary>
    public abstract bool IsStopped { get; }

    /// <summary>Takes the text of a record, which need not hold any longer.</summary>
    public abstract void Record(JsonRecord record, ReadOnlyMemory<byte> text);

    /// <summary>Takes the text of what stands beside the records.</summary>
    public abstract void Beside(string name, ReadOnlyMemory<byte> text);
}

/// <summary>Parses each record when it comes, and shows it at once.</summary>
internal sealed class JsonAtOnce(AdvisorySink sink, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside) : JsonHandOver(sink)
{
    private bool _isStopped;

    /// <inheritdoc/>
    public override bool IsStopped => _isStopped;

    /// <inheritdoc/>
    public override void Record(JsonRecord record, ReadOnlyMemory<byte> text)
    {
        using var document = JsonText.Parse(text, Sink, record.Position);
        _isStopped |= document is not null && !take(record with { Value = document.RootElement });
    }

    /// <inheritdoc/>
    public override void Beside(string name, ReadOnlyMemory<byte> text)
    {
        using var document = JsonText.Parse(text, Sink, name);
        if (document is not null)
        {
            beside?.Invoke(name, document.RootElement);
        }
    }
}
