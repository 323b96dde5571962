using System.Text.Json;

namespace PatchFlow.Core.Advisories;

/// <summary>One record of a JSON document. The value holds only while the reader looks at it.</summary>
/// <param name="Name">The property's name; null for an item.</param>
/// <param name="Number">The record's number, from 1.</param>
/// <param name="Line">The line on which it begins, from 1.</param>
/// <param name="Value">What it holds.</param>
internal readonly record struct JsonRecord(string? Name, int Number, long Line, JsonElement Value)
{
    /// <summary>Where it is, for a refusal.</summary>
    public string Position => Name ?? $"record {Number} (line {Line})";
}

/// <summary>
/// Reads a JSON document (RFC 8259) of any size record by record with the memory of one record. A record that is wrong is refused alone; where
/// the structure around records is broken, what follows can't be told apart any more and is refused as a whole. A name that occurs twice is
/// refused within a record, not among the records themselves: that would need the memory of all names.
/// </summary>
internal sealed class JsonRecords
{
    private readonly JsonBuffer _json;
    private readonly JsonHandOver _hand;
    private readonly AdvisorySink _sink;
    private readonly Action<ReadOnlyMemory<byte>>? _passed;
    private int _number;
    private bool _stopped;

    private JsonRecords(JsonBuffer json, JsonHandOver hand, Action<ReadOnlyMemory<byte>>? passed = null)
    {
        (_json, _hand, _sink, _passed) = (json, hand, hand.Sink, passed);
        _json.IsUnwanted = () => hand.IsStopped;
        _json.SkipMark();
    }

    /// <summary>
    /// The items of a top-level array; else the one value that the document is; else, where the first line is a value and more follow, each
    /// line's. The reader ends when <paramref name="take"/> returns false.
    /// </summary>
    public static void Items(Stream stream, AdvisorySink sink, Func<JsonRecord, bool> take) => Read(stream, sink, take, null, records => records.ReadItemsOrValues());

    /// <summary>The properties of a top-level object.</summary>
    public static void Properties(Stream stream, AdvisorySink sink, Func<JsonRecord, bool> take) => Read(stream, sink, take, null, records => records.ReadObject());

    /// <summary>
    /// The items or properties of what is at a path of names below a top-level object; what stands beside the path goes to
    /// <paramref name="beside"/>, and holds only while that looks at it.
    /// </summary>
    public static void Below(Stream stream, AdvisorySink sink, string[] path, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside = null) =>
        Read(stream, sink, take, beside, records => records.ReadBelow(path));

    /// <summary>The items of a top-level array; else as <see cref="Below"/>: for what a vendor publishes with and without something around it.</summary>
    public static void ItemsOrBelow(Stream stream, AdvisorySink sink, string[] path, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside = null) =>
        Read(stream, sink, take, beside, records => records.ReadItemsOrBelow(path));

    /// <summary>
    /// As <see cref="Below"/>, but the records are not read, only told from one another: their text goes to <paramref name="passed"/>, and holds only
    /// while that looks at it. Answers how many there are.
    /// </summary>
    public static int Outline(Stream stream, AdvisorySink sink, string[] path, Action<ReadOnlyMemory<byte>> passed, Action<string, JsonElement> beside)
    {
        using var json = new JsonBuffer(stream, sink.Limits);
        var records = new JsonRecords(json, new JsonAtOnce(sink, _ => true, beside), passed);
        records.ReadBelow(path);
        return records._number;
    }

    // To start a thread for a short document would take longer than to read it.
    private static void Read(Stream stream, AdvisorySink sink, Func<JsonRecord, bool> take, Action<string, JsonElement>? beside, Action<JsonRecords> read)
    {
        using var json = new JsonBuffer(stream, sink.Limits);
        if (sink.Beside is { } start && json.IsLong())
        {
            JsonAhead.Run(start, sink, take, beside, hand => read(new JsonRecords(json, hand)));
        }
        else
        {
            read(new JsonRecords(json, new JsonAtOnce(sink, take, beside)));
        }
    }

    private void ReadItemsOrValues()
    {
        if (_json.Peek() == '[')
        {
            ReadItems();
            End();
        }
        else
        {
            ReadValues();
        }
    }

    private void ReadObject()
    {
        if (_json.Peek() != '{')
        {
            Break("an object is expected");
            return;
        }

        ReadProperties(Record);
        End();
    }

    private void ReadItemsOrBelow(string[] path)
    {
        if (_json.Peek() == '[')
        {
            ReadItems();
            End();
        }
        else
        {
            ReadBelow(path);
        }
    }

