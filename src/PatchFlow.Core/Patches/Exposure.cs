using System.Collections.Immutable;
using PatchFlow.Core.Hosts;

namespace PatchFlow.Core.Patches;

/// <summary>How far a host can be reached, by what it tells of itself and what administrators say of it.</summary>
/// <param name="IsExposed">Whether others can reach it.</param>
/// <param name="Reason">Why, in words; empty where it is not exposed.</param>
public sealed record Exposure(bool IsExposed, string Reason)
{
    /// <summary>The label that decides, whatever listens: <c>internet</c>, or <c>none</c>.</summary>
    public const string Label = "exposure";

    private const int MostNamed = 3;

    /// <summary>Nobody can reach it.</summary>
    public static Exposure None { get; } = new(false, "");

    /// <summary>
    /// The label comes first, since it says what stands before the host. Without one, or with another value, a host is exposed where it
    /// listens on an address that is not its loopback.
    /// </summary>
    public static Exposure Of(IEnumerable<ListeningSocket> listens, IReadOnlyDictionary<string, string> labels)
    {
        var open = listens.Where(s => !IsLoopback(s.Address)).Select(s => $"{s.Protocol}/{s.Port}").Distinct().Order(StringComparer.Ordinal).ToImmutableArray();
        return labels.GetValueOrDefault(Label) switch
        {
            "internet" => new(true, "the host is labelled as reachable from the internet"),
            "none" => None,
            _ when open.IsEmpty => None,
            _ => new(true, $"the host listens on {string.Join(", ", open.Take(MostNamed))}{(open.Length > MostNamed ? $" and {open.Length - MostNamed} more" : "")}"),
        };
    }

    // As the kernel's tools write them; whatever else counts as reachable.
    private static bool IsLoopback(string address) => address.Split('%')[0].Trim('[', ']') is var ip
        && (ip == "::1" || ip.StartsWith("127.", StringComparison.Ordinal) || ip.StartsWith("::ffff:127.", StringComparison.OrdinalIgnoreCase));
}
