using System.Text;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>Why a document of an archive is refused alone, however archives are made.</summary>
internal static class ArchiveRefusals
{
    /// <summary>There is another one.</summary>
    public const string Several = "the archive has several documents of this name, and nobody knows which of them counts: tell the vendor";

    /// <summary>It has no bytes of its own.</summary>
    public const string NoFile = "it is no file but a link, or something else that is not followed: tell the vendor";

    private const int MostName = 512, MostPart = 255;

    /// <summary>Its bytes are not those that the archive says.</summary>
    public static string Torn(InvalidDataException why) => $"it can't be unpacked ({why.Message}): it is fetched again with the archive; tell the vendor";

    /// <summary>The name under which it is refused: all of it where it may have that.</summary>
    public static string NameOf(string name) => name.Length <= MostName ? name : AptGrammar.Shown(name);

    /// <summary>Its name is longer than a file's may be; null where it is not.</summary>
    public static string? LongName(string name) => name.Length > MostName || name.Split('/').Any(part => Encoding.UTF8.GetByteCount(part) > MostPart)
        ? $"its name is longer than the {MostName} characters, or a part of it than the {MostPart} bytes, that it may have: tell the vendor" : null;

    /// <summary>It is larger than may be.</summary>
    public static string TooLarge(FeedLimits limits) => $"it is larger than the {limits.IndexBytes} bytes that a document may have: tell the vendor";

    /// <summary>What is wrong with an entry of a tar archive by itself; null where nothing is.</summary>
    public static string? Of(TarItem entry, FeedLimits limits) => entry.Kind is not TarItemKind.File ? NoFile
        : entry.Bytes > limits.IndexBytes ? TooLarge(limits)
        : entry.Name.Length > MostName ? $"its name is longer than the {MostName} characters that it may have: tell the vendor" : null;
}
