using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// What the addresses of a feed of documents answered: the answers of the last fetch that went well, which belong together and to the snapshot that was read from
/// them, and in <c>next</c> those of a fetch that is under way or was cut off. Bodies that no list names are removed.
/// </summary>
internal sealed class KeptAnswers : IDisposable
{
    private static readonly TimeSpan ResumedFor = TimeSpan.FromDays(1);
    private readonly string _folder;
    private readonly string _source;
    private readonly Digest? _snapshot;
    private readonly long _mostBytes;
    private readonly TimeProvider _time;
    private readonly KeptBodies _bodies;
    private readonly KeptRoom _room;
    private readonly KeptLists _lists;
    private readonly Lock _gate = new();
    private readonly KeptHead? _head;
    private readonly bool _isPrepared;
    private readonly bool _isKnown;
    private readonly bool _isOfSource;
    private readonly Dictionary<UInt128, KeptAnswer?> _changes;
    // Read where it is needed: a fetch that finds nothing new of many documents does not need it.
    private readonly Lazy<Dictionary<UInt128, KeptAnswer>> _current;
    private readonly Dictionary<UInt128, KeptAnswer> _answered = [];
    private readonly List<(Func<IReadOnlyCollection<Uri>> Addresses, string? Document)> _same = [];
    private KeptJournal? _journal;
    private bool _isLacking;

    /// <summary>Opens what is kept, for reading.</summary>
    /// <param name="folder">The feed's folder of answers.</param>
    /// <param name="source">What the answers are of: those of something else count for nothing.</param>
    /// <param name="snapshot">The snapshot in use that was read from them; null where there is none of that source.</param>
    /// <param name="mostBytes">How many bytes may be kept.</param>
    /// <param name="time">The clock.</param>
    public KeptAnswers(string folder, string source, Digest? snapshot, long mostBytes, TimeProvider time)
    {
        (_folder, _source, _snapshot, _mostBytes, _time, _bodies, _lists) = (folder, source, snapshot, mostBytes, time, new KeptBodies(folder), new KeptLists(folder));
        _room = new KeptRoom(folder, _bodies, mostBytes);
        var (isPrepared, head) = _lists.Head(snapshot);
        _isPrepared = isPrepared;
        var changes = head is null ? null : _lists.Changes(isPrepared, head);
        _isKnown = changes is not null;
        _isOfSource = _isKnown && head!.Source == source;
        (_head, _changes) = (_isOfSource ? head : null, _isOfSource ? changes! : []);
        _current = new(() =>
        {
            // Bodies of another configuration take up their bytes as well until they are removed.
            var answers = _isKnown ? _lists.Read(head!, changes!) : [];
            _room.Count(answers.Values);
            return _isOfSource ? answers : [];
        });
        AnsweredAt = _head is not null && _head.Snapshot == snapshot ? _head.AnsweredAt : null;
    }

    /// <summary>When the answers that the snapshot in use was read from were complete; null where they are not kept.</summary>
    public DateTimeOffset? AnsweredAt { get; }

    /// <summary>Whether what a fetch that was cut off was answered may be taken for answers of this one; else it is forgotten.</summary>
    public bool MayResume { get; init; }

    /// <summary>Whether the answers are an archive's: a fetch that comes after may not take them for its vendor's.</summary>
    public bool IsImported { get; init; }

    /// <summary>Whether there was no room for an answer.</summary>
    public bool IsFull => _room.IsFull;

    /// <summary>Whether there was none in the last fetch that went well, under a limit that was no less than it is.</summary>
    public bool WasFull => _head?.FullAt >= _mostBytes;

    /// <summary>Whether an answer has to be had whole, since it is not kept and there is room: as after an update from a version that kept none.</summary>
    /// <param name="address">Its address.</param>
    /// <param name="document">The digest of what is in use of it, where that is known.</param>
    public bool Lacks(Uri address, string? document = null) => _journal is not null && !WasFull && !IsFull && !(Of(address) is { } kept && IsInUse(kept, document));

    /// <summary>Begins to keep what a fetch is answered, and takes up what one that was cut off within the last day has left.</summary>
    public void Begin()
    {
        FeedFolders.Create(_folder);
        _lists.Settle(_isPrepared);
        var (journal, wasLeft) = KeptJournal.Open(_folder, IsImported ? null : _source, MayResume ? _time.GetUtcNow() - ResumedFor : null, _time.GetUtcNow());
        _journal = journal;
        if (wasLeft || !_isKnown)
        {
            _ = _current.Value;
            _room.Count(journal.CutOff.Values);
            _lists.Sweep();
            _room.Sweep();
        }
    }

