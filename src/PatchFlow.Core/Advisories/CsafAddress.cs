namespace PatchFlow.Core.Advisories;

/// <summary>Addresses in documents of a distribution: only those with https are followed (CSAF 7.1.3), by whoever has an egress allow-list.</summary>
public static class CsafAddress
{
    private const int LongestLength = 2048;

    /// <summary>An absolute address with https and without user and password; null for any other.</summary>
    public static Uri? Of(string? text) =>
        text is { Length: > 0 and <= LongestLength } && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && (!text.Contains('@', StringComparison.Ordinal) || address.UserInfo.Length == 0) ? address : null;

    /// <summary>As <see cref="Of(string?)"/>; any other is refused.</summary>
    public static Uri? Of(string? text, string position, AdvisorySink sink)
    {
        var address = Of(text);
        if (address is null)
        {
            sink.Refuse(position, $"'{XmlWalk.Shown(text ?? "")}' is no address with https (CSAF 7.1.3)");
        }

        return address;
    }

    /// <summary>
    /// Where a document that a list of a directory names may be, the likeliest first. Paths start at the directory (CSAF 7.1.12); CISA's start
    /// farther up, with the last folders of the directory's own path again.
    /// </summary>
    /// <param name="directory">The directory's address.</param>
    /// <param name="path">The path, relative and plain, as <see cref="CsafIndex"/> reads it.</param>
    public static IReadOnlyList<Uri> InDirectory(Uri directory, string path)
    {
        var root = directory.AbsoluteUri.EndsWith('/') ? directory : new Uri(directory.AbsoluteUri + "/");
        var below = new Uri(root, path);
        for (var slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            if (root.AbsolutePath.EndsWith("/" + path[..(slash + 1)], StringComparison.Ordinal))
            {
                return [new Uri(root, path[(slash + 1)..]), below];
            }
        }

        return [below];
    }
}
