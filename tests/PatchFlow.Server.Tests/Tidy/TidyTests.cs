namespace PatchFlow.Server.Tests.Tidy;

/// <summary>The house rules, checked on the whole repository. <see cref="TidyProofs"/> shows that each of them can fail.</summary>
public sealed class TidyTests
{
    private static readonly string[] Binary = [".png", ".ico", ".gpg", ".gz", ".xz", ".deb"];

    private static IEnumerable<string> TextFiles => SourceTree.Files.Where(file => !Binary.Contains(Path.GetExtension(file)));

    [Fact]
    public void MethodsAndFilesFitOnAScreen() =>
        AssertNone(SourceTree.CSharp.SelectMany(file => SizeRules.Check(file, SourceTree.Read(file))));

    [Fact]
    public void NothingUnfinishedIsLeft() =>
        AssertNone(TextFiles.SelectMany(file => UnfinishedRules.CheckText(file, SourceTree.Read(file))));

    [Fact]
    public void NoTestIsSwitchedOffAndNoExceptionIsSwallowed() =>
        AssertNone(SourceTree.CSharp.SelectMany(file => UnfinishedRules.CheckCSharp(file, SourceTree.Read(file))));

    [Fact]
    public void NoFileNamesAMachineOrAnArchive() =>
        AssertNone(TextFiles.SelectMany(file => NeutralityRules.Check(file, SourceTree.Read(file))));

    [Fact]
    public void CoreUsesNoPackageAndNoAsyncClockInputOutputOrRandomness()
    {
        using var assembly = File.OpenRead(typeof(Core.Documents.Digest).Assembly.Location);
        AssertNone(PurityRules.Check("PatchFlow.Core", assembly));
    }

    [Fact]
    public void NothingNewLiesAtTheTop() => AssertNone(ShapeRules.CheckTopLevel(SourceTree.Files));

    [Fact]
    public void ProjectsReferenceWhatTheirReasonAllows() =>
        AssertNone(SourceTree.Files
            .Where(file => file.StartsWith("src/", StringComparison.Ordinal) && file.EndsWith(".csproj", StringComparison.Ordinal))
            .SelectMany(file => ShapeRules.CheckProject(file, SourceTree.Read(file))));

    [Fact]
    public void WhatGitIgnoresTheseTestsIgnoreToo() =>
        Assert.Equal(
            SourceTree.Read(".gitignore").Split('\n').Where(line => line.EndsWith('/')).Select(line => line.TrimEnd('/')).Order(StringComparer.Ordinal),
            SourceTree.IgnoredFolders.Order(StringComparer.Ordinal));

    [Fact]
    public void EveryShellScriptIsOneThatTheCheckLooksOver()
    {
        // ./check's own words, asked for what they find.
        var (found, _) = Feeds.Tool.Run("bash", null, ["-c", $$"""
            cd '{{SourceTree.Root}}' && eval "$(sed -n '/^scripts_that_begin()/,/^words=/p' check)"
            { scripts_that_begin "$program"; scripts_that_begin "$words"; } | tr '\0' '\n'
            """]);
        var linted = found.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("check", linted);
        Assert.Contains("src/PatchFlow.Server/Hosts/patchflow-host", linted);
        Assert.Equal([], SourceTree.Files.Where(file => file.EndsWith(".sh", StringComparison.Ordinal)).Except(linted));
    }

    private static void AssertNone(IEnumerable<Finding> findings)
    {
        var all = findings.ToArray();
        Assert.True(all.Length == 0, string.Join('\n', all.Select(finding => finding.ToString())));
    }
}
