using System.Collections.Immutable;

namespace PatchFlow.Core.Matching;

/// <summary>
/// All advisories by what they speak of: platform, then package name. Immutable: another advisory makes another index, which shares with this one
/// all that the advisory does not speak of.
/// </summary>
public sealed class AdvisoryIndex
{
    private readonly ImmutableDictionary<string, PlatformTable> _platforms;
    private readonly ImmutableDictionary<string, ImmutableArray<Statement>> _advisories;

    private AdvisoryIndex(NameTable names, ImmutableDictionary<string, PlatformTable> platforms, ImmutableDictionary<string, ImmutableArray<Statement>> advisories) =>
        (Names, _platforms, _advisories) = (names, platforms, advisories);

    /// <summary>The table of names, which the package sets share.</summary>
    public NameTable Names { get; }

    /// <summary>How many advisories say something that can be matched.</summary>
    public int Count => _advisories.Count;

    /// <summary>An index without advisories.</summary>
    public static AdvisoryIndex Empty(NameTable names) => new(names, ImmutableDictionary<string, PlatformTable>.Empty, ImmutableDictionary<string, ImmutableArray<Statement>>.Empty);

    /// <summary>The index of these advisories; of several with one key the last counts.</summary>
    public static AdvisoryIndex Of(NameTable names, IEnumerable<IndexedAdvisory> advisories) => Empty(names).With(advisories);

    /// <summary>The index in which these advisories stand, and take the place of those of the same keys; others are gone.</summary>
    public AdvisoryIndex With(IEnumerable<IndexedAdvisory> changed, IEnumerable<string>? gone = null)
    {
        var (advisories, change) = (_advisories.ToBuilder(), new Change());
        foreach (var advisory in changed)
        {
            Replace(advisories, change, advisory.Key, Statement.Of(advisory, Names));
        }

        foreach (var key in gone ?? [])
        {
            Replace(advisories, change, key, []);
        }

        return new AdvisoryIndex(Names, change.ApplyTo(_platforms), advisories.ToImmutable());
    }

    /// <summary>Whether anything is said of a platform.</summary>
    public bool SpeaksOf(string platform) => _platforms.ContainsKey(platform);

    /// <summary>The platforms of which advisories say something whose keys are asked for.</summary>
    public ImmutableHashSet<string> PlatformsOf(Func<string, bool> isAsked) =>
        [.. _advisories.Where(a => isAsked(a.Key)).SelectMany(a => a.Value).Select(s => s.Platform)];

    /// <summary>
    /// The index of these advisories alone, as they are here: what a change takes away from this index, for <see cref="Fleet.ConcernedBy"/>.
    /// </summary>
    public AdvisoryIndex Only(IEnumerable<string> keys)
    {
        var (advisories, change) = (_advisories.Clear().ToBuilder(), new Change());
        foreach (var key in keys.Distinct(StringComparer.Ordinal).Where(_advisories.ContainsKey))
        {
            Replace(advisories, change, key, _advisories[key]);
        }

        return new AdvisoryIndex(Names, change.ApplyTo(_platforms.Clear()), advisories.ToImmutable());
    }

    /// <summary>The statements on a platform; an empty table where nothing is said of it.</summary>
    internal PlatformTable TableOf(string platform) => _platforms.GetValueOrDefault(platform, PlatformTable.Empty);

    /// <summary>The names of packages, and of source packages, of which something is said on any platform.</summary>
    internal IEnumerable<(int Name, bool IsSource)> Spoken() => _advisories.Values.SelectMany(a => a.Select(s => (s.Name, s.IsSource))).Distinct();

    private static void Replace(ImmutableDictionary<string, ImmutableArray<Statement>>.Builder advisories, Change change, string key, ImmutableArray<Statement> statements)
    {
        change.Take(advisories.GetValueOrDefault(key, []), statements);
        if (statements.IsEmpty)
        {
            advisories.Remove(key);
        }
        else
        {
            advisories[key] = statements;
        }
    }

    /// <summary>Gathers what changes, so that each name is made anew once.</summary>
    private sealed class Change
    {
        private readonly Dictionary<string, Dictionary<int, (HashSet<Statement> Removed, List<Statement> Added)>> _names = new(StringComparer.Ordinal);

        public void Take(ImmutableArray<Statement> removed, ImmutableArray<Statement> added)
        {
            foreach (var statement in removed)
            {
                // What an earlier advisory of this change has added is in no table yet.
                var (gone, come) = Of(statement);
                _ = come.Remove(statement) || gone.Add(statement);
            }

            foreach (var statement in added)
            {
                Of(statement).Added.Add(statement);
            }
        }

        public ImmutableDictionary<string, PlatformTable> ApplyTo(ImmutableDictionary<string, PlatformTable> platforms) =>
            platforms.SetItems(_names.Select(platform =>
            {
                var old = platforms.GetValueOrDefault(platform.Key, PlatformTable.Empty);
                return KeyValuePair.Create(platform.Key, old.With(platform.Value.Select(
                    name => KeyValuePair.Create(name.Key, NameStatements.With(old.Find(name.Key), name.Value.Removed, name.Value.Added)))));
            }));

        private (HashSet<Statement> Removed, List<Statement> Added) Of(Statement statement)
        {
            if (!_names.TryGetValue(statement.Platform, out var names))
            {
                _names[statement.Platform] = names = [];
            }

            if (!names.TryGetValue(statement.Name, out var change))
            {
                names[statement.Name] = change = ([], []);
            }

            return change;
        }
    }
}
