using System.ComponentModel.DataAnnotations;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Reconcile;

/// <summary>Settings of functional checks: section <c>PatchFlow:Checks</c>.</summary>
internal sealed class CheckOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow:Checks";

    /// <summary>The folder with <c>NAME.check</c>. Relative to the working directory.</summary>
    [Required]
    public string Directory { get; set; } = "sandbox/checks";
}

/// <summary>The files of functional checks. A plan keeps their bytes, so an edit counts for plans that are sealed later.</summary>
internal sealed class CheckFiles(CheckOptions options)
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The file's raw bytes; null where there is none, or none of a check's size.</summary>
    public byte[]? Find(string name)
    {
        var file = new FileInfo(Path.Combine(options.Directory, $"{name}.check"));
        return Grammar.IsId(name) && file.Exists && file.Length <= MostBytes ? File.ReadAllBytes(file.FullName) : null;
    }
}
