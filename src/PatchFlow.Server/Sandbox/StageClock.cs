using System.Collections.Immutable;
using System.Diagnostics;
using PatchFlow.Core.Changes;

namespace PatchFlow.Server.Sandbox;

/// <summary>Walks through a profile's stages in their order, tells whoever watches, and keeps what the bundle says of each.</summary>
internal sealed class StageClock
{
    private readonly string _profile;
    private readonly IProgress<ProfileProgress> _progress;
    private readonly TimeProvider _time;
    private readonly Stopwatch _watch = new();
    private readonly List<BundleStage> _stages;
    private int _current = -1;

    public StageClock(string profile, IProgress<ProfileProgress> progress, TimeProvider time, params ReadOnlySpan<string> names)
    {
        (_profile, _progress, _time, _stages) = (profile, progress, time, []);
        foreach (var name in names)
        {
            _stages.Add(new BundleStage(name, "pending", null, 0, null, null, "-"));
        }

        Tell();
    }

    /// <summary>The stages so far.</summary>
    public ImmutableArray<BundleStage> Stages => [.. _stages];

    /// <summary>The stage at work.</summary>
    public string Current => _stages[_current].Name;

    /// <summary>The next stage begins; the one at work must have ended.</summary>
    public void Begin(string name)
    {
        _current++;
        if (_stages[_current].Name != name || (_current > 0 && _stages[_current - 1].State == "running"))
        {
            throw new InvalidOperationException($"the stage {name} does not come after {(_current > 0 ? _stages[_current - 1].Name : "nothing")}");
        }

        _watch.Restart();
        _stages[_current] = _stages[_current] with { State = "running", StartedAt = _time.GetUtcNow() };
        Tell();
    }

    /// <summary>Says more of the stage at work.</summary>
    public void Say(string detail)
    {
        _stages[_current] = _stages[_current] with { Detail = detail, Seconds = Seconds };
        Tell();
    }

    /// <summary>The stage at work ends.</summary>
    public void End(string state, string detail, string? ticket = null, int? exitCode = null)
    {
        _stages[_current] = _stages[_current] with { State = state, Detail = detail, Seconds = Seconds, Ticket = ticket, ExitCode = exitCode };
        Tell();
    }

    /// <summary>Whether a stage has begun and not ended.</summary>
    public bool IsAtWork => _current >= 0 && _stages[_current].State == "running";

    private double Seconds => Math.Round(_watch.Elapsed.TotalSeconds, 1);

    private void Tell() => _progress.Report(new ProfileProgress(
        _profile,
        [.. _stages.Select(s => new StageProgress(s.Name, s.State, s.State == "running" ? Seconds : s.Seconds, s.Detail == "-" ? null : s.Detail))]));
}
