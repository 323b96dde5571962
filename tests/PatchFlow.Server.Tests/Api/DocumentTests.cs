using System.Text.Json;
using System.Text.Json.Nodes;

namespace PatchFlow.Server.Tests.Api;

/// <summary>docs/openapi.json is what the server serves. <c>PATCHFLOW_WRITE_OPENAPI=1</c> writes it anew after a change that is meant.</summary>
public sealed class DocumentTests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, IndentSize = 2, NewLine = "\n" };

    [Fact]
    public async Task TheDocumentInTheRepositoryIsTheOneThatIsServed()
    {
        await using var server = await ApiServer.StartAsync();
        var reply = await server.SendAsync("GET", "/openapi/v1.json", null);
        Assert.Equal(200, reply.Code);
        var served = JsonNode.Parse(reply.Body)!.ToJsonString(Indented) + "\n";
        var path = Path.Combine(Root(), "docs", "openapi.json");
        if (Environment.GetEnvironmentVariable("PATCHFLOW_WRITE_OPENAPI") == "1")
        {
            await File.WriteAllTextAsync(path, served);
        }

        Assert.Equal(await File.ReadAllTextAsync(path), served);
    }

    [Fact]
    public async Task EveryOperationNamesItsPermission()
    {
        await using var server = await ApiServer.StartAsync();
        using var document = JsonDocument.Parse((await server.SendAsync("GET", "/openapi/v1.json", null)).Body);
        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                Assert.True(operation.Value.TryGetProperty("x-permission", out _), $"{operation.Name} {path.Name} names no permission");
                Assert.True(operation.Value.TryGetProperty("summary", out _), $"{operation.Name} {path.Name} has no summary");
            }
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "PatchFlow.sln")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
