using PatchFlow.Client;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Api;

/// <summary><c>/api/v1/feeds/{name}/snapshot</c>: a verified snapshot as a tar archive, out of one server and into another across an air gap.</summary>
internal static class FeedBundlesApi
{
    private const string Tar = "application/x-tar";

    public static void Map(IEndpointRouteBuilder api)
    {
        var feeds = api.MapGroup("/feeds/{name}/snapshot").WithTags("feeds");
        feeds.MapGet("/", ExportAsync).Produces(StatusCodes.Status200OK, contentType: Tar)
            .WithSummary("The feed's verified snapshot as a tar archive of the exact signed bytes.").RequirePermission(Permission.View);
        feeds.MapPost("/", ImportAsync).Accepts<Stream>(Tar).WithMetadata(new LargeBodyMark(2 * new FeedLimits().IndexBytes))
            .WithSummary("Takes a snapshot from such an archive, verified as a fetch is.").RequirePermission(Permission.RefreshFeeds);
    }

    // What carries no signature can't be verified on the other side.
    private static void Check(FeedView feed)
    {
        if (feed.Kind != "apt")
        {
            throw RefusedException.Conflict($"feed {feed.Name} is of kind {feed.Kind}, whose documents are not signed, or kept without their signature: carry the vendor's own files across, and give the feed there a file address");
        }
    }

    private static async Task<IResult> ExportAsync(string name, FeedReads reads, FeedList feeds, FeedCatalog catalog, FeedFolders folders, CancellationToken cancel)
    {
        Check(reads.Get(name));
        var file = folders.Scratch();
        try
        {
            if (await catalog.ExportAsync(feeds.Find(name)!, file, cancel))
            {
                file.Position = 0;
                return Results.Stream(file, Tar, $"{name}.tar");
            }
        }
        catch (InvalidDataException e)
        {
            await file.DisposeAsync();
            throw RefusedException.Conflict(e.Message);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }

        await file.DisposeAsync();
        throw RefusedException.Conflict($"feed {name} has no snapshot yet: fetch it with 'patchflow feeds refresh {name}'");
    }

    private static async Task<Answer<FeedView>> ImportAsync(
        string name, HttpRequest request, Caller caller, FeedReads reads, FeedFetches fetches, FeedFolders folders, FeedLimits limits, ApiAudit audit, CancellationToken cancel)
    {
        Check(reads.Get(name));
        var folder = folders.BeginImport(name);
        try
        {
            await FeedBundle.ExtractAsync(request.Body, folder, limits, cancel);
            await audit.AppendAsync(caller.Audit("feed.import", $"feed:{name}"));
            await fetches.ImportAsync(name, folder, cancel);
            return new(reads.Get(name));
        }
        catch (FeedException e)
        {
            throw RefusedException.Conflict(e.Message.Replace($"file://{folder}", "the archive", StringComparison.Ordinal).Replace(folder, "the archive", StringComparison.Ordinal));
        }
        finally
        {
            FeedFolders.Remove(folder);
        }
    }
}

/// <summary>An endpoint whose body may be larger than others'.</summary>
internal sealed record LargeBodyMark(long Bytes);
