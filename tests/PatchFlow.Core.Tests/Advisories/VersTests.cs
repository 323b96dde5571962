using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

/// <summary>What vendors write for the versions of a product in CSAF, and how much of it is understood; what is not is said of every version.</summary>
public sealed class VersTests
{
    [Theory]
    [InlineData("vers:generic/PAN-OS<11.0.2", "..<11.0.2")]
    [InlineData("vers:generic/PAN-OS>=11.0.2", "11.0.2..")]
    [InlineData("vers:all/<V2024.3", "..<V2024.3")]
    [InlineData("vers:rpm/>=1:2.0~rc1^git+5|<1:2.1", "1:2.0~rc1^git+5..<1:2.1")]
    [InlineData("vers:deb/1.0%3C2", "1.0<2")]
    [InlineData("vers:pypi/<1%212.0", "..<1!2.0")]
    [InlineData("vers:all/*", "..")]
    [InlineData("vers:generic/PAN-OS>=11.0.0<11.0.2", "unread")]
    [InlineData("vers:generic/1.0<2.0", "unread")]
    [InlineData("vers:generic/V1.0<=V2.0", "unread")]
    [InlineData("vers:generic/1.0<=x<=2.0", "unread")]
    [InlineData("vers:pypi/1!2.0", "unread")]
    [InlineData("vers:generic/PAN-OS<11.0.2|PAN-OS 11.1<", "unread")]
    public void AreReadAsTheyAreMeantOrNotAtAll(string range, string expected)
    {
        var package = Said(range, "known_affected");
        var said = package.Ranges.Select(r => $"{r.Introduced}..{(r.Fixed is { } end ? $"<{end}" : "")}{r.LastAffected}").Concat(package.Versions);
        Assert.Equal(expected, said.DefaultIfEmpty("unread").Single());
    }

    // To say it of every version would be an all-clear for those that were not meant.
    [Theory]
    [InlineData("before 4.2 with the module x", FixState.UnderInvestigation)]
    [InlineData("vers:generic/>=1.0<2.0", FixState.UnderInvestigation)]
    [InlineData("vers:generic/>4.2", FixState.UnderInvestigation, "kept apart from the others")]
    [InlineData("vers:generic/>=1.0|!=1.5|<2.0", FixState.UnderInvestigation, "kept apart from the others")]
    [InlineData("vers:generic/>=1.0|<2.0", FixState.NotAffected)]
    [InlineData("vers:all/*", FixState.NotAffected)]
    [InlineData("All versions", FixState.NotAffected)]
    public void ThatSomeAreNotAffectedIsNotSaidOfAllWhereWhichCannotBeRead(string range, FixState expected, string why = "read")
    {
        var package = Said(range, "known_not_affected");
        Assert.Equal(expected, package.State);
        Assert.Equal(expected == FixState.NotAffected ? null : $"it is said that versions '{range}' are not affected: which these are can't be {why}", package.Note);
    }

    private static AffectedPackage Said(string range, string status) => ReadFeed.OfText($$"""
            {"document":{"csaf_version":"2.0","tracking":{"id":"A","version":"1"} },
             "product_tree":{"branches":[{"category":"product_version_range","name":"{{range}}","product":{"product_id":"p","name":"P"} }]},
             "vulnerabilities":[{"cve":"CVE-2026-0001","product_status":{"{{status}}":["p"]} }]}
            """, Csaf.Read).Only.Affected.Single();
}
