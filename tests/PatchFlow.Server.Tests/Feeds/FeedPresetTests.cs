using PatchFlow.Server.Feeds;
using PatchFlow.Server.Tests.Tidy;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>One line declares the feed of a well-known vendor's document.</summary>
public sealed class FeedPresetTests
{
    private const string Debian = "ID=debian\nHOME_URL=\"https://www.vendor.example/\"\n", Ubuntu = "ID=ubuntu\nHOME_URL=https://vendor.example/\n";

    public static TheoryData<string> Names => [.. FeedPresets.All.Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void EachPresetIsAFeedOfOneLine(string name)
    {
        var preset = FeedPresets.All.Single(p => p.Name == name);
        var feed = Feed(new() { Preset = name });
        Assert.Equal((name, preset.Kind, preset.Schedule, TimeSpan.FromDays(preset.MaxAgeDays), preset.Platform ?? ""), (feed.Name, feed.KindName, feed.Schedule, feed.MaxAge, feed.Platform));
        Assert.Equal((Uri.UriSchemeHttps, true, UriHostNameType.Dns), (feed.Address.Scheme, feed.Address.IsDefaultPort, feed.Address.HostNameType));
        Assert.False(feed.Addresses.Single().MayBePrivate);
    }

    [Fact]
    public async Task APresetIsReadFromTheConfigurationAsAnyEntry()
    {
        var feeds = await FeedList.LoadAsync([new() { Preset = "cisa-kev" }, new() { Preset = "osv-rocky" }]);
        Assert.Equal(["cisa-kev", "osv-rocky"], feeds.Advisories.Select(f => f.Name));
        Assert.Empty(feeds.All);
    }

    // Not each machine has apt: where there is none, both are refused for the same reason.
    [Fact]
    public async Task ThisMachinesOwnArchiveIsAPresetToo()
    {
        var (preset, kind) = (await LoadedAsync(new() { Preset = "machine-apt" }), await LoadedAsync(new() { Kind = "machine-apt" }));
        Assert.Equal(kind, preset);
        Assert.Equal("machine-apt", FeedPresets.Expanded(new() { Preset = "machine-apt", MaxAgeHours = 5 }, "x", () => Debian).Kind);
        Assert.Equal(5, FeedPresets.Expanded(new() { Preset = "machine-apt", MaxAgeHours = 5 }, "x", () => Debian).MaxAgeHours);
        Assert.Contains("{ \"preset\": \"machine-apt\" }", SourceTree.Read("docs/operations.md"), StringComparison.Ordinal);

        static async Task<string> LoadedAsync(FeedOptions entry)
        {
            try
            {
                return string.Join('\n', (await FeedList.LoadAsync([entry])).All.Select(f => $"{f.Name} {f.Address} {f.Suite} {f.Schedule} {f.MaxAge}"));
            }
            catch (InvalidOperationException e)
            {
                return e.Message;
            }
        }
    }

    [Fact]
    public void WhatStandsBesideAPresetCountsBeforeIt()
    {
        var feed = Feed(new() { Preset = "almalinux-9", Name = "alma", Address = "file:///srv/errata.json", Schedule = "0 0 3 * * ?", MaxAgeHours = 5, Platform = "AlmaLinux:9.4", PrivateNetwork = true });
        Assert.Equal(
            ("alma", "alma-errata", "file:///srv/errata.json", "0 0 3 * * ?", TimeSpan.FromHours(5), "AlmaLinux:9.4", true),
            (feed.Name, feed.KindName, feed.Address.AbsoluteUri, feed.Schedule, feed.MaxAge, feed.Platform, feed.PrivateNetwork));
    }

    [Theory]
    [InlineData("redhat-csaf", null, 14)]
    [InlineData("osv-debian", null, 60)]
    [InlineData("debian-tracker", null, 400)]
    [InlineData("redhat-csaf", 48, 2)]
    public void APresetKnowsHowLongItsVendorMayBeSilent(string preset, int? hours, int days) => Assert.Equal(TimeSpan.FromDays(days), Feed(new() { Preset = preset, MaxSilenceHours = hours }).MaxSilence);

    [Theory]
    [InlineData("kev", 5, "has one, by which maxAgeHours counts")]
    [InlineData("epss", 5, "has one, by which maxAgeHours counts")]
    [InlineData("rpm-repository", 5, "has one, by which maxAgeHours counts")]
    [InlineData("apt", 5, "maxSilenceHours is for vendors' documents")]
    [InlineData("osv", 0, "maxSilenceHours must be 1 to 175680")]
    public async Task SilenceIsOfWhatHasNoDateAsAWhole(string kind, int hours, string message)
    {
        var entry = new FeedOptions { Name = "x", Kind = kind, Address = "https://vendor.example/x", MaxSilenceHours = hours };
        if (kind == "apt")
        {
            (entry.Suite, entry.Components, entry.Arch, entry.Keyring) = ("stable", ["main"], "amd64", "/keys/x.gpg");
        }

        Assert.Contains(message, (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("debian-tracker", Debian, "https://security-tracker.vendor.example/tracker/data/json")]
    [InlineData("ubuntu-notices", Ubuntu, "https://usn.vendor.example/usn-db/database-all.json.bz2")]
    public void AVendorsDomainIsThatOfThisMachinesOwnSystem(string preset, string osRelease, string address) =>
        Assert.Equal(address, FeedPresets.Expanded(new() { Preset = preset }, "x", () => osRelease).Address);

    [Theory]
    [InlineData("debian-tracker", Ubuntu)]
    [InlineData("ubuntu-notices", Debian)]
    [InlineData("debian-dsa", "ID=debian\n")]
    [InlineData("debian-dsa", "ID=debian\nHOME_URL=https://127.0.0.1/\n")]
    public void OnAnotherSystemTheAddressMustBeGiven(string preset, string osRelease)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => FeedPresets.Expanded(new() { Preset = preset }, "PatchFlow:Feeds[0]", () => osRelease));
        Assert.Contains("give the address too, https://", refused.Message, StringComparison.Ordinal);
        Assert.Equal("https://mirror.example/x", FeedPresets.Expanded(new() { Preset = preset, Address = "https://mirror.example/x" }, "x", () => osRelease).Address);
    }

    [Theory]
    [InlineData("nobody", "apt", null, "preset 'nobody' is unknown")]
    [InlineData("machine-apt", "osv", null, "leave kind out, or the preset")]
    [InlineData("cisa-kev", "osv", null, "leave kind out, or the preset")]
    [InlineData("cisa-kev", "apt", "content", "never authorises content")]
    public async Task AWrongPresetStopsTheStartAndIsNamed(string preset, string kind, string? trust, string message)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([new() { Preset = preset, Kind = kind, Trust = trust }]));
        Assert.Contains(message, refused.Message, StringComparison.Ordinal);
        Assert.Contains("PatchFlow:Feeds[0]", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kev", "content", "never authorises content")]
    [InlineData("kev", "rank", null)]
    [InlineData("rpm-repository", "content", "never authorises content")]
    [InlineData("rpm-repository", "rank", null)]
    [InlineData("rpm-repository", "everything", "trust 'everything' is not a trust: say 'content' for a feed of kind apt, 'rank' for every other kind")]
    [InlineData("rpm-repository", "content", "say 'rank'")]
    [InlineData("apt", "rank", "say 'content', and security false")]
    [InlineData("apt", "content", null)]
    public async Task TrustIsWhatTheKindCanHaveOrIsRefused(string kind, string trust, string? message)
    {
        var entry = new FeedOptions { Name = "x", Kind = kind, Trust = trust, Address = "https://vendor.example/x" };
        if (kind == "apt")
        {
            (entry.Suite, entry.Components, entry.Arch, entry.Keyring) = ("stable", ["main"], "amd64", "/keys/x.gpg");
        }

        if (message is null)
        {
            Assert.Single((await FeedList.LoadAsync([entry])).Schedules);
        }
        else
        {
            Assert.Contains(message, (await Assert.ThrowsAsync<InvalidOperationException>(() => FeedList.LoadAsync([entry]))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void TheOperatorsTableHasThePresetsOfTheCode()
    {
        var documented = SourceTree.Read("docs/operations.md").Split('\n')
            .SkipWhile(line => !line.StartsWith("| preset |", StringComparison.Ordinal)).Skip(2).TakeWhile(line => line.StartsWith('|'));
        Assert.Equal(FeedPresets.All.Select(p => $"| `{p.Name}` | `{p.Kind}` | {p.Platform} | `{p.Schedule}` | {p.MaxAgeDays} | {p.MaxSilenceDays} |"), documented);
    }

    private static AdvisoryFeed Feed(FeedOptions entry) =>
        AdvisoryFeed.Of(FeedPresets.Expanded(entry, "test", () => entry.Preset!.StartsWith("ubuntu", StringComparison.Ordinal) ? Ubuntu : Debian), "test");
}
