namespace PatchFlow.Server.Tests.Tidy;

/// <summary>One breach of a house rule: where, and what to do.</summary>
internal sealed record Finding(string Place, string Message)
{
    public override string ToString() => $"{Place}: {Message}";
}
