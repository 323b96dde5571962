using System.ComponentModel.DataAnnotations;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace PatchFlow.Server;

/// <summary>Why the server can't start, in a sentence with the remedy.</summary>
internal static class StartFailure
{
    /// <summary>The sentence; null where it is a bug, whose stack trace is wanted.</summary>
    public static string? InWords(Exception e) => e switch
    {
        SqliteException => $"the database can't be used ({e.Message}): see that patchflow.db in PatchFlow:DataDirectory is a PatchFlow database that no other server has open, or restore it from a backup",
        UnauthorizedAccessException => $"{e.Message} Give the server's account the right, or set PatchFlow:DataDirectory to a folder of its own",
        IOException => $"{e.Message} (PatchFlow:DataDirectory must be a folder that can be written, and the address in Urls must be free)",
        InvalidOperationException or OptionsValidationException or ValidationException or FormatException => e.Message,
        _ => null,
    };
}
