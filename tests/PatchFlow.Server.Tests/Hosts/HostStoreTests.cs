using System.Text;
using Dapper;
using PatchFlow.Core.Documents;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class HostStoreTests : IDisposable
{
    private static readonly HostRow _web = new()
    {
        Id = "web-1",
        Address = "127.0.10.1",
        Port = 2222,
        Group = "web",
        HostKeys = [HostKey.Of("ssh-ed25519", "key"u8)],
        Labels = HostRowLabels(("role", "web")),
    };

    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-hosts-").FullName;
    private readonly Database _database;
    private readonly HostStore _hosts;

    public HostStoreTests()
    {
        _database = new Database(Path.Combine(_directory, "patchflow.db"));
        _hosts = new HostStore(_database, TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AHostReadsBackAsItWasAdded()
    {
        var added = await _hosts.AddAsync(_web, Audit("add"), Cancel);
        var found = _hosts.Get("web-1");
        Assert.Equal(HostJson.Write(_web with { AddedAt = added.AddedAt }), HostJson.Write(found));
        Assert.NotNull(found.AddedAt);
        Assert.Equal((1L, 1L), (added.Revision, found.Revision));
    }

    [Fact]
    public async Task EverySaveHasItsAuditEntryInTheSameTransaction()
    {
        var added = await _hosts.AddAsync(_web, Audit("add"), Cancel);
        await _hosts.SaveAsync(added with { State = HostState.Enrolled }, Audit("enrol"), Cancel);
        Assert.Equal(["host.add", "host.enrol"], Entries());
    }

    [Fact]
    public async Task ASaveOnAnOlderRevisionChangesNothingAndLeavesNoEntry()
    {
        var added = await _hosts.AddAsync(_web, Audit("add"), Cancel);
        await _hosts.SaveAsync(added with { Group = "db" }, Audit("group"), Cancel);
        Assert.Null(await _hosts.SaveAsync(added with { Group = "kms" }, Audit("late"), Cancel));
        Assert.Equal("db", _hosts.Get("web-1").Group);
        Assert.Equal(["host.add", "host.group"], Entries());
    }

    [Fact]
    public async Task AnIdIsNeverReusedNotEvenOfARetiredHost()
    {
        var added = await _hosts.AddAsync(_web, Audit("add"), Cancel);
        await _hosts.SaveAsync(added with { State = HostState.Retired }, Audit("retire"), Cancel);
        var taken = await Assert.ThrowsAsync<ArgumentException>(() => _hosts.AddAsync(_web with { Address = "10.0.0.9" }, Audit("add"), Cancel));
        Assert.Contains("never reused", taken.Message);
        await Assert.ThrowsAsync<ArgumentException>(() => _hosts.SaveAsync(_hosts.Get("web-1") with { State = HostState.Added }, Audit("back"), Cancel));
        Assert.Equal(["host.add", "host.retire"], Entries());
    }

    [Theory]
    [InlineData("Web", "127.0.0.1", "web", "patchflow", 22)]
    [InlineData("web_1", "127.0.0.1", "web", "patchflow", 22)]
    [InlineData("", "127.0.0.1", "web", "patchflow", 22)]
    [InlineData("web\n", "127.0.0.1", "web", "patchflow", 22)]
    [InlineData("replica", "127.0.0.1", "web", "patchflow", 22)]
    [InlineData("web", "-oProxyCommand=id", "web", "patchflow", 22)]
    [InlineData("web", "a b", "web", "patchflow", 22)]
    [InlineData("web", "127.0.0.1", "We", "patchflow", 22)]
    [InlineData("web", "127.0.0.1", "web", "root; id", 22)]
    [InlineData("web", "127.0.0.1", "web", "patchflow", 0)]
    [InlineData("web", "127.0.0.1", "web", "patchflow", 70000)]
    public async Task AValueOutsideItsGrammarIsRefused(string id, string address, string group, string account, int port)
    {
        var row = _web with { Id = id, Address = address, Group = group, Account = account, Port = port };
        await Assert.ThrowsAsync<ArgumentException>(() => _hosts.AddAsync(row, Audit("add"), Cancel));
        Assert.Empty(Entries());
    }

    [Fact]
    public async Task WhatIsSeenIsNotedWithoutDisturbingWhatAPersonDecided()
    {
        await _hosts.AddAsync(_web, Audit("add"), Cancel);
        await _hosts.FailedAsync("web-1", new string('x', 5000), Cancel);
        Assert.Equal(2000, _hosts.Get("web-1").LastError!.Length);
        var digest = await _hosts.InventoryAsync("web-1", "inventory"u8.ToArray(), 7, 0, Cancel);
        var row = _hosts.Get("web-1");
        Assert.Equal((Digest.Of("inventory"u8), digest, 7L, null), (row.Inventory!.Value, digest, row.Epoch, row.LastError));
        Assert.Equal("inventory", Encoding.UTF8.GetString(new Documents(_database).Get(digest)));
        Assert.NotNull(row.LastSeen);
        Assert.Equal(["host.add"], Entries());
    }

    [Fact]
    public async Task AHostThatIsNotThereIsAnErrorThatNamesIt()
    {
        Assert.Null(_hosts.Find("nobody"));
        Assert.Contains("'nobody'", Assert.Throws<KeyNotFoundException>(() => _hosts.Get("nobody")).Message);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => _hosts.SeenAsync("nobody", Cancel));
    }

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static Audit Audit(string action) => new("user:ada", "console", $"host.{action}", "host:web-1");

    private static System.Collections.Immutable.ImmutableSortedDictionary<string, string> HostRowLabels(params (string Key, string Value)[] labels) =>
        System.Collections.Immutable.ImmutableSortedDictionary.CreateRange(labels.Select(label => KeyValuePair.Create(label.Key, label.Value)));

    private List<string> Entries() => _database.Read(c => c.Query<string>("SELECT action FROM audit_entries ORDER BY sequence").ToList());
}
