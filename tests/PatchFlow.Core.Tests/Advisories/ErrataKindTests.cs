using System.Text.Json.Nodes;
using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>Parts of Bodhi's updates and of AlmaLinux' and Rocky Linux' errata that have another kind of value than they should: each is told with its place, and the rest goes in.</summary>
public sealed class ErrataKindTests
{
    private const string Bodhi = """
        {"updates":[{"updateid":"FEDORA-2026-1","title":"curl-8-1.fc40","display_name":"","type":"security","status":"stable","severity":"high","suggest":"reboot","notes":"n","url":"https://x.example/",
          "date_pushed":"2026-11-01 00:00:00","date_modified":"2026-11-02 00:00:00","release":{"long_name":"Fedora 40"},"bugs":[{"title":"CVE-2026-0001 curl"}],"builds":[{"nvr":"curl-8-1.fc40","type":"rpm","epoch":0}]}]}
        """;

    private const string Alma = """
        {"data":[{"id":"ALSA-2026:0001","type":"security","severity":"Important","title":"t","description":"d","status":"final","version":"3","issued_date":1761955200,"updated_date":1761955200,
          "references":[{"id":"CVE-2026-0001","type":"cve","href":"https://x.example/"}],
          "packages":[{"name":"curl","epoch":"0","version":"8","release":"1.el9","arch":"x86_64","src":"curl-8-1.el9.src.rpm","filename":"f","checksum":"","reboot_suggested":0}]}]}
        """;

    private const string Rocky = """
        {"advisories":[{"name":"RLSA-2026:0001","kind":"Security","severity":"Important","synopsis":"s","description":"d","published_at":"2026-11-01T00:00:00Z","updated_at":"2026-11-01T00:00:00Z",
          "cves":[{"cve":"CVE-2026-0001"}],"fixes":[{"source":"https://x.example/"}],
          "packages":[{"nevra":"curl-0:8-1.el9.x86_64.rpm","product_name":"Rocky Linux 9","module_name":null,"module_stream":null,"checksum":"","checksum_type":"sha256"}]}]}
        """;

    private static readonly Dictionary<string, (string Text, Action<Stream, AdvisorySink> Read)> Documents = new()
    {
        ["bodhi"] = (Bodhi, BodhiUpdates.Read),
        ["alma"] = (Alma, AlmaErrata.Read),
        ["rocky"] = (Rocky, RockyErrata.Read),
    };

    [Theory]
    [InlineData("bodhi")]
    [InlineData("alma")]
    [InlineData("rocky")]
    public void WhatIsRightIsNotRefused(string kind)
    {
        var feed = Of(kind, null, "");
        Assert.Empty(feed.Refusals);
        Assert.Equal(("CVE-2026-0001", "curl", Severity.High), (Assert.Single(feed.Only.Cves), Assert.Single(feed.Only.Affected).Name, feed.Only.Severity));
    }

