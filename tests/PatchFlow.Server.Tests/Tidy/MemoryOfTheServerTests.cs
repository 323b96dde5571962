using System.Text.Json;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>The server collects garbage as the benchmarks do that measure its memory.</summary>
public sealed class MemoryOfTheServerTests
{
    [Fact]
    public void TheServerTakesNoMemoryForEachProcessor()
    {
        using var file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "patchflow-server.runtimeconfig.json")));
        Assert.False(file.RootElement.GetProperty("runtimeOptions").GetProperty("configProperties").GetProperty("System.GC.Server").GetBoolean());
    }
}
