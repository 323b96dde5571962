
namespace PatchFlow.Server.Tests.Feeds;

/// <summary>What vendors really publish, with their own signatures, through <c>file:</c> addresses as it would be carried across an air gap.</summary>
public sealed class CsafVendorTests
{
    private const string RolieProvider = "csaf/providers/gocsaf-simple-rolie-provider/provider-metadata.json";
    private const string DirectoryProvider = "csaf/providers/gocsaf-simple-directory-provider/provider-metadata.json";
    private const string Document = "white/avendor-advisory-0004.json";
    private const string CisaIt = "csaf/providers/cisa-it/csaf_files/IT/white/cisa-csaf-it-feed-tlp-white.json";
    private const string CisaOt = "csaf/providers/cisa-ot/csaf_files/OT/white/cisa-csaf-ot-feed-tlp-white.json";

    [Theory]
    [InlineData(RolieProvider, false, "Avendor-advisory-0004")]
    [InlineData(RolieProvider, true, "Avendor-advisory-0004")]
    [InlineData(DirectoryProvider, false, "Avendor-advisory-0004")]
    [InlineData(DirectoryProvider, true, "Avendor-advisory-0004")]
    [InlineData("csaf/providers/gocsaf-simple-rolie-provider/white/white-feed.json", false, "Avendor-advisory-0004")]
    [InlineData("csaf/providers/gocsaf-simple-directory-provider/white/changes.csv", false, "Avendor-advisory-0004")]
    [InlineData("csaf/providers/gocsaf-simple-directory-provider/white/index.txt", false, "Avendor-advisory-0004")]
    [InlineData("csaf/providers/gocsaf-simple-directory-provider/white/avendor-advisory-0004.json", false, "Avendor-advisory-0004")]
    public async Task AGoodSignatureIsAccepted(string address, bool isFolder, string id)
    {
        await using var bench = await CsafBench.StartAsync();
        var path = FeedCorpus.PathOf(address);
        bench.ConfigureFile(isFolder ? Path.GetDirectoryName(path)! : path, Keyring());
        await bench.FetchWellAsync();
        Assert.Equal([$"{id} 1"], bench.InUse().Distinct());
        Assert.Empty(bench.Store.Refused("vendor", 9));
        Assert.Equal("signed", bench.View().Trust);
    }

    [Theory]
    [InlineData("one character is another", "does not fit its signature")]
    [InlineData("text in front", "does not fit its signature")]
    [InlineData("text behind", "does not fit its signature")]
    [InlineData("no signature", "it has no signature")]
    [InlineData("signature cut", "what stands in its signature's place is none")]
    [InlineData("another vendor's signature", "none of which is valid in")]
    [InlineData("another vendor's document with its own signature", "none of which is valid in")]
    [InlineData("not the vendor's keyring", "none of which is valid in")]
    public async Task ABadOneIsRefused(string badness, string reason)
    {
        await using var bench = await CsafBench.StartAsync();
        Copy(Path.GetDirectoryName(FeedCorpus.PathOf(DirectoryProvider))!, bench.PathOf("copy"));
        var (document, signature, cisa) = (bench.PathOf($"copy/{Document}"), bench.PathOf($"copy/{Document}.asc"), Path.Combine(Path.GetDirectoryName(FeedCorpus.PathOf(CisaIt))!, "2024/va-24-201-01.json"));
        var text = File.ReadAllText(document);
        switch (badness)
        {
            case "one character is another": File.WriteAllText(document, text.Replace("CVE-2020", "CVE-2021", StringComparison.Ordinal)); break;
            case "text in front": File.WriteAllText(document, " " + text); break;
            case "text behind": File.AppendAllText(document, "\n"); break;
            case "no signature": File.Delete(signature); break;
            case "signature cut": File.WriteAllText(signature, File.ReadAllText(signature)[..80]); break;
            case "another vendor's signature": File.Copy(cisa + ".asc", signature, overwrite: true); break;
            case "another vendor's document with its own signature":
                File.Copy(cisa, document, overwrite: true);
                File.Copy(cisa + ".asc", signature, overwrite: true);
                break;
            default: break;
        }

        // What anybody can make to fit is made to fit: the signature alone is looked at.
        Array.ForEach(Directory.GetFiles(bench.PathOf("copy/white"), "*.sha*"), File.Delete);
        bench.ConfigureFile(bench.PathOf("copy"), badness == "not the vendor's keyring" ? CsafBench.OtherKey.Public : Keyring());
        var row = await bench.FetchAsync();
        Assert.Contains($"{Document}: ", row.LastError, StringComparison.Ordinal);
        Assert.Contains(reason, row.LastError, StringComparison.Ordinal);
        Assert.Empty(bench.InUse());
    }