    /// <summary>Ends keeping.</summary>
    /// <param name="mayGoOn">Whether what was kept so far is for the next fetch.</param>
    public void End(bool mayGoOn)
    {
        lock (_gate)
        {
            _journal?.End(mayGoOn);
            _journal = null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => End(mayGoOn: true);

    /// <summary>Keeps a body.</summary>
    /// <exception cref="FeedException">The disk can't hold it.</exception>
    public async Task KeepAsync(Uri address, string path, Download download, string? dated, CancellationToken cancel)
    {
        if (_journal is null || IsFull)
        {
            return;
        }

        var key = CarriedAnswers.KeyOf(address);
        var answer = new KeptAnswer(key, download.Sha256, download.SizeBytes, StoredOf(key, download.Sha256), _time.GetUtcNow())
        {
            Validators = download.Validators,
            Dated = dated ?? "",
        };
        if (await StoreAsync(answer, path, address, cancel) is { } bytes)
        {
            Add(answer with { StoredBytes = bytes });
        }
    }

    /// <summary>Keeps that there is nothing.</summary>
    public void KeepAbsent(Uri address, string? dated) => Add(new KeptAnswer(CarriedAnswers.KeyOf(address), default, 0, 0, _time.GetUtcNow()) { Dated = dated ?? "" });

    /// <summary>What was answered before at these addresses counts on, where something was.</summary>
    /// <param name="addresses">The addresses of a document and of what stands beside it.</param>
    /// <param name="document">The digest of what is in use of it, where that is known.</param>
    public void Same(Func<IReadOnlyCollection<Uri>> addresses, string? document = null)
    {
        lock (_gate)
        {
            _same.Add((addresses, document));
        }
    }

    /// <summary>The same where it is at another address now, as a file that an index names by its digest.</summary>
    public void Moved(Uri address, string sha256)
    {
        if (Digest.TryParse(sha256, out var digest) && _current.Value.Values.FirstOrDefault(a => a.Sha256 == digest) is { } kept)
        {
            Add(kept with { Key = CarriedAnswers.KeyOf(address) });
            return;
        }

        _isLacking = true;
    }

    /// <summary>What was answered now at these addresses is not used: what was before counts on, where one of them had something.</summary>
    /// <param name="addresses">The addresses.</param>
    /// <param name="isInUse">Whether something else of them is in use, kept or not: what was answered is not kept in its place.</param>
    public void Refuse(IReadOnlyCollection<Uri> addresses, bool isInUse = false)
    {
        lock (_gate)
        {
            UInt128[] keys = [.. addresses.Select(CarriedAnswers.KeyOf)];
            if (isInUse || Array.Exists(keys, key => _current.Value.TryGetValue(key, out var kept) && !kept.IsAbsent))
            {
                Array.ForEach(keys, key => _answered.Remove(key));
                _same.Add((() => addresses, null));
            }

            _journal?.Refuse(keys);
        }
    }

    /// <summary>What a fetch that was cut off was answered at an address; null where nothing was.</summary>
    public KeptAnswer? CutOff(Uri address)
    {
        lock (_gate)
        {
            return _journal?.CutOff.GetValueOrDefault(CarriedAnswers.KeyOf(address));
        }
    }

    /// <summary>Takes an answer of a fetch that was cut off for one of this fetch.</summary>
    public void Resume(KeptAnswer answer) => Add(answer);

    /// <summary>What the last fetch that went well was answered at an address; null where nothing is kept.</summary>
    public KeptAnswer? Of(Uri address) => _current.Value.GetValueOrDefault(CarriedAnswers.KeyOf(address));

    /// <inheritdoc cref="KeptBodies.Open"/>
    public Stream Open(KeptAnswer answer) => _bodies.Open(answer);

    /// <summary>Puts back a body that was lost or altered, where the source still answers the same.</summary>
    public async Task MendAsync(Uri address, string path, Download download, CancellationToken cancel)
    {
        if (Of(address) is { } kept && kept.Sha256 == download.Sha256)
        {
            await StoreAsync(kept, path, address, cancel);
        }
    }

    /// <summary>Writes the list of the answers that a snapshot was read from. It counts from the moment on at which the database has that snapshot.</summary>
    /// <param name="snapshot">The snapshot; null where nothing is new, and those of before count on.</param>
    /// <param name="answeredAt">When the answers were complete.</param>
    public void Prepare(Digest? snapshot, DateTimeOffset answeredAt)
    {
        var head = new KeptHead(_source, snapshot ?? _snapshot!.Value, answeredAt, _head?.Base ?? "", 0, _head?.Answers ?? 0, _head?.Bytes ?? 0, 0, _head?.WholeAnswers ?? 0, _head?.WholeBytes ?? 0);
        if (snapshot is null && AnsweredAt is not null && !_current.IsValueCreated && head.Bytes <= _mostBytes && _answered.Values.All(IsAsBefore))
        {
            // As many, with the same bodies.
            foreach (var (key, answer) in _answered)
            {
                _changes[key] = answer;
            }

            _lists.Prepare(head with { FullAt = WasFull ? _mostBytes : 0 }, () => _current.Value.Values, _changes);
        }
        else
        {
            var answers = Answers(isUnchanged: snapshot is null);
            var bytes = _room.Bound(answers);
            Differ(answers);
            // What did not fit once is not looked for again before there is more room.
            _lists.Prepare(head with { FullAt = IsFull || (WasFull && (_isLacking || snapshot is null)) ? _mostBytes : 0, Answers = answers.Count, Bytes = bytes }, () => answers.Values, _changes);
        }

        End(mayGoOn: true);
    }

    /// <summary>The database has the snapshot: what was prepared is what is kept, all at once.</summary>
    public void Commit()
    {
        _lists.Commit();
        _room.Tidy();
        _lists.Sweep();
        // Last, since as long as it is there the next fetch looks for what no list names.
        KeptJournal.Remove(_folder);
    }

    private bool IsAsBefore(KeptAnswer answer) => _changes.GetValueOrDefault(answer.Key) is { } before && before.Sha256 == answer.Sha256 && before.StoredBytes == answer.StoredBytes;

    private Dictionary<UInt128, KeptAnswer> Answers(bool isUnchanged)
    {
        var answers = new Dictionary<UInt128, KeptAnswer>(isUnchanged && AnsweredAt is not null ? _current.Value : []);
        foreach (var (of, document) in _same)
        {
            List<KeptAnswer> kept = [.. of().Select(Of).OfType<KeptAnswer>()];
            if (!kept.Exists(k => IsInUse(k, document)))
            {
                _isLacking = true;
                continue;
            }

            kept.ForEach(k => answers[k.Key] = k);
        }

        foreach (var (key, answer) in _answered)
        {
            answers[key] = answer;
        }

        return answers;
    }

    private void Differ(Dictionary<UInt128, KeptAnswer> answers)
    {
        foreach (var (key, answer) in answers)
        {
            if (!ReferenceEquals(_current.Value.GetValueOrDefault(key), answer))
            {
                _changes[key] = answer;
            }
        }

        foreach (var key in _current.Value.Keys.Where(key => !answers.ContainsKey(key)))
        {
            _changes[key] = null;
        }
    }

    // What changes often is among the changes, so that all need not be read for it.
    private long StoredOf(UInt128 key, Digest sha256)
    {
        if (_changes.GetValueOrDefault(key) is { } before && before.Sha256 == sha256)
        {
            return before.StoredBytes;
        }

        _ = _current.Value;
        return _room.StoredOf(sha256);
    }

    private bool IsInUse(KeptAnswer kept, string? document) => AnsweredAt is not null || (document?.Length > 0 && kept.Sha256.Hex == document);

    private void Add(KeptAnswer answer)
    {
        lock (_gate)
        {
            if (_journal is not null)
            {
                _answered[answer.Key] = answer;
                _journal.Add(answer);
            }
        }
    }

    // Answers how many bytes it takes up; null where there is no room.
    private async Task<long?> StoreAsync(KeptAnswer answer, string path, Uri address, CancellationToken cancel) =>
        answer.StoredBytes > 0 && _bodies.IsWhole(answer) ? answer.StoredBytes : await _room.PackAsync(answer.Sha256, path, address, cancel);
}
