namespace PatchFlow.Server.Sandbox;

/// <summary>Our own scripts that run in replicas: files of this folder, inside the program.</summary>
internal static class SandboxScript
{
    /// <summary>The text of <c>Scripts/NAME</c>.</summary>
    public static string Text(string name)
    {
        using var resource = typeof(SandboxScript).Assembly.GetManifestResourceStream($"sandbox/{name}")
            ?? throw new InvalidOperationException($"the program was built without the sandbox's script {name}");
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
