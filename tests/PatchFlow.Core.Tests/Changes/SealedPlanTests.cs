using PatchFlow.Core.Changes;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Rollouts;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Changes;

public sealed class SealedPlanTests
{
    private const string Security = "snapshot debian-security 2026-11-21T00:53:02Z 566a38392323fe1fd963db42c9eafd648b07d6bbd92d5d5733407adeb3316957";
    private const string Weekly = "window weekly Sat 02:00 PT4H Europe/Berlin";

    [Theory]
    [InlineData("kind normal", "kind urgent", "'urgent' is not standard|normal|emergency")]
    [InlineData("sequence 17", "sequence 0", "a whole number from 1")]
    [InlineData("pipeline normal", "pipeline Normal", "is not a pipeline")]
    [InlineData("proposed-by system", "proposed-by root", "'system' or 'user:ID'")]
    [InlineData("snapshot debian 2026", "snapshot debian/x 2026", "is not a feed")]
    [InlineData("snapshot debian 2026", "snapshot debian-z 2026", "must be sorted bytewise")]
    [InlineData("snapshot debian-security", Security + "\nsnapshot debian-security", "must be sorted bytewise, without repeats")]
    [InlineData("content web-debian-12-amd64-5d1c77e0", "content web", "is not a profile")]
    [InlineData("content web-debian-12-amd64-5d1c77e0", "content kms-debian-12-amd64-a94b02f3", "must be sorted bytewise")]
    [InlineData("wave 1 3", "wave 2 3", "wave 2 stands where wave 1 should be")]
    [InlineData("wave 0 1", "wave 1 1", "wave 1 stands where wave 0 should be")]
    [InlineData("wave 0 1", "wave 0 0", "a wave's hosts")]
    [InlineData("errors 0", "errors -1", "tolerated errors")]
    [InlineData("errors 0", "error 0", "'error' is not errors")]
    [InlineData("soak PT10M", "soak PT600S", "an ISO 8601 duration in canonical form")]
    [InlineData("soak PT10M", "soak PT1.5S", "an ISO 8601 duration in canonical form")]
    [InlineData("concurrency 1", "concurrency 0", "hosts at once")]
    [InlineData("budget kms 1", "budget kms 0", "a limit")]
    [InlineData("budget kms 1", "budget kms 1\nbudget kms 2", "a second line with 'budget kms'")]
    [InlineData(Weekly, "window daily 02:00 PT4H Europe/Berlin", "'daily' is not weekly")]
    [InlineData(Weekly, "window weekly Day 02:00 PT4H Europe/Berlin", "'Day' is not Mon|Tue")]
    [InlineData(Weekly, "window weekly Sat 24:00 PT4H Europe/Berlin", "a time of day")]
    [InlineData(Weekly, "window weekly Sat 2:00 PT4H Europe/Berlin", "a time of day")]
    [InlineData(Weekly, "window weekly Sat 02:00 PT0S Europe/Berlin", "a window is open for longer than nothing")]
    [InlineData(Weekly, "window weekly Sat 02:00 P8D Europe/Berlin", "at most P7D")]
    [InlineData(Weekly, "window weekly Sat 02:00 PT4H ../../etc/shadow", "a time zone")]
    [InlineData(Weekly, Weekly + "\n" + Weekly, "must be sorted bytewise, without repeats")]
    [InlineData("not-after 2026-12-21T00:00:00Z\n", "", "ends where 'not-after' should be")]
    [InlineData("00:00Z\n", "00:00Z\nremove nginx\n", "unknown, out of order or repeated")]
    public void AHeadThatBreaksARuleIsRefused(string old, string changed, string reason) => Refusal.Of("plan.txt", old, changed, reason);

