using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>How providers of CSAF distribute: metadata, aggregators, ROLIE, directories, checksums.</summary>
public sealed class CsafDistributionTests
{
    private static (T Read, List<Refusal> Refusals) Of<T>(Stream stream, Func<Stream, AdvisorySink, T> read)
    {
        var feed = new ReadFeed();
        using (stream)
        {
            return (read(stream, feed.Sink()), feed.Refusals);
        }
    }

    private static MemoryStream Text(string text) => new(System.Text.Encoding.UTF8.GetBytes(text));

    private static (RolieFeed Feed, List<RolieEntry> Entries, List<Refusal> Refusals) Rolie(Stream stream)
    {
        var entries = new List<RolieEntry>();
        var (feed, refusals) = Of(stream, (document, sink) => RolieFeed.Read(document, sink, entries.Add));
        return (feed, entries, refusals);
    }

    [Theory]
    [InlineData("providers/gocsaf-simple-rolie-provider/provider-metadata.json", "ACME Inc", "https://provider.example/white/white-feed.json WHITE", "", "A8914CA2F11139C6A69A0018FB3CD9B15DE61596")]
    [InlineData("providers/gocsaf-simple-directory-provider/provider-metadata.json", "ACME Inc", "", "https://provider.example/white/", "A8914CA2F11139C6A69A0018FB3CD9B15DE61596")]
    [InlineData("provider-metadata/oasis-2.0-example-01.json", "Example Company ProductCERT", "https://www.example.com/.well-known/csaf/feed-tlp-white.json WHITE", "", "8F5F267907B2C4559DB360DB2294BA7D2B2298B1")]
    public void AProviderSaysWhereItsDocumentsAndKeysAre(string file, string publisher, string feeds, string directories, string key)
    {
        var (provider, refusals) = Of(Corpus.Open("csaf/" + file), CsafProvider.Read);
        Assert.Empty(refusals);
        Assert.Equal(("csaf_trusted_provider", publisher, feeds, directories, key), (provider!.Role, provider.Publisher, string.Join(' ', provider.Feeds.Select(f => $"{f.Address} {f.Label}")),
            string.Join(' ', provider.Directories.Select(d => d.Address)), Assert.Single(provider.Keys).Fingerprint));
    }

    [Fact]
    public void AProviderOfTwoPointOneLabelsItsDirectories()
    {
        var (provider, refusals) = Of(Text("""
            {"metadata_version":"2.1","canonical_url":"https://p.example/provider-metadata.json","role":"csaf_provider","publisher":{"name":"P"},
             "distributions":[{"directory":{"tlp_label":"CLEAR","url":"https://p.example/clear/"}},{"rolie":{"feeds":[{"tlp_label":"AMBER+STRICT","url":"https://p.example/amber.json","last_updated":"2025-01-01T00:00:00Z"}]}}]}
            """), CsafProvider.Read);
        Assert.Empty(refusals);
        Assert.Equal([("https://p.example/clear/", "CLEAR")], provider!.Directories.Select(d => ($"{d.Address}", d.Label!)));
        Assert.Equal([("https://p.example/amber.json", "AMBER+STRICT")], provider.Feeds.Select(d => ($"{d.Address}", d.Label!)));
    }