    private void ReadBelow(string[] path)
    {
        var found = Descend(path, 0);
        if (!found && !_stopped)
        {
            _sink.RefuseRest("", $"the document has no '{string.Join('.', path)}'");
        }

        End();
    }

    private bool Descend(string[] path, int level)
    {
        if (level == path.Length && _json.Peek() == '[')
        {
            ReadItems();
            return true;
        }

        if (_json.Peek() != '{')
        {
            Break(level < path.Length ? "an object is expected" : "an array or an object is expected");
            return false;
        }

        var found = level == path.Length;
        ReadProperties(found ? Record : name =>
        {
            var here = name == path[level];
            found |= here && Descend(path, level + 1);
            if (!here)
            {
                Beside(name);
            }
        });
        return found;
    }

    private void ReadItems()
    {
        _json.Take((byte)'[');
        if (_json.Take((byte)']'))
        {
            return;
        }

        do
        {
            Record(null);
        }
        while (!_stopped && _json.Take((byte)','));
        Close((byte)']');
    }

    private void ReadProperties(Action<string> property)
    {
        _json.Take((byte)'{');
        if (_json.Take((byte)'}'))
        {
            return;
        }

        do
        {
            if (Name() is { } name)
            {
                property(name);
            }
        }
        while (!_stopped && _json.Take((byte)','));
        Close((byte)'}');
    }

    private void Close(byte bracket)
    {
        if (!_stopped && !_json.Take(bracket))
        {
            Break($"a comma or '{(char)bracket}' is expected");
        }
    }

    private string? Name()
    {
        var line = _json.Line;
        if (_json.Peek() == '"' && _json.TakeValue(out var text) == JsonExtent.Whole && JsonText.Parse(text, _sink, $"line {line}") is { } name)
        {
            using (name)
            {
                if (_json.Take((byte)':'))
                {
                    return name.RootElement.GetString();
                }
            }
        }

        Break("a name in quotation marks and a colon are expected");
        return null;
    }

    private void ReadValues()
    {
        var lines = false;
        while (!_stopped && _json.Peek() >= 0)
        {
            var line = _json.Line;
            if (_number > 0 && !lines)
            {
                Break("something follows the document");
                return;
            }

            lines |= Record(null, lines) && _json.Line == line && _json.EndsLine();
        }

        if (_number == 0)
        {
            Break("the document is empty");
        }

        End();
    }

    private void Record(string? name) => Record(name, false);

    private bool Record(string? name, bool byLine)
    {
        _json.Peek();
        if (_number == _sink.Limits.Records)
        {
            Break($"the document has more than {_number} records");
            return false;
        }

        var record = new JsonRecord(name, ++_number, _json.Line, default);
        var extent = byLine ? _json.TakeLine(out var bytes) : _json.TakeValue(out bytes);
        if (_passed is not null && extent == JsonExtent.Whole)
        {
            _passed(bytes);
            return true;
        }

        if (IsWhole(extent, record.Position))
        {
            _hand.Record(record, bytes);
        }

        _stopped |= _hand.IsStopped;
        return extent == JsonExtent.Whole;
    }

    private void Beside(string name)
    {
        if (IsWhole(_json.TakeValue(out var bytes), name))
        {
            _hand.Beside(name, bytes);
        }

        _stopped |= _hand.IsStopped;
    }

    private bool IsWhole(JsonExtent extent, string position)
    {
        var problem = extent switch
        {
            JsonExtent.TooLong => $"it is larger than {_sink.Limits.RecordBytes} bytes",
            JsonExtent.TooDeep => $"it is nested deeper than {_sink.Limits.Depth}",
            JsonExtent.Cut => "the document ends within it: fetch it again",
            _ => null,
        };
        if (extent == JsonExtent.Cut)
        {
            _sink.RefuseRest(position, problem!);
        }
        else if (problem is not null)
        {
            _sink.Refuse(position, problem);
        }

        return problem is null;
    }

    private void Break(string problem)
    {
        if (!_stopped)
        {
            _stopped = true;
            _sink.RefuseRest($"line {_json.Line}", _json.Problem ?? $"{problem}: the rest is not read");
        }
    }

    // A compressed stream reports a wrong checksum only when it is read to its very end.
    private void End()
    {
        if (!_stopped && _json.Peek() >= 0)
        {
            Break("something follows the document");
        }
        else if (!_stopped && _json.Problem is { } problem)
        {
            _sink.RefuseRest($"line {_json.Line}", problem);
        }
    }
}
