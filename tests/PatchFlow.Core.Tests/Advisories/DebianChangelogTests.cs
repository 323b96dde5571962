using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Tests.Advisories;

public sealed class DebianChangelogTests
{
    private const string Changelog = """
        demo (1.0-1+deb12u3) bookworm-security; urgency=high

          * Fix two defects (CVE-2026-1234567, CVE-2026-0002).
            And again CVE-2026-0002; not XCVE-2026-0003, not CVE-26-1.

         -- A Maintainer <a@example.org>  Sat, 21 Nov 2026 00:00:00 +0000

        demo (1.1-1) unstable; urgency=medium

          * New release, later in time than 1.0-1+deb12u2: CVE-2026-9999.

         -- A Maintainer <a@example.org>  Fri, 20 Nov 2026 00:00:00 +0000

        demo (1.0-1+deb12u2) bookworm; urgency=medium

          * CVE-2025-10000

         -- A Maintainer <a@example.org>  Thu, 19 Nov 2026 00:00:00 +0000

        demo (1.0-1) unstable; urgency=low

          * First. CVE-2000-0001

         -- A Maintainer <a@example.org>  Mon, 01 Jan 2024 00:00:00 +0000
        Local variables: noise
        """;

    [Fact]
    public void EntriesBetweenTwoVersionsAreThoseInVersionOrder()
    {
        var entries = DebianChangelog.Between(Changelog, "1.0-1", "1.0-1+deb12u3");
        Assert.Equal(["1.0-1+deb12u3", "1.0-1+deb12u2"], entries.Select(e => e.Version));
        Assert.Equal(("demo", "bookworm-security"), (entries[0].Source, entries[0].Distributions));
        Assert.Equal("  * CVE-2025-10000", entries[1].Text);
    }

    [Fact]
    public void TheCvesAreEachNamedOnceInOrder() =>
        Assert.Equal(["CVE-2025-10000", "CVE-2026-0002", "CVE-2026-1234567"], DebianChangelog.Cves(DebianChangelog.Between(Changelog, "1.0-1", "1.0-1+deb12u3")));

    [Fact]
    public void NothingIsBetweenAVersionAndItself() => Assert.Empty(DebianChangelog.Between(Changelog, "1.1-1", "1.1-1"));

    [Fact]
    public void TextThatIsNoChangelogHasNoEntries() => Assert.Empty(DebianChangelog.Between("Version 3.1\n===========\n* things (really)\n", "1", "9"));

    [Fact]
    public void ControlCharactersDoNotPass() =>
        Assert.DoesNotContain('\u001b', DebianChangelog.Between(Changelog.Replace("* CVE-2025-10000", "* \u001b[2J", StringComparison.Ordinal), "1.0-1", "1.0-1+deb12u2")[0].Text);

    [Fact]
    public void AnEntryIsShortened()
    {
        var entry = DebianChangelog.Between(Changelog.Replace("* CVE-2025-10000", new string('x', 1 << 20), StringComparison.Ordinal), "1.0-1", "1.0-1+deb12u2")[0];
        Assert.InRange(entry.Text.Length, 1000, 17_000);
    }
}
