using System.Text;
using PatchFlow.Core.Hosts;
using PatchFlow.Server.Auditing;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Storage;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class HostDoctorTests : IAsyncDisposable
{
    private static readonly DateTimeOffset _now = DateTimeOffset.FromUnixTimeSeconds(1_764_000_000);

    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-doctor-").FullName;
    private readonly Database _database;
    private readonly HostStore _hosts;
    private readonly ChannelLog _log;
    private readonly Dictionary<string, HostReply> _answers = new()
    {
        ["version"] = Said($"patchflow-host 1 {EnrolmentScript.HelperDigest}\n"),
        ["inventory"] = Said(HostProtocolTests.SmallInventory),
        ["doctor"] = Said("clock 1764000000\nfree 9000000000 /usr\naudit 0\nlock free\n"),
    };

    private HostState _state = HostState.Enrolled;

    public HostDoctorTests()
    {
        _database = new Database(Path.Combine(_directory, "patchflow.db"));
        _hosts = new HostStore(_database, TimeProvider.System);
        _log = new ChannelLog(Path.Combine(_directory, "channel.jsonl"), TimeProvider.System);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AHealthyHostHasNoFindingThatNeedsARemedy()
    {
        var findings = await ExamineAsync();
        Assert.All(findings, finding => Assert.True(finding is { Ok: true, Remedy: null }, finding.ToString()));
        Assert.Equal(
            ["reachable", "host-key", "sudo", "helper", "identity", "marks", "clock", "disk", "packages", "lock"],
            findings.Select(finding => finding.Name));
    }

    [Theory]
    [InlineData("doctor", "clock 1764000031\nfree 9000000000 /usr\naudit 0\nlock free\n", "clock")]
    [InlineData("doctor", "clock 1763999969\nfree 9000000000 /usr\naudit 0\nlock free\n", "clock")]
    [InlineData("doctor", "clock 1764000000\nfree 1000000 /usr\naudit 0\nlock free\n", "disk")]
    [InlineData("doctor", "clock 1764000000\nfree 9000000000 /usr\naudit 3\nlock free\n", "packages")]
    [InlineData("doctor", "clock 1764000000\nfree 9000000000 /usr\naudit 0\nlock 4711 apt-get\n", "lock")]
    [InlineData("doctor", "clock 1764000000\n", "helper")]
    [InlineData("doctor", "clock 1764000000\nfree 9000000000 /usr\naudit 0\nlock \n", "helper")]
    [InlineData("doctor", "clock 1764000000\nfree 9000000000\naudit 0\nlock free\n", "helper")]
    [InlineData("doctor", "clock now\nfree 1 /usr\naudit 0\nlock free\n", "helper")]
    [InlineData("version", "patchflow-host 1 0000000000000000000000000000000000000000000000000000000000000000\n", "helper")]
    [InlineData("version", "hello\n", "helper")]
    public async Task WhatIsWrongIsOneFindingWithARemedy(string verb, string output, string name)
    {
        _answers[verb] = Said(output);
        var bad = Assert.Single(await ExamineAsync(), finding => !finding.Ok);
        Assert.Equal(name, bad.Name);
        Assert.NotNull(bad.Remedy);
    }

    [Theory]
    [InlineData("version", 1, "sudo: a password is required", "sudo")]
    [InlineData("doctor", 70, "the package database can't be read", "helper")]
    [InlineData("inventory", 63, "this host has no id", "helper")]
    public async Task ARefusalIsAFinding(string verb, int exit, string error, string name)
    {
        _answers[verb] = new HostReply(exit, default, error);
        Assert.Equal(name, Assert.Single(await ExamineAsync(), finding => !finding.Ok).Name);
    }

    [Fact]
    public async Task WhatAHelperIsTooOldToTellIsNotWell()
    {
        _answers["doctor"] = new HostReply(50, default, "unknown call");
        var bad = Assert.Single(await ExamineAsync(), finding => !finding.Ok);
        Assert.Equal("health", bad.Name);
        Assert.Contains("hosts enrol kms-2", bad.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, 16)]
    [InlineData(3, 15)]
    public async Task AHostThatHasSeenMoreThanThisServerIsAFinding(long epoch, long sequence)
    {
        _answers["inventory"] = Said(HostProtocolTests.SmallInventory);
        Assert.Equal("marks", Assert.Single(await ExamineAsync((epoch, sequence)), finding => !finding.Ok).Name);
    }

    [Fact]
    public async Task AHostThatIsNotReachedOrShowsAnotherKeyIsOneFinding()
    {
        var gone = Assert.Single(await ExamineAsync(fail: new HostUnreachableException("connection refused")));
        Assert.Equal(("reachable", false), (gone.Name, gone.Ok));
        var key = HostKey.Of("ssh-ed25519", "x"u8);
        var other = Assert.Single(await ExamineAsync(fail: new HostKeyException("kms-2", "127.0.0.1:22", key, [])));
        Assert.Equal(("host-key", false), (other.Name, other.Ok));
    }

    [Theory]
    [InlineData("Added", "hosts enrol")]
    [InlineData("Retired", "another id")]
    public async Task AHostThatIsNotEnrolledIsNotAsked(string state, string remedy)
    {
        _state = Enum.Parse<HostState>(state);
        Assert.Contains(remedy, Assert.Single(await ExamineAsync()).Remedy);
        Assert.Empty(ChannelLog.Read(_log.Path));
    }

    public async ValueTask DisposeAsync()
    {
        _log.Dispose();
        _database.Dispose();
        Directory.Delete(_directory, recursive: true);
        await Task.CompletedTask;
    }

    private static HostReply Said(string output) => new(0, Encoding.UTF8.GetBytes(output), "");

    private async Task<IReadOnlyList<HostFinding>> ExamineAsync((long, long)? marks = null, Exception? fail = null)
    {
        if (_hosts.Find("kms-2") is null)
        {
            await _hosts.AddAsync(new() { Id = "kms-2", Address = "127.0.0.1", Group = "kms", State = _state }, new Audit("system", "test", "host.add", "host:kms-2"), Cancel);
        }

        var channel = new ScriptedChannel((call, _) => fail is null ? _answers[call.Words[0]] : throw fail);
        await using var channels = new HostChannels(_hosts.Get, _ => channel, _log, TimeProvider.System);
        return await new HostDoctor(_hosts, channels, () => marks ?? (3, 16), new FixedTime()).ExamineAsync("kms-2", Cancel);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => _now;
    }
}
