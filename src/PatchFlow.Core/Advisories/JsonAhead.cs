using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Tells the records of a long JSON document from one another and parses them on a thread of its own, a little ahead of their reader, so that two
/// processors work on one document. The reader sees what it would see without, in the order of the document and on its own thread.
/// </summary>
internal sealed class JsonAhead : JsonHandOver
{
    private readonly JsonQueue _queue;

    private JsonAhead(JsonQueue queue, AdvisoryLimits limits)
        : base(new AdvisorySink("", _ => { }, refusal => queue.Add(new JsonShown(default, null, false, refusal)), limits)) => _queue = queue;

    /// <inheritdoc/>
    public override bool IsStopped => _queue.IsStopped;

    /// <summary>Runs one who tells records from one another on another thread, and shows what it hands over on this one. What goes wrong there is thrown here.</summary>
    /// <param name="start">See <see cref="AdvisorySink.Beside"/>.</param>
    /// <param name="sink">The reader's.</param>
    /// <param name="take">Looks at a record; false where it wants no more.</param>
    /// <param name="beside">Looks at what stands beside the records.</param>
    /// <param name="read">Hands over.</param>
    public static void Run(Func<Action, Action> start, AdvisorySink sink, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside, Action<JsonHandOver> read)
    {
        using var queue = new JsonQueue();
        var (isWhole, failure) = (false, default(ExceptionDispatchInfo));
        var wait = start(() => failure = Read(queue, sink.Limits, read));
        try
        {
            while (!queue.IsStopped && !isWhole)
            {
                using var block = queue.Next();
                isWhole = block is null;
                Show(block?.Shown ?? [], queue, sink, take, beside);
            }
        }
        finally
        {
            queue.Stop();
            wait();
        }

        // What went wrong behind what the reader wanted is not its matter: alone it would not have come so far.
        if (isWhole)
        {
            failure?.Throw();
        }
    }

    /// <inheritdoc/>
    public override void Record(JsonRecord record, ReadOnlyMemory<byte> text) => Parse(text, record, false, record.Position);

    /// <inheritdoc/>
    public override void Beside(string name, ReadOnlyMemory<byte> text) => Parse(text, new JsonRecord(name, 0, 0, default), true, name);

    private void Parse(ReadOnlyMemory<byte> text, JsonRecord record, bool isBeside, string position)
    {
        if (JsonText.Parse(_queue.Keep(text), Sink, position) is { } document)
        {
            _queue.Add(new JsonShown(record, document, isBeside, null));
        }
    }

    private static ExceptionDispatchInfo? Read(JsonQueue queue, AdvisoryLimits limits, Action<JsonHandOver> read)
    {
        try
        {
            read(new JsonAhead(queue, limits));
            return null;
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
        finally
        {
            queue.End();
        }
    }

    private static void Show(IReadOnlyList<JsonShown> shown, JsonQueue queue, AdvisorySink sink, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside)
    {
        foreach (var (record, document, isBeside, refusal) in shown)
        {
            if (refusal is { IsOfTheRest: true })
            {
                sink.RefuseRest(refusal.Position, refusal.Reason);
            }
            else if (refusal is not null)
            {
                sink.Refuse(refusal.Position, refusal.Reason);
            }
            else if (isBeside)
            {
                beside?.Invoke(record.Name!, document!.RootElement);
            }
            else if (!take(record with { Value = document!.RootElement }))
            {
                queue.Stop();
                return;
            }
        }
    }
}
