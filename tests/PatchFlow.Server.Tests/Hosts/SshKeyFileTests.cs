using System.Diagnostics;
using PatchFlow.Server.Hosts;

namespace PatchFlow.Server.Tests.Hosts;

public sealed class SshKeyFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("patchflow-key-").FullName;

    private string KeyPath => Path.Combine(_directory, "keys", "hosts_ecdsa");

    [Fact]
    public void AKeyIsMadeOnceAndStaysTheSame()
    {
        var first = SshKeyFile.Open(KeyPath).PublicLine;
        Assert.StartsWith("ecdsa-sha2-nistp256 ", first);
        Assert.Equal(first, SshKeyFile.Open(KeyPath).PublicLine);
        Assert.Equal("600 700", Run("stat", "-c", "%a", KeyPath) + " " + Run("stat", "-c", "%a", Path.GetDirectoryName(KeyPath)!));
    }

    [Fact]
    public void OpenSshReadsTheKeyAndFindsTheSamePublicHalf()
    {
        var line = SshKeyFile.Open(KeyPath).PublicLine.Split(' ');
        Assert.Equal($"{line[0]} {line[1]}", string.Join(' ', Run("ssh-keygen", "-y", "-f", KeyPath).Split(' ').Take(2)));
    }

    [Theory]
    [InlineData("640")]
    [InlineData("604")]
    [InlineData("620")]
    [InlineData("700")]
    public void AKeyFileThatOthersCouldReadOrThatIsNotPlainIsRefused(string mode)
    {
        var key = SshKeyFile.Open(KeyPath);
        Run("chmod", mode, KeyPath);
        Assert.Contains($"chmod 600 {KeyPath}", Assert.Throws<InvalidOperationException>(() => SshKeyFile.Open(KeyPath)).Message);
        Assert.Throws<InvalidOperationException>(() => key.Load());
    }

    [Fact]
    public void ALinkToAKeyIsRefused()
    {
        SshKeyFile.Open(KeyPath);
        File.CreateSymbolicLink(KeyPath + ".link", KeyPath);
        Assert.Throws<InvalidOperationException>(() => SshKeyFile.Open(KeyPath + ".link"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    public void AFileThatIsNoKeyIsRefusedAndNotReplaced(string content)
    {
        SshKeyFile.Open(KeyPath);
        File.WriteAllText(KeyPath, content);
        Assert.Contains("restore it", Assert.Throws<InvalidOperationException>(() => SshKeyFile.Open(KeyPath)).Message);
        Assert.Equal(content, File.ReadAllText(KeyPath));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output.Trim();
    }
}