    [Theory]
    [InlineData("bodhi", "title", "7", "FEDORA-2026-1 title")]
    [InlineData("bodhi", "type", "7", "FEDORA-2026-1 type")]
    [InlineData("bodhi", "status", "7", "FEDORA-2026-1 status")]
    [InlineData("bodhi", "severity", "7", "FEDORA-2026-1 severity")]
    [InlineData("bodhi", "suggest", "[]", "FEDORA-2026-1 suggest")]
    [InlineData("bodhi", "notes", "{}", "FEDORA-2026-1 notes")]
    [InlineData("bodhi", "date_pushed", "7", "FEDORA-2026-1 date_pushed")]
    [InlineData("bodhi", "release", "\"F40\"", "FEDORA-2026-1 release")]
    [InlineData("bodhi", "release/long_name", "40", "FEDORA-2026-1 release long_name")]
    [InlineData("bodhi", "bugs", "{}", "FEDORA-2026-1 bugs")]
    [InlineData("bodhi", "bugs/0", "\"CVE-2026-0001\"", "FEDORA-2026-1 bugs[0]")]
    [InlineData("bodhi", "bugs/0/title", "[]", "FEDORA-2026-1 bugs[0].title")]
    [InlineData("bodhi", "builds", "{}", "FEDORA-2026-1 builds")]
    [InlineData("bodhi", "builds/0", "\"curl-8-1.fc40\"", "FEDORA-2026-1 builds[0]")]
    [InlineData("bodhi", "builds/0/type", "1", "FEDORA-2026-1 builds[0].type")]
    [InlineData("bodhi", "builds/0/nvr", "1", "FEDORA-2026-1 builds[0]")]
    [InlineData("bodhi", "builds/0/epoch", "[]", "FEDORA-2026-1 builds[0]")]
    [InlineData("alma", "type", "7", "ALSA-2026:0001 type")]
    [InlineData("alma", "severity", "7", "ALSA-2026:0001 severity")]
    [InlineData("alma", "title", "[]", "ALSA-2026:0001 title")]
    [InlineData("alma", "version", "[]", "ALSA-2026:0001 version")]
    [InlineData("alma", "pkglist", "[]", "ALSA-2026:0001 pkglist")]
    [InlineData("alma", "module", "\"ruby:2.7\"", "ALSA-2026:0001 module")]
    [InlineData("alma", "references", "{}", "ALSA-2026:0001 references")]
    [InlineData("alma", "references/0", "\"CVE-2026-0001\"", "ALSA-2026:0001 references[0]")]
    [InlineData("alma", "packages", "{}", "ALSA-2026:0001 packages")]
    [InlineData("alma", "packages/0", "\"curl\"", "ALSA-2026:0001 packages[0]")]
    [InlineData("alma", "packages/0/module", "7", "ALSA-2026:0001 packages[0].module")]
    [InlineData("alma", "packages/0/epoch", "{}", "ALSA-2026:0001 packages[0]")]
    [InlineData("rocky", "kind", "7", "RLSA-2026:0001 kind")]
    [InlineData("rocky", "severity", "7", "RLSA-2026:0001 severity")]
    [InlineData("rocky", "published_at", "7", "RLSA-2026:0001 published_at")]
    [InlineData("rocky", "cves", "{}", "RLSA-2026:0001 cves")]
    [InlineData("rocky", "cves/0", "\"CVE-2026-0001\"", "RLSA-2026:0001 cves[0]")]
    [InlineData("rocky", "fixes", "{}", "RLSA-2026:0001 fixes")]
    [InlineData("rocky", "packages", "{}", "RLSA-2026:0001 packages")]
    [InlineData("rocky", "packages/0", "\"curl\"", "RLSA-2026:0001 packages[0]")]
    [InlineData("rocky", "packages/0/nevra", "7", "RLSA-2026:0001 packages[0]")]
    [InlineData("rocky", "packages/0/product_name", "7", "RLSA-2026:0001 packages[0].product_name")]
    [InlineData("rocky", "packages/0/module_name", "7", "RLSA-2026:0001 packages[0].module_name")]
    [InlineData("rocky", "packages/0/checksum", "7", "RLSA-2026:0001 packages[0].checksum")]
    public void APartOfAnotherKindIsToldWithItsPlace(string kind, string path, string value, string position)
    {
        var feed = Of(kind, path, value);
        Assert.Equal(position, Assert.Single(feed.Refusals).Position);
        Assert.Single(feed.Advisories);
    }

    // Read as absent an epoch would be the lowest: each installed version with one would be newer than the fix.
    [Theory]
    [InlineData("bodhi", "builds/0/epoch", "2", "2:8-1.fc40")]
    [InlineData("bodhi", "builds/0/epoch", "\"2\"", "2:8-1.fc40")]
    [InlineData("bodhi", "builds/0/epoch", "\"x\"", null)]
    [InlineData("bodhi", "builds/0/epoch", "true", null)]
    [InlineData("alma", "packages/0/epoch", "2", "2:8-1.el9")]
    [InlineData("alma", "packages/0/epoch", "2.5", null)]
    [InlineData("alma", "packages/0/epoch", "[]", null)]
    public void AnEpochIsANumberHoweverItIsWritten(string kind, string path, string value, string? version)
    {
        var feed = Of(kind, path, value);
        Assert.Equal(version is null ? [] : [version], feed.Only.Affected.Select(a => Assert.Single(a.Ranges).Fixed));
        Assert.Equal(version is null ? 1 : 0, feed.Refusals.Count);
    }

    private static ReadFeed Of(string kind, string? path, string value)
    {
        var root = JsonNode.Parse(Documents[kind].Text)!;
        if (path is not null)
        {
            var names = path.Split('/');
            var owner = names[..^1].Aggregate(root.AsObject().First().Value![0]!, (at, name) => int.TryParse(name, out var number) ? at[number]! : at[name]!);
            if (int.TryParse(names[^1], out var last))
            {
                owner[last] = JsonNode.Parse(value);
            }
            else
            {
                owner[names[^1]] = JsonNode.Parse(value);
            }
        }

        return ReadFeed.OfText(root.ToJsonString(), Documents[kind].Read);
    }
}