    [Theory]
    [InlineData(CisaIt)]
    [InlineData("csaf/providers/cisa-it/csaf_files/IT/white/changes.csv")]
    [InlineData("csaf/providers/cisa-it/csaf_files/IT/white/index.txt")]
    public async Task CisasListsAreFollowedDespiteTheirHabits(string address)
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureFile(FeedCorpus.PathOf(address));
        await bench.FetchWellAsync();
        Assert.Equal(["VA-24-201-01", "VA-24-254-01", "VA-24-254-02", "VA-24-262-01"], bench.InUse().Select(d => d.Split(' ')[0]));
        Assert.Empty(bench.Store.Refused("vendor", 9));
        Assert.Equal("none", bench.View().Trust);
    }

    [Fact]
    public async Task OfAListWhoseDocumentsAreNotAllThereTheOthersGoIn()
    {
        await using var bench = await CsafBench.StartAsync();
        var path = FeedCorpus.PathOf(CisaOt);
        bench.ConfigureFile(path);
        await bench.FetchWellAsync();
        var there = Directory.GetFiles(Path.Combine(Path.GetDirectoryName(path)!, "2024"), "*.json");
        Assert.Equal(there.Length, bench.InUse().Count());
        Assert.True(there.Length > 30);
        // Those of which the copy lacks the checksum are noted behind what is missing.
        Assert.Equal(2379 - there.Length, bench.View().Snapshot!.Refused);
        Assert.All(bench.View().Snapshot!.RefusedParts!, r => Assert.Contains("no file in ", r.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SusesDocumentsFitTheirChecksums()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureFile(Path.GetDirectoryName(FeedCorpus.PathOf("csaf/advisories/suse/changes.csv"))!);
        await bench.FetchWellAsync();
        Assert.Equal(2, bench.InUse().Count());
        Assert.Empty(bench.Store.Refused("vendor", 9));
    }

    [Fact]
    public async Task RedHatsOlderRevisionNeverTakesThePlaceOfTheNewer()
    {
        await using var bench = await CsafBench.StartAsync();
        bench.ConfigureFile(bench.PathOf("rh"));
        var document = bench.PathOf("rh/rhsa-2023_7435.json");
        Directory.CreateDirectory(bench.PathOf("rh"));
        File.Copy(FeedCorpus.PathOf("csaf/advisories/redhat/rhsa-2023_7438.json"), bench.PathOf("rh/rhsa-2023_7438.json"));
        File.Copy(FeedCorpus.PathOf("csaf/advisories/redhat/revision-pair/rhsa-2023_7435-v3.json"), document);
        await bench.FetchWellAsync();
        Assert.Equal(["RHSA-2023:7435 3", "RHSA-2023:7438 3"], bench.InUse());
        File.Copy(FeedCorpus.PathOf("csaf/advisories/redhat/revision-pair/rhsa-2023_7435-v4.json"), document, overwrite: true);
        await bench.FetchWellAsync();
        Assert.Equal(["RHSA-2023:7435 4", "RHSA-2023:7438 3"], bench.InUse());
        File.Copy(FeedCorpus.PathOf("csaf/advisories/redhat/revision-pair/rhsa-2023_7435-v3.json"), document, overwrite: true);
        await bench.FetchWellAsync();
        Assert.Equal(["RHSA-2023:7435 4", "RHSA-2023:7438 3"], bench.InUse());
        Assert.Contains("version 3 of 2024-04-28 02:34:35Z of RHSA-2023:7435 is older than 4 of 2024-08-11 08:04:44Z", Assert.Single(bench.Refused()), StringComparison.Ordinal);
    }

    private static string Keyring() => Path.Combine(Path.GetDirectoryName(FeedCorpus.PathOf(RolieProvider))!, "openpgp/pubkey.asc");

    private static void Copy(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
