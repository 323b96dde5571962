using System.Text;
using Microsoft.AspNetCore.Http;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Every way in which a feed may be wrong: each is refused with a message of its own, and the last good snapshot stays.</summary>
public sealed class BadFeedTests
{
    public static TheoryData<string, string> Cases() => new()
    {
        { "not signed", "is not signed" },
        { "signed with another key", "none of which is valid in" },
        { "signed with an expired key", "(expired)" },
        { "altered after signing", "does not fit its signature" },
        { "text after the signed text", "more than one signed text, or text around it" },
        { "two signed texts", "is not one signed message" },
        { "cut", "ends before its signature does" },
        { "cut on the way", "ended before its announced length" },
        { "oversized by its own word", "is larger than the" },
        { "oversized without a word", "is larger than the" },
        { "too slow", "did not answer within" },
        { "a web page", "is a web page and not an index" },
        { "absent", "does not exist (404)" },
        { "broken server", "answers 500" },
        { "redirected elsewhere", "redirects to 'http://localhost" },
        { "redirected without end", "redirects to" },
        { "of another suite", "another suite was served in its place" },
        { "older than last time", "which was seen already" },
        { "expired", "was valid until" },
        { "too old without a limit of its own", "hours that it may be" },
        { "in the future", "check this machine's clock" },
        { "without the component", "does not list main/binary-amd64/Packages" },
        { "index cut", "the transfer was cut" },
        { "index oversized", "is larger than the" },
        { "index altered", "where the signed index says" },
        { "index not xz", "can't be decompressed" },
        { "index larger than listed when decompressed", "when decompressed: it is not used" },
        { "index that decompresses to something else", "when decompressed where the signed index says" },
        { "index without a good stanza", "has no stanza that can be read" },
        { "keyring missing", "is missing, empty or larger" },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task ABadFeedIsRefusedAndTheLastGoodSnapshotStays(string badness, string message)
    {
        await using var bench = await FeedBench.StartPublishedAsync();
        var good = (await bench.FetchAsync()).Snapshot;
        Assert.NotNull(good);
        bench.Clock.Now += TimeSpan.FromHours(3);
        bench.Repository.Add("demo", "1.0-1+deb12u2");
        bench.Publish();
        Break(bench, badness);
        var row = await bench.FetchAsync();
        Assert.Contains(message, row.LastError, StringComparison.Ordinal);
        Assert.Equal((good, 1), (row.Snapshot, (int)row.Failures));
        var current = Assert.Single(bench.Catalog.Current());
        Assert.Equal("1.0-1+deb12u1", Assert.Single(bench.Catalog.Index(current).Find("demo")).Version);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(bench.DataDirectory, "feeds/.work")));
    }

    private static void Break(FeedBench bench, string badness)
    {
        var repository = bench.Repository;
        switch (badness)
        {
            case "not signed":
                File.WriteAllText(repository.InRelease, repository.ReleaseText);
                break;
            case "signed with another key":
                repository.Sign(repository.ReleaseText, repository.MakeKey("other"));
                break;
            case "signed with an expired key":
                SignWithExpiredKey(bench);
                break;
            case "altered after signing":
                File.WriteAllText(repository.InRelease, File.ReadAllText(repository.InRelease).Replace("Label: Tests", "Label: Texts", StringComparison.Ordinal));
                break;
            case "text after the signed text":
                File.AppendAllText(repository.InRelease, "Codename: other\n-----END PGP SIGNATURE-----\n");
                break;
            case "two signed texts":
                File.AppendAllText(repository.InRelease, File.ReadAllText(repository.InRelease));
                break;
            case "cut":
                File.WriteAllBytes(repository.InRelease, File.ReadAllBytes(repository.InRelease)[..^60]);
                break;
            case "too old without a limit of its own":
                bench.Clock.Now += TimeSpan.FromDays(11);
                repository.Publish(bench.Clock.Now.AddDays(-10.1));
                break;
            case "older than last time":
                repository.Publish(FeedBench.Start.AddHours(-2), bench.Clock.Now.AddDays(7));
                break;
            case "expired":
                repository.Publish(FeedBench.Start, bench.Clock.Now.AddMinutes(-1));
                break;
            case "in the future":
                repository.Publish(bench.Clock.Now.AddDays(2), bench.Clock.Now.AddDays(9));
                break;
            case "of another suite":
                repository.Publish(FeedBench.Start, bench.Clock.Now.AddDays(7), suite: "other");
                break;
            case "without the component":
                repository.Sign(repository.ReleaseText.Replace("main/", "extra/", StringComparison.Ordinal));
                break;
            case "keyring missing":
                bench.Configure(bench.Feed with { Keyrings = ["/nonexistent/keyring.gpg"] });
                break;
            default:
                BreakServer(bench, badness);
                break;
        }
    }

    private static void BreakServer(FeedBench bench, string badness)
    {
        var index = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(bench.Repository.Index + ".xz")));
        bench.Limits = bench.Limits with { ReleaseBytes = 64 << 10, Time = TimeSpan.FromSeconds(badness == "too slow" ? 1 : 30), LeastBytesPerSecond = 1 << 20 };
        bench.Configure(bench.Feed);
        var misbehaviour = bench.Simulator.Misbehaviour;
        switch (badness)
        {
            case "cut on the way":
                misbehaviour["InRelease"] = async context =>
                {
                    context.Response.ContentLength = 5000;
                    await context.Response.Body.WriteAsync(new byte[100]);
                    await context.Response.Body.FlushAsync();
                    context.Abort();
                };
                break;
            case "oversized by its own word":
                misbehaviour["InRelease"] = context => context.Response.Body.WriteAsync(new byte[context.Response.ContentLength.GetValueOrDefault(Announce(context, 70_000))]).AsTask();
                break;
            case "oversized without a word":
                misbehaviour["InRelease"] = context => context.Response.Body.WriteAsync(new byte[70_000]).AsTask();
                break;
            case "too slow":
                misbehaviour["InRelease"] = context => Task.Delay(TimeSpan.FromSeconds(60), context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                break;
            case "a web page":
                misbehaviour["InRelease"] = context => context.Response.WriteAsync("<!DOCTYPE html><html><body>Please log in</body></html>");
                break;
            case "absent":
                File.Delete(bench.Repository.InRelease);
                break;
            case "broken server":
                misbehaviour["InRelease"] = context => Task.FromResult(context.Response.StatusCode = 500);
                break;
            case "redirected elsewhere":
                misbehaviour["InRelease"] = context => Redirect(context, $"http://localhost:{bench.Simulator.Address.Port}/dists/demo-security/InRelease");
                break;
            case "redirected without end":
                misbehaviour["InRelease"] = context => Redirect(context, context.Request.Path);
                break;
            case "index cut":
                misbehaviour[index] = context => context.Response.Body.WriteAsync(new byte[10]).AsTask();
                break;
            case "index oversized":
                misbehaviour[index] = context => context.Response.Body.WriteAsync(new byte[1 << 20]).AsTask();
                break;
            case "index altered":
                misbehaviour[index] = context => context.Response.Body.WriteAsync(Altered(bench.Repository.Index + ".xz")).AsTask();
                break;
            default:
                BreakSignedIndex(bench, badness);
                break;
        }
    }

    // The vendor's own mistakes: what the signature covers is wrong.
    private static void BreakSignedIndex(FeedBench bench, string badness)
    {
        var (repository, plain) = (bench.Repository, new FileInfo(bench.Repository.Index + ".xz"));
        switch (badness)
        {
            case "index not xz":
                Replace(repository, Encoding.ASCII.GetBytes(new string('x', (int)plain.Length)));
                break;
            case "index larger than listed when decompressed":
                Replace(repository, Xz(repository, new string('\n', 100_000)));
                break;
            case "index that decompresses to something else":
                Replace(repository, Xz(repository, new string('\n', PlainSize(repository))));
                break;
            case "index without a good stanza":
                repository.Publish(FeedBench.Start, bench.Clock.Now.AddDays(7), index: text => text.Replace("SHA256: ", "SHA256: x", StringComparison.Ordinal));
                break;
            default:
                throw new ArgumentException(badness, nameof(badness));
        }
    }

    private static byte[] Xz(OwnRepository repository, string text)
    {
        var file = Path.Combine(repository.Folder, "other");
        File.WriteAllText(file, text);
        Tool.Run("xz", "-f", file);
        return File.ReadAllBytes(file + ".xz");
    }

    private static int PlainSize(OwnRepository repository) => int.Parse(
        repository.ReleaseText.Split('\n').Last(l => l.EndsWith("main/binary-amd64/Packages", StringComparison.Ordinal) && l.Trim().Split(' ')[0].Length == 64).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    private static void Replace(OwnRepository repository, byte[] index)
    {
        var old = File.ReadAllBytes(repository.Index + ".xz");
        var (oldHash, newHash) = (Hex(old), Hex(index));
        File.WriteAllBytes(Path.Combine(Path.GetDirectoryName(repository.Index)!, "by-hash/SHA256", newHash), index);
        var lines = repository.ReleaseText.Split('\n').Select(l => l.Contains(oldHash, StringComparison.Ordinal) ? $" {newHash} {index.Length} main/binary-amd64/Packages.xz" : l);
        repository.Sign(string.Join('\n', lines));
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));

    private static void SignWithExpiredKey(FeedBench bench)
    {
        var key = bench.Repository.MakeKey("expiring", "seconds=3");
        bench.Repository.Sign(bench.Repository.ReleaseText, key);
        for (var tries = 0; tries < 40 && !key.IsExpired(); tries++)
        {
            Tool.Run("sleep", "0.2");
        }

        bench.Configure(bench.Feed with { Keyrings = [key.Public] });
    }

    private static long Announce(HttpContext context, long bytes)
    {
        context.Response.ContentLength = bytes;
        return bytes;
    }

    private static Task Redirect(HttpContext context, string to)
    {
        context.Response.StatusCode = 302;
        context.Response.Headers.Location = to;
        return Task.CompletedTask;
    }

    private static byte[] Altered(string file)
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^20] ^= 1;
        return bytes;
    }
}
