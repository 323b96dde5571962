using PatchFlow.Core.Changes;
using PatchFlow.Core.Hosts;
using PatchFlow.Live.Tests.EndToEnd;

namespace PatchFlow.Live.Tests.HostHelper;

/// <summary>The check files as shipped, on hosts with the services that they are for: they pass, and they fail when what they look at is ill.</summary>
public sealed class ShippedChecksTests
{
    [Theory]
    [InlineData("web", "http-page nginx-service ssh-listening", "systemctl stop nginx", "http-page nginx-service", "nginx.service is not active")]
    [InlineData("db", "postgres-service sql-round-trip", "systemctl stop postgresql@15-main", "postgres-service sql-round-trip", "postgresql@15-main.service is not active")]
    [InlineData("kms", "pkcs11-sign ssh-listening", "mv /var/lib/softhsm/tokens /var/lib/softhsm/away && mkdir -m 1777 /var/lib/softhsm/tokens", "pkcs11-sign", "it ended with 1, expected is 0")]
    public async Task EachPassesOnAHealthyHostAndFailsOnASickOne(string role, string names, string harm, string failing, string words)
    {
        await using var host = await LiveHost.StartRoleAsync(role);
        var plan = await new TestPlan(host.Id)
        {
            Upgrades = [(await new DebRecipe("pfchecks", "1").InstallAsync(host), await new DebRecipe("pfchecks", "2").MakeAsync(host))],
            Checks = [.. names.Split(' ').Select(name => (Shipped(name), true, true))],
        }.StagedAsync(host);

        var healthy = await host.WorkAsync(plan.Start(TicketKind.CheckBefore));
        Assert.True(healthy.State == "exited 0", healthy.Log);
        Assert.Equal(names, Named(healthy, "pass"));

        await host.MustAsync(harm);
        var sick = await host.WorkAsync(plan.Start(TicketKind.CheckBefore, 2));
        Assert.NotEqual("exited 0", sick.State);
        Assert.Equal(failing, Named(sick, "fail"));
        Assert.Contains(words, sick.Log, StringComparison.Ordinal);
    }

    private static CheckFile Shipped(string name) => CheckFile.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "sandbox", "checks", $"{name}.check")));

    private static string Named(Standing standing, string result) => string.Join(' ', standing.Log.Split('\n')
        .Select(line => line.Split(' ')).Where(w => w is ["@check", _, _, ..] && w[2] == result).Select(w => w[1]).Order(StringComparer.Ordinal));
}
