namespace PatchFlow.Server.Feeds;

/// <summary>Why a fetch failed. Nothing of what was fetched is used; the last good snapshot stays.</summary>
internal enum FeedFault
{
    /// <summary>No answer, or an error of the server: worth trying again.</summary>
    Unreachable,

    /// <summary>The file is not there.</summary>
    NotFound,

    /// <summary>A redirect to somewhere else.</summary>
    Redirected,

    /// <summary>More bytes than allowed or announced.</summary>
    TooLarge,

    /// <summary>More time than allowed.</summary>
    TooSlow,

    /// <summary>Fewer bytes than announced.</summary>
    Truncated,

    /// <summary>Something else than an index, such as a web page.</summary>
    NotAnIndex,

    /// <summary>Something of this machine that is no regular file, or not for this user to read.</summary>
    Unreadable,

    /// <summary>No signature.</summary>
    Unsigned,

    /// <summary>A signature that does not fit the text.</summary>
    BadSignature,

    /// <summary>A signature of a key that is not in the keyring, or not valid any more.</summary>
    UntrustedKey,

    /// <summary>Signed, but not in the format.</summary>
    Malformed,

    /// <summary>Signed, but another suite.</summary>
    WrongSuite,

    /// <summary>Signed, but older than what was seen already.</summary>
    WentBack,

    /// <summary>Signed, but of a date that leaps ahead: it waits for a person.</summary>
    LeaptAhead,

    /// <summary>Signed, but past its time.</summary>
    Expired,

    /// <summary>A file that is not the one that the signed index lists.</summary>
    WrongHash,

    /// <summary>This machine lacks a program, a file or space.</summary>
    Local,
}

/// <summary>A fetch that was refused. The message names the thing, the place and the remedy.</summary>
internal class FeedException(FeedFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The remedy where something is not at a feed's address.</summary>
    public const string CheckAddress = "check the feed's address";

    /// <summary>Why.</summary>
    public FeedFault Fault { get; } = fault;

    /// <summary>Whether the server answered that it is not for whoever asked (403).</summary>
    public bool IsForbidden { get; init; }

    /// <summary>The documents or parts that were refused, where the message names the first; null where it says all.</summary>
    public FailedParts? Refused { get; init; }
}

/// <summary>A signed index whose date leaps ahead.</summary>
internal sealed class LeaptAheadException(Core.Documents.Digest index, DateTimeOffset time, string message) : FeedException(FeedFault.LeaptAhead, message)
{
    /// <summary>The raw signed index.</summary>
    public Core.Documents.Digest Index { get; } = index;

    /// <summary>Its own date.</summary>
    public DateTimeOffset Time { get; } = time;
}
