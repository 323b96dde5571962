using System.Text;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Api;

/// <summary>Text that people write: checked before it goes into a document, a row or a screen, and never mended.</summary>
internal static class ApiText
{
    /// <summary>A reason, or null where none was given.</summary>
    /// <exception cref="RefusedException">It has control characters, is too long, or only spaces.</exception>
    public static string? Reason(string? text) => string.IsNullOrEmpty(text) ? null : Free("reason", text, ApiLimits.ReasonBytes);

    /// <summary>A name of a person or a thing.</summary>
    public static string Name(string field, string text) => Free(field, text, 100);

    /// <summary>An id.</summary>
    /// <exception cref="RefusedException">It is outside the grammar.</exception>
    public static string Id(string field, string text) => Grammar.IsId(text)
        ? text
        : throw RefusedException.Invalid(field, $"{field} must be 1 to 63 of the characters a to z, 0 to 9 and '-'");

    /// <summary>A digest.</summary>
    /// <exception cref="RefusedException">It is none.</exception>
    public static Digest DigestOf(string field, string text) => Digest.TryParse(text, out var digest)
        ? digest
        : throw RefusedException.Invalid(field, $"{field} must be a SHA-256 in 64 lowercase hex digits: copy it whole");

    private static string Free(string field, string text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) > bytes)
        {
            throw RefusedException.Invalid(field, $"{field} is longer than {bytes} bytes: shorten it");
        }

        return FreeText.IsValid(text)
            ? text
            : throw RefusedException.Invalid(field, $"{field} must be one line without control characters or characters that turn the reading direction, and begin and end with other than a space");
    }
}
