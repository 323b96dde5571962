using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>What stands around the vulnerabilities of a CVRF document (CVRF 1.2, section 4).</summary>
public sealed record CvrfDocument
{
    /// <summary>The vendor's id: of an advisory, or of a month of Microsoft's (<c>2016-Apr</c>).</summary>
    public string Id { get; init; } = "";

    /// <summary>Other ids of it.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];

    /// <summary>The title.</summary>
    public string? Title { get; init; }

    /// <summary>Draft, Interim or Final, as published.</summary>
    public string? Status { get; init; }

    /// <summary>The revision.</summary>
    public string? Version { get; init; }

    /// <summary>First publication.</summary>
    public DateTimeOffset? Published { get; init; }

    /// <summary>The latest revision.</summary>
    public DateTimeOffset? Modified { get; init; }

    /// <summary>The vendor's word for the severity of the whole.</summary>
    public string? Severity { get; init; }

    /// <summary>The note that sums it up.</summary>
    public string? Summary { get; init; }

    /// <summary>Links.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>How many full product names it lists, those that it repeats and those of relationships too.</summary>
    public int Products { get; init; }

    /// <summary>How many vulnerabilities it lists.</summary>
    public int Vulnerabilities { get; init; }

    /// <summary>The same with one more note: the first that is a summary by its type is kept, or else the first that is one by its title.</summary>
    internal CvrfDocument WithNote(string? type, string? title, string text) =>
        type == "Summary" && !HasSummary ? this with { Summary = text, HasSummary = true }
        : title == "Summary" && Summary is null ? this with { Summary = text }
        : this;

    private bool HasSummary { get; init; }
}
