using System.Globalization;
using System.Security.Cryptography;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;

namespace PatchFlow.Server.Feeds;

/// <summary>
/// Has Microsoft's months: the list says when each was last revised, and only those that were since are asked for. A vulnerability stays in its month
/// for good, and so does a month in the list: one that is missing there is a fault of the list.
/// </summary>
internal sealed class RemoteMonths(RemotePages pages, AdvisoryFeed feed, IMsrcApi api, IReadOnlyDictionary<string, KnownDocument> known)
{
    private const string ListName = "updates";
    private const int LongestId = 40;

    /// <summary>The months.</summary>
    /// <exception cref="FeedException">The list can't be had, or no month.</exception>
    public async Task<Gathered> GatherAsync(CancellationToken cancel)
    {
        var refused = new List<Refusal>();
        var months = await ListedAsync(refused, cancel);
        var (documents, inARow) = (new List<SourceDocument>(), 0);
        foreach (var month in months)
        {
            try
            {
                documents.Add(await MonthAsync(month, cancel));
                inARow = 0;
            }
            catch (FeedException e) when (RemotePages.IsOfThePage(e) && ++inARow < RemoteListing.MostFailuresInARow)
            {
                pages.Refuse(PathOf(month.Id));
                refused.Add(new Refusal(month.Id, "", e.Message));
            }
        }

        var listed = months.Select(m => m.Id).ToHashSet(StringComparer.Ordinal);
        refused.AddRange(known.Keys.Where(id => !listed.Contains(id)).Select(id => new Refusal(id, "", "it is not in the list of months any more: what it said stays")));
        return new Gathered(documents, new Validators(null, null), refused);
    }

    private async Task<List<MsrcMonthEntry>> ListedAsync(List<Refusal> refused, CancellationToken cancel)
    {
        var (path, _) = await pages.HaveAsync(null, (_, token) => api.MonthsAsync(token), cancel);
        var found = new List<MsrcMonthEntry>();
        using var list = File.OpenRead(path);
        var page = MsrcGuide.ReadMonths(list, new AdvisorySink(ListName, _ => { }, refused.Add), found.Add);
        refused.AddRange(found.Where(m => !IsId(m.Id)).Select(m => new Refusal(ListName, "", $"'{m.Id[..Math.Min(m.Id.Length, LongestId)]}' is no id of a month")));
        if (refused.Exists(r => r.IsOfTheRest) || page.Next is not null || !found.Exists(m => IsId(m.Id)))
        {
            var reason = page.Next is not null ? "it goes on at another address, which a list of months never did" : refused.FirstOrDefault()?.Reason ?? "it names no month";
            throw new FeedException(FeedFault.NotAnIndex, $"{feed.Address} has no whole list of months: {reason}; check the address, or tell the vendor") { Refused = FailedParts.Of(refused) };
        }

        return [.. found.Where(m => IsId(m.Id)).GroupBy(m => m.Id, StringComparer.Ordinal).Select(same => same.MaxBy(m => m.Modified)!)];
    }

    private async Task<SourceDocument> MonthAsync(MsrcMonthEntry month, CancellationToken cancel)
    {
        var changed = month.Modified?.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var before = known.GetValueOrDefault(month.Id);
        if (before is { Digest.Length: > 0 } && changed is not null && before.Changed == changed && !pages.LacksAll)
        {
            pages.Same(PathOf(month.Id));
            return Same(before, changed, new(before.Etag, before.LastModified));
        }

        var form = feed.Kind == DocumentKind.MsrcCvrfJson ? "application/json" : "application/xml";
        var (path, download) = await pages.HaveAsync(
            before is null ? null : new Validators(before.Etag, before.LastModified),
            (validators, token) => api.MonthAsync(month.Id, form, validators?.ETag, validators?.LastModified, token),
            cancel);
        if (download.IsNotModified)
        {
            return Same(before!, changed, download.Validators);
        }

        await using var file = File.OpenRead(path);
        var digest = Digest.FromBytes(await SHA256.HashDataAsync(file, cancel)).Hex;
        return new SourceDocument(month.Id, digest, SourceDocument.MoveFrom(path)) { Changed = changed, Validators = download.Validators, Unkeep = () => pages.Refuse(PathOf(month.Id), isInUse: true) };
    }

    private static string PathOf(string month) => $"cvrf/v3.0/cvrf/{month}";

    private static SourceDocument Same(KnownDocument month, string? changed, Validators validators) =>
        new(month.Name, month.Digest, null) { Changed = changed, Validators = validators };

    private static bool IsId(string id) => id.Length is > 0 and <= LongestId && id.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
