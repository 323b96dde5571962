using System.Text;
using PatchFlow.Core.Advisories;
using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

public sealed class FeedConfigurationTests
{
    [Theory]
    [InlineData("name", "Own Feed", "name must be")]
    [InlineData("name", "", "name must be")]
    [InlineData("name", "--help", "and not begin with '-'")]
    [InlineData("address", "ftp://archive.example/", "is not an http, https or file address")]
    [InlineData("address", "http://user:secret@archive.example/", "is not an http, https or file address")]
    [InlineData("address", "http://archive.example/?x", "is not an http, https or file address")]
    [InlineData("suite", "../x", "is not a path below dists/")]
    [InlineData("components", "", "components must name")]
    [InlineData("components", "../main", "components must name")]
    [InlineData("arch", "x/86", "is not an architecture")]
    [InlineData("keyring", "", "an unsigned feed is never used")]
    [InlineData("schedule", "hourly", "is not a Quartz cron expression")]
    [InlineData("schedule", "0 0 0 30 2 ?", "never comes")]
    [InlineData("schedule", "0 0 0 1 1 ? 2020", "never comes")]
    [InlineData("maxAge", "0", "maxAgeHours must be 1 to 175680")]
    [InlineData("maxAge", "175681", "maxAgeHours must be 1 to 175680")]
    [InlineData("kind", "rpm", "kind 'rpm' is unknown")]
    public async Task AWrongSettingStopsTheStartAndIsNamed(string setting, string value, string message)
    {
        var entry = Entry();
        switch (setting)
        {
            case "name": entry.Name = value; break;
            case "address": entry.Address = value; break;
            case "suite": entry.Suite = value; break;
            case "components": entry.Components = value.Length == 0 ? [] : [value]; break;
            case "arch": entry.Arch = value; break;
            case "keyring": entry.Keyring = value; break;
            case "schedule": entry.Schedule = value; break;
            case "maxAge": entry.MaxAgeHours = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture); break;
            default: entry.Kind = value; break;
        }

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("PatchFlow:Feeds[0]", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARightEntryIsAFeed()
    {
        var feed = Assert.Single((await FeedList.LoadAsync([Entry()])).All);
        Assert.Equal(new Uri("https://archive.example/debian/dists/stable-security/main/x%2By"), feed.InSuite("main/x+y"));
        Assert.Equal(TimeSpan.FromDays(10), feed.MaxAge);
    }

    [Theory]
    [InlineData("amd64", "", "main/binary-amd64/Packages")]
    [InlineData("all amd64", "No-Support-for-Architecture-all: Packages\n", "main/binary-amd64/Packages")]
    [InlineData("all amd64", "", "main/binary-amd64/Packages main/binary-all/Packages")]
    public async Task TheIndexForAllIsReadWhereTheArchiveSaysThatItHasOne(string architectures, string field, string paths)
    {
        var hash = new string('0', 64);
        var text = $"Date: Sat, 21 Nov 2026 00:53:02 UTC\nArchitectures: {architectures}\n{field}SHA256:\n {hash} 0 main/binary-amd64/Packages\n {hash} 0 main/binary-all/Packages\n";
        Assert.True(AptReleaseParser.TryParse(Encoding.UTF8.GetBytes(text), out var release, out var problem), problem);
        Assert.Equal(paths, string.Join(' ', AptIndexPaths.Of(Assert.Single((await FeedList.LoadAsync([Entry()])).All), release)));
    }

    [Fact]
    public async Task TwoFeedsOfOneNameAreRefused() =>
        Assert.Contains("two feeds are named 'own'", (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([Entry(), Entry()]))).Message, StringComparison.Ordinal);

