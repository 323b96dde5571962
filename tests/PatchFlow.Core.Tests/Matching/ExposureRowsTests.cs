using System.Collections.Immutable;
using System.Globalization;
using PatchFlow.Core.Advisories;
using PatchFlow.Core.Matching;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Tests.Matching;

/// <summary>Which host lacks which fix, since when and until when, from snapshot to snapshot.</summary>
public sealed class ExposureRowsTests
{
    private const string Cve = "CVE-2026-0001";
    private static readonly DateTimeOffset Monday = new(2026, 11, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DeadlinePolicy Policy = DeadlinePolicy.TryParse([KeyValuePair.Create("kev", "P2D"), KeyValuePair.Create("critical", "P4D")], out var policy, out _) ? policy : DeadlinePolicy.None;
    private static readonly Advisory NoFix = Matched.Advisory(Cve, Matched.Source("curl", FixState.NoFixYet, VersionRange.All) with { Note = "upstream works on it" }) with { Severity = Severity.Critical };
    private static readonly Advisory Fix = Matched.Advisory("DSA-1", Matched.Fixed("curl", "8")) with { Cves = [Cve], Severity = Severity.Critical };

    [Fact]
    public void AVulnerabilityOfAPackageIsARow()
    {
        var row = Assert.Single(Rows(0, [], Fix));
        Assert.Equal(("web-1", "curl", "amd64", Cve, "7"), (row.Host, row.Package, row.Arch, row.Vulnerability, row.Version));
        Assert.Equal((Answer.FixAvailable, "8", "DSA-1", null), (row.Answer, row.Fixed, Assert.Single(row.Advisories), row.Note));
        Assert.Equal((Monday, Monday, null), (row.Since, row.FixSince, row.Ended));
        Assert.Equal(new Deadline(Monday, Monday.AddDays(4), DeadlineState.OnTime), row.Deadline);
        Assert.Equal(PriorityClass.Critical, row.Priority.Class);
    }

    [Fact]
    public void WhileThereIsNoFixNothingIsDueAndTheReasonIsSaid()
    {
        var row = Assert.Single(Rows(0, [], NoFix));
        Assert.Equal((Answer.NoFixYet, null, "upstream works on it", null), (row.Answer, row.Fixed, row.Note, row.FixSince));
        Assert.Equal(new Deadline(Monday, null, DeadlineState.None), row.Deadline);
    }

    // Open since the first day, fixable since the third, due four days after that, and patched on the sixth.
    [Fact]
    public void ARowIsFollowedFromSnapshotToSnapshot()
    {
        var rows = Rows(0, [], NoFix);
        rows = Rows(1, rows, NoFix);
        rows = Rows(2, rows, NoFix, Fix);
        Assert.Equal((Monday, Monday.AddDays(2), DeadlineState.OnTime), (rows[0].Since, rows[0].FixSince, rows[0].Deadline.State));
        Assert.Equal([Fix.Id], rows[0].Advisories);
        rows = Rows(5, rows, NoFix, Fix);
        Assert.Equal((Monday, Monday.AddDays(2), DeadlineState.AtRisk, Monday.AddDays(6)), (rows[0].Since, rows[0].FixSince, rows[0].Deadline.State, rows[0].Deadline.Due));
        var patched = Assert.Single(Rows(6, rows));
        Assert.Equal((Monday, Monday.AddDays(6), DeadlineState.Met), (patched.Since, patched.Ended, patched.Deadline.State));
    }

    // As where a report lacks for a time what is installed: else anybody could begin a deadline anew.
    [Fact]
    public void AFixThatCanNotBeToldForATimeGivesNoNewBeginning()
    {
        var rows = Rows(1, Rows(0, [], Fix), NoFix);
        Assert.Equal((Answer.NoFixYet, DeadlineState.None), (rows[0].Answer, rows[0].Deadline.State));
        Assert.Equal(new Deadline(Monday, Monday.AddDays(4), DeadlineState.Missed), Rows(5, rows, Fix)[0].Deadline);
    }

    [Fact]
    public void WhatEndsLateWasMissed() =>
        Assert.Equal((Monday.AddDays(5), DeadlineState.Missed), Assert.Single(Rows(5, Rows(0, [], Fix))) is var row ? (row.Ended, row.Deadline.State) : default);

    [Fact]
    public void WhatHasEndedIsNotGivenBack() => Assert.Empty(Rows(2, Rows(1, Rows(0, [], Fix))));

    // One report without the package, or one snapshot without the advisory, must not begin a deadline anew.
    [Theory]
    [InlineData(2, 0)]
    [InlineData(31, 0)]
    [InlineData(32, 32)]
    public void WhatIsOpenAgainGoesOnForThirtyDaysAndThenBeginsAnew(int day, int begins)
    {
        var row = Assert.Single(Rows(day, Rows(1, Rows(0, [], Fix)), Fix));
        Assert.Equal((Monday.AddDays(begins), Monday.AddDays(begins), null), (row.Since, row.FixSince, row.Ended));
        Assert.Equal(Monday.AddDays(begins + 4), row.Deadline.Due);
    }

    // Whatever is left out and comes back, each time within the bound, the deadline is that of the first day.
    [Fact]
    public void AFlappingReportMissesItsDeadline()
    {
        var rows = Rows(0, [], Fix);
        for (var day = 1; day <= 5; day++)
        {
            rows = day % 2 == 1 ? Rows(day, rows) : Rows(day, rows, Fix);
        }

        Assert.Equal(new Deadline(Monday, Monday.AddDays(4), DeadlineState.Missed), Assert.Single(Rows(6, rows, Fix)).Deadline);
    }

    // It had no fix when it ended, and the fix is new.
    [Fact]
    public void AFixThatCameMeanwhileBegins() =>
        Assert.Equal((Monday, Monday.AddDays(9)), Assert.Single(Rows(9, Rows(1, Rows(0, [], NoFix)), Fix)) is var row ? (row.Since, row.FixSince) : default);

    [Fact]
    public void ANewerVersionThatIsOpenTooIsTheSameRow()
    {
        var rows = Rows(0, [], Fix);
        var row = Assert.Single(ExposureRows.Of(Matched.Match(Host("7.5"), Fix), rows, Facts(3)));
        Assert.Equal(("7.5", Monday), (row.Version, row.Since));
    }

    [Fact]
    public void WhatTheFixSaysIsTheVersionThatClosesAllOfThePackage()
    {
        var rows = Rows(0, [], Fix, Matched.Advisory("DSA-2", Matched.Fixed("curl", "9")) with { Cves = ["CVE-2026-0002"] });
        Assert.Equal(["CVE-2026-0001 9 DSA-1", "CVE-2026-0002 9 DSA-2"], rows.Select(r => $"{r.Vulnerability} {r.Fixed} {Assert.Single(r.Advisories)}"));
    }

    // The most urgent first: exploited before critical before high.
    [Fact]
    public void TheMostUrgentRowIsTheFirst()
    {
        Advisory[] advisories =
        [
            Matched.Advisory("CVE-2026-0001", Matched.Fixed("curl", "8")) with { Severity = Severity.High },
            Matched.Advisory("CVE-2026-0002", Matched.Fixed("curl", "8")) with { Severity = Severity.Critical },
            Matched.Advisory("CVE-2026-0003", Matched.Fixed("curl", "8")) with { Severity = Severity.Low },
        ];
        var kev = new KevEntry { Cve = "CVE-2026-0003", Vendor = "v", Product = "p", Name = "n", Added = new DateOnly(2026, 11, 1), Description = "d", RequiredAction = "r", Due = new DateOnly(2026, 11, 22) };
        var facts = Facts(0) with { Threats = id => new Threat(id, id == kev.Cve ? kev : null) };
        var rows = ExposureRows.Of(Matched.Match(Host("7"), advisories), [], facts);
        Assert.Equal(["CVE-2026-0003 Kev 2026-11-04", "CVE-2026-0002 Critical 2026-11-06", "CVE-2026-0001 High "], rows.Select(r => $"{r.Vulnerability} {r.Priority.Class} {r.Deadline.Due?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}"));
    }

    [Theory]
    [InlineData(Severity.Unknown, PriorityClass.Critical)]
    [InlineData(Severity.Low, PriorityClass.Low)]
    public void TheAdvisorysSeverityCountsWhereNothingElseIsStated(Severity stated, PriorityClass expected) =>
        Assert.Equal(expected, Assert.Single(ExposureRows.Of(Matched.Match(Host("7"), Fix), [], Facts(0) with { Threats = id => new Threat(id, Vendor: stated) })).Priority.Class);

    [Fact]
    public void AnExposedHostIsMoreUrgent()
    {
        var high = Fix with { Severity = Severity.High };
        Assert.Equal(PriorityClass.High, Assert.Single(Rows(0, [], high)).Priority.Class);
        Assert.Equal(PriorityClass.Critical, Assert.Single(ExposureRows.Of(Matched.Match(Host("7"), high), [], Facts(0) with { Reach = new Exposure(true, "it listens") })).Priority.Class);
    }

    [Fact]
    public void AHeldPackageIsARowThatSaysSo() =>
        Assert.True(Assert.Single(ExposureRows.Of(Matched.Match(Host("7") with { Holds = ["curl"] }, Fix), [], Facts(0))).IsHeld);

    // Both kernels of one name are open: what counts is the one that the next boot takes.
    [Theory]
    [InlineData("6.1.80-1", PackageStanding.RunningOlder, "6.1.76-1")]
    [InlineData("6.1.120-1", PackageStanding.Current, "6.1.112-1")]
    public void AKernelThatStillRunsIsARow(string fixedVersion, PackageStanding standing, string version)
    {
        var host = Matched.Host("Rocky Linux:9", Kernel("6.1.76-1"), Kernel("6.1.112-1")) with { Kernel = "6.1.76-1.x86_64" };
        var affected = new AffectedPackage { Platform = "Rocky Linux:9", Name = "kernel", Scheme = VersionScheme.Rpm, Ranges = [VersionRange.Before(fixedVersion)] };
        var row = Assert.Single(ExposureRows.Of(Matched.Match(host, Matched.Advisory("RLSA-1", affected)), [], Facts(0)));
        Assert.Equal((standing, version, "RLSA-1"), (row.Standing, row.Version, row.Vulnerability));
    }

    [Fact]
    public void TwoArchitecturesAreTwoRows()
    {
        var host = Matched.Debian(Curl("7"), Curl("7") with { Arch = "i386" });
        Assert.Equal(["amd64", "i386"], ExposureRows.Of(Matched.Match(host, Fix), [], Facts(0)).Select(r => r.Arch));
    }

    // Of its own vulnerabilities alone, behind what else there is to say; with a fix and without one.
    [Fact]
    public void WhatIsSaidAgainstARowByWhoIsTrustedLessIsInItsNote()
    {
        const string Against = "CVE-2026-0001 (second) says that it is not affected, and closes nothing: its feed (tls only) is trusted less than the one that says that it is affected";
        string?[] Notes(Advisory said)
        {
            var names = new NameTable();
            IndexedAdvisory[] all = [new("first/1", said with { Cves = [Cve, "CVE-2026-0002"] }, Trust: FeedTrust.Signed), new("second/1", Matched.Advisory(Cve, Matched.Source("curl", FixState.NotAffected)), Trust: FeedTrust.TlsOnly)];
            return [.. ExposureRows.Of(new Matcher(AdvisoryIndex.Of(names, all)).Match(new PackageSets(names).Of(Host("7"))), [], Facts(0)).Select(r => r.Note)];
        }

        Assert.Equal([$"upstream works on it; {Against}", "upstream works on it"], Notes(NoFix));
        Assert.Equal([Against, null], Notes(Fix));
    }

    // Of one that is trusted less, where the vendor has none.
    [Fact]
    public void ThatThereIsNoFixByWhoIsTrustedFurtherIsInTheNoteOfTheRowWithAFix()
    {
        var names = new NameTable();
        IndexedAdvisory[] all = [new("first/1", NoFix, Trust: FeedTrust.Signed), new("second/1", Fix, Trust: FeedTrust.TlsOnly)];
        var row = Assert.Single(ExposureRows.Of(new Matcher(AdvisoryIndex.Of(names, all)).Match(new PackageSets(names).Of(Host("7"))), [], Facts(0)));
        Assert.Equal(Answer.FixAvailable, row.Answer);
        Assert.Equal($"{NoFix.Id} (first) says that there is no fix yet: its feed (signed) is trusted further than the one that states the fix", row.Note);
    }

    private static HostPackage Curl(string version) => new("curl", version, "amd64", "curl", version);

    private static HostPackage Kernel(string version) => HostPackage.OfRpm("kernel", version, "x86_64");

    private static HostPackages Host(string version) => Matched.Debian(Curl(version));

    private static ImmutableArray<ExposureRow> Rows(int day, ImmutableArray<ExposureRow> before, params Advisory[] advisories) =>
        ExposureRows.Of(Matched.Match(Host("7"), advisories), before, Facts(day));

    private static ExposureFacts Facts(int day) => new("web-1", Exposure.None, id => new Threat(id), Policy, Monday.AddDays(day), Monday.AddDays(day));
}
