using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace PatchFlow.Core.Advisories;

/// <summary>An update that its vendor numbers: Microsoft's, with their articles of the Knowledge Base.</summary>
public sealed partial record VendorUpdate
{
    /// <summary>Its number, <c>KB3147461</c>; where the vendor states none, the words that stand there instead (<c>Release Notes</c>).</summary>
    public required string Id { get; init; }

    /// <summary>Its title; null where none is given.</summary>
    public string? Title { get; init; }

    /// <summary>The product that it is for, as published; null where the document doesn't say, or says it around it.</summary>
    public string? Product { get; init; }

    /// <summary>The numbers of the updates that it replaces, as far as they are stated: often none is, although there is one.</summary>
    public ImmutableArray<string> Supersedes { get; init; } = [];

    /// <summary>The numbers of the updates that replace it, where the document says so.</summary>
    public ImmutableArray<string> SupersededBy { get; init; } = [];

    /// <summary>The product's build that has the fix, as published: sometimes an address; null where none is given.</summary>
    public string? FixedBuild { get; init; }

    /// <summary>What it is, in the vendor's words: Security Update, Monthly Rollup, AzureHotpatch.</summary>
    public string? Kind { get; init; }

    /// <summary>Whether a restart is required, in the vendor's words: Yes, No, Maybe.</summary>
    public string? Restart { get; init; }

    /// <summary>The vendor's word for the severity of what it mends; null where none is given.</summary>
    public string? Severity { get; init; }

    /// <summary>Where it is downloaded or described, as published.</summary>
    public string? Address { get; init; }

    /// <summary>When it was published or last changed.</summary>
    public DateTimeOffset? Released { get; init; }

    /// <summary>How many bytes it has; null where not stated.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>A version that ranges can have; null where the fixed build is absent, or an address.</summary>
    public string? FixedVersion => FixedBuild is not null && Build().IsMatch(FixedBuild) ? FixedBuild : null;

    /// <summary>The number of an article as this project writes it: <c>3147461</c> and <c>kb3147461</c> are <c>KB3147461</c>; other words stay.</summary>
    public static string NumberOf(string text)
    {
        var match = Article().Match(text.Trim());
        return match.Success ? $"KB{match.Groups["number"].Value}" : text.Trim();
    }

    /// <summary>The numbers of all articles that a text names, distinct, in order; several stand in one field between commas, semicolons or blanks.</summary>
    public static ImmutableArray<string> NumbersIn(string? text) =>
        [.. Numbers().Matches(text ?? "").Select(match => $"KB{match.Groups["number"].Value}").Distinct()];

    [GeneratedRegex(@"\A(?:KB)? ?(?<number>[0-9]{6,7})\z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Article();

    [GeneratedRegex(@"\b(?:KB)?(?<number>[0-9]{6,7})\b", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();

    [GeneratedRegex(@"\A[0-9]{1,9}(?:\.[0-9]{1,9}){1,5}(?:-[0-9A-Za-z.]{1,40})?\z", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Build();
}
