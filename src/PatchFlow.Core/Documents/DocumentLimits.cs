namespace PatchFlow.Core.Documents;

/// <summary>The largest document of each kind, in bytes. A document over its limit is refused before anything of it is read.</summary>
public static class DocumentLimits
{
    /// <summary>One line, without its line feed.</summary>
    public const int LineBytes = 1024;

    /// <summary>The greatest number: 15 digits, which a shell and a double still count exactly.</summary>
    public const long MostNumber = 999_999_999_999_999;

    /// <summary>The head of a plan; a change that would need more is not sealed, and says so.</summary>
    public const int HeadBytes = 64 * 1024;

    /// <summary>A content part: some 8,000 upgrades with their files.</summary>
    public const int ContentBytes = 4 * 1024 * 1024;

    /// <summary>A checks part.</summary>
    public const int ChecksBytes = 1024 * 1024;

    /// <summary>The targets of one wave: some 130,000 hosts.</summary>
    public const int TargetsBytes = 32 * 1024 * 1024;

    /// <summary>Evidence: more runs than a head has room for profiles.</summary>
    public const int EvidenceBytes = 256 * 1024;

    /// <summary>A decision.</summary>
    public const int DecisionBytes = 8 * 1024;

    /// <summary>An inventory.</summary>
    public const int InventoryBytes = 8 * 1024 * 1024;

    /// <summary>What is reported of a host.</summary>
    public const int ReportBytes = InventoryBytes;

    /// <summary>An audit entry.</summary>
    public const int EntryBytes = 64 * 1024;

    /// <summary>A start input: its parts at their largest, and its own lines.</summary>
    public const int StartBytes = HeadBytes + ContentBytes + ChecksBytes + (16 * 1024);
}
