namespace PatchFlow.Server.Feeds;

/// <summary><c>next</c> in a folder of answers: a line for each answer of a fetch under way as it comes, so that whoever ends it loses none.</summary>
internal sealed class KeptJournal : IDisposable
{
    private const string Next = "next";
    private const string Head = "patchflow-answers-next v1";
    private readonly string _path;
    private readonly StreamWriter _lines;
    private readonly bool _isResumable;
    private bool _hasAny;

    private KeptJournal(string path, string? source, Dictionary<UInt128, KeptAnswer> cutOff)
    {
        (_path, CutOff, _hasAny, _isResumable) = (path, cutOff, cutOff.Count > 0, source is not null);
        _lines = new StreamWriter(path);
        // Of no source from its first line on, so that also one whose process ends is taken up by nobody.
        _lines.WriteLine(source is null ? Head : HeadOf(source));
        foreach (var answer in cutOff.Values)
        {
            _lines.WriteLine(answer.Line);
        }

        _lines.Flush();
    }

    /// <summary>What a fetch that was cut off was answered.</summary>
    public Dictionary<UInt128, KeptAnswer> CutOff { get; }

    /// <summary>Begins a new one, and takes up the one that was left, if one was.</summary>
    /// <param name="folder">The folder of answers.</param>
    /// <param name="source">What the answers are of: those of something else are forgotten. Null where they are an archive's, which no fetch may take for its vendor's.</param>
    /// <param name="since">The oldest that count; null where none do.</param>
    /// <param name="now">The time: what is of later counts for nothing.</param>
    public static (KeptJournal Journal, bool WasLeft) Open(string folder, string? source, DateTimeOffset? since, DateTimeOffset now)
    {
        var path = Path.Combine(folder, Next);
        var wasLeft = File.Exists(path);
        return (new(path, source, wasLeft && source is not null && since is not null ? Read(path, source, since.Value, now) : []), wasLeft);
    }

    /// <summary>Removes it.</summary>
    public static void Remove(string folder) => File.Delete(Path.Combine(folder, Next));

    /// <summary>Adds an answer.</summary>
    public void Add(KeptAnswer answer) => Write(answer.Line);

    /// <summary>What these were answered is not used, and not taken for an answer of another fetch either.</summary>
    public void Refuse(UInt128[] keys)
    {
        foreach (var key in keys)
        {
            CutOff.Remove(key);
            Write($"-{KeptAnswer.KeyText(key)}");
        }
    }

    /// <summary>Ends it. It stays where it is for a next fetch and has something for it.</summary>
    public void End(bool mayGoOn)
    {
        _lines.Dispose();
        if (!_hasAny)
        {
            File.Delete(_path);
        }
        else if (!mayGoOn || !_isResumable)
        {
            // What was answered is to be removed, so that it was there must not be forgotten.
            File.WriteAllText(_path, Head);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private static string HeadOf(string source) => $"{Head}\t{Uri.EscapeDataString(source)}";

    private static Dictionary<UInt128, KeptAnswer> Read(string path, string source, DateTimeOffset since, DateTimeOffset now)
    {
        var answers = new Dictionary<UInt128, KeptAnswer>();
        using var lines = File.ReadLines(path).GetEnumerator();
        if (!lines.MoveNext() || lines.Current != HeadOf(source))
        {
            return answers;
        }

        while (lines.MoveNext())
        {
            if (KeptAnswer.Parse(lines.Current) is { } answer && answer.At >= since && answer.At <= now)
            {
                answers[answer.Key] = answer;
            }
            else if (lines.Current.StartsWith('-') && KeptAnswer.TryKey(lines.Current.AsSpan(1), out var key))
            {
                answers.Remove(key);
            }
        }

        return answers;
    }

    private void Write(string line)
    {
        _hasAny = true;
        _lines.WriteLine(line);
        _lines.Flush();
    }
}
