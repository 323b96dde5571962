using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Documents;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace PatchFlow.Server.Reconcile;

/// <summary>A YAML mapping that is read key by key. A key that nobody asked for, or that is missing, is an error with its line.</summary>
internal sealed class YamlMap
{
    private readonly string _file;
    private readonly YamlNode _node;
    private readonly Dictionary<string, YamlNode> _left;

    private YamlMap(string file, YamlNode node)
    {
        if (node is not YamlMappingNode mapping)
        {
            throw new PipelineException(file, node.Start.Line, "-", "must be keys with values: write 'key: value' lines");
        }

        (_file, _node) = (file, node);
        _left = mapping.Children.ToDictionary(p => KeyOf(file, p.Key), p => p.Value, StringComparer.Ordinal);
    }

    /// <summary>The file's only document.</summary>
    /// <exception cref="PipelineException">It is not YAML, not one document, or not a mapping.</exception>
    public static YamlMap Load(string file, string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException e)
        {
            throw new PipelineException(file, e.Start.Line, "-", $"is not YAML: {e.Message}");
        }

        return stream.Documents is [var document]
            ? new YamlMap(file, document.RootNode)
            : throw new PipelineException(file, 0, "-", "must be exactly one YAML document: write the keys of one pipeline");
    }

    /// <summary>Every key must have been asked for.</summary>
    public void End()
    {
        if (_left.FirstOrDefault() is { Key: { } key, Value: { } value })
        {
            throw new PipelineException(_file, value.Start.Line, key, "is not a known key: remove it, or mend its spelling");
        }
    }

    public string Word(string key, Func<string, bool> isGood, string grammar) => Read(key, Take(key), isGood, grammar);

    public int Number(string key, int least, int most) => int.Parse(
        Read(key, Take(key), t => int.TryParse(t, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n >= least && n <= most, $"must be a number from {least} to {most}"),
        CultureInfo.InvariantCulture);

    public int? OptionalNumber(string key, int least, int most) => _left.ContainsKey(key) ? Number(key, least, most) : null;

    public bool Flag(string key) => OneOf(key, "false", "true") == 1;

    public int OneOf(string key, params string[] words) =>
        Array.IndexOf(words, Read(key, Take(key), words.Contains, $"must be one of {string.Join(", ", words)}"));

    public TimeSpan Duration(string key, TimeSpan least, TimeSpan most)
    {
        var grammar = $"must be an ISO 8601 duration such as PT10M, from {CanonicalDuration.Format(least)} to {CanonicalDuration.Format(most)}";
        var duration = TimeSpan.Zero;
        Read(key, Take(key), t => CanonicalDuration.TryParse(t, out duration) && duration >= least && duration <= most, grammar);
        return duration;
    }

    public ImmutableArray<string> Words(string key, Func<string, bool> isGood, string grammar) =>
        [.. Items(key).Select(item => Read(key, item, isGood, grammar))];

    public ImmutableArray<YamlMap> Maps(string key) => [.. Items(key).Select(item => new YamlMap(_file, item))];

    /// <summary>Keys with single values, in the order of the file; none where the key is not there.</summary>
    public ImmutableArray<KeyValuePair<string, string>> OptionalPairs(string key) => !_left.ContainsKey(key) ? []
        : Take(key) is YamlMappingNode mapping
            ? [.. mapping.Children.Select(p => KeyValuePair.Create(KeyOf(_file, p.Key), Read(key, p.Value, _ => true, "")))]
            : throw Refuse(key, "must be keys with values: write 'kev: P3D' lines");

    /// <summary>An error at this mapping.</summary>
    public PipelineException Refuse(string key, string remedy) => new(_file, _node.Start.Line, key, remedy);

    private IEnumerable<YamlNode> Items(string key) => Take(key) is YamlSequenceNode list
        ? list.Children
        : throw Refuse(key, "must be a list: write '- item' lines, or []");

    private YamlNode Take(string key) => _left.Remove(key, out var node)
        ? node
        : throw Refuse(key, "is missing: add it");

    private string Read(string key, YamlNode node, Func<string, bool> isGood, string grammar) =>
        node is not YamlScalarNode { Value: { } value } ? throw new PipelineException(_file, node.Start.Line, key, "must be a single value")
        : isGood(value) ? value
        : throw new PipelineException(_file, node.Start.Line, key, $"{grammar}, not '{value}'");

    private static string KeyOf(string file, YamlNode key) => (key as YamlScalarNode)?.Value
        ?? throw new PipelineException(file, key.Start.Line, "-", "a key must be a single word");
}
