using System.Text;

namespace PatchFlow.Core.Advisories;

/// <summary>Reads a text line by line, with a limit on a line's length. Bytes that are not UTF-8 and lines that are too long are refused alone.</summary>
internal static class TextLines
{
    private const int LongestLine = 1 << 20;
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The lines with their numbers, from 1, without the ends of lines; a lone file mark is not text.</summary>
    public static IEnumerable<(int Number, string Text)> Of(Stream stream, AdvisorySink sink)
    {
        var buffer = new byte[1 << 16];
        var (start, end, number, tooLong) = (0, 0, 0, false);
        for (int read; (read = Read(stream, buffer, end, sink)) > 0 || end > start;)
        {
            end += read;
            int length;
            while ((length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n')) >= 0 || (read == 0 && end > start))
            {
                length = length < 0 ? end - start : length;
                number++;
                if (tooLong)
                {
                    sink.Refuse($"line {number}", $"it is longer than {LongestLine} bytes");
                }
                else if (Text(buffer.AsSpan(start, length), number, sink) is { } text)
                {
                    yield return (number, text);
                }

                (start, tooLong) = (Math.Min(end, start + length + 1), false);
            }

            (start, end, tooLong) = MakeRoom(ref buffer, start, end, tooLong);
        }

        if (tooLong)
        {
            sink.Refuse($"line {number + 1}", $"it is longer than {LongestLine} bytes");
        }
    }

    private static (int Start, int End, bool TooLong) MakeRoom(ref byte[] buffer, int start, int end, bool tooLong)
    {
        if (tooLong || end - start >= LongestLine)
        {
            return (0, 0, true);
        }

        buffer.AsSpan(start, end - start).CopyTo(buffer);
        if (end - start == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }

        return (0, end - start, false);
    }

    private static int Read(Stream stream, byte[] buffer, int at, AdvisorySink sink)
    {
        try
        {
            return stream.Read(buffer, at, buffer.Length - at);
        }
        catch (InvalidDataException e)
        {
            sink.RefuseRest("", $"the stream ends early: {e.Message}");
            return 0;
        }
    }

    private static string? Text(ReadOnlySpan<byte> line, int number, AdvisorySink sink)
    {
        try
        {
            line = number == 1 && line.StartsWith("\uFEFF"u8) ? line[3..] : line;
            return Strict.GetString(line.EndsWith("\r"u8) ? line[..^1] : line);
        }
        catch (DecoderFallbackException)
        {
            sink.Refuse($"line {number}", "it has bytes that are not UTF-8");
            return null;
        }
    }
}
