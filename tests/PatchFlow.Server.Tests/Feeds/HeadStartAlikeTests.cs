using System.Collections.Immutable;
using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A fetch that has a head start ends as one that has none, whatever is wrong with its lists; and whenever it is ended, nothing of it is left.</summary>
public sealed class HeadStartAlikeTests
{
    private const int Packages = 300;
    private static readonly string[] Components = ["main", "contrib"];

    private static readonly string[] Texts = ["same", "one", "two", "more", "fewer", "all", "none", "garbage", "unclosed"];

    private static readonly string[] Places = ["cut", "longer", "gone", "pipe", "flipped", "folder", "other", "empty", "old", "packed"];

    private static readonly string[] Listings = ["right", "smaller", "larger", "huge", "unlisted", "hash"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WithAndWithoutItAFetchEndsAlike(int seed)
    {
        await using var world = await StartAsync();
        var (random, before) = (new Random(seed), Release(world));
        for (var round = 0; round < 80; round++)
        {
            var (now, what) = (before, "");
            // Of two lists that are wrong either may be told.
            var wrong = Components[random.Next(2)];
            foreach (var component in Components)
            {
                var (text, place, listing) = (Texts[random.Next(Texts.Length)], component == wrong ? Places[random.Next(Places.Length)] : "", component == wrong ? Listings[random.Next(Listings.Length)] : "right");
                what += $"{component} {text} {place} {listing}, ";
                Put(PathOf(world, component), Text(component, text), place, random);
                now = now with { Files = Listed(now.Files, $"{component}/binary-amd64/Packages", Text(component, text), listing, place == "packed") };
            }

            var (canLink, isRead) = (random.Next(5) > 0, random.Next(2) > 0);
            Assert.Equal(what + await EndAsync(world, before, now, null, canLink), what + await EndAsync(world, before, now, isRead, canLink));
        }
    }

    [Theory]
    [InlineData("grows")]
    [InlineData("is cut")]
    [InlineData("is replaced")]
    [InlineData("goes")]
    public async Task WhateverBecomesOfAListMeanwhileItIsTheSignedOneOrRefused(string how)
    {
        await using var world = await StartAsync();
        var (before, text, path) = (Release(world), Text("main", "one"), PathOf(world, "main"));
        var now = before with { Files = Listed(before.Files, "main/binary-amd64/Packages", text, "right", isPacked: false) };
        for (var round = 0; round < 60; round++)
        {
            File.WriteAllText(path, text);
            var meanwhile = Task.Run(() => Become(path, how));
            var end = await EndAsync(world, before, now, isRead: false, canLink: true);
            await meanwhile;
            Assert.True(end.StartsWith("FeedException", StringComparison.Ordinal) || end.StartsWith(Digest.Of(Encoding.UTF8.GetBytes(text)).Short, StringComparison.Ordinal), end);
        }
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task WheneverAFetchIsEndedNothingOfItIsLeft(bool isSigned, bool isPair)
    {
        await using var world = await ListWorld.StartAsync("", isFile: true);
        await world.FetchAsync(20_000, "1");
        var before = world.Current.Folder;
        world.Publish(20_000, "2", changed: 500);
        using var stranger = new OwnKey("stranger");
        var key = isSigned ? null : stranger;
        if (isPair)
        {
            world.Bench.Repository.Detach(key);
        }
        else
        {
            world.Bench.Repository.Sign(world.Bench.Repository.ReleaseText, key);
        }

        for (var time = 0; time < 40 && world.Current.Folder == before; time++)
        {
            await EndedAfterAsync(world, time);
            Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(world.Bench.DataDirectory, "feeds", ".work")));
            Assert.DoesNotContain(Open(), path => path.StartsWith(world.Bench.Repository.Folder, StringComparison.Ordinal) || path.StartsWith(world.Bench.DataDirectory + "/feeds/.work", StringComparison.Ordinal));
        }

        var error = (await world.Bench.FetchAsync()).LastError;
        Assert.Equal(isSigned, error is null);
        Assert.Equal(isSigned ? "2" : "1", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p500")).Version);
    }

    // An import takes its turn among the fetches; the list that it brings is known from them.
    [Fact]
    public async Task ManyAtOnceTakeTurnsAndWhatIsNotSignedIsNeverUsed()
    {
        await using var world = await ListWorld.StartAsync("", isFile: true);
        await world.FetchAsync(2_000, "1");
        world.Publish(2_000, "2", changed: 500);
        var signed = await File.ReadAllTextAsync(world.Bench.Repository.InRelease);
        using var stranger = new OwnKey("stranger");
        world.Bench.Repository.Sign(world.Bench.Repository.ReleaseText, stranger);
        var fetches = Enumerable.Range(0, 6).Select(_ => world.Bench.FetchAsync()).ToList();
        var imports = Enumerable.Range(0, 6).Select(_ => Assert.ThrowsAsync<FeedException>(() => world.Bench.Fetches.ImportAsync("own", world.Bench.Repository.Root, CancellationToken.None))).ToList();
        Assert.All(await Task.WhenAll(fetches), row => Assert.Contains("is signed by", row.LastError, StringComparison.Ordinal));
        Assert.All(await Task.WhenAll(imports), e => Assert.Equal(FeedFault.UntrustedKey, e.Fault));
        Assert.Equal("1", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p500")).Version);

        await File.WriteAllTextAsync(world.Bench.Repository.InRelease, signed);
        Assert.True(await world.Bench.Fetches.ImportAsync("own", world.Bench.Repository.Root, CancellationToken.None));
        Assert.Equal("2", Assert.Single(Assert.Single(world.Bench.Catalog.Indices()).Index.Find("p500")).Version);
    }

    private static async Task EndedAfterAsync(ListWorld world, int milliseconds)
    {
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(milliseconds));
        try
        {
            var row = await world.Bench.Fetches.FetchAsync("own", cancel.Token);
            Assert.True(row.LastError is null || row.LastError.Contains("is signed by", StringComparison.Ordinal), row.LastError);
        }
        catch (OperationCanceledException)
        {
            // Which is what it was told.
        }
    }

    // Two components in plain lists, fetched once.
    private static async Task<ListWorld> StartAsync()
    {
        var world = await ListWorld.StartAsync("", isFile: true);
        world.Bench.Configure(world.Bench.Feed with { Components = [.. Components] });
        world.Publish(1, "1");
        foreach (var component in Components)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(PathOf(world, component))!);
            await File.WriteAllTextAsync(PathOf(world, component), Text(component, "same"));
        }

