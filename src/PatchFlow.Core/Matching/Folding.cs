using System.Collections.Immutable;

namespace PatchFlow.Core.Matching;

/// <summary>
/// Makes one verdict of what all statements say of a package:
/// <list type="bullet">
/// <item>each advisory has one finding for what a patch closes, with its newest fixed version;</item>
/// <item>patches fold into the newest one, which closes what all of them close;</item>
/// <item>of a vulnerability that a patch closes no other advisory says that there is none;</item>
/// <item>where the vendor says that a vulnerability does not affect the package, it is not open without a patch, and a patch does not count it
/// unless it has no other;</item>
/// <item>what is said on a more specific platform, that it is fixed or not affected, comes before what a less specific one leaves open;</item>
/// <item>where the host has a variant of a release (Red Hat's EUS, Ubuntu's FIPS), which mends a vulnerability by another build, the release speaks only
/// of vulnerabilities of which the variant says nothing of the package;</item>
/// <item>in the same way a vendor's name without a release speaks only of vulnerabilities of which the host's own release says nothing of the package;</item>
/// <item>none of these silences what a feed says that is trusted further: it stays open, with what is said against it; a fix is shown whoever states it, with
/// who is trusted further and says that there is none.</item>
/// </list>
/// One is used again and again, by one thread.
/// </summary>
internal sealed class Folding
{
    private const int Nowhere = int.MaxValue;
    private readonly List<Judgement> _fixes = [];
    private readonly List<Judgement> _open = [];
    private readonly List<Judgement> _settled = [];
    private readonly Dictionary<int, Mark> _marks = [];
    private readonly HashSet<(int Advisory, bool IsSource)> _seen = [];
    private readonly HashSet<AdvisorySummary> _advised = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);
    private readonly List<(int Number, string Name)> _closed = [];
    private readonly List<(int Number, string Name)> _denied = [];
    private readonly Dictionary<int, FeedTrust> _spoken = [];
    private readonly Dictionary<int, FeedTrust> _released = [];
    private readonly List<Contradiction> _contradictions = [];
    private readonly Dictionary<int, FeedTrust> _mended = [];
    private readonly Dictionary<int, Judgement> _unmended = [];
    private int _variants;
    private int _bare;
    private bool _hasBare;
    private bool _isDisjoint;
    private bool _isOrdered;

    // What is known of a vulnerability: whether a patch closes it, and the most specific platform on which it is denied, or settled.
    private readonly record struct Mark(bool IsClosed, Ranks Denied, Ranks Settled)
    {
        public static Mark None { get; } = new(false, Ranks.None, Ranks.None);
    }

    // The most specific platform on which something is said by feeds that are trusted at least so far.
    private readonly record struct Ranks(int ByAny, int ByTls, int BySigned)
    {
        public static Ranks None { get; } = new(Nowhere, Nowhere, Nowhere);

        public int At(FeedTrust trust) => trust switch { FeedTrust.Signed => BySigned, FeedTrust.TlsOnly => ByTls, _ => ByAny };

        public Ranks With(int rank, FeedTrust trust) => new(
            Math.Min(ByAny, rank), trust >= FeedTrust.TlsOnly ? Math.Min(ByTls, rank) : ByTls, trust == FeedTrust.Signed ? Math.Min(BySigned, rank) : BySigned);
    }

    /// <summary>What was added.</summary>
    public IEnumerable<Judgement> Judgements => _fixes.Concat(_open).Concat(_settled);

    /// <summary>Forgets what was added.</summary>
    /// <param name="isDisjoint">
    /// No two statements are on one vulnerability, or of one advisory, so that nothing that one says bears on another: what is settled is not kept.
    /// </param>
    /// <param name="isOrdered">They are added in the order that the verdict has.</param>
    /// <param name="variants">How many of the host's platforms are variants of the release; they are the first.</param>
    /// <param name="bare">The rank from which on the host's platforms are names without a release.</param>
    public void Begin(bool isDisjoint = false, bool isOrdered = false, int variants = 0, int bare = Nowhere)
    {
        (_isDisjoint, _isOrdered, _variants, _bare, _hasBare, IsUnclear) = (isDisjoint, isOrdered, variants, bare, false, false);
        _fixes.Clear();
        _open.Clear();
        _settled.Clear();
    }

    /// <summary>Whether it is not known of what is added whether it is meant: then what it leaves open is undetermined, and nothing is settled by it.</summary>
    public bool IsUnclear { get; set; }

    /// <summary>Adds what a statement says.</summary>
    public void Add(Judgement judgement)
    {
        if (IsUnclear)
        {
            judgement = judgement with { Answer = judgement.IsOpen ? Answer.Undetermined : Answer.Patched, End = null, IsUnclear = true };
        }

        if (judgement.IsOpen || !(_isDisjoint || IsUnclear))
        {
            _hasBare |= judgement.Rank >= _bare;
            (judgement.Answer == Answer.FixAvailable ? _fixes : judgement.IsOpen ? _open : _settled).Add(judgement);
        }
    }

    /// <summary>The verdict; <see cref="Verdict.None"/> where nothing is open.</summary>
    public Verdict End()
    {
        if (_fixes.Count == 0 && _open.Count == 0)
        {
            return Verdict.None;
        }

        if (!_isOrdered)
        {
            Sort(_fixes, CompareFixes);
            Sort(_open, CompareOpen);
        }

        var findings = ImmutableArray.CreateBuilder<Finding>(_fixes.Count + _open.Count);
        if (_isDisjoint)
        {
            _fixes.ForEach(j => findings.Add(j.Finding));
            _open.ForEach(j => findings.Add(j.Finding));
        }
        else
        {
            MarkDenied();
            MarkSpoken();
            MarkUnmended();
            AddFixes(findings);
            AddOpen(findings);
        }

        return findings.Count == 0 ? Verdict.None : new Verdict(FixOf(findings), findings.DrainToImmutable());
    }

    // They mostly are in order already, since each name's statements are kept so.
    private static void Sort(List<Judgement> judgements, Comparison<Judgement> order)
    {
        for (var i = 1; i < judgements.Count; i++)
        {
            if (order(judgements[i - 1], judgements[i]) > 0)
            {
                judgements.Sort(order);
                return;
            }
        }
    }

    // The newest first; what has no version last.
    private static int CompareFixes(Judgement a, Judgement b)
    {
        var order = KeyOf(b).SequenceCompareTo(KeyOf(a));
        order = order != 0 ? order : string.CompareOrdinal(a.Statement.Advisory.Key, b.Statement.Advisory.Key);
        order = order != 0 ? order : a.Statement.IsSource.CompareTo(b.Statement.IsSource);
        return order != 0 ? order : string.CompareOrdinal(a.Statement.Note, b.Statement.Note);
    }

    private static ReadOnlySpan<byte> KeyOf(Judgement fix) => fix.End is { } end ? end.FixedKey : default;

    private static int CompareOpen(Judgement a, Judgement b)
    {
        var order = a.Answer.CompareTo(b.Answer);
        order = order != 0 ? order : string.CompareOrdinal(a.Statement.Advisory.Key, b.Statement.Advisory.Key);
        return order != 0 ? order : string.CompareOrdinal(a.Statement.Note, b.Statement.Note);
    }

    // That something is settled bears on what is said on less specific platforms alone.
    private void MarkDenied()
    {
        _marks.Clear();
        var hasRanks = _open.Exists(j => j.Rank > 0);
        foreach (var judgement in _settled)
        {
            if (hasRanks || judgement.IsDenied)
            {
                foreach (var number in judgement.Statement.VulnerabilityNumbers)
                {
                    var mark = MarkOf(number);
                    _marks[number] = mark with
                    {
                        Denied = judgement.IsDenied ? mark.Denied.With(judgement.Rank, judgement.Trust) : mark.Denied,
                        Settled = mark.Settled.With(judgement.Rank, judgement.Trust),
                    };
                }
            }
        }
    }

    private void MarkSpoken()
    {
        MarkSpoken(_spoken, _variants);
        MarkSpoken(_released, _hasBare ? _bare : 0);
        _fixes.RemoveAll(f => _spoken.Count + _released.Count > 0 && Array.TrueForAll(f.Statement.VulnerabilityNumbers, number => IsSpokenFor(f, number, f.Trust)));
    }

    private void MarkSpoken(Dictionary<int, FeedTrust> spoken, int below)
    {
        spoken.Clear();
        if (below == 0)
        {
            return;
        }

        foreach (var judgement in Judgements)
        {
            foreach (var number in judgement.Rank < below ? judgement.Statement.VulnerabilityNumbers : [])
            {
                spoken[number] = spoken.GetValueOrDefault(number) is var known && known > judgement.Trust ? known : judgement.Trust;
            }
        }
    }

    // What has no fix by a feed that is trusted further than all that state one.
    private void MarkUnmended()
    {
        _mended.Clear();
        _unmended.Clear();
        var least = _fixes.Count == 0 ? FeedTrust.Signed : _fixes.Min(fix => fix.Trust);
        if (!_open.Exists(HasNoFix))
        {
            return;
        }

        foreach (var fix in _fixes)
        {
            foreach (var number in fix.Statement.VulnerabilityNumbers)
            {
                _mended[number] = _mended.TryGetValue(number, out var surest) && surest > fix.Trust ? surest : fix.Trust;
            }
        }

        foreach (var open in _open.Where(HasNoFix))
        {
            foreach (var number in open.Statement.VulnerabilityNumbers)
            {
                if (_mended.TryGetValue(number, out var surest) && open.Trust > surest && !IsOverruled(open, number, open.Trust)
                    && !(_unmended.TryGetValue(number, out var known) && known.Trust >= open.Trust))
                {
                    _unmended[number] = open;
                }
            }
        }

        bool HasNoFix(Judgement open) => open.Trust > least && open.Answer is Answer.NoFixYet or Answer.WillNotFix or Answer.SupportEnded;
    }

    // A variant speaks in place of the release, and the release in place of what is said of no release.
    private bool IsSpokenFor(Judgement judgement, int vulnerability, FeedTrust trust) =>
        (judgement.Rank >= _variants && _spoken.TryGetValue(vulnerability, out var spoken) && spoken >= trust)
        || (judgement.Rank >= _bare && _released.TryGetValue(vulnerability, out var released) && released >= trust);

    private Mark MarkOf(int vulnerability) => _marks.GetValueOrDefault(vulnerability, Mark.None);

    // One for each advisory and kind of version: the first, which is the newest, with what all of them close.
    private void AddFixes(ImmutableArray<Finding>.Builder findings)
    {
        _seen.Clear();
        if (_fixes.TrueForAll(f => _seen.Add((f.Statement.AdvisoryNumber, f.Statement.IsSource))))
        {
            _fixes.ForEach(f => findings.Add(Closing(f, null)));
            return;
        }

        foreach (var fixes in _fixes.GroupBy(f => (f.Statement.AdvisoryNumber, f.Statement.IsSource)))
        {
            findings.Add(Closing(fixes.First(), fixes));
        }
    }

    private Finding Closing(Judgement newest, IEnumerable<Judgement>? all)
    {
        _closed.Clear();
        _denied.Clear();
        _contradictions.Clear();
        var isLess = false;
        foreach (var fix in all ?? [newest])
        {
            for (var i = 0; i < fix.Statement.VulnerabilityNumbers.Length; i++)
            {
                var number = fix.Statement.VulnerabilityNumbers[i];
                if (IsSpokenFor(fix, number, fix.Trust))
                {
                    isLess = true;
                    continue;
                }

                var denied = MarkOf(number).Denied;
                (denied.At(fix.Trust) > fix.Rank ? _closed : _denied).Add((number, fix.Statement.Vulnerabilities[i]));
                Contradict(fix, i, denied.At(fix.Trust) > fix.Rank && (denied.ByAny <= fix.Rank || IsSpokenFor(fix, number, FeedTrust.None)));
            }
        }

        var named = _closed.Count > 0 ? _closed : _denied;
        named.ForEach(Unmended);
        if (_open.Count > 0)
        {
            named.ForEach(v => _marks[v.Number] = MarkOf(v.Number) with { IsClosed = true });
        }

        var isAsStated = all is null && !isLess && (_closed.Count == 0 || _denied.Count == 0);
        return Contradicted(isAsStated ? newest.Finding : newest.Finding with { Vulnerabilities = [.. named.Select(v => v.Name).Distinct()] });
    }

    private void Unmended((int Number, string Name) vulnerability)
    {
        if (_unmended.TryGetValue(vulnerability.Number, out var said))
        {
            _contradictions.Add(new(vulnerability.Name, said.Statement.Advisory, said.Answer, said.Trust));
        }
    }

    // What no patch closes and nobody denies; the same said twice by an advisory is said once.
    private void AddOpen(ImmutableArray<Finding>.Builder findings)
    {
        foreach (var judgement in _open)
        {
            var statement = judgement.Statement;
            var left = statement.Vulnerabilities;
            _contradictions.Clear();
            for (var i = statement.VulnerabilityNumbers.Length - 1; i >= 0; i--)
            {
                var isSilenced = IsSilenced(judgement, statement.VulnerabilityNumbers[i], judgement.Trust);
                Contradict(judgement, i, !isSilenced && _settled.Count > 0 && IsSilenced(judgement, statement.VulnerabilityNumbers[i], FeedTrust.None));
                left = isSilenced ? left.RemoveAt(i) : left;
            }

            if (!left.IsEmpty)
            {
                Together(findings, Contradicted(left.Length == statement.Vulnerabilities.Length ? judgement.Finding : judgement.Finding with { Vulnerabilities = left }));
            }
        }
    }

    // By what feeds say that are trusted at least so far.
    private bool IsSilenced(Judgement open, int vulnerability, FeedTrust trust) => MarkOf(vulnerability).IsClosed || IsOverruled(open, vulnerability, trust);

    private bool IsOverruled(Judgement open, int vulnerability, FeedTrust trust)
    {
        var mark = MarkOf(vulnerability);
        return IsSpokenFor(open, vulnerability, trust) || mark.Denied.At(trust) <= open.Rank || mark.Settled.At(trust) < open.Rank;
    }

    // Seldom: so what is said against it is looked for then.
    private void Contradict(Judgement open, int vulnerability, bool isContradicted)
    {
        if (!isContradicted)
        {
            return;
        }

        foreach (var said in _settled)
        {
            if (said.Trust < open.Trust && (said.IsDenied || said.Rank < open.Rank) && Array.IndexOf(said.Statement.VulnerabilityNumbers, open.Statement.VulnerabilityNumbers[vulnerability]) >= 0)
            {
                _contradictions.Add(new(open.Statement.Vulnerabilities[vulnerability], said.Statement.Advisory, said.IsDenied ? Answer.NotAffected : Answer.Patched, said.Trust));
            }
        }
    }

    private Finding Contradicted(Finding finding) => _contradictions.Count == 0 ? finding : finding with { Contradictions = [.. _contradictions.Distinct()] };

    // Those of one advisory follow each other.
    private static void Together(ImmutableArray<Finding>.Builder findings, Finding next)
    {
        if (findings.Count > 0 && findings[^1] is var last && last.Answer == next.Answer && last.Advisory == next.Advisory && last.Note == next.Note)
        {
            findings[^1] = last with { Vulnerabilities = [.. last.Vulnerabilities.Union(next.Vulnerabilities)], Contradictions = [.. last.Contradictions.Union(next.Contradictions)] };
        }
        else
        {
            findings.Add(next);
        }
    }

    // Of what is disjoint nothing comes twice.
    private PackageFix? FixOf(ImmutableArray<Finding>.Builder findings)
    {
        if (findings[0].Answer != Answer.FixAvailable)
        {
            return null;
        }

        var (advisories, vulnerabilities) = (ImmutableArray.CreateBuilder<AdvisorySummary>(findings.Count), ImmutableArray.CreateBuilder<string>(findings.Count));
        var (own, source) = ((string?)null, (string?)null);
        _advised.Clear();
        _named.Clear();
        for (var i = 0; i < findings.Count && findings[i] is { Answer: Answer.FixAvailable } fix; i++)
        {
            (own, source) = fix.IsSource ? (own, source ?? fix.Fixed) : (own ?? fix.Fixed, source);
            if (_isDisjoint || _advised.Add(fix.Advisory))
            {
                advisories.Add(fix.Advisory);
            }

            foreach (var name in fix.Vulnerabilities)
            {
                if (_isDisjoint || _named.Add(name))
                {
                    vulnerabilities.Add(name);
                }
            }
        }

        return new PackageFix(own, source, advisories.DrainToImmutable(), vulnerabilities.DrainToImmutable());
    }
}
