using PatchFlow.Cli;
using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests.Cli;

/// <summary>Where a document to be inspected would be there is a pipe, a socket or a device: it is refused by name, and nobody waits for it.</summary>
public sealed class SpecialDocumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("patchflow-special-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("pipe", "a.json", "")]
    [InlineData("pipe", "a.json.gz", "")]
    [InlineData("pipe", "a.json", "--kind osv")]
    [InlineData("socket", "a.json", "")]
    [InlineData("device", "a.json", "")]
    public async Task OnlyFilesWithBytesAreInspected(string kind, string name, string options)
    {
        var path = Make(kind, name);
        var ran = await InspectAsync(path, options);
        Assert.Equal((Exit.Refused, $"{path}: refused: it is a {kind} and no file with bytes, so it is not opened: write what comes from it into a file, and give that\n"), (ran.Exit, ran.Out));
    }

    [Fact]
    public async Task OfAFolderTheOtherDocumentsAreRead()
    {
        Make("pipe", "a");
        await File.WriteAllTextAsync(Path.Combine(_folder, "b"), "[29 Mar 2023] DSA-5380-1 xorg-server - security update\n\t{CVE-2023-1393}\n\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6\n", TestContext.Current.CancellationToken);
        var ran = await InspectAsync(_folder, "");
        Assert.Equal(["a: refused: it is a pi", "b: debian-list DSA-538"], ran.Out.Replace(_folder + "/", "", StringComparison.Ordinal).TrimEnd('\n').Split('\n').Select(line => line[..22]));
        Assert.Equal((Exit.Refused, "1 record read, 1 refused\n"), (ran.Exit, ran.Error));
    }

    [Fact]
    public async Task StandardInputIsNoDocument()
    {
        var ran = await InspectAsync("-", "");
        Assert.Equal((Exit.Usage, "patchflow: documents are not read from standard input\n  remedy: write what comes there into a file, and give that; ./- is a file of this name\n"), (ran.Exit, ran.Error));
    }

    private string Make(string kind, string name) => SpecialFile.Make(kind, Path.Combine(_folder, name));

    private static async Task<Ran> InspectAsync(string path, string options)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        string[] args = ["feeds", "inspect", path, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        var exit = await SpecialFile.SoonAsync(() => CommandLine.RunAsync(args, output, error, TextReader.Null));
        return new(exit, $"{output}", $"{error}");
    }
}
