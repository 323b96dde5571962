using Serilog.Events;

namespace PatchFlow.Server.Tests;

public sealed class LoggingTests
{
    // A server that ended while its disk was read-only ended with a stack trace, and by a signal.
    [Fact]
    public async Task ALogThatCantBeWrittenAnyMoreEndsWithASentence()
    {
        using var error = new StringWriter();
        await Logging.CloseAsync(new Unwritable(), error);
        Assert.Equal("patchflow-server: the last lines of the log are lost (Read-only file system): look at the space and the rights of the data directory\n", $"{error}");
    }

    // As Serilog's file does that has lines left.
    private sealed class Unwritable : Serilog.ILogger, IAsyncDisposable
    {
        public void Write(LogEvent logEvent)
        {
            // It is lost.
        }

        public ValueTask DisposeAsync() => throw new IOException("Read-only file system");
    }
}
