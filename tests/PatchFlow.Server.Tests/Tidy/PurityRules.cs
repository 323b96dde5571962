using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>
/// What Core may not use, read from what the compiler wrote into the assembly: no alias, no <c>using static</c> and no
/// extension hides a use from it.
/// </summary>
internal static class PurityRules
{
    private static readonly string[] Namespaces =
        ["System.Net", "System.Threading", "System.Runtime.Loader", "System.Data", "Microsoft"];

    // Of System.IO only what works on bytes that are there already, with the word that a stream over a stream must name; whatever else it
    // has or gets is the machine's.
    private static readonly string[] AllowedOfIO =
        ["System.IO.Stream", "System.IO.SeekOrigin", "System.IO.MemoryStream", "System.IO.InvalidDataException", "System.IO.EndOfStreamException"];

    // To wait for work that somebody else does beside (ADR 29): it starts nothing, and what comes out is the same whoever is first.
    private const string Waiting = "System.Threading.Monitor";

    private static readonly Dictionary<string, string> Types = new(StringComparer.Ordinal)
    {
        ["System.Threading.Tasks.Task"] = "async",
        ["System.Threading.Tasks.Task`1"] = "async",
        ["System.Threading.Tasks.ValueTask"] = "async",
        ["System.Threading.Tasks.ValueTask`1"] = "async",
        ["System.Runtime.CompilerServices.IAsyncStateMachine"] = "async",
        ["System.Collections.Generic.IAsyncEnumerable`1"] = "async",
        ["System.TimeProvider"] = "a clock",
        ["System.Diagnostics.Stopwatch"] = "a clock",
        ["System.Console"] = "I/O",
        ["System.Diagnostics.Process"] = "I/O",
        ["System.Random"] = "randomness",
        ["System.Security.Cryptography.RandomNumberGenerator"] = "randomness",
    };

    private static readonly Dictionary<string, string> Members = new(StringComparer.Ordinal)
    {
        ["System.DateTime.get_Now"] = "a clock",
        ["System.DateTime.get_UtcNow"] = "a clock",
        ["System.DateTime.get_Today"] = "a clock",
        ["System.DateTimeOffset.get_Now"] = "a clock",
        ["System.DateTimeOffset.get_UtcNow"] = "a clock",
        ["System.Guid.NewGuid"] = "randomness",
        ["System.Guid.CreateVersion7"] = "randomness",
        ["System.TimeZoneInfo.get_Local"] = "the machine",
        ["System.TimeZoneInfo.FindSystemTimeZoneById"] = "I/O",
        ["System.Environment.GetEnvironmentVariable"] = "the machine",
        ["System.Environment.get_CurrentDirectory"] = "the machine",
        ["System.Environment.get_MachineName"] = "the machine",
        ["System.Environment.get_ProcessId"] = "the machine",
        ["System.Environment.get_ProcessorCount"] = "the machine",
        ["System.Environment.get_TickCount"] = "a clock",
        ["System.Environment.get_TickCount64"] = "a clock",
        ["System.Globalization.CultureInfo.get_CurrentCulture"] = "the machine",
    };

    public static IEnumerable<Finding> Check(string name, Stream assembly)
    {
        using var image = new PEReader(assembly);
        var metadata = image.GetMetadataReader();
        var found = new List<Finding>();
        foreach (var reference in metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name)))
        {
            if (reference != "netstandard" && !reference.StartsWith("System.", StringComparison.Ordinal))
            {
                found.Add(new Finding(name, $"refers to {reference}: Core uses nothing but the base class library"));
            }
        }

        foreach (var type in metadata.TypeReferences.Select(handle => NameOf(metadata, handle)))
        {
            if (type == Waiting)
            {
                continue;
            }

            if (Types.TryGetValue(type, out var what) || InForbiddenNamespace(type, out what) || IsForbiddenIO(type, out what))
            {
                found.Add(new Finding(name, $"uses {type}: {what} comes in as an argument, if at all"));
            }
        }

        foreach (var member in metadata.MemberReferences.Select(metadata.GetMemberReference).Where(member => member.Parent.Kind == HandleKind.TypeReference))
        {
            var full = $"{NameOf(metadata, (TypeReferenceHandle)member.Parent)}.{metadata.GetString(member.Name)}";
            if (Members.TryGetValue(full, out var what))
            {
                found.Add(new Finding(name, $"uses {full}: {what} comes in as an argument, if at all"));
            }
        }

        return found;
    }

    private static bool InForbiddenNamespace(string type, [NotNullWhen(true)] out string? space) =>
        (space = Namespaces.FirstOrDefault(space => type.StartsWith(space + ".", StringComparison.Ordinal))) is not null;

    private static bool IsForbiddenIO(string type, [NotNullWhen(true)] out string? what) =>
        (what = type.StartsWith("System.IO.", StringComparison.Ordinal) && !AllowedOfIO.Contains(type) ? "I/O" : null) is not null;

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
    }
}