    [Fact]
    public void TheMachinesAptYieldsItsSecurityReleaseAndUpdatesSuites()
    {
        using var sources = new Sources("# one\nTypes: deb\n# a comment inside\nSuites: bookworm\nSigned-By: /keys/a.gpg\n\nTypes: deb\nSuites: bookworm-security\nSigned-By: /keys/b.gpg,\n /keys/c.gpg\n");
        var targets = string.Join("\n\n",
            Target("bookworm", "main", sources.Path + ":1"),
            Target("bookworm", "contrib", sources.Path + ":1"),
            Target("bookworm", "main", sources.Path + ":1").Replace("Created-By: Packages", "Created-By: DEP-11", StringComparison.Ordinal),
            Target("bookworm", "main", sources.Path + ":1").Replace("amd64", "i386", StringComparison.Ordinal),
            Target("bookworm-updates", "main", sources.Path + ":1"),
            Target("bookworm-security", "main", sources.Path + ":2"),
            Target("bookworm-backports", "main", sources.Path + ":1"),
            Target("stable", "vendor", "/etc/apt/sources.list.d/vendor.list:1"));
        var feeds = MachineApt.Feeds(new FeedOptions(), Encoding.UTF8.GetBytes(targets), "ID=debian\nVERSION_CODENAME=\"bookworm\"\n", "amd64");
        Assert.Equal(["debian", "debian-updates", "debian-security"], feeds.Select(f => f.Name));
        Assert.Equal([false, false, true], feeds.Select(f => f.Security));
        Assert.Equal(["main", "contrib"], feeds[0].Components);
        Assert.Equal(["/keys/b.gpg", "/keys/c.gpg"], feeds[2].Keyrings);
        Assert.Equal(new Uri("http://archive.example/debian/dists/bookworm-security/InRelease"), feeds[2].InSuite("InRelease"));
    }

    [Fact]
    public void AMachineWithoutASecuritySuiteIsToldSo()
    {
        var targets = Encoding.UTF8.GetBytes(Target("bookworm", "main", "/nonexistent.sources:1"));
        var refused = Assert.Throws<InvalidOperationException>(() => MachineApt.Feeds(new FeedOptions(), targets, "ID=debian\nVERSION_CODENAME=bookworm\n", "amd64"));
        Assert.Contains("has no suite 'bookworm-security' for amd64", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("deb [arch=amd64 signed-by=/keys/v.asc] https://vendor.example/apt stable main", "/keys/v.asc")]
    [InlineData("deb https://vendor.example/apt stable main", null)]
    public void AOneLineSourceNamesItsKeyring(string line, string? keyring)
    {
        using var sources = new Sources("# first\n" + line + "\n", ".list");
        Assert.Equal(keyring, AptSources.Keyring(sources.Path + ":2"));
    }

    [Fact]
    public void AMirrorListStandsForItsFirstEntry()
    {
        using var list = new Sources("# mirrors\n\nhttp://mirror.example/debian\tpriority:1\nhttp://other.example/debian\n", ".list");
        Assert.Equal("http://mirror.example/debian", AptSources.Address("mirror+file:" + list.Path + "/"));
        Assert.Equal("http://archive.example/debian/", AptSources.Address("http://archive.example/debian/"));
    }

    private static FeedOptions Entry() => new()
    {
        Name = "own",
        Address = "https://archive.example/debian",
        Suite = "stable-security",
        Components = ["main"],
        Arch = "amd64",
        Keyring = "/usr/share/keyrings/own.gpg",
        Security = true,
    };

    private static string Target(string suite, string component, string source) =>
        $"MetaKey: {component}/binary-amd64/Packages\nArchitecture: amd64\nComponent: {component}\nCreated-By: Packages\nRelease: {suite}\nRepo-URI: http://archive.example/debian/\nSourcesentry: {source}\nTarget-Of: deb";

    private sealed class Sources : IDisposable
    {
        public Sources(string text, string suffix = ".sources")
        {
            Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"pf-{Guid.NewGuid():N}{suffix}");
            File.WriteAllText(Path, text);
        }

        public string Path { get; }

        public void Dispose() => File.Delete(Path);
    }
}
