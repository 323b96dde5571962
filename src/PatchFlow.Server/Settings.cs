using System.Collections;
using System.ComponentModel;
using System.Reflection;
using PatchFlow.Server.Feeds;
using PatchFlow.Server.Hosts;
using PatchFlow.Server.Reconcile;
using PatchFlow.Server.Sandbox;

namespace PatchFlow.Server;

/// <summary>
/// Looks through the section <c>PatchFlow</c> before anything of it is used. .NET leaves out an entry of a list that has a value of the wrong
/// type, and a setting that it does not know, without a word: a feed would be missing, or go unverified since its keyring was misspelt.
/// </summary>
internal static class Settings
{
    private const int MostNamed = 5;
    private const int NearestAway = 3;

    private static readonly (string Section, Type Type)[] Sections =
    [
        (FeedOptions.Section, typeof(FeedOptions[])),
        (HostsOptions.Section, typeof(HostsOptions)),
        (SandboxOptions.Section, typeof(SandboxOptions)),
        (PipelineOptions.Section, typeof(PipelineOptions)),
        (CheckOptions.Section, typeof(CheckOptions)),
        (ReconcileOptions.Section, typeof(ReconcileOptions)),
    ];

    /// <summary>Refuses settings that are not known, or have values of another type.</summary>
    /// <exception cref="InvalidOperationException">It names the first of them, with its place and what it must be.</exception>
    public static void Check(IConfiguration configuration)
    {
        var known = Sections.ToDictionary(s => s.Section[(PatchFlowOptions.Section.Length + 1)..], s => s.Type, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, type) in Properties(typeof(PatchFlowOptions)))
        {
            known[name] = type;
        }

        if (configuration.GetSection(PatchFlowOptions.Section)[nameof(PatchFlowOptions.DataDirectory)] is { } data && string.IsNullOrWhiteSpace(data))
        {
            throw new InvalidOperationException($"{PatchFlowOptions.Section}:{nameof(PatchFlowOptions.DataDirectory)} is empty: name the folder in which the server keeps its database, or leave it out");
        }

        var problems = Problems(configuration.GetSection(PatchFlowOptions.Section), known).Take(MostNamed + 1).ToList();
        if (problems.Count > 0)
        {
            throw new InvalidOperationException($"{string.Join("; ", problems.Take(MostNamed))}{(problems.Count > MostNamed ? "; and more" : "")}: mend appsettings.json, or the environment variable that sets it");
        }
    }

    private static IEnumerable<string> Problems(IConfigurationSection section, IReadOnlyDictionary<string, Type> known)
    {
        if (section.Value is { Length: > 0 } text)
        {
            yield return $"{section.Path} is '{text}', and must have settings of its own ({string.Join(", ", known.Keys.Order(StringComparer.Ordinal))})";
        }

        foreach (var child in section.GetChildren())
        {
            foreach (var problem in known.TryGetValue(child.Key, out var type) ? Problems(child, type) : [$"{child.Path} is not known: {Instead(child.Key, known.Keys)}"])
            {
                yield return problem;
            }
        }
    }

    private static IEnumerable<string> Problems(IConfigurationSection section, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return typeof(IDictionary).IsAssignableFrom(type) ? section.GetChildren().SelectMany(child => Problems(child, type.GetGenericArguments()[1]))
            : type.IsArray ? OfList(section, type.GetElementType()!)
            : TypeDescriptor.GetConverter(type) is var converter && converter.CanConvertFrom(typeof(string)) ? OfValue(section, type, converter)
            : Problems(section, Properties(type).ToDictionary(p => p.Name, p => p.Type, StringComparer.OrdinalIgnoreCase));
    }

    // An empty list has an empty text in a configuration.
    private static IEnumerable<string> OfList(IConfigurationSection section, Type element)
    {
        var children = section.GetChildren().ToList();
        return section.Value is { Length: > 0 } || children.Exists(c => !int.TryParse(c.Key, out _))
            ? [$"{section.Path} must be a list, in square brackets"]
            : children.SelectMany(child => Problems(child, element));
    }

    private static IEnumerable<string> OfValue(IConfigurationSection section, Type type, TypeConverter converter)
    {
        var isOne = !section.GetChildren().Any() && (section.Value is null || (section.Value.Length == 0 && type != typeof(bool)) || IsValid(converter, section.Value));
        return isOne ? [] : [$"{section.Path} is {(section.Value is { } text ? $"'{text}'" : "a list or has settings of its own")}, and must be {Words(type)}"];
    }

    private static bool IsValid(TypeConverter converter, string text)
    {
        try
        {
            _ = converter.ConvertFromInvariantString(text);
            return true;
        }
        catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static string Words(Type type) => type == typeof(bool) ? "true or false"
        : type == typeof(int) || type == typeof(long) ? $"a whole number{(type == typeof(int) ? $" up to {int.MaxValue}" : "")}"
        : type == typeof(double) ? "a number"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : "a text";

    private static IEnumerable<(string Name, Type Type)> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.SetMethod?.IsPublic == true).Select(p => (p.Name, p.PropertyType));

    private static string Instead(string name, IEnumerable<string> known)
    {
        var names = known.Select(k => char.ToLowerInvariant(k[0]) + k[1..]).Order(StringComparer.Ordinal).ToList();
        var nearest = names.MinBy(k => Distance(name.ToLowerInvariant(), k.ToLowerInvariant()))!;
        return Distance(name.ToLowerInvariant(), nearest.ToLowerInvariant()) <= NearestAway ? $"is '{nearest}' meant?" : $"known are {string.Join(", ", names)}";
    }

    // Levenshtein's.
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var (diagonal, left) = (row[0], row[0] = i);
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], left = Math.Min(Math.Min(row[j], left) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