        var fields = world.Bench.Repository.ReleaseText.Split('\n').Where(l => l.Contains(": ", StringComparison.Ordinal)).Select(l => l + "\n");
        var lists = Components.Select(c => $" {Digest.Of(Encoding.UTF8.GetBytes(Text(c, "same"))).Hex} {Encoding.UTF8.GetByteCount(Text(c, "same"))} {c}/binary-amd64/Packages\n");
        world.Bench.Repository.Sign($"{string.Concat(fields)}SHA256:\n{string.Concat(lists)}");
        Assert.Null((await world.Bench.FetchAsync()).LastError);
        return world;
    }

    // How it ends for whoever knows the lists of before, in words; with no head start, one that is read to its end first, or one under way.
    private static async Task<string> EndAsync(ListWorld world, AptRelease before, AptRelease now, bool? isRead, bool canLink)
    {
        using var transport = new FeedTransport(new FeedList([world.Bench.Feed]), world.Bench.Limits);
        var lists = new ListFetcher(transport, world.Bench.Limits);
        await lists.FetchAsync(world.Bench.Feed, before, world.Current, world.Bench.Folders.Begin("before"), null, CancellationToken.None);
        var work = world.Bench.Folders.Begin("now");
        foreach (var component in Components.Where(_ => !canLink))
        {
            // What is there already is as good as a file system without links.
            await File.WriteAllTextAsync(new KeptList(work, $"{component}_binary-amd64_Packages").Base, "");
        }

        try
        {
            await using var begun = isRead is null ? null : lists.Begin(world.Bench.Feed, now, world.Current, work, CancellationToken.None);
            await Task.Delay(isRead == true ? 5 : 0);
            var found = await lists.FetchAsync(world.Bench.Feed, now, world.Current, work, begun, CancellationToken.None);
            return string.Join(", ", found.Lists.Select(l => $"{DigestOf(new KeptList(work, l.Name)).Short} {l.Digest.Short} {l.Base.Short} {string.Join('+', l.Files)} {l.Content.Count}")) + $" {found.Index.Count}";
        }
        catch (Exception e) when (e is FeedException or IOException or InvalidDataException)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }

    private static Digest DigestOf(KeptList list)
    {
        using var stream = list.Open();
        return Digest.FromBytes(System.Security.Cryptography.SHA256.HashData(stream));
    }

    private static ImmutableSortedDictionary<string, AptReleaseFile> Listed(ImmutableSortedDictionary<string, AptReleaseFile> files, string path, string text, string listing, bool isPacked)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var file = new AptReleaseFile(path, bytes.Length, Digest.Of(bytes));
        files = isPacked ? files.SetItem(path + ".gz", new AptReleaseFile(path + ".gz", 12, Digest.Of("x"u8))) : files;
        return listing switch
        {
            "smaller" => files.SetItem(path, file with { SizeBytes = file.SizeBytes / 2 }),
            "larger" => files.SetItem(path, file with { SizeBytes = file.SizeBytes + 1 }),
            "huge" => files.SetItem(path, file with { SizeBytes = long.MaxValue }),
            "unlisted" => files.Remove(path),
            "hash" => files.SetItem(path, file with { Sha256 = Digest.Of("other"u8) }),
            _ => files.SetItem(path, file),
        };
    }

    private static void Put(string path, string text, string place, Random random)
    {
        Tool.Run("rm", "-rf", path, path + ".gz");
        switch (place)
        {
            case "gone":
                break;
            case "pipe":
                Tool.Run("mkfifo", path);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            case "packed":
                File.WriteAllText(path + ".gz", "no gzip at all");
                break;
            default:
                File.WriteAllText(path, Spoiled(text, place, random));
                break;
        }
    }

    private static string Spoiled(string text, string how, Random random) => how switch
    {
        "cut" => text[..random.Next(text.Length + 1)],
        "longer" => text + "Package: longer\n\n",
        "flipped" when text.Length > 0 && random.Next(text.Length) is var at => text[..at] + (char)(text[at] ^ 1) + text[(at + 1)..],
        "other" => Text("other", "all"),
        "empty" => "",
        "old" => Text("main", "same"),
        _ => text,
    };

    // By programs, which know nothing of the locks that the framework has on files.
    private static void Become(string path, string how) => Tool.Run("sh", "-c", how switch
    {
        "grows" => $"printf 'Package: more\\n\\n' >> '{path}'",
        "is cut" => $"truncate -s 20000 '{path}'",
        "is replaced" => $"sed 's/^Version: 1$/Version: 3/' '{path}' > '{path}.new' && mv '{path}.new' '{path}'",
        _ => $"rm '{path}'",
    });

    private static string Text(string component, string how)
    {
        var text = string.Concat(Enumerable.Range(0, how switch { "more" => Packages + 20, "fewer" => Packages - 20, "none" => 0, _ => Packages }).Select(i => Stanza(component, i, how)));
        return how switch
        {
            "garbage" => text[..(text.Length / 2)] + "\0\n\n\n:::\n" + text[(text.Length / 2)..],
            "unclosed" => text.TrimEnd('\n'),
            _ => text,
        };
    }

    private static string Stanza(string component, int number, string how)
    {
        var version = (how, number) is ("one", 77) or ("two", 3 or Packages - 1) or ("all", _) ? "2" : "1";
        return $"Package: {component}{number}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{component}{number}.deb\nSize: 1\nSHA256: {Digest.Of("x"u8).Hex}\nDescription: {new string('x', 100)}\n\n";
    }

    private static string PathOf(ListWorld world, string component) => Path.Combine(Path.GetDirectoryName(world.Bench.Repository.InRelease)!, component, "binary-amd64", "Packages");

    private static AptRelease Release(ListWorld world)
    {
        Assert.True(AptReleaseParser.TryParse(ClearSigned.Text(File.ReadAllBytes(world.Bench.Repository.InRelease)), out var release, out var problem), problem);
        return release;
    }

    private static List<string> Open() => [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Select(fd => new FileInfo(fd).LinkTarget).OfType<string>()];
}
