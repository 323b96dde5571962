using System.Text.Json;
using PatchFlow.Core.Changes;
using PatchFlow.Server.Sandbox;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Sandbox;

public sealed class ChangeNotesTests
{
    private static readonly string Log = string.Concat(new[] { "1.3", "1.2", "1.1" }.Select(v => OwnRepository.Changelog("demo", v, $"  * CVE-2026-000{v[2]}: mended.")));

    [Theory]
    [InlineData("1.0", "1.2")]
    [InlineData("1.2", "1.0")]
    public async Task HostsFromSeveralVersionsGetTheNotesOfAllWhoeverIsFirst(string first, string second)
    {
        using var repository = new OwnRepository();
        var path = repository.Add("demo", "1.3", changelog: Log);
        var notes = new ChangeNotes();
        foreach (var from in new[] { first, second })
        {
            await notes.AddAsync(new PackageUpgrade("demo", "amd64", from, "1.3"), null, Listed(repository), path, CancellationToken.None);
        }

        Assert.Equal(["CVE-2026-0001", "CVE-2026-0002", "CVE-2026-0003"], notes.Cves.Order());
        var demo = JsonDocument.Parse(notes.ToBytes()).RootElement.GetProperty("demo");
        Assert.Equal("1.0", demo.GetProperty("from").GetString());
        Assert.Equal(["1.3", "1.2", "1.1"], demo.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("version").GetString()));
    }

    [Fact]
    public async Task AChangelogThatCanNotBeReadIsSaidAndKeepsNoPatchBack()
    {
        using var repository = new OwnRepository();
        repository.Add("demo", "1.3");
        var broken = Path.Combine(repository.Folder, "broken.deb");
        File.WriteAllText(broken, "no package");
        var notes = new ChangeNotes();
        await notes.AddAsync(new PackageUpgrade("demo", "amd64", "1.0", "1.3"), null, Listed(repository), broken, CancellationToken.None);
        Assert.Contains("could not be read", JsonDocument.Parse(notes.ToBytes()).RootElement.GetProperty("demo").GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    private static PatchFlow.Core.Advisories.AptPackage Listed(OwnRepository repository) => new()
    {
        Name = "demo",
        Version = "1.3",
        Arch = "amd64",
        Source = "demo",
        SourceVersion = "1.3",
        Filename = "pool/main/demo_1.3_amd64.deb",
        SizeBytes = 1,
        Sha256 = PatchFlow.Core.Documents.Digest.Of(System.Text.Encoding.UTF8.GetBytes(repository.Root)),
    };
}
