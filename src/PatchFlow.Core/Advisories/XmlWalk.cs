using System.Text;
using System.Xml;

namespace PatchFlow.Core.Advisories;

/// <summary>
/// Reads an XML document of any size element by element, by local names, with the memory of one record. There is no DTD and so no entity but the
/// five of XML; depth, names, tags and records have limits. Where the document is not well-formed, what follows can't be told apart any more
/// and is refused as a whole.
/// </summary>
internal sealed class XmlWalk : IDisposable
{
    private const int LongestTagBytes = 1 << 20;
    private const int ShownLength = 40;
    private readonly AdvisoryLimits _limits;
    private readonly MeteredStream _bytes;
    private readonly XmlReader _xml;
    private readonly IXmlLineInfo _lines;
    private readonly char[] _chunk = new char[4096];
    private long _recordStart;
    private bool _inText;

    private XmlWalk(Stream stream, AdvisoryLimits limits)
    {
        (_limits, _bytes) = (limits, new MeteredStream(stream) { Limit = LongestTagBytes });
        _xml = XmlReader.Create(_bytes, new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            IgnoreWhitespace = true,
            NameTable = new XmlNames(),
        });
        _lines = (IXmlLineInfo)_xml;
    }

    /// <summary>The line of the node, from 1.</summary>
    public int Line => _lines.LineNumber;

    /// <summary>The element's name without its prefix.</summary>
    public string Name => _xml.LocalName;

    /// <summary>How many bytes the record has taken so far.</summary>
    public long RecordBytes => _bytes.Count - _recordStart;

    /// <summary>Whether the record is larger than allowed: then <see cref="Next"/> finds nothing more in it.</summary>
    public bool IsRecordTooLong => RecordBytes > _limits.RecordBytes;

    /// <summary>Refuses a document that is one record, where it is larger than allowed; else true.</summary>
    public bool IsRecordWhole(AdvisorySink sink)
    {
        if (IsRecordTooLong)
        {
            sink.Refuse("", $"the document is larger than {_limits.RecordBytes} bytes");
        }

        return !IsRecordTooLong;
    }

    /// <summary>The attribute's name with its prefix.</summary>
    public string AttributeName => _xml.Name;

    /// <summary>The attribute's value.</summary>
    public string AttributeValue => _xml.Value;

    /// <summary>
    /// Reads a document whose root has this name, to its end, which also brings out a wrong checksum of a compressed stream.
    /// </summary>
    /// <param name="stream">The document.</param>
    /// <param name="limits">What it may hold.</param>
    /// <param name="root">The local name of the root.</param>
    /// <param name="refuse">Takes position and reason where the document can't be read, or not to its end.</param>
    /// <param name="read">Reads below the root; returns whether it wants the rest to be read, which it does not where the sink has enough or it has refused the document.</param>
    /// <returns>Whether the document is whole.</returns>
    public static bool Read(Stream stream, AdvisoryLimits limits, string root, Action<string, string> refuse, Func<XmlWalk, bool> read)
    {
        XmlWalk? walk = null;
        try
        {
            walk = new XmlWalk(stream, limits);
            return walk.IsAtRoot(root, refuse) && read(walk) && walk.ReadToEnd();
        }
        catch (XmlException e)
        {
            refuse(e.LineNumber > 0 ? $"line {e.LineNumber}" : "", e.Message.Contains("DTD", StringComparison.Ordinal)
                ? "it has a document type (DTD), which could name files and grow without end: no feed needs one, and it is not read"
                : $"not XML as it must be: {AptGrammar.Shown(e.Message)} The rest is not read");
        }
        catch (InvalidDataException e)
        {
            refuse(walk is null ? "" : $"line {walk.Line}", $"{AptGrammar.Shown(e.Message)}: the rest is not read");
        }
        finally
        {
            walk?.Dispose();
        }

        return false;
    }

    /// <summary>The depth of the element that the walk stands on, for <see cref="Next"/>; -1 where it has nothing in it.</summary>
    public int Enter() => _xml.IsEmptyElement ? -1 : _xml.Depth;

    /// <summary>Goes on to the next child of an element, past all that was not read of the one before; false behind the last.</summary>
    /// <param name="depth">What <see cref="Enter"/> said of the element.</param>
    public bool Next(int depth)
    {
        while (depth >= 0 && (depth == 0 || !IsRecordTooLong) && Read())
        {
            if (_xml.NodeType == XmlNodeType.Element && _xml.Depth == depth + 1)
            {
                return true;
            }

            if (_xml.NodeType == XmlNodeType.EndElement && _xml.Depth <= depth)
            {
                return false;
            }
        }

        return false;
    }

    /// <summary>Goes on to the element's next attribute; false behind the last, and then the walk stands on the element again.</summary>
    public bool NextAttribute()
    {
        if (_xml.MoveToNextAttribute())
        {
            return true;
        }

        _xml.MoveToElement();
        return false;
    }

    /// <summary>An attribute without prefix; null where it is not there.</summary>
    public string? Attribute(string name) => _xml.GetAttribute(name);

    /// <summary>Begins a record, for its limit.</summary>
    public void BeginRecord() => _recordStart = _bytes.Count;

    /// <summary>The text of the element, without that of elements within it. The walk then stands on its end.</summary>
    public string Text()
    {
        var depth = Enter();
        string? first = null;
        StringBuilder? all = null;
        while (depth >= 0 && Read() && !(_xml.NodeType == XmlNodeType.EndElement && _xml.Depth <= depth))
        {
            if (!_inText || _xml.Depth != depth + 1)
            {
                continue;
            }

            for (int read; !IsRecordTooLong && (read = ReadChunk()) > 0;)
            {
                all ??= first is null ? null : new StringBuilder(first);
                first ??= new string(_chunk, 0, read);
                all?.Append(_chunk, 0, read);
            }
        }

        return all?.ToString() ?? first ?? "";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _xml.Dispose();
        _bytes.Dispose();
    }

    /// <summary>A text that may stand in a refusal.</summary>
    public static string Shown(string text) => AptGrammar.Shown(text.Length > ShownLength ? text[..ShownLength] + "…" : text);

    // What stands behind the root must be well-formed too.
    private bool ReadToEnd()
    {
        while (Read())
        {
            // Comments are passed over by the reader itself; anything else makes it throw.
        }

        return true;
    }

    private bool IsAtRoot(string root, Action<string, string> refuse)
    {
        while (Read() && _xml.NodeType != XmlNodeType.Element)
        {
            // The declaration stands before it.
        }

        if (_xml.LocalName == root)
        {
            return true;
        }

        refuse($"line {Line}", $"<{root}> is expected, this is <{Shown(_xml.LocalName)}>");
        return false;
    }

    private int ReadChunk()
    {
        _bytes.Limit = long.MaxValue;
        return _xml.ReadValueChunk(_chunk, 0, _chunk.Length);
    }

    // Text may be long, since passing over it costs no memory; a tag is held as a whole, and so must be short, also behind a text.
    private bool Read()
    {
        while (_inText && ReadChunk() > 0)
        {
            // What nobody asked for.
        }

        _bytes.Limit = _bytes.Count + LongestTagBytes;
        if (!_xml.Read())
        {
            return false;
        }

        _inText = _xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace;
        return _xml.Depth <= _limits.Depth ? true : throw new InvalidDataException($"it is nested deeper than {_limits.Depth}");
    }

    private sealed class MeteredStream(Stream inner) : Stream
    {
        public long Count { get; private set; }

        public long Limit { get; set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => Count;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = inner.Read(buffer, offset, count);
            Count += read;
            return Count <= Limit ? read : throw new InvalidDataException($"a tag or a comment is longer than {LongestTagBytes} bytes");
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
