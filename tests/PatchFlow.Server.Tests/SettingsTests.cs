using System.Text;
using Microsoft.Extensions.Configuration;
using PatchFlow.Server.Tests.Tidy;

namespace PatchFlow.Server.Tests;

/// <summary>A setting that is not known or has a value of another type stops the start: what it was to secure would be missing without a word.</summary>
public sealed class SettingsTests
{
    [Theory]
    [InlineData("""{"Feeds":[{"preset":"cisa-kev","maxAgeHours":"abc"}]}""", "PatchFlow:Feeds:0:maxAgeHours is 'abc', and must be a whole number")]
    [InlineData("""{"Feeds":[{"preset":"cisa-kev","maxAgeHours":1.5}]}""", "PatchFlow:Feeds:0:maxAgeHours is '1.5', and must be a whole number")]
    [InlineData("""{"Feeds":[{"preset":"cisa-kev","maxAgeHours":99999999999}]}""", "PatchFlow:Feeds:0:maxAgeHours is '99999999999', and must be a whole number up to 2147483647")]
    [InlineData("""{"Feeds":[{"preset":"cisa-kev","keepMegabytes":9e19}]}""", "PatchFlow:Feeds:0:keepMegabytes is '9e19', and must be a whole number")]
    [InlineData("""{"Feeds":[{"preset":"cisa-kev","privateNetwork":"yes"}]}""", "PatchFlow:Feeds:0:privateNetwork is 'yes', and must be true or false")]
    [InlineData("""{"Feeds":[{"kind":"apt","security":""}]}""", "PatchFlow:Feeds:0:security is '', and must be true or false")]
    [InlineData("""{"Feeds":[{"kind":"csaf","keyrings":["a.gpg"]}]}""", "PatchFlow:Feeds:0:keyrings is not known: is 'keyring' meant?")]
    [InlineData("""{"Feeds":[{"kind":"csaf","certificate":"a.gpg"}]}""", "PatchFlow:Feeds:0:certificate is not known: known are address, arch, components, hosts, keepMegabytes, keyring, kind, ")]
    [InlineData("""{"Feeds":[{"kind":"csaf","keyring":["a.gpg"]}]}""", "PatchFlow:Feeds:0:keyring is a list or has settings of its own, and must be a text")]
    [InlineData("""{"Feeds":[{"kind":"csaf","hosts":"cdn.vendor.example"}]}""", "PatchFlow:Feeds:0:hosts must be a list, in square brackets")]
    [InlineData("""{"Feeds":{"preset":"cisa-kev"}}""", "PatchFlow:Feeds must be a list, in square brackets")]
    [InlineData("""{"Feeds":"cisa-kev"}""", "PatchFlow:Feeds must be a list, in square brackets")]
    [InlineData("""{"Feeds":["cisa-kev"]}""", "PatchFlow:Feeds:0 is 'cisa-kev', and must have settings of its own (Address, Arch, ")]
    [InlineData("""{"Hosts":"x"}""", "PatchFlow:Hosts is 'x', and must have settings of its own")]
    [InlineData("""{"Hosts":{"InventoryMinute":5}}""", "PatchFlow:Hosts:InventoryMinute is not known: is 'inventoryMinutes' meant?")]
    [InlineData("""{"Feed":[]}""", "PatchFlow:Feed is not known: is 'feeds' meant?")]
    [InlineData("""{"Log":{"Level":"Loud"}}""", "PatchFlow:Log:Level is 'Loud', and must be one of Verbose, Debug, Information, Warning, Error, Fatal")]
    [InlineData("""{"Sandbox":{"Cpus":"two"}}""", "PatchFlow:Sandbox:Cpus is 'two', and must be a number")]
    [InlineData("""{"Pipelines":{"Groups":{"web":["fast"]}}}""", "PatchFlow:Pipelines:Groups:web is a list or has settings of its own, and must be a text")]
    [InlineData("""{"DataDirectory":" "}""", "PatchFlow:DataDirectory is empty")]
    public void AreRefusedWithPlaceAndRemedy(string settings, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => Check(settings)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"Feeds":[]}""")]
    [InlineData("""{"Feeds":null,"Hosts":{},"Pipelines":{"Groups":{}}}""")]
    [InlineData("""{"feeds":[{"PRESET":"cisa-kev","MaxAgeHours":"48","components":[],"hosts":null,"keyring":null,"security":true}],"pipelines":{"groups":{"any name":"fast"}},"log":{"level":"debug"}}""")]
    public void AreTakenAsTheyAreMeant(string settings) => Check(settings);

    [Fact]
    public void AreTakenAsTheRepositoryHasThem() => Settings.Check(new ConfigurationBuilder().AddJsonFile(Path.Combine(SourceTree.Root, "appsettings.json")).Build());

    [Fact]
    public void AreNamedAFewAtATime()
    {
        var message = Assert.Throws<InvalidOperationException>(() => Check("{\"Hosts\":{" + string.Join(',', Enumerable.Range(0, 9).Select(n => $"\"unheard{n}\":1")) + "}}")).Message;
        Assert.Contains("unheard4 is not known", message, StringComparison.Ordinal);
        Assert.DoesNotContain("unheard5 is not known", message, StringComparison.Ordinal);
        Assert.Contains("; and more: mend appsettings.json", message, StringComparison.Ordinal);
    }

    private static void Check(string settings)
    {
        using var json = new MemoryStream(Encoding.UTF8.GetBytes($$$"""{"PatchFlow":{{{settings}}},"Other":{"is":"not ours"}}"""));
        Settings.Check(new ConfigurationBuilder().AddJsonStream(json).Build());
    }
}
