using System.Globalization;
using System.Text.Json;
using Serilog.Events;

namespace PatchFlow.Server.Hosts;

/// <summary>A line of the channel log: a call that goes out, or (with milliseconds) how it ended.</summary>
/// <param name="At">UTC.</param>
/// <param name="Host">The host's id.</param>
/// <param name="Verb">The call's first word.</param>
/// <param name="Ticket">The ticket, where the call has one.</param>
/// <param name="Milliseconds">Null while it goes out.</param>
/// <param name="Exit">The helper's exit status; null where there was no answer.</param>
internal sealed record ChannelEntry(DateTimeOffset At, string Host, string Verb, string? Ticket, long? Milliseconds, int? Exit);

/// <summary>
/// Every call to every host, as JSON lines in a file: written before the call goes out, so that a crash can't hide one, and
/// again when it ended. Bounded: a full file becomes <c>.1</c>, and the one before it goes.
/// </summary>
internal sealed class ChannelLog(string path, TimeProvider time, long limitBytes = 16 * 1024 * 1024) : IDisposable
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web);

    private readonly Lock _gate = new();
    private readonly Serilog.ILogger _log = Serilog.Log.ForContext("SourceContext", "PatchFlow.Channel");
    private FileStream? _file;

    /// <summary>The file.</summary>
    public string Path => path;

    /// <summary>Writes that a call goes out.</summary>
    public void Sent(string host, string verb, string? ticket) => Append(new ChannelEntry(time.GetUtcNow(), host, verb, ticket, null, null));

    /// <summary>Writes how a call ended.</summary>
    public void Ended(string host, string verb, string? ticket, TimeSpan took, int? exit)
    {
        var milliseconds = (long)took.TotalMilliseconds;
        Append(new ChannelEntry(time.GetUtcNow(), host, verb, ticket, milliseconds, exit));
        _log.ForContext("host", host).ForContext("verb", verb).ForContext("ticket", ticket).ForContext("milliseconds", milliseconds).ForContext("exit", exit)
            .Write(Level(verb), "{host} {verb} {ticket} in {milliseconds} ms, exit {exit}", host, verb, ticket, milliseconds, exit?.ToString(CultureInfo.InvariantCulture) ?? "none");
    }

    /// <summary>What was written to a channel log, oldest first, the file before it included.</summary>
    public static IEnumerable<ChannelEntry> Read(string path)
    {
        foreach (var file in (string[])[path + ".1", path])
        {
            if (!File.Exists(file))
            {
                continue;
            }

            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            while (reader.ReadLine() is { } line)
            {
                yield return JsonSerializer.Deserialize<ChannelEntry>(line, _json)!;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    /// <summary>Questions are many; what changes a host is for everybody to see.</summary>
    private static LogEventLevel Level(string verb) => verb is "start" or "cancel" or "complete" ? LogEventLevel.Information : LogEventLevel.Debug;

    private void Append(ChannelEntry entry)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(entry, _json), (byte)'\n'];
        lock (_gate)
        {
            if (_file?.Position > limitBytes)
            {
                _file.Dispose();
                _file = null;
                File.Move(path, path + ".1", overwrite: true);
            }

            _file ??= Open();
            _file.Write(line);
            _file.Flush();
        }
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        return new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }
}
