using PatchFlow.Client;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/feeds/{name}/snapshot</c>: a verified snapshot as a tar archive, out of one server and into another across an air gap.</summary>
internal static class FeedBundlesApi
{
    private const string Tar = "application/x-tar";

    public static void Map(IEndpointRouteBuilder api)
    {
        var limits = api.ServiceProvider.GetRequiredService<FeedLimits>();
        var feeds = api.MapGroup("/feeds/{name}/snapshot").WithTags("feeds");
        feeds.MapGet("/", ExportAsync).Produces(StatusCodes.Status200OK, contentType: Tar)
            .WithSummary("The feed as a tar archive of the exact bytes: its verified snapshot, or the answers that its documents were read from.").RequirePermission(Permission.View);
        feeds.MapPost("/", ImportAsync).Accepts<Stream>(Tar).WithMetadata(new LargeBodyMark(Math.Max(AdvisoryBundles.MostBytes(limits), FeedBundle.SuiteBytes(limits))))
            .WithSummary("Takes a snapshot from such an archive, verified as a fetch is.").RequirePermission(Permission.RefreshFeeds);
    }

    private static async Task<IResult> ExportAsync(
        string name, Caller caller, FeedReads reads, FeedList feeds, FeedCatalog catalog, AdvisoryBundles bundles, FeedFolders folders, CancellationToken cancel)
    {
        reads.Get(name);
        if (feeds.FindAdvisories(name) is not null && !caller.May(Permission.RefreshFeeds))
        {
            throw new RefusedException(ProblemKind.Forbidden, $"feed {name} may be fetched for that, which needs the permission to refresh feeds: ask an operator");
        }

        var file = folders.Scratch();
        try
        {
            if (feeds.FindAdvisories(name) is { } documents ? await bundles.ExportAsync(documents, file, cancel) : await catalog.ExportAsync(feeds.Find(name)!, file, cancel))
            {
                file.Position = 0;
                return Results.Stream(file, Tar, $"{name}.tar");
            }
        }
        catch (Exception e)
        {
            await file.DisposeAsync();
            throw e is InvalidDataException or FeedException ? RefusedException.Conflict(e.Message) : e;
        }

        await file.DisposeAsync();
        throw RefusedException.Conflict($"feed {name} has no snapshot yet: fetch it with 'patchflow feeds refresh {name}'");
    }

    private static async Task<Answer<FeedView>> ImportAsync(
        string name, HttpRequest request, Caller caller, FeedReads reads, FeedList feeds, FeedFetches fetches, AdvisoryBundles bundles, FeedFolders folders, FeedLimits limits, ApiAudit audit, CancellationToken cancel)
    {
        reads.Get(name);
        var documents = feeds.FindAdvisories(name);
        var folder = folders.BeginImport(name);
        try
        {
            await FeedBundle.ExtractAsync(
                request.Body, folder, documents is null ? FeedBundle.SuiteFiles : bundles.MostFiles, documents is null ? FeedBundle.SuiteBytes(limits) : AdvisoryBundles.MostBytes(limits), cancel);
            await audit.AppendAsync(caller.Audit("feed.import", $"feed:{name}"));
            _ = documents is null ? await fetches.ImportAsync(name, folder, cancel) : await bundles.ImportAsync(documents, folder, cancel);
            return new(reads.Get(name));
        }
        catch (FeedException e)
        {
            throw RefusedException.Conflict(e.Message.Replace(LocalFile.FolderAddress(folder).AbsoluteUri.TrimEnd('/'), "the archive", StringComparison.Ordinal).Replace(folder, "the archive", StringComparison.Ordinal));
        }
        catch (Exception e) when (DiskTrouble.Is(e))
        {
            throw new RefusedException(ProblemKind.Storage, $"{DiskTrouble.Why(e)}: nothing of the archive is used, and the feed stands as before; {DiskTrouble.Remedy}, then import it again");
        }
        finally
        {
            FeedFolders.Remove(folder);
        }
    }
}

/// <summary>An endpoint whose body may be larger than others'.</summary>
internal sealed record LargeBodyMark(long Bytes);
