using System.Globalization;
using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Sandbox;

internal sealed partial record Bundle
{
    /// <summary>Reads exactly what <see cref="ToBytes"/> writes: for the pages that show it, and for an auditor.</summary>
    /// <exception cref="InvalidDataException">The bytes are anything else.</exception>
    public static Bundle Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length > LimitBytes)
        {
            throw new InvalidDataException($"a bundle has at most {LimitBytes} bytes, this one {bytes.Length}");
        }

        var rest = bytes;
        try
        {
            Expect(NextLine(ref rest), FirstLine);
            var bundle = ReadHead(ref rest);
            var (lines, last) = ReadUntilVerdict(ref rest);
            var verdict = After(last, "verdict ").Split(' ', 2);
            bundle = bundle with
            {
                Fidelity = [.. Keyed(lines, "fidelity ")],
                Stages = [.. Keyed(lines, "stage ").Select(ReadStage)],
                Findings = [.. Keyed(lines, "finding ")],
                Verdict = VerdictOf(verdict[0]),
                Summary = verdict[1],
                Logs = [.. ReadLogs(rest)],
            };
            return bundle.ToBytes().AsSpan().SequenceEqual(bytes.Span) ? bundle : throw new FormatException("it is not in canonical form");
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"this is not a bundle: {e.Message}", e);
        }
    }

    private static Bundle ReadHead(ref ReadOnlyMemory<byte> rest) => new()
    {
        Profile = After(NextLine(ref rest), "profile "),
        Plan = Digest.Parse(After(NextLine(ref rest), "plan ")),
        Run = long.Parse(After(NextLine(ref rest), "run "), NumberStyles.None, CultureInfo.InvariantCulture),
        Image = After(NextLine(ref rest), "image "),
        Base = After(NextLine(ref rest), "base "),
        Verdict = Verdict.Inconclusive,
        Summary = "",
    };

    private static (List<string> Lines, string Verdict) ReadUntilVerdict(ref ReadOnlyMemory<byte> rest)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = NextLine(ref rest);
            if (line.StartsWith("verdict ", StringComparison.Ordinal))
            {
                return (lines, line);
            }

            lines.Add(line);
        }
    }

    private static BundleStage ReadStage(string words) => words.Split(' ', 7) is [var name, var state, var at, var seconds, var ticket, var exit, var detail]
        ? new BundleStage(
            name,
            state,
            at == "-" ? null : CanonicalTime.TryParseMilliseconds(at, out var time) ? time : throw new FormatException($"'{at}' is no time"),
            double.Parse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture),
            ticket == "-" ? null : ticket,
            exit == "-" ? null : int.Parse(exit, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            detail)
        : throw new FormatException("a stage has seven values");

    private static List<BundleLog> ReadLogs(ReadOnlyMemory<byte> rest)
    {
        var logs = new List<BundleLog>();
        while (!rest.IsEmpty)
        {
            var words = After(NextLine(ref rest), "log ").Split(' ');
            var length = int.Parse(words[2], NumberStyles.None, CultureInfo.InvariantCulture);
            logs.Add(new BundleLog(words[0], long.Parse(words[1], NumberStyles.None, CultureInfo.InvariantCulture), rest[..length]));
            rest = rest[length..];
        }

        return logs;
    }

    private static IEnumerable<string> Keyed(IEnumerable<string> lines, string key) =>
        lines.Where(l => l.StartsWith(key, StringComparison.Ordinal)).Select(l => l[key.Length..]);

    private static string NextLine(ref ReadOnlyMemory<byte> rest)
    {
        var end = rest.Span.IndexOf((byte)'\n');
        var line = end < 0 ? throw new FormatException("its last line does not end") : Encoding.UTF8.GetString(rest.Span[..end]);
        rest = rest[(end + 1)..];
        return line;
    }

    private static string After(string line, string key) => line.StartsWith(key, StringComparison.Ordinal)
        ? line[key.Length..]
        : throw new FormatException($"'{FreeText.From(line)}' stands where '{key.TrimEnd()}' should be");

    private static void Expect(string line, string expected)
    {
        if (line != expected)
        {
            throw new FormatException($"its first line is not '{expected}'");
        }
    }

    private static Verdict VerdictOf(string word) => word switch
    {
        "pass" => Verdict.Pass,
        "fail" => Verdict.Fail,
        "inconclusive" => Verdict.Inconclusive,
        _ => throw new FormatException($"'{FreeText.From(word)}' is no verdict"),
    };
}
