using System.Globalization;
using PatchFlow.Server.Storage;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace PatchFlow.Server;

/// <summary>Serilog: console for people, rolling files of JSON lines for machines, both bounded.</summary>
internal static class Logging
{
    private const string ConsoleTemplate = "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}";

    /// <summary>Makes the log. Never a secret: tokens, keys and PINs are not handed to it anywhere.</summary>
    public static Serilog.ILogger Create(PatchFlowOptions options) => new LoggerConfiguration()
        .MinimumLevel.Is(options.Log.Level)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
        .MinimumLevel.Override("Quartz", LogEventLevel.Warning)
        .MinimumLevel.Override("System.Net.Http.HttpClient", LogEventLevel.Warning)
        // The last words of a server that can't start say why, in a sentence.
        .Filter.ByExcluding(e => e.MessageTemplate.Text == "Hosting failed to start")
        .Enrich.FromLogContext()
        .WriteTo.Console(outputTemplate: ConsoleTemplate, formatProvider: CultureInfo.InvariantCulture)
        .WriteTo.File(
            new CompactJsonFormatter(),
            Path.Combine(options.DataDirectory, "logs", "patchflow-.jsonl"),
            rollingInterval: RollingInterval.Day,
            fileSizeLimitBytes: options.Log.FileSizeMiB * 1024L * 1024,
            rollOnFileSizeLimit: true,
            retainedFileCountLimit: options.Log.FilesKept)
        .CreateLogger();

    /// <summary>Ends the log, as the last thing: what can't be written any more, as on a disk that turned read-only, is lost and is no reason to end with an exception.</summary>
    /// <param name="log">The log.</param>
    /// <param name="error">Who is told.</param>
    public static async Task CloseAsync(Serilog.ILogger log, TextWriter error)
    {
        try
        {
            await (log is IAsyncDisposable closing ? closing.DisposeAsync() : ValueTask.CompletedTask);
        }
        catch (IOException e)
        {
            await error.WriteLineAsync($"patchflow-server: the last lines of the log are lost ({e.Message}): {DiskTrouble.Remedy}");
        }
    }
}
