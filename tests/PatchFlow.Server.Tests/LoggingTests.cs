using PatchFlow.Server.Tests.Feeds;

namespace PatchFlow.Server.Tests;

public sealed class LoggingTests
{
    // A server that ends while its disk is full or read-only ended with a stack trace, and with a signal.
    [Fact]
    public async Task ALogThatCantBeWrittenAnyMoreEndsWithASentence()
    {
        using var disk = new SmallDisk();
        var log = Logging.Create(new PatchFlowOptions { DataDirectory = disk.DataDirectory });
        log.Information("a line");
        disk.Fill();
        for (var line = 0; line < 1000; line++)
        {
            log.Information("a line that finds no room {Line}", line);
        }

        using var error = new StringWriter();
        await Logging.CloseAsync(log, error);
        Assert.StartsWith("patchflow-server: the last lines of the log are lost (No space left on device", $"{error}", StringComparison.Ordinal);
        disk.Free();
    }
}
