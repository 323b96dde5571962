using System.Globalization;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What the addresses of a feed of documents answered: <c>current</c> lists the answers of the last fetch that went well, which belong together, and
/// <c>next</c> those of a fetch that is under way or was cut off. Bodies that neither of them lists are removed.
/// </summary>
internal sealed class KeptAnswers : IDisposable
{
    private const string Head = "patchflow-answers v1", Current = "current", Next = "next", Full = "full";
    private static readonly TimeSpan ResumedFor = TimeSpan.FromDays(1);
    private readonly string _folder;
    private readonly string _source;
    private readonly long _mostBytes;
    private readonly TimeProvider _time;
    private readonly KeptBodies _bodies;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, KeptAnswer> _current;
    private readonly Dictionary<string, KeptAnswer> _cutOff = new(StringComparer.Ordinal);
    private readonly Dictionary<string, KeptAnswer> _answered = new(StringComparer.Ordinal);
    private readonly HashSet<string> _same = new(StringComparer.Ordinal);
    private StreamWriter? _journal;
    private long _bytes;

    /// <summary>Opens what is kept, for reading.</summary>
    /// <param name="folder">The feed's folder of answers.</param>
    /// <param name="source">What the answers are of: those of something else count for nothing.</param>
    /// <param name="mostBytes">How many bytes may be kept.</param>
    /// <param name="time">The clock.</param>
    public KeptAnswers(string folder, string source, long mostBytes, TimeProvider time)
    {
        (_folder, _source, _mostBytes, _time, _bodies) = (folder, $"{Head} {Uri.EscapeDataString(source)}", mostBytes, time, new KeptBodies(folder));
        (_current, AnsweredAt, WasFull) = Read(Current);
    }

    /// <summary>When the answers of the last fetch that went well were complete; null where there are none.</summary>
    public DateTimeOffset? AnsweredAt { get; private set; }

    /// <summary>Whether a fetch that was cut off may go on. While an alarm stands all is asked for whole.</summary>
    public bool MayResume { get; set; } = true;

    /// <summary>Whether there was no room for an answer.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Whether there was none in the last fetch that went well.</summary>
    public bool WasFull { get; private set; }

    /// <summary>Whether an answer has to be had whole, since it is not kept and there is room: as after an update from a version that kept none.</summary>
    public bool Lacks(Uri address) => _journal is not null && !WasFull && !IsFull && Of(address) is null;

    /// <summary>How many answers of the last fetch that went well are kept, and in how many bytes.</summary>
    public (int Answers, long Bytes) Kept => (_current.Count, _current.Values.DistinctBy(a => a.Sha256).Sum(a => a.StoredBytes));

    /// <summary>Begins to keep what a fetch is answered, and takes up what one that was cut off within the last day has left.</summary>
    public void Begin()
    {
        FeedFolders.Create(_folder);
        var (before, since) = (Read(Next).Answers, _time.GetUtcNow() - ResumedFor);
        foreach (var answer in before.Values.Where(a => a.At >= since && a.At <= _time.GetUtcNow()))
        {
            _cutOff[answer.Name] = answer;
        }

        Write(Next, default, isFull: false, _cutOff.Values);
        Sweep();
        _bytes = _current.Values.Concat(_cutOff.Values).DistinctBy(a => a.Sha256).Sum(a => a.StoredBytes);
        _journal = new StreamWriter(Path.Combine(_folder, Next), append: true);
    }

