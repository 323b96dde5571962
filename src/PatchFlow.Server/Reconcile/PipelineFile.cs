using System.Text;
using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Patches;
using PatchFlow.Core.Planning;

namespace PatchFlow.Server.Reconcile;

/// <summary>
/// Reads <c>pipelines/NAME.yaml</c>. Policy is read strictly: a key that is unknown, missing or repeated, or a value out of bounds, refuses
/// the whole file, since a misread policy would be an approval that nobody gave.
/// </summary>
internal static class PipelineFile
{
    private const int MostBytes = 64 * 1024;
    private const int MostWaves = 20;
    private const string Id = "must be an id of a-z, 0-9 and -, at most 63";
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads the bytes; <paramref name="file"/> is for messages, the pipeline's name is the file's without <c>.yaml</c>.</summary>
    /// <exception cref="PipelineException">Names file, line, key and remedy.</exception>
    public static Pipeline Parse(string file, byte[] bytes)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        if (!Grammar.IsId(name) || bytes.Length > MostBytes)
        {
            throw new PipelineException(file, 0, "-", Grammar.IsId(name) ? $"is larger than {MostBytes} bytes" : $"the file's name {Id}");
        }

        var map = YamlMap.Load(file, Text(file, bytes));
        var pipeline = Read(name, map);
        map.End();
        Check(pipeline, map);
        return pipeline;
    }

    private static Pipeline Read(string name, YamlMap map) => new()
    {
        Name = name,
        Kind = (ChangeKind)map.OneOf("kind", "standard", "normal", "emergency"),
        Gate = map.Word("gate", t => Grammar.IsId(t), Id),
        Approvals = map.Number("approvals", 0, 20),
        DecisionLifetime = map.Duration("decision-lifetime", TimeSpan.FromMinutes(1), TimeSpan.FromDays(90)),
        PlanLifetime = map.Duration("plan-lifetime", TimeSpan.FromMinutes(5), TimeSpan.FromDays(365)),
        StartsByItself = map.OneOf("start", "manual", "by-itself") == 1,
        Waves = [.. map.Maps("waves").Select(ReadWave)],
        Checks = [.. map.Maps("checks").Select(ReadCheck)],
        InstallAttempts = map.Number("install-attempts", 1, 10),
        InconclusiveRuns = map.Number("inconclusive-runs", 1, 10),
        AllowIrreversible = map.Flag("allow-irreversible"),
        AllowedRemovals = map.Words("allowed-removals", t => Grammar.IsPackageName(t), "must be a package's name"),
        Deadlines = ReadDeadlines(map),
    };

    private static DeadlinePolicy ReadDeadlines(YamlMap map) => DeadlinePolicy.TryParse(map.OptionalPairs("deadlines"), out var policy, out var problem)
        ? policy
        : throw map.Refuse("deadlines", problem);

    private static WavePolicy ReadWave(YamlMap map)
    {
        var wave = new WavePolicy(
            map.Word("name", t => Grammar.IsId(t), Id),
            map.OptionalNumber("hosts", 1, 100_000),
            map.OptionalNumber("percent", 1, 100),
            map.Number("errors", 0, 100_000),
            map.Duration("soak", TimeSpan.Zero, TimeSpan.FromDays(30)),
            map.Number("concurrency", 1, 1000));
        map.End();
        return wave.Hosts is null == wave.Percent is null ? throw map.Refuse("hosts", "or 'percent' must be given, and not both") : wave;
    }

    private static CheckPolicy ReadCheck(YamlMap map)
    {
        var check = new CheckPolicy(
            map.Word("name", t => Grammar.IsId(t), Id), map.Words("groups", t => Grammar.IsId(t), Id), map.Flag("must"), map.Flag("production"));
        map.End();
        return check;
    }

    private static void Check(Pipeline pipeline, YamlMap map)
    {
        if (pipeline.Approvals == 0 && pipeline.Kind != ChangeKind.Standard)
        {
            throw map.Refuse("approvals", "must be at least 1: only a standard change is approved beforehand");
        }

        if (pipeline.Waves.IsEmpty || pipeline.Waves.Length > MostWaves || pipeline.Waves[^1].Percent != 100)
        {
            throw map.Refuse("waves", $"must be 1 to {MostWaves}, and the last must have 'percent: 100', so that no host is left out");
        }

        var shares = pipeline.Waves.Where(w => w.Percent is not null).Select(w => w.Percent).ToList();
        if (!shares.SequenceEqual(shares.Distinct().Order()))
        {
            throw map.Refuse("percent", "must rise from wave to wave: it counts all hosts so far");
        }

        if (pipeline.Checks.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { Key: var twice })
        {
            throw map.Refuse("checks", $"names '{twice}' twice: give one entry all its groups");
        }
    }

    private static string Text(string file, byte[] bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new PipelineException(file, 0, "-", "is not UTF-8: save it as UTF-8");
        }
    }
}