    [Fact]
    public void AHeadWithoutSnapshotContentOrWaveIsNotWritten()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        Assert.Throws<DocumentException>((plan with { Snapshots = [] }).ToBytes);
        Assert.Throws<DocumentException>((plan with { Contents = [] }).ToBytes);
        Assert.Throws<DocumentException>((plan with { Waves = [] }).ToBytes);
    }

    [Fact]
    public void AHeadOver64KibibytesIsNotWritten()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var much = plan with { Contents = [.. Enumerable.Range(0, 700).Select(i => new PlanContent($"g{i}-debian-12-amd64-00000000", plan.Checks))] };
        Assert.Contains("at most 65536", Assert.Throws<DocumentException>(much.ToBytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ATimeFinerThanASecondIsNotWritten()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var fine = plan with { NotAfter = plan.NotAfter.AddMilliseconds(1) };
        Assert.Contains("truncate it first", Assert.Throws<DocumentException>(fine.ToBytes).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SetsAreSortedByTheWriterAndWavesAreNot()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var turned = plan with { Snapshots = [.. plan.Snapshots.Reverse()], Contents = [.. plan.Contents.Reverse()] };
        Assert.Equal(Golden.Bytes("plan.txt"), turned.ToBytes());
        Assert.Throws<DocumentException>((plan with { Waves = [.. plan.Waves.Reverse()] }).ToBytes);
    }

    [Fact]
    public void TenWavesStandByNumber()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var many = plan with { Waves = [.. Enumerable.Range(0, 12).Select(i => plan.Waves[0] with { Number = i })] };
        Assert.Equal(12, SealedPlan.Parse(many.ToBytes()).Waves.Length);
    }

    [Theory]
    [InlineData("weekly Sat 02:00 PT4H Europe/Berlin", true)]
    [InlineData("weekly Sun 23:59 P7D Etc/GMT+1", true)]
    [InlineData("weekly Sat 02:00 PT4H", false)]
    [InlineData("weekly Sat 02:00 PT4H Europe/Berlin x", false)]
    [InlineData("weekly Sat 02:00 PT4H ", false)]
    [InlineData("", false)]
    public void AWindowCanBeCheckedBeforeAPlanIsSealed(string window, bool valid) => Assert.Equal(valid, WindowWords.IsCanonical(window));

    [Fact]
    public void APartOfAnotherPlanDoesNotBelongToTheHead()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var content = ContentPart.Parse(Golden.Bytes("content-kms.txt"));
        var other = content with { Reboot = true };
        Assert.Contains("names no such content", Assert.Throws<DocumentException>(() => plan.RequireContent(other)).Message, StringComparison.Ordinal);
        var older = plan with { Snapshots = [plan.Snapshots[0], plan.Snapshots[1] with { Time = plan.NotAfter }] };
        Assert.Contains("no snapshot of debian-security", Assert.Throws<DocumentException>(() => older.RequireContent(content)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TargetsOfAnotherWaveOrContentDoNotBelongToTheHead()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var wave = Targets.Parse(Golden.Bytes("targets-wave-1.txt"));
        var onlyWeb = plan with { Contents = [plan.Contents[1]] };
        Assert.Contains("other targets for wave 0", Refused(() => plan.RequireTargets(0, wave)), StringComparison.Ordinal);
        Assert.Contains("has no wave 2", Refused(() => plan.RequireTargets(2, wave)), StringComparison.Ordinal);
        Assert.Contains("content of the host kms-1", Refused(() => onlyWeb.RequireTargets(1, wave)), StringComparison.Ordinal);
    }

    private static string Refused(Action action) => Assert.Throws<DocumentException>(action).Message;

    [Fact]
    public void ACheckOfAProfileThatThePlanLacksDoesNotBelongToTheHead()
    {
        var plan = SealedPlan.Parse(Golden.Bytes("plan.txt"));
        var fewer = plan with { Contents = [plan.Contents[0]] };
        var refusal = Assert.Throws<DocumentException>(() => fewer.RequireChecks(ChecksPart.Parse(Golden.Bytes("checks.txt"))));
        Assert.Contains("no profile web-debian-12-amd64-5d1c77e0", refusal.Message, StringComparison.Ordinal);
    }
}
