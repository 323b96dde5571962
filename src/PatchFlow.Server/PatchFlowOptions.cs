using System.ComponentModel.DataAnnotations;

namespace PatchFlow.Server;

/// <summary>The settings that several features share: section <c>PatchFlow</c> of appsettings.json.</summary>
internal sealed class PatchFlowOptions
{
    /// <summary>The name of the section.</summary>
    public const string Section = "PatchFlow";

    /// <summary>Where database, files, keys and logs are kept. Relative to the working directory.</summary>
    [Required]
    public string DataDirectory { get; set; } = "data";

    /// <summary>The log.</summary>
    public LogOptions Log { get; set; } = new();
}

/// <summary>The log: console for people, a file of JSON lines for machines.</summary>
internal sealed class LogOptions
{
    /// <summary>Least level that is written.</summary>
    public Serilog.Events.LogEventLevel Level { get; set; } = Serilog.Events.LogEventLevel.Information;

    /// <summary>Size at which a file is closed, in MiB.</summary>
    [Range(1, 1024)]
    public int FileSizeMiB { get; set; } = 32;

    /// <summary>Files kept.</summary>
    [Range(1, 100)]
    public int FilesKept { get; set; } = 8;
}
