using System.Xml.Linq;

namespace PatchFlow.Server.Tests.Tidy;

/// <summary>The shape of the repository as docs/adr and the projects' reasons have it: four projects, and nothing beside.</summary>
internal static class ShapeRules
{
    public static readonly string[] TopLevel =
    [
        ".ci", ".editorconfig", ".gitattributes", ".gitignore", "Directory.Build.props", "Directory.Packages.props", "LICENSE",
        "PatchFlow.sln", "README.md", "appsettings.json", "check", "demo", "docs", "global.json", "pipelines", "sandbox", "src",
        "tests",
    ];

    // Which project may reference which. A fifth project needs a decision record and a line here.
    private static readonly Dictionary<string, string[]> Projects = new(StringComparer.Ordinal)
    {
        ["PatchFlow.Core"] = [],
        ["PatchFlow.Client"] = [],
        ["PatchFlow.Server"] = ["PatchFlow.Core", "PatchFlow.Client"],
        ["PatchFlow.Cli"] = ["PatchFlow.Core", "PatchFlow.Client"],
    };

    // Packages of the two projects that others build on; the programs may use what Directory.Packages.props lists.
    private static readonly Dictionary<string, string[]> Packages = new(StringComparer.Ordinal)
    {
        ["PatchFlow.Core"] = [],
        ["PatchFlow.Client"] = ["Refit"],
    };

    public static IEnumerable<Finding> CheckTopLevel(IEnumerable<string> files) =>
        files.Select(file => file.Split('/')[0])
            .Distinct()
            .Except(TopLevel)
            .Select(entry => new Finding(entry, "a new top-level entry: put it below one of the others"));

    public static IEnumerable<Finding> CheckProject(string file, string text)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        var document = XDocument.Parse(text);
        if (!Projects.TryGetValue(name, out var allowed))
        {
            yield return new Finding(file, "a fifth project needs a decision record");
            yield break;
        }

        foreach (var reference in Includes(document, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path.Replace('\\', '/'))).Except(allowed))
        {
            yield return new Finding(file, $"may not reference {reference}");
        }

        if (Packages.TryGetValue(name, out var packages))
        {
            foreach (var package in Includes(document, "PackageReference").Except(packages))
            {
                yield return new Finding(file, $"may not use the package {package}");
            }
        }
    }

    private static IEnumerable<string> Includes(XDocument project, string element) =>
        project.Descendants(element).Select(item => item.Attribute("Include")?.Value).OfType<string>();
}
