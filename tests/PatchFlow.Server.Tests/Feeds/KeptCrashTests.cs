using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>Wherever a fetch is ended between a body and its list, what is kept is that of the snapshot in use, whole; and the next fetch leaves nothing behind.</summary>
public sealed class KeptCrashTests
{
    private static readonly DateTimeOffset Start = new(FeedBench.Start.Date, TimeSpan.Zero);

    [Theory]
    [InlineData("kev", "bodies", false)]
    [InlineData("kev", "bodies in their journal", false)]
    [InlineData("kev", "a journal without its bodies", false)]
    [InlineData("kev", "a journal that was cut", false)]
    [InlineData("kev", "lists that are not finished", false)]
    [InlineData("kev", "prepared", false)]
    [InlineData("kev", "prepared", true)]
    [InlineData("kev", "committed", true)]
    [InlineData("kev", "half removed", true)]
    [InlineData("osv listed", "bodies in their journal", false)]
    [InlineData("osv listed", "prepared", false)]
    [InlineData("osv listed", "prepared", true)]
    [InlineData("osv listed", "committed", true)]
    public async Task WhatIsKeptIsOfTheSnapshotInUse(string sort, string state, bool isPublished)
    {
        await using var near = await DatedBench.StartAsync(sort);
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        var before = await SavedAsync(near);
        await near.PublishWellAsync("CVE-2026-0002", Start);
        var after = await SavedAsync(near);
        Lay(near, state, before, after);
        var inUse = isPublished ? after : before;
        File.Copy(inUse.Marks, near.MarksFile, overwrite: true);
        near.Restore(inUse.Database);

        near.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        Assert.Equal(inUse.Tar, await near.ExportAsync());
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.Equal(["CVE-2026-0002"], near.InUse());
        Assert.Equal(after.Bodies, Bodies(near.KeptFolder));
        Assert.Equal(["current", "list"], Directory.GetFiles(near.KeptFolder).Select(path => Path.GetFileName(path).Split('-')[0]).Order());
        near.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        Assert.Equal(after.Tar, await near.ExportAsync());
    }

    // Looking through thousands of bodies is for when some may have been left.
    [Theory]
    [InlineData("ended well", false)]
    [InlineData("was refused", true)]
    [InlineData("ended with its process", true)]
    public async Task TheFolderIsSearchedOnlyAfterAFetchThatDidNotEndWell(string before, bool isSearched)
    {
        await using var near = await DatedBench.StartAsync("kev");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        var unnamed = Path.Combine(near.KeptFolder, "ab", $"{new string('a', 64)}.gz");
        Directory.CreateDirectory(Path.GetDirectoryName(unnamed)!);
        File.WriteAllText(unnamed, "a body that no list names");
        switch (before)
        {
            case "was refused":
                near.Write("kev.json", "{");
                Assert.NotNull((await near.FetchAsync()).LastError);
                break;
            case "ended with its process":
                File.WriteAllText(Path.Combine(near.KeptFolder, "next"), "");
                break;
        }

        await near.PublishWellAsync("CVE-2026-0002", Start);
        Assert.Equal(!isSearched, File.Exists(unnamed));
        Assert.Equal(isSearched ? 1 : 2, near.KeptFiles().Length);
    }

