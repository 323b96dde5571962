using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>Each house rule is fed something that breaks it, and something close to it that does not.</summary>
public sealed class TidyProofs
{
    private static readonly MetadataReference[] Platform =
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(':')
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal))
            .Select(path => MetadataReference.CreateFromFile(path))];

    [Theory]
    [InlineData(59, 0)]
    [InlineData(60, 1)]
    public void AMethodOfMoreThanSixtyLinesIsFound(int extraLines, int findings) =>
        Assert.Equal(findings, SizeRules.Check("a.cs", $"class A {{\n    /// doc\n    void M() {{ //{new string('\n', extraLines)} }}\n}}\n").Count());

    [Theory]
    [InlineData(400, 0)]
    [InlineData(401, 1)]
    public void AFileOfMoreThanFourHundredLinesIsFound(int lines, int findings) =>
        Assert.Equal(findings, SizeRules.Check("a.cs", string.Concat(Enumerable.Repeat("// line\n", lines))).Count());

    [Fact]
    public void TopLevelStatementsAreAMethodToo() =>
        Assert.Single(SizeRules.Check("a.cs", string.Concat(Enumerable.Repeat("System.GC.Collect();\n", 61))));

    [Theory]
    [InlineData("// FIX" + "ME: later", 1)]
    [InlineData("# TO" + "DO", 1)]
    [InlineData("a method, todos, fixed me", 0)]
    public void AMarkOfUnfinishedWorkIsFound(string text, int findings) =>
        Assert.Equal(findings, UnfinishedRules.CheckText("a", text).Count());

    [Theory]
    [InlineData("class A { [Fact(Skip = \"flaky\")] void M() { } }", 1)]
    [InlineData("class A { [Fact(Timeout = 1)] void M() { } }", 0)]
    [InlineData("class A { void M() { Thread.Sleep(1); } }", 1)]
    [InlineData("class A { void M() { throw new NotImplementedException(); } }", 1)]
    [InlineData("class A { void M() { try { } catch (Exception) { } } }", 1)]
    [InlineData("class A { void M() { try { } catch (Exception) {\n// It is gone already.\n} } }", 0)]
    [InlineData("class A { void M() { try { } catch (Exception) { throw; } } }", 0)]
    public void ASkipASleepAStubAndASwallowedExceptionAreFound(string source, int findings) =>
        Assert.Equal(findings, UnfinishedRules.CheckCSharp("a.cs", source).Count());

    [Theory]
    [InlineData("cd /wor" + "k/tree", 1)]
    [InlineData("\"/ro" + "ot/.ssh/id\"", 1)]
    [InlineData("/hom" + "e/alice/x", 1)]
    [InlineData("~/work/tree, docs/work/x, $HOME/.ssh", 0)]
    [InlineData("http://deb.debia" + "n.org/x", 1)]
    [InlineData("ap" + "i.nuge" + "t.org", 1)]
    [InlineData("the package docker.io of Debian; deb.example.org", 0)]
    public void AMachinePathAndAnArchiveHostAreFound(string text, int findings) =>
        Assert.Equal(findings, NeutralityRules.Check("a", text).Count());

    [Theory]
    [InlineData("public static DateTime X => DateTime.UtcNow;", "a clock")]
    [InlineData("public static System.DateTimeOffset X => System.TimeProvider.System.GetUtcNow();", "a clock")]
    [InlineData("public static async System.Threading.Tasks.Task X() => await System.Threading.Tasks.Task.Yield();", "async")]
    [InlineData("public static string X => global::System . IO.File.ReadAllText(\"x\");", "I/O")]
    [InlineData("public static object X => new System.IO.StreamReader(\"x\");", "I/O")]
    [InlineData("public static object X => new System.IO.FileSystemWatcher();", "I/O")]
    [InlineData("public static string X => System.IO.Path.GetTempPath();", "I/O")]
    [InlineData("public static bool X => System.IO.Path.Exists(\"x\");", "I/O")]
    [InlineData("public static void X() => Console.WriteLine();", "I/O")]
    [InlineData("public static Guid X => Guid.NewGuid();", "randomness")]
    [InlineData("public static int X => Random.Shared.Next();", "randomness")]
    [InlineData("public static string? X => Environment.GetEnvironmentVariable(\"X\");", "the machine")]
    [InlineData("public static object X => new System.Net.Http.HttpClient();", "System.Net")]
    [InlineData("public static void X() => new System.Threading.Thread(() => { }).Start();", "System.Threading")]
    public void AnImpureUseInCoreIsFoundWhateverItsSpelling(string member, string what) =>
        Assert.Contains(PurityRules.Check("a", Compile(member)), finding => finding.Message.Contains(what, StringComparison.Ordinal));

    [Fact]
    public void PureCodeIsNotFound() =>
        Assert.Empty(PurityRules.Check("a", Compile("public static int X(System.IO.Stream s, DateTimeOffset now, TimeZoneInfo z) => s.ReadByte() + now.Hour + new System.IO.MemoryStream().ReadByte();")));

    [Fact]
    public void AForeignAssemblyInCoreIsFound() =>
        Assert.Contains(
            PurityRules.Check("a", Compile("public static object? X(Xunit.FactAttribute a) => a.DisplayName;", MetadataReference.CreateFromFile(typeof(FactAttribute).Assembly.Location))),
            finding => finding.Message.Contains("refers to xunit", StringComparison.Ordinal));

    [Fact]
    public void ANewTopLevelEntryIsFound() =>
        Assert.Equal("scripts", Assert.Single(ShapeRules.CheckTopLevel(["src/a.cs", "check", "scripts/x"])).Place);

    [Theory]
    [InlineData("src/PatchFlow.Core/PatchFlow.Core.csproj", "<PackageReference Include=\"Dapper\" />", 1)]
    [InlineData("src/PatchFlow.Client/PatchFlow.Client.csproj", "<ProjectReference Include=\"../PatchFlow.Core/PatchFlow.Core.csproj\" />", 1)]
    [InlineData("src/PatchFlow.Server/PatchFlow.Server.csproj", "<ProjectReference Include=\"..\\PatchFlow.Cli\\PatchFlow.Cli.csproj\" />", 1)]
    [InlineData("src/PatchFlow.Shared/PatchFlow.Shared.csproj", "", 1)]
    [InlineData("src/PatchFlow.Client/PatchFlow.Client.csproj", "<PackageReference Include=\"Refit\" />", 0)]
    public void AReferenceThatAProjectMayNotHaveIsFound(string file, string item, int findings) =>
        Assert.Equal(findings, ShapeRules.CheckProject(file, $"<Project><ItemGroup>{item}</ItemGroup></Project>").Count());

    private static MemoryStream Compile(string member, params MetadataReference[] more)
    {
        var source = $"#nullable enable\nusing System; public static class A {{ {member} }}";
        var compilation = CSharpCompilation.Create(
            "A", [CSharpSyntaxTree.ParseText(source)], [.. Platform, .. more], new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        image.Position = 0;
        return image;
    }
}
