using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Options;

namespace PatchFlow.Server;

/// <summary>Why the server can't start, in a sentence with the remedy.</summary>
internal static class StartFailure
{
    // Of SQLite: SQLITE_FULL, SQLITE_IOERR, SQLITE_READONLY, SQLITE_CANTOPEN.
    private const int Full = 13, CannotWrite = 10, ReadOnly = 8, CannotOpen = 14;

    /// <summary>The sentence; null where it is a bug, whose stack trace is wanted.</summary>
    public static string? InWords(Exception e) => e switch
    {
        SqliteException { SqliteErrorCode: Full or CannotWrite or ReadOnly or CannotOpen } =>
            $"the database can't be written ({e.Message}): look at the space on the disk of PatchFlow:DataDirectory, and at the rights of the server's account on the folder and on the files in it",
        SqliteException => $"the database can't be used ({e.Message}): see that patchflow.db in PatchFlow:DataDirectory is a PatchFlow database that no other server has open, or restore it from a backup",
        InvalidDataException { InnerException: FormatException { InnerException: JsonException json } } => $"{e.Message} {json.Message} Mend it there: it is no JSON",
        UnauthorizedAccessException => $"{e.Message} Give the server's account the right, or set PatchFlow:DataDirectory to a folder of its own",
        IOException => $"{e.Message} (PatchFlow:DataDirectory must be a folder that can be written, and the address in Urls must be free)",
        InvalidOperationException or OptionsValidationException or ValidationException or FormatException => e.Message,
        _ => null,
    };
}
