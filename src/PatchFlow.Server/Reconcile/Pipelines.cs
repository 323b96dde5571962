using System.Collections.Immutable;
using System.ComponentModel.DataAnnotations;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;

namespace PatchFlow.Server.Reconcile;

/// <summary>Settings of policy: section <c>PatchFlow:Pipelines</c>.</summary>
internal sealed class PipelineOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow:Pipelines";

    /// <summary>The folder with <c>NAME.yaml</c>. Relative to the working directory.</summary>
    [Required]
    public string Directory { get; set; } = "pipelines";

    /// <summary>The pipeline of groups that <see cref="Groups"/> does not name.</summary>
    [Required]
    public string Default { get; set; } = "normal";

    /// <summary>Pipelines by host group.</summary>
    public Dictionary<string, string> Groups { get; set; } = [];
}

/// <summary>A pipeline's file as it is now: read, or refused with the reason.</summary>
/// <param name="Name">The pipeline.</param>
/// <param name="Bytes">The raw bytes; empty where there is no file.</param>
/// <param name="Pipeline">What they say; null where they are refused.</param>
/// <param name="Error">Names file, line, key and remedy; null where they are read.</param>
internal sealed record Policy(string Name, byte[] Bytes, Pipeline? Pipeline, string? Error)
{
    /// <summary>The policy digest: over the raw bytes.</summary>
    public Digest Digest { get; } = Digest.Of(Bytes);
}

/// <summary>The pipelines' files. They are read anew each time: an edit counts at the next tick.</summary>
internal sealed class Pipelines(PipelineOptions options)
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The pipeline for a host group.</summary>
    public string NameFor(string group) => options.Groups.GetValueOrDefault(group, options.Default);

    /// <summary>Whether the configuration names the group, which may have no host yet.</summary>
    public bool HasGroup(string group) => options.Groups.ContainsKey(group);

    /// <summary>The names of all files in the folder, sorted.</summary>
    public ImmutableArray<string> Names() => Directory.Exists(options.Directory)
        ? [.. Directory.GetFiles(options.Directory, "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The pipeline as its file is now.</summary>
    public Policy Current(string name)
    {
        var path = Path.Combine(options.Directory, $"{name}.yaml");
        if (!Grammar.IsId(name) || !File.Exists(path))
        {
            return new(name, [], null, $"there is no pipeline {path}: write it, or name another in PatchFlow:Pipelines");
        }

        try
        {
            return new FileInfo(path).Length <= MostBytes
                ? Read(name, path, File.ReadAllBytes(path))
                : new(name, [], null, $"{path} is larger than {MostBytes} bytes: a pipeline is not");
        }
        catch (IOException e)
        {
            return new(name, [], null, $"{path} can't be read: {e.Message}");
        }
    }

    private static Policy Read(string name, string path, byte[] bytes)
    {
        try
        {
            return new(name, bytes, PipelineFile.Parse(path, bytes), null);
        }
        catch (PipelineException e)
        {
            return new(name, bytes, null, e.Message);
        }
    }
}
