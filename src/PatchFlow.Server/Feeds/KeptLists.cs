using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>What is known of kept answers without reading them: the first line of a list.</summary>
/// <param name="Source">What they are of: kind, address and keys.</param>
/// <param name="Snapshot">The snapshot that was read from them.</param>
/// <param name="AnsweredAt">When the last of them came.</param>
/// <param name="Base">The name of the list that they are a change of.</param>
/// <param name="FullAt">Under which limit not all could be kept; 0 where all was.</param>
/// <param name="Answers">How many they are.</param>
/// <param name="Bytes">How many bytes their bodies take up.</param>
/// <param name="Lines">How many lines follow, so that a list that was cut is none.</param>
/// <param name="WholeAnswers">How many the base has.</param>
/// <param name="WholeBytes">How long the base is, for the same reason.</param>
internal sealed record KeptHead(
    string Source, Digest Snapshot, DateTimeOffset AnsweredAt, string Base, long FullAt, long Answers, long Bytes, long Lines, long WholeAnswers = 0, long WholeBytes = 0)
{
    private const string Version = "patchflow-answers v1";
    private const int Columns = 11;

    /// <summary>It as a line.</summary>
    public string Line => string.Join('\t', Version, Uri.EscapeDataString(Source), Snapshot.Hex, Number(AnsweredAt.UtcTicks), Base, Number(FullAt), Number(Answers), Number(Bytes), Number(Lines), Number(WholeAnswers), Number(WholeBytes));

    /// <summary>The head of a line; null where it is none.</summary>
    public static KeptHead? Parse(string? line) =>
        line?.Split('\t') is { Length: Columns } words && words[0] == Version
        && Digest.TryParse(words[2], out var snapshot)
        && KeptLists.IsBase(words[4])
        && words.Where((_, i) => i is 3 or > 4).Select(w => long.TryParse(w, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : -1).ToArray()
            is [>= 0 and var at, >= 0 and var fullAt, >= 0 and var answers, >= 0 and var bytes, >= 0 and var lines, >= 0 and var wholeAnswers, >= 0 and var wholeBytes]
        && at <= DateTimeOffset.MaxValue.UtcTicks
            ? new KeptHead(Uri.UnescapeDataString(words[1]), snapshot, new DateTimeOffset(at, TimeSpan.Zero), words[4], fullAt, answers, bytes, lines, wholeAnswers, wholeBytes)
            : null;

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>
/// The lists of a folder of answers. <c>list-ID</c> is a whole one and is never changed; <c>current</c> is what differs from one since, and is replaced at once;
/// <c>prepared</c> is the next <c>current</c>, and counts from the moment on at which the database has the snapshot that it names.
/// </summary>
internal sealed class KeptLists(string folder)
{
    private const string Current = "current", Prepared = "prepared", Whole = "list-", Unfinished = ".unfinished";

    /// <summary>Whether that can be the name of a whole list.</summary>
    public static bool IsBase(string name) => name.Length == Whole.Length + 32 && name.StartsWith(Whole, StringComparison.Ordinal) && name.AsSpan(Whole.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    /// <summary>Whether <c>prepared</c> counts, and the head of what does; null where there is none.</summary>
    /// <param name="snapshot">The snapshot that the database has in use.</param>
    public (bool IsPrepared, KeptHead? Head) Head(Digest? snapshot) =>
        HeadOf(Prepared) is { } prepared && prepared.Snapshot == snapshot ? (true, prepared) : (false, HeadOf(Current));

    /// <summary>Those of the answers of a head that differ from its base, null where one of it is gone; null where a list was cut, whose answers would not belong together.</summary>
    public Dictionary<UInt128, KeptAnswer?>? Changes(bool isPrepared, KeptHead head)
    {
        var changes = new Dictionary<UInt128, KeptAnswer?>();
        var lines = Lines(isPrepared ? Prepared : Current, line => Take(line, changes)) - 1;
        return lines == head.Lines && new FileInfo(PathOf(head.Base)) is { Exists: true } whole && whole.Length == head.WholeBytes ? changes : null;
    }

    /// <summary>All answers of a head.</summary>
    public Dictionary<UInt128, KeptAnswer> Read(KeptHead head, IReadOnlyDictionary<UInt128, KeptAnswer?> changes)
    {
        var answers = new Dictionary<UInt128, KeptAnswer>((int)Math.Min(head.WholeAnswers, 1 << 20));
        Lines(head.Base, line =>
        {
            if (KeptAnswer.Parse(line) is { } answer)
            {
                answers[answer.Key] = answer;
            }
        });
        foreach (var (key, answer) in changes)
        {
            if (answer is null)
            {
                answers.Remove(key);
            }
            else
            {
                answers[key] = answer;
            }
        }

        return answers;
    }

    /// <summary>Has what was prepared be the current list, where the database has its snapshot; else forgets it.</summary>
    public void Settle(bool isPrepared)
    {
        if (isPrepared)
        {
            Commit();
        }
        else
        {
            File.Delete(PathOf(Prepared));
        }
    }

    /// <summary>Writes the next list, which does not count yet: as what differs from the base, or as a new base where that is too much.</summary>
    /// <param name="head">Its head, and the base.</param>
    /// <param name="answers">All answers, asked for where a new base is written.</param>
    /// <param name="changes">What differs from the base.</param>
    public void Prepare(KeptHead head, Func<IEnumerable<KeptAnswer>> answers, IReadOnlyDictionary<UInt128, KeptAnswer?> changes)
    {
        if (head.Base.Length == 0 || changes.Count > (head.WholeAnswers / 8) + 16)
        {
            head = head with { Base = $"{Whole}{Guid.NewGuid():N}", WholeAnswers = head.Answers };
            head = head with { WholeBytes = Write(head.Base, answers().Select(a => a.Line)) };
            changes = new Dictionary<UInt128, KeptAnswer?>();
        }

        var lines = changes.Select(c => c.Value?.Line ?? $"-{KeptAnswer.KeyText(c.Key)}");
        Write(Prepared, lines.Prepend((head with { Lines = changes.Count }).Line));
    }

    /// <summary>Has the list that was prepared count.</summary>
    public void Commit() => File.Move(PathOf(Prepared), PathOf(Current), overwrite: true);

    /// <summary>Removes whole lists that nothing is a change of any more, and what was not finished.</summary>
    public void Sweep()
    {
        ImmutableArray<string> used = [.. new[] { HeadOf(Current)?.Base, HeadOf(Prepared)?.Base }.OfType<string>().Select(PathOf)];
        foreach (var path in Directory.EnumerateFiles(folder, $"{Whole}*").Except(used).Concat(Directory.EnumerateFiles(folder, $"*{Unfinished}")))
        {
            File.Delete(path);
        }
    }

    // Answers how many lines there were.
    private long Lines(string name, Action<string> take)
    {
        var count = 0L;
        foreach (var line in File.Exists(PathOf(name)) ? File.ReadLines(PathOf(name)) : [])
        {
            take(line);
            count++;
        }

        return count;
    }

    private static void Take(string line, Dictionary<UInt128, KeptAnswer?> changes)
    {
        if (KeptAnswer.Parse(line) is { } answer)
        {
            changes[answer.Key] = answer;
        }
        else if (line.StartsWith('-') && KeptAnswer.TryKey(line.AsSpan(1), out var key))
        {
            changes[key] = null;
        }
    }

    private KeptHead? HeadOf(string name) => File.Exists(PathOf(name)) ? KeptHead.Parse(File.ReadLines(PathOf(name)).FirstOrDefault()) : null;

    // Answers how long it is.
    private long Write(string name, IEnumerable<string> lines)
    {
        var unfinished = PathOf(name + Unfinished);
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            using (var text = new StreamWriter(file, bufferSize: 1 << 17, leaveOpen: true))
            {
                foreach (var line in lines)
                {
                    text.WriteLine(line);
                }
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, PathOf(name), overwrite: true);
        return new FileInfo(PathOf(name)).Length;
    }

    private string PathOf(string name) => Path.Combine(folder, name);
}
