using System.Collections.Frozen;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Where addresses that a vendor's lists name are asked for. A folder has what lies in it and nothing else; a mirror has what the vendor has
/// below the same paths; else a document is asked for where the list says, if that is a host of the feed.
/// </summary>
/// <param name="feed">The feed.</param>
/// <param name="root">The folder that has all its files; null where they are asked for over the network.</param>
internal sealed class CsafPlaces(AdvisoryFeed feed, string? root)
{
    private readonly FrozenSet<string> _hosts = feed.Hosts.Prepend(feed.Address).Select(a => a.Authority).ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    private readonly Uri _base = root is null ? new Uri(feed.Address, ".") : LocalFile.FolderAddress(root);
    private readonly List<(Uri Original, Uri Copy)> _copies = [];

    /// <summary>Whether the files are on this machine.</summary>
    public bool IsLocal => root is not null;

    /// <summary>Learns from a list which says of itself that it is at another host that this is a copy of what is there.</summary>
    public void Learn(Uri? original, Uri copy)
    {
        if (original is null || IsLocal || original.Authority.Equals(copy.Authority, StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var (there, here) = (Folders(original), Folders(copy));
        var same = 0;
        while (same < Math.Min(there.Length, here.Length) && there[^(same + 1)] == here[^(same + 1)])
        {
            same++;
        }

        _copies.Add((Folder(original, there[..^same]), Folder(copy, here[..^same])));
    }

    /// <summary>Where an address is asked for; null, with the reason, where it is not.</summary>
    public Uri? Of(Uri named, out string? problem)
    {
        problem = null;
        if (root is not null)
        {
            return named.IsFile ? Inside(named, out problem) : InFolder(named, out problem);
        }

        var (original, copy) = _copies.Find(c => c.Original.IsBaseOf(named));
        var place = original is null ? named : new Uri(copy, original.MakeRelativeUri(named));
        var isOfHost = _hosts.Contains(place.Authority);
        if (isOfHost && (place.Scheme == Uri.UriSchemeHttps || place.Scheme == feed.Address.Scheme))
        {
            return place;
        }

        problem = isOfHost
            ? $"it is named with {place.Scheme}, and the feed's address is {feed.Address.Scheme}: it is not asked for; tell the vendor, or make its address with https the feed's"
            : $"it is at {place.Authority}, which is no host of the feed: it is not asked for; if the vendor keeps documents there, add '{place.Authority}' to the feed's hosts";
        return null;
    }

    /// <summary>What a document at a place is called.</summary>
    public string NameOf(Uri place) => IsBelow(place, out var name) ? name : place.AbsoluteUri;

    // Files are compared by their paths: one path has many addresses.
    private bool IsBelow(Uri place, out string name)
    {
        var (whole, start) = _base.IsFile && place.IsFile ? (place.LocalPath, _base.LocalPath) : (place.AbsoluteUri, _base.AbsoluteUri);
        var isBelow = whole.StartsWith(start, StringComparison.Ordinal) && whole.Length > start.Length;
        name = !isBelow ? "" : place.IsFile ? whole[start.Length..] : Uri.UnescapeDataString(whole[start.Length..]);
        return isBelow;
    }

    private Uri? Inside(Uri place, out string? problem)
    {
        var isInside = IsBelow(place, out var name) && AptGrammar.TryPath(name, out _);
        problem = isInside ? null : $"it is not below {root}: it is not read";
        return isInside ? place : null;
    }

    // The copy begins somewhere below the vendor's root: the longest end of the path that is there is meant.
    private Uri? InFolder(Uri named, out string? problem)
    {
        problem = null;
        var path = Uri.UnescapeDataString(named.AbsolutePath).TrimStart('/');
        if (AptGrammar.TryPath(path.TrimEnd('/'), out _))
        {
            for (var at = 0; at >= 0; at = path.IndexOf('/', at) is var slash && slash < 0 ? -1 : slash + 1)
            {
                if (at < path.Length && File.Exists(Path.Combine(root!, path[at..])))
                {
                    return Feed.Below(_base, path[at..]);
                }
            }
        }

        problem = $"no file in {root} is a copy of it: the folder is not whole";
        return null;
    }

    private static string[] Folders(Uri address) => address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries)[..^(address.AbsolutePath.EndsWith('/') ? 0 : 1)];

    private static Uri Folder(Uri address, string[] folders) => new(new Uri(address, "/"), string.Concat(folders.Select(f => f + "/")));
}
