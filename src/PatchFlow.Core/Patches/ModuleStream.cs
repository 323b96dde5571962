using PatchFlow.Core.Advisories;

namespace PatchFlow.Core.Patches;

/// <summary>Streams of modules in the one form that hosts and advisories are compared in: <c>name:stream</c>.</summary>
public static class ModuleStream
{
    /// <summary>The stream of a module's name with its stream; null where one of them is missing, or is none.</summary>
    public static string? Of(string? name, string? stream) => IsWord(name) && IsWord(stream) ? $"{name}:{stream}" : null;

    /// <summary>The stream of <c>name:stream</c> with or without version, context and architecture behind it, as vendors write it; null where it is none.</summary>
    public static string? Of(string text) => text.Split(':') is [var name, var stream, ..] ? Of(name, stream) : null;

    /// <summary>
    /// Whether a statement can concern a host with these streams enabled: one on a module's package only where its stream is, any other always.
    /// </summary>
    /// <param name="package">The statement.</param>
    /// <param name="enabled">The host's enabled streams, <c>name:stream</c>.</param>
    public static bool Concerns(AffectedPackage package, IReadOnlySet<string> enabled) => package.Module is null || enabled.Contains(package.Module);

    private static bool IsWord(string? text) => text is { Length: > 0 and <= 128 } && !text.Any(c => c is ':' or '/' || char.IsWhiteSpace(c) || char.IsControl(c));
}