    // Nothing that a document names leads anywhere but to https, and no key is taken without its fingerprint.
    [Fact]
    public void WhatCannotBeFollowedIsRefusedAlone()
    {
        var (provider, refusals) = Of(Text("""
            {"metadata_version":"2.0","canonical_url":"https://p.example/provider-metadata.json","role":"csaf_provider","publisher":{"name":"P"},
             "distributions":[{"directory_url":"http://p.example/"},{"directory_url":"file:///etc/"},{"directory_url":"https://u:p@p.example/"},{"rolie":{"feeds":[{"url":"feed.json"},{"url":"https://p.example/feed.json"}]}}],
             "public_openpgp_keys":[{"fingerprint":"abc","url":"https://p.example/k"},{"fingerprint":"8F5F 2679 07B2 C455 9DB3 60DB 2294 BA7D 2B22 98B1","url":"https://p.example/k"}]}
            """), CsafProvider.Read);
        Assert.Equal(5, refusals.Count);
        Assert.Empty(provider!.Directories);
        Assert.Equal(("https://p.example/feed.json", "8F5F267907B2C4559DB360DB2294BA7D2B2298B1"), ($"{Assert.Single(provider.Feeds).Address}", Assert.Single(provider.Keys).Fingerprint));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"metadata_version\":\"1.0\",\"canonical_url\":\"https://p.example/x\",\"role\":\"csaf_provider\"}")]
    [InlineData("{\"metadata_version\":\"2.0\",\"canonical_url\":\"http://p.example/x\",\"role\":\"csaf_provider\"}")]
    public void AnotherDocumentIsNoProvider(string text)
    {
        var (provider, refusals) = Of(Text(text), CsafProvider.Read);
        Assert.Null(provider);
        Assert.Single(refusals);
    }

    [Theory]
    [InlineData("01", "lister", "https://www.example.com/.well-known/csaf/provider-metadata.json")]
    [InlineData("03", "aggregator", "https://www.example.com/.well-known/csaf/provider-metadata.json https://cert.example/advisories/csaf/provider-metadata.json https://www.example.net/.well-known/csaf/provider-metadata.json")]
    public void AnAggregatorListsProviders(string number, string category, string begin)
    {
        var (aggregator, refusals) = Of(Corpus.Open($"csaf/aggregator/oasis-2.0-example-{number}-aggregator.json"), CsafAggregator.Read);
        Assert.Empty(refusals);
        Assert.Equal(("Example Aggregator", category), (aggregator!.Name.Replace("Example CSAF Lister", "Example Aggregator", StringComparison.Ordinal), aggregator.Category));
        Assert.StartsWith(begin, string.Join(' ', aggregator.Listed.Select(l => l.Address)), StringComparison.Ordinal);
        Assert.Equal(category == "aggregator" ? [false, false, true] : aggregator.Listed.Select(_ => false), aggregator.Listed.Select(l => l.IsPublisher));
        Assert.All(aggregator.Listed, l => Assert.Equal(category == "aggregator" ? 1 : 0, l.Mirrors.Length));
    }

    [Theory]
    [InlineData("rolie/siemens-ssa-feed-tlp-white.json", 1, "2025-06-24", "SSA-426509", "2025-06-17", "https://cert-portal.siemens.com/productcert/csaf/ssa-426509.json", 1)]
    [InlineData("providers/cisa-it/csaf_files/IT/white/cisa-csaf-it-feed-tlp-white.json", 4, null, "VA-24-254-02", "2024-10-03", "https://raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files/IT/white/2024/va-24-254-02.json", 1)]
    [InlineData("providers/cisa-ot/csaf_files/OT/white/cisa-csaf-ot-feed-tlp-white.json", 2379, "2024-10-24", "ICSA-24-298-03", "2024-10-24", "https://raw.githubusercontent.com/cisagov/CSAF/develop/csaf_files/OT/white/2024/icsa-24-298-03.json", 1)]
    [InlineData("providers/gocsaf-simple-rolie-provider/white/white-feed.json", 1, "2020-01-01", "Avendor-advisory-0004", "2020-01-01", "https://provider.example/white/avendor-advisory-0004.json https://provider.example/avendor-advisory-0004.json", 2)]
    [InlineData("rolie/oasis-2.0-example-01-feed-tlp-white.json", 1, "2021-01-01", "2020-ESA-001", "2021-01-01", "https://psirt.domain.tld/advisories/csaf/2020/2020-ESA-001.json", 1)]
    public void AFeedListsDocumentsWithTheirHashesAndSignatures(string file, int count, string? updated, string id, string changed, string addresses, int hashes)
    {
        var (feed, entries, refusals) = Rolie(Corpus.Open("csaf/" + file));
        Assert.Empty(refusals);
        Assert.Equal((count, count, true), (entries.Count, feed.Entries, feed.IsCsaf));
        Assert.Equal((id, changed, hashes), (entries[0].Id, $"{entries[0].Updated:yyyy-MM-dd}", entries[0].Hashes.Length));
        Assert.Equal(updated ?? $"{feed.Updated:yyyy-MM-dd}", $"{feed.Updated:yyyy-MM-dd}");
        Assert.Equal(addresses, string.Join(' ', entries[0].Addresses));
        Assert.All(entries, entry => Assert.NotNull(entry.Signature));
    }

    [Theory]
    [InlineData("{\"feed\":{\"entry\":[\n<<<<<<< HEAD\n{\"id\":\"A\"}]}}", "line 2", 0)]
    [InlineData("{\"entry\":[]}", "", 0)]
    [InlineData("{\"feed\":{\"entry\":[{\"id\":\"A\",\"link\":[{\"rel\":\"self\",\"href\":\"http://p.example/a.json\"}]},{\"id\":\"B\",\"content\":{\"src\":\"https://p.example/b.json\"}}]}}", "A", 1)]
    [InlineData("{\"feed\":{\"entry\":[{\"id\":\"B\",\"updated\":\"soon\",\"content\":{\"src\":\"https://p.example/b.json\"}}]}}", "B updated", 1)]
    public void AWrongFeedIsRefusedAsFarAsItIsWrong(string text, string position, int entries)
    {
        var read = Rolie(Text(text));
        Assert.Equal(position, read.Refusals[0].Position.Replace("record 1 (line 2)", "line 2", StringComparison.Ordinal));
        Assert.Equal(entries, read.Entries.Count);
        Assert.False(read.Feed.IsCsaf);
    }

    [Theory]
    [InlineData("providers/gocsaf-simple-rolie-provider/white/white-feed.json", "https://provider.example/white/csaf-feed-tlp-white.json")]
    [InlineData("rolie/siemens-ssa-feed-tlp-white.json", "https://cert-portal.siemens.com/productcert/csaf/ssa-feed-tlp-white.json")]
    public void AFeedSaysWhereItIs(string file, string address) => Assert.Equal(address, $"{Rolie(Corpus.Open("csaf/" + file)).Feed.Self}");

    [Fact]
    public void AServiceListsFeedsWithTheirLabels()
    {
        var (feeds, refusals) = Of(Corpus.Open("csaf/rolie/oasis-2.0-example-02-service.json"), RolieService.Read);
        Assert.Empty(refusals);
        Assert.Equal([("https://psirt.domain.tld/advisories/csaf/feed-tlp-white.json", null), ("https://psirt.domain.tld/advisories/tlp-amber/csaf/feed-tlp-amber.json", "AMBER"), ("https://psirt.domain.tld/advisories/tlp-red/csaf/feed-tlp-red.json", "RED")],
            feeds.Select(f => ($"{f.Address}", f.Label)));
    }

    // CISA's lists name their files from the root of a repository.
    [Theory]
    [InlineData("https://p.example/white/", "2024/a.json", "https://p.example/white/2024/a.json")]
    [InlineData("https://p.example/white", "2024/a.json", "https://p.example/white/2024/a.json")]
    [InlineData("https://p.example/x/csaf_files/OT/white/", "csaf_files/OT/white/2024/a.json", "https://p.example/x/csaf_files/OT/white/2024/a.json https://p.example/x/csaf_files/OT/white/csaf_files/OT/white/2024/a.json")]
    [InlineData("https://p.example/2024/", "2024/a.json", "https://p.example/2024/a.json https://p.example/2024/2024/a.json")]
    [InlineData("https://p.example/", "white/a.json", "https://p.example/white/a.json")]
    public void APathOfAListLeadsToTheDocument(string directory, string path, string addresses) =>
        Assert.Equal(addresses, string.Join(' ', CsafAddress.InDirectory(new Uri(directory), path)));

    [Theory]
    [InlineData("2.0")]
    [InlineData("2.1")]
    public void ADocumentsNameIsMadeOfItsId(string version)
    {
        foreach (var (folder, isValid) in new[] { ("valid", true), ("invalid", false) })
        {
            foreach (var path in Directory.EnumerateFiles(Corpus.PathOf($"csaf/filenames-{version}/{folder}")))
            {
                var name = CsafFiles.NameOf(ReadFeed.Of($"csaf/filenames-{version}/{folder}/{Path.GetFileName(path)}", Csaf.Read).Only.Id);
                Assert.Equal(isValid, name == Path.GetFileName(path));
            }
        }
    }

    [Fact]
    public void EveryChecksumBesideADocumentIsItsOwn()
    {
        var count = 0;
        foreach (var path in Directory.EnumerateFiles(Corpus.PathOf("csaf"), "*.json.sha*", SearchOption.AllDirectories))
        {
            var feed = new ReadFeed();
            var sum = CsafFiles.SumOf(path, File.ReadAllText(path), feed.Sink());
            Assert.Empty(feed.Refusals);
            var document = path[..path.LastIndexOf('.')];
            count += File.Exists(document) && sum!.Matches(File.ReadAllBytes(document)) ? 1 : 0;
        }

        Assert.Equal(Directory.EnumerateFiles(Corpus.PathOf("csaf"), "*.json.sha*", SearchOption.AllDirectories).Count(path => File.Exists(path[..path.LastIndexOf('.')])), count);
        Assert.True(count > 10);
    }

    [Theory]
    [InlineData("a.json.sha256", "", "expected")]
    [InlineData("a.json.sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  b.json", "'b.json'")]
    [InlineData("a.json.sha256", "e3b0  a.json", "64 hex digits")]
    [InlineData("a.json.crc", "e3b0  a.json", "no kind of checksum")]
    [InlineData("a/b", "e3b0", "no kind of checksum")]
    public void AWrongChecksumFileIsRefused(string file, string text, string reason)
    {
        var feed = new ReadFeed();
        Assert.Null(CsafFiles.SumOf(file, text, feed.Sink()));
        Assert.Contains(reason, Assert.Single(feed.Refusals).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void SecurityTxtNamesTheProvider()
    {
        var feed = new ReadFeed();
        Assert.Equal("https://p.example/provider-metadata.json", $"{Assert.Single(CsafFiles.OfSecurityTxt("Contact: mailto:x\ncsaf: https://p.example/provider-metadata.json\r\nCSAF: /provider-metadata.json\n", feed.Sink()))}");
        Assert.Equal("line 3", Assert.Single(feed.Refusals).Position);
    }

    [Theory]
    [InlineData("v4", "v3", true)]
    [InlineData("v3", "v4", false)]
    [InlineData("v4", "v4", false)]
    public void ANewerRevisionReplacesAndAnOlderOneDoesNot(string document, string kept, bool replaces)
    {
        static Advisory Read(string revision) => ReadFeed.Of($"csaf/advisories/redhat/revision-pair/rhsa-2023_7435-{revision}.json", Csaf.Read).Only;
        Assert.Equal(replaces, Csaf.Replaces(Read(document), Read(kept)));
    }

    [Theory]
    [InlineData("10", "9", true)]
    [InlineData("1.10.0", "1.9.0", true)]
    [InlineData("1.0.0-1", "1.0.0", false)]
    [InlineData("2", null, true)]
    public void RevisionsAreNumbers(string document, string? kept, bool replaces) =>
        Assert.Equal(replaces, Csaf.Replaces(new Advisory { Id = "A", Revision = document }, new Advisory { Id = "A", Revision = kept }));
}