    /// <summary>Ends keeping; what was kept so far is for the next fetch.</summary>
    public void End()
    {
        lock (_gate)
        {
            _journal?.Dispose();
            _journal = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End();

    /// <summary>Keeps a body.</summary>
    /// <exception cref="FeedException">The disk can't hold it.</exception>
    public async Task KeepAsync(Uri address, string path, Download download, string? dated, CancellationToken cancel)
    {
        if (_journal is null || IsFull)
        {
            return;
        }

        var (name, sha256) = (CarriedAnswers.NameOf(address), download.Sha256.Hex);
        if (await _bodies.KeepAsync(path, name, sha256, _mostBytes - _bytes, cancel) is not { } stored)
        {
            IsFull = true;
            return;
        }

        Interlocked.Add(ref _bytes, stored);
        Add(new KeptAnswer(name, sha256, download.SizeBytes, stored, _time.GetUtcNow()) { Validators = download.Validators, Dated = dated ?? "" });
    }

    /// <summary>Keeps that there is nothing.</summary>
    public void KeepAbsent(Uri address, string? dated) => Add(new KeptAnswer(CarriedAnswers.NameOf(address), "", 0, 0, _time.GetUtcNow()) { Dated = dated ?? "" });

    /// <summary>What was answered before at these addresses counts on, where something was.</summary>
    public void Same(IEnumerable<Uri> addresses)
    {
        lock (_gate)
        {
            _same.UnionWith(addresses.Select(CarriedAnswers.NameOf));
        }
    }

    /// <summary>What was answered now at these addresses is not used: what was before counts on, where the first of them had something.</summary>
    public void Refuse(IReadOnlyCollection<Uri> addresses)
    {
        lock (_gate)
        {
            string[] names = [.. addresses.Select(CarriedAnswers.NameOf)];
            if (Array.Exists(names, name => _current.TryGetValue(name, out var kept) && !kept.IsAbsent))
            {
                Array.ForEach(names, name => _answered.Remove(name));
                _same.UnionWith(names);
            }

            Array.ForEach(names, name => _cutOff.Remove(name));
        }
    }

    /// <summary>What a fetch that was cut off was answered at an address; null where nothing was. The bodies are whole.</summary>
    public KeptAnswer? CutOff(Uri address)
    {
        lock (_gate)
        {
            return MayResume && _journal is not null ? _cutOff.GetValueOrDefault(CarriedAnswers.NameOf(address)) : null;
        }
    }

    /// <summary>Takes an answer of a fetch that was cut off for one of this fetch.</summary>
    public void Resume(KeptAnswer answer)
    {
        lock (_gate)
        {
            _answered[answer.Name] = answer;
        }
    }

    /// <summary>What the last fetch that went well was answered at an address; null where nothing is kept.</summary>
    public KeptAnswer? Of(Uri address) => _current.GetValueOrDefault(CarriedAnswers.NameOf(address));

    /// <inheritdoc cref="KeptBodies.Open"/>
    public Stream? Open(KeptAnswer answer) => _bodies.Open(answer);

    /// <summary>Puts back a body that was lost or altered, where the source still answers the same.</summary>
    public async Task MendAsync(Uri address, string path, Download download, CancellationToken cancel)
    {
        if (Of(address) is { } kept && kept.Sha256 == download.Sha256.Hex)
        {
            _bodies.Remove(kept.Sha256);
            await _bodies.KeepAsync(path, kept.Name, kept.Sha256, _mostBytes, cancel);
        }
    }

    /// <summary>The fetch went well: its answers are the current ones, all at once. Of one that found nothing new those of before count on.</summary>
    public void Commit(DateTimeOffset answeredAt, bool isUnchanged)
    {
        var answers = new Dictionary<string, KeptAnswer>(isUnchanged ? _current : [], StringComparer.Ordinal);
        foreach (var name in _same)
        {
            if ((_answered.GetValueOrDefault(name) ?? _current.GetValueOrDefault(name) ?? _cutOff.GetValueOrDefault(name)) is { } kept)
            {
                answers[name] = kept;
            }
        }

        foreach (var (name, answer) in _answered)
        {
            answers[name] = answer;
        }

        End();
        Write(Current, answeredAt, IsFull, answers.Values);
        File.Delete(Path.Combine(_folder, Next));
        AnsweredAt = answeredAt;
        _current.Clear();
        _cutOff.Clear();
        foreach (var (name, answer) in answers)
        {
            _current[name] = answer;
        }

        Sweep();
    }

    private void Add(KeptAnswer answer)
    {
        lock (_gate)
        {
            if (_journal is not null)
            {
                _answered[answer.Name] = answer;
                _journal.WriteLine(answer.Line);
                _journal.Flush();
            }
        }
    }

    private void Sweep() => _bodies.Sweep(_current.Values.Concat(_cutOff.Values).Select(a => a.Sha256).ToHashSet(StringComparer.Ordinal));

    private (Dictionary<string, KeptAnswer> Answers, DateTimeOffset? At, bool IsFull) Read(string list)
    {
        var (answers, path) = (new Dictionary<string, KeptAnswer>(StringComparer.Ordinal), Path.Combine(_folder, list));
        using var lines = (File.Exists(path) ? File.ReadLines(path) : []).GetEnumerator();
        if (!lines.MoveNext() || lines.Current.Split('\t') is not [var head, var at, var full] || head != _source)
        {
            return (answers, null, false);
        }

        while (lines.MoveNext())
        {
            if (KeptAnswer.Parse(lines.Current) is { } answer)
            {
                answers[answer.Name] = answer;
            }
        }

        return (answers, DateTimeOffset.TryParseExact(at, "O", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null, full == Full);
    }

    private void Write(string list, DateTimeOffset at, bool isFull, IEnumerable<KeptAnswer> answers)
    {
        var unfinished = Path.Combine(_folder, $"{list}.unfinished");
        using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            using (var text = new StreamWriter(file, leaveOpen: true))
            {
                text.WriteLine($"{_source}\t{at.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)}\t{(isFull ? Full : "")}");
                foreach (var answer in answers)
                {
                    text.WriteLine(answer.Line);
                }
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, Path.Combine(_folder, list), overwrite: true);
    }
}