    [Fact]
    public async Task WhatIsKeptOfAnotherSnapshotIsNotWhatIsInUse()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        var before = await SavedAsync(near);
        await near.PublishWellAsync("CVE-2026-0002", Start);
        near.Restore(before.Database);
        Assert.Null(near.Kept.AnsweredAt);
        near.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
        near.Simulator.Misbehaviour.Clear();
        await near.FetchWellAsync();
        Assert.NotNull(near.Kept.AnsweredAt);
    }

    // The same documents, verified by other keys: a process ended before they were in use.
    [Fact]
    public async Task WhatWasPreparedUnderOtherKeysIsNotWhatIsInUse()
    {
        await using var csaf = await CsafBench.StartAsync();
        csaf.ConfigureAt(CsafBench.Provider, isSigned: true);
        await using var near = await DatedBench.FarAsync(csaf.Configured);
        await near.FetchWellAsync();
        var (before, after) = (near.Feed, near.Feed with { Keyrings = [CsafBench.OtherKey.Public] });
        var current = File.ReadAllText(Path.Combine(near.KeptFolder, "current"));
        var prepared = current.Replace(Uri.EscapeDataString(AdvisoryStore.SourceOf(before)), Uri.EscapeDataString(AdvisoryStore.SourceOf(after)), StringComparison.Ordinal);
        Assert.NotEqual(current, prepared);
        File.WriteAllText(Path.Combine(near.KeptFolder, "prepared"), prepared);
        near.Feed = after;
        near.Start();
        csaf.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
    }

    [Fact]
    public async Task OfAnotherSnapshotThatCountsOnWhichIsTheSameDocument()
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        await near.PublishWellAsync("CVE-2026-0001", Start);
        var (address, document) = (new Uri(near.Feed.Address, "a.json"), near.Store.Documents(DatedBench.Name).Single().Digest);
        using var kept = new KeptAnswers(near.KeptFolder, AdvisoryStore.SourceOf(near.Feed), null, near.Feed.KeepBytes, near.Clock);
        kept.Begin();
        Assert.Equal((false, true, true), (kept.Lacks(address, document), kept.Lacks(address, new string('a', 64)), kept.Lacks(address)));
    }

    [Theory]
    [InlineData("current")]
    [InlineData("list-*")]
    public async Task AListThatWasCutIsNone(string list)
    {
        await using var near = await DatedBench.StartAsync("osv listed");
        await near.PublishWellAsync("CVE-2026-0001", Start.AddDays(-1));
        if (list == "current")
        {
            await near.PublishWellAsync("CVE-2026-0002", Start);
        }

        var path = Assert.Single(Directory.GetFiles(near.KeptFolder, list));
        File.WriteAllLines(path, File.ReadAllLines(path)[..^1]);
        near.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        await Assert.ThrowsAsync<FeedException>(near.ExportAsync);
        await near.PublishWellAsync("CVE-2026-0003", Start);
        // What it named is not left behind.
        Assert.Equal(2, near.KeptFiles().Length);
        near.Simulator.Misbehaviour[""] = context => Task.FromResult(context.Response.StatusCode = 503);
        Assert.NotEmpty(await near.ExportAsync());
    }

    private static async Task<Saved> SavedAsync(DatedBench near)
    {
        var (folder, marks) = (Path.Combine(near.DataDirectory, $"kept-{Guid.NewGuid():N}"), Path.Combine(near.DataDirectory, $"marks-{Guid.NewGuid():N}"));
        Copy(near.KeptFolder, folder);
        File.Copy(near.MarksFile, marks);
        return new(folder, near.Save(), marks, await near.ExportAsync(), Bodies(folder));
    }

    // What a process leaves that ends there on the way from one to the other.
    private static void Lay(DatedBench near, string state, Saved before, Saved after)
    {
        Directory.Delete(near.KeptFolder, recursive: true);
        Copy(before.Folder, near.KeptFolder);
        if (state != "a journal without its bodies")
        {
            Array.ForEach(Directory.GetDirectories(after.Folder), folder => Copy(folder, Path.Combine(near.KeptFolder, Path.GetFileName(folder))));
        }

        if (state == "bodies")
        {
            // Without a journal nobody knows of one, so it begins before the first body.
            File.WriteAllText(Path.Combine(near.KeptFolder, "next"), "");
            return;
        }

        var lists = new KeptLists(after.Folder);
        var head = lists.Head(null).Head!;
        using var journal = KeptJournal.Open(near.KeptFolder, AdvisoryStore.SourceOf(near.Feed), null, near.Clock.Now).Journal;
        foreach (var answer in lists.Read(head, lists.Changes(isPrepared: false, head)!).Values)
        {
            journal.Add(answer);
        }

        journal.End(mayGoOn: true);
        switch (state)
        {
            case "a journal that was cut":
                var path = Path.Combine(near.KeptFolder, "next");
                File.WriteAllText(path, File.ReadAllText(path)[..^20]);
                break;
            case "lists that are not finished":
                File.WriteAllText(Path.Combine(near.KeptFolder, "prepared.unfinished"), "patchflow");
                File.WriteAllText(Path.Combine(near.KeptFolder, $"list-{Guid.NewGuid():N}"), "patchflow");
                File.WriteAllText(Path.Combine(near.KeptFolder, $"{Guid.NewGuid():N}.unfinished"), "body");
                break;
            case "prepared" or "committed" or "half removed":
                Array.ForEach(Directory.GetFiles(after.Folder, "list-*"), list => File.Copy(list, Path.Combine(near.KeptFolder, Path.GetFileName(list)), overwrite: true));
                File.Copy(Path.Combine(after.Folder, "current"), Path.Combine(near.KeptFolder, state == "prepared" ? "prepared" : "current"), overwrite: true);
                break;
        }

        if (state == "half removed")
        {
            File.Delete(Path.Combine(near.KeptFolder, before.Bodies.Except(after.Bodies).First()));
        }
    }

    private static string[] Bodies(string folder) => [.. Directory.GetFiles(folder, "*.gz", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder, path)).Order(StringComparer.Ordinal)];

    private static void Copy(string from, string to)
    {
        foreach (var path in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, path));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(path, copy, overwrite: true);
        }
    }

    private sealed record Saved(string Folder, string Database, string Marks, byte[] Tar, string[] Bodies);
}
