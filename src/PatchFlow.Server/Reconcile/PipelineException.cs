namespace PatchFlow.Server.Reconcile;

/// <summary>A pipeline that can't be read is refused. The message names file, line, key and remedy.</summary>
internal sealed class PipelineException(string file, long line, string key, string remedy)
    : Exception(line > 0 ? $"{file} line {line}: '{key}' {remedy}" : $"{file}: '{key}' {remedy}")
{
    /// <summary>The line, from 1; 0 where there is none.</summary>
    public long Line { get; } = line;

    /// <summary>The key.</summary>
    public string Key { get; } = key;
}
