using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>Version ranges as CSAF documents have them: a vers specifier (<c>vers:rpm/&gt;=1|&lt;2</c>) or a comparator and a version.</summary>
internal static class Vers
{
    private const string Signs = "<>=!";

    /// <summary>The ranges and single versions of a text; false where it is neither form: then nothing is known of the versions.</summary>
    /// <param name="text">The text.</param>
    /// <param name="ranges">Its ranges.</param>
    /// <param name="versions">Its single versions.</param>
    /// <param name="isWider">Whether the ranges hold more than is meant: a version that is excluded, or the one above which a range begins.</param>
    public static bool TryRead(string text, out ImmutableArray<VersionRange> ranges, out ImmutableArray<string> versions, out bool isWider)
    {
        isWider = false;
        var slash = text.StartsWith("vers:", StringComparison.Ordinal) ? text.IndexOf('/', StringComparison.Ordinal) : -1;
        var (found, single) = (ImmutableArray.CreateBuilder<VersionRange>(), ImmutableArray.CreateBuilder<string>());
        string? from = null;
        var isRead = true;
        foreach (var constraint in text[(slash + 1)..].Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var part = slash < 0 ? constraint : WithoutName(constraint);
            var version = Uri.UnescapeDataString(part.TrimStart('<', '>', '=', '!').Trim());
            isRead &= part == "*" || (version.Length > 0 && !version.Contains(' ', StringComparison.Ordinal) && (slash >= 0 ? IsOne(constraint, part) : version.Length < part.Length));
            switch (part)
            {
                case "*": found.Add(VersionRange.All); break;
                case ['<', '=', ..]: found.Add(new VersionRange(from, null, version)); from = null; break;
                case ['<', ..]: found.Add(new VersionRange(from, version, null)); from = null; break;
                case ['>', ..]: from = version; isWider |= part is not ['>', '=', ..]; break;
                case ['!', ..]: isWider = true; break;
                default: single.Add(version); break;
            }
        }

        if (from is not null)
        {
            found.Add(new VersionRange(from, null, null));
        }

        isRead &= found.Count + single.Count > 0;
        ranges = isRead ? found.ToImmutable() : [];
        versions = isRead ? single.ToImmutable() : [];
        return isRead;
    }

    // Palo Alto Networks puts the product before the comparator, vers:generic/PAN-OS<11.0.2. In a version such a sign would be written with a percent sign.
    private static string WithoutName(string constraint) => constraint[Math.Max(constraint.AsSpan().IndexOfAny(Signs), 0)..];

    // Where a version stands before the comparator, or another one behind it, two bounds are in one (1.0<2.0, >=1<2): which is meant of each is a guess.
    private static bool IsOne(string constraint, string part) =>
        !constraint.AsSpan(0, constraint.Length - part.Length).TrimStart("vV").StartsWithDigit() && !part.AsSpan().TrimStart(Signs).ContainsAny(Signs);

    private static bool StartsWithDigit(this ReadOnlySpan<char> text) => text is [>= '0' and <= '9', ..];
}
