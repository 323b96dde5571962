using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Configuration;

namespace PatchFlow.Server.Tests;

/// <summary>Why a server can't start is a sentence with the right remedy.</summary>
public sealed class StartFailureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pf-start-").FullName;

    [Fact]
    public void AFullDiskIsNoReasonToRestoreABackup()
    {
        using var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        connection.Execute("PRAGMA max_page_count = 3; CREATE TABLE t (x)");
        var full = Assert.Throws<SqliteException>(() => connection.Execute("INSERT INTO t SELECT randomblob(20000)"));
        Assert.Contains("look at the space on the disk of PatchFlow:DataDirectory", StartFailure.InWords(full), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoDatabaseIsSaidToBeNone()
    {
        var path = Path.Combine(_folder, "db");
        File.WriteAllText(path, "this is a long enough text, and it is no database at all");
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        var wrong = Assert.Throws<SqliteException>(() =>
        {
            connection.Open();
            connection.Execute("CREATE TABLE t (x)");
        });
        Assert.Contains("see that patchflow.db in PatchFlow:DataDirectory is a PatchFlow database", StartFailure.InWords(wrong), StringComparison.Ordinal);
    }

    [Fact]
    public void SettingsThatAreNoJsonAreNamedWithTheirPlace()
    {
        var path = Path.Combine(_folder, "appsettings.json");
        File.WriteAllText(path, "{\n \"PatchFlow\": {,}\n}");
        var sentence = StartFailure.InWords(Assert.Throws<InvalidDataException>(() => new ConfigurationBuilder().AddJsonFile(path).Build()));
        Assert.Contains(path, sentence, StringComparison.Ordinal);
        Assert.Contains("LineNumber: 1", sentence, StringComparison.Ordinal);
        Assert.Contains("it is no JSON", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void AFaultOfOurOwnKeepsItsTrace() => Assert.Null(StartFailure.InWords(new ArgumentNullException()));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
