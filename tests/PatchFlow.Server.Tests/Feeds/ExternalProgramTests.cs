using PatchFlow.Server.Feeds;

namespace PatchFlow.Server.Tests.Feeds;

/// <summary>A program of this machine is judged by how it ends, whatever it left unread.</summary>
public sealed class ExternalProgramTests
{
    [Theory]
    [InlineData("true", 0)]
    [InlineData("false", 1)]
    public async Task AProgramThatReadsNothingEndsAsItSays(string program, int code)
    {
        for (var turn = 0; turn < 50; turn++)
        {
            using var input = new MemoryStream(new byte[(turn % 5) << 16 | 100]);
            var (end, output) = await ExternalProgram.OutputAsync(program, [], TimeSpan.FromSeconds(30), 100, input, TestContext.Current.CancellationToken);
            Assert.Equal((code, 0), (end.ExitCode, output.Length));
        }
    }
}
