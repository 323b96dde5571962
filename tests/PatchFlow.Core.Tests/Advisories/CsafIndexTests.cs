using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Lists of provider directories.</summary>
public sealed class CsafIndexTests
{
    [Theory]
    [InlineData("advisories/suse/changes.csv", 17018)]
    [InlineData("advisories/suse/index.txt", null)]
    [InlineData("advisories/redhat/index/deletions.csv", null)]
    [InlineData("providers/cisa-it/csaf_files/IT/white/changes.csv", 4)]
    [InlineData("providers/cisa-ot/csaf_files/OT/white/changes.csv", 2379)]
    public void EveryVendorsListIsReadWholly(string file, int? count)
    {
        var feed = new ReadFeed();
        var entries = CsafIndex.Read(File.ReadAllText(Corpus.PathOf("csaf/" + file)), feed.Sink());
        Assert.Empty(feed.Refusals);
        Assert.NotEmpty(entries);
        Assert.Equal(count ?? entries.Length, entries.Length);
    }

    [Theory]
    [InlineData("../a.json")]
    [InlineData("/etc/a.json")]
    [InlineData("https://other.example/a.json")]
    [InlineData("//other.example/a.json")]
    [InlineData("\"2024/../../a.json\",\"2024-01-01T00:00:00Z\"")]
    [InlineData("2024/a.json,yesterday")]
    public void APathThatLeavesTheDirectoryIsRefused(string line)
    {
        var feed = new ReadFeed();
        Assert.Equal("b.json", Assert.Single(CsafIndex.Read(line + "\nb.json", feed.Sink())).Path);
        Assert.Equal("line 1", Assert.Single(feed.Refusals).Position);
    }

    [Fact]
    public void OfAPathListedTwiceTheLatestTimeCounts() =>
        Assert.Equal(2025, Assert.Single(CsafIndex.Read("a.json,2025-01-01T00:00:00Z\na.json,2024-01-01T00:00:00Z", new ReadFeed().Sink())).Changed!.Value.Year);
}
