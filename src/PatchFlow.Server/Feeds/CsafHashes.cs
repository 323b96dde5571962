using System.Collections.Concurrent;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Checksums beside CSAF documents (CSAF 7.1.18). Trusted providers alone must have them, so one that is missing is noted and refuses nothing;
/// one that does not fit refuses its document.
/// </summary>
internal sealed class CsafHashes
{
    /// <summary>The position of notes, which are no refusals.</summary>
    public const string Position = "checksum";

    /// <summary>The endings of checksums that count.</summary>
    public static readonly string[] All = [".sha512", ".sha256"];
    private readonly ConcurrentDictionary<string, string> _found = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _missing = new();

    /// <summary>Whether a file is a checksum that counts; others, of old kinds, prove nothing.</summary>
    public static bool IsGood(Uri address) => Array.Exists(All, end => address.AbsolutePath.EndsWith(end, StringComparison.Ordinal));

    /// <summary>The endings of a document's address to look at, the one that the list's documents have first.</summary>
    public IEnumerable<string> Endings(string list) => _found.TryGetValue(list, out var found) ? All.OrderByDescending(end => end == found) : All;

    /// <summary>Documents of the list have checksums of that ending.</summary>
    public void Found(string list, string ending) => _found[list] = ending;

    /// <summary>A document has none.</summary>
    public void Missing(string name) => _missing.Enqueue(name);

    /// <summary>Compares a document with its checksum. Answers 1.</summary>
    /// <exception cref="FeedException">It is another one, or none that can be read.</exception>
    public static int Compare(Uri address, string path, byte[] document)
    {
        var refused = new List<Refusal>();
        var sum = CsafFiles.SumOf(Uri.UnescapeDataString(address.AbsolutePath), File.ReadAllText(path), new AdvisorySink("", _ => { }, refused.Add));
        return sum is null ? throw new FeedException(FeedFault.WrongHash, $"its checksum {address} can't be used ({refused[0].Reason}): it is not read; tell the vendor")
            : sum.Matches(document) ? 1
            : throw new FeedException(FeedFault.WrongHash, $"it is not what its checksum {address} says: it was altered, or caught in the middle of a publication; it is tried again");
    }

    /// <summary>What is to be said of documents without checksums.</summary>
    public IEnumerable<Refusal> Notes() => _missing.Order(StringComparer.Ordinal)
        .Select(name => new Refusal(name, Position, "it has no checksum (.sha512, .sha256): it is read all the same; CSAF 7.1.18 asks trusted providers for one"));
}
