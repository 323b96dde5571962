using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using PatchFlow.Core.Documents;
using PatchFlow.Core.Planning;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;

namespace PatchFlow.Server.Tests.Reconcile;

public sealed class HostFailuresTests
{
    [Theory]
    [InlineData(23, FailureKind.Permanent)]
    [InlineData(50, FailureKind.Permanent)]
    [InlineData(51, FailureKind.Transient)]
    [InlineData(52, FailureKind.Permanent)]
    [InlineData(53, FailureKind.Permanent)]
    [InlineData(54, FailureKind.Permanent)]
    [InlineData(55, FailureKind.Alarming)]
    [InlineData(56, FailureKind.Permanent)]
    [InlineData(57, FailureKind.Permanent)]
    [InlineData(58, FailureKind.Permanent)]
    [InlineData(59, FailureKind.Permanent)]
    [InlineData(60, FailureKind.Transient)]
    [InlineData(61, FailureKind.Permanent)]
    [InlineData(62, FailureKind.Permanent)]
    [InlineData(63, FailureKind.Permanent)]
    [InlineData(70, FailureKind.Alarming)]
    public void ARefusalIsJudgedByItsExitCode(int exitCode, FailureKind kind) =>
        Assert.Equal(new Outcome.Failed(kind, $"start: refused with exit {exitCode}: why"), HostFailures.Judge(new HostRefusedException("start", exitCode, "why")));

    [Fact]
    public void NoAnswerIsAskedForAgain() => Assert.All<Exception>(
        [new HostUnreachableException("why"), new SocketException(111, "why"), new TimeoutException("why"), new OperationCanceledException("why")],
        e => Assert.Equal((FailureKind.Transient, e.Message, false), Judged(e)));

    [Fact]
    public void WhatMayBeSomebodyElsesAnswerIsForAPersonToLookAt() => Assert.All<Exception>(
        [
            new HostKeyException("web-3", "127.0.10.1", HostKey.Of("ssh-ed25519", "another"u8), []),
            HostRefusedException.Garbage("start", "'started' or 'exists'", "hello"),
            new DocumentException("patchflow-plan", 3, "why"),
            new InvalidDataException("why"),
            new KeyNotFoundException("why"),
        ],
        e => Assert.Equal((FailureKind.Alarming, e.Message, false), Judged(e)));

    [Fact]
    public void WhatNobodyThoughtOfIsForAPersonToLookAtAndNamesItsKind() =>
        Assert.Equal((FailureKind.Alarming, "DivideByZeroException: why", false), Judged(new DivideByZeroException("why")));

    [Fact]
    public void WhatWentWrongWithThisServerItselfIsNotTheHosts() => Assert.All<Exception>(
        [new IOException("No space left on device"), new FileNotFoundException("why"), new UnauthorizedAccessException("why"), new SqliteException("database is locked", 5)],
        e => Assert.True(HostFailures.IsOurs(e)));

    private static (FailureKind Kind, string Message, bool IsOurs) Judged(Exception e)
    {
        var failed = HostFailures.Judge(e);
        return (failed.Kind, failed.Message, HostFailures.IsOurs(e));
    }
}
