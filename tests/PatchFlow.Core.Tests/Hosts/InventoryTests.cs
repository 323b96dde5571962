using PatchFlow.Core.Hosts;
using PatchFlow.Core.Tests.Documents;

namespace PatchFlow.Core.Tests.Hosts;

public sealed class InventoryTests
{
    [Theory]
    [InlineData("host kms-2", "host kms.2", "is not a host")]
    [InlineData("os debian 12", "os Debian 12", "a word of os-release")]
    [InlineData("boot 0b7f9a52-1c1e-4f0e-9d53-0b6e2c1c9d10 1764000000", "boot 0b7f9a52 -1", "PID 1's start time")]
    [InlineData("epoch 3\n", "", "should begin with 'epoch'")]
    [InlineData("package libexpat1", "package libssl4", "must be sorted bytewise")]
    [InlineData("package libssl3", "package libexpat1", "a second line with 'package libexpat1 amd64'")]
    [InlineData("%5Cx2duuid", "\\x2duuid", "a unit, percent-encoded")]
    [InlineData("%5Cx2duuid", "%5cx2duuid", "a unit, percent-encoded")]
    [InlineData("listen tcp", "listen sctp", "'sctp' is not tcp|udp")]
    [InlineData("0.0.0.0 22", "0.0.0.0 65536", "a port")]
    [InlineData("kms-2.a1 done", "kms-2.a1 finished", "is not pending|running|exited|interrupted|lost|done")]
    [InlineData("kms-2.a1 done", "kms-2.a1 exited 0", "'0' follows where the line should end")]
    [InlineData("kms-2.a1 done", "kms-2 done", "a ticket")]
    public void AnInventoryThatBreaksARuleIsRefused(string old, string changed, string reason) =>
        Refusal.Of("inventory.txt", old, changed, reason);

    [Fact]
    public void WhatPackagesWereBuiltFromComesBehindThemAndMayBeLeftOut()
    {
        var inventory = Inventory.Parse(Golden.Bytes("inventory.txt"));
        Assert.Empty(inventory.Origins);
        var told = (inventory with { Origins = [new("libssl3", "amd64", "openssl", "3.0.2-1"), new("libexpat1", "amd64", "expat", "2-1")] }).ToBytes();
        Assert.Equal(["libexpat1", "libssl3"], Inventory.Parse(told).Origins.Select(o => o.Name));
        Assert.Contains("built-from libexpat1 amd64 expat 2-1\nbuilt-from libssl3 amd64 openssl 3.0.2-1\nconffile-edited", System.Text.Encoding.UTF8.GetString(told), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsThereNeedNotFollowDebianPolicy()
    {
        var inventory = Inventory.Parse(Golden.Bytes("inventory.txt")) with { Packages = [new("vendor_Agent", "amd64", "v1_2")] };
        Assert.Equal("vendor_Agent", Inventory.Parse(inventory.ToBytes()).Packages[0].Name);
    }
}
