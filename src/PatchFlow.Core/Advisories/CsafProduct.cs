using System.Collections.Immutable;

namespace PatchFlow.Core.Advisories;

/// <summary>A product of a CSAF product tree, as far as its package can be told.</summary>
internal sealed record CsafProduct
{
    /// <summary>The full product name.</summary>
    public string Product { get; init; } = "";

    /// <summary>The platform; empty where the tree does not tell.</summary>
    public string Platform { get; init; } = "";

    /// <summary>The package's name; empty where only the product is known.</summary>
    public string Name { get; init; } = "";

    /// <summary>Its version, with an epoch where one is stated.</summary>
    public string? Version { get; init; }

    /// <summary>The range that the branch states instead of a version.</summary>
    public string? Range { get; init; }

    /// <summary>The architecture.</summary>
    public string? Arch { get; init; }

    /// <summary>Whether the package is a source package.</summary>
    public bool IsSource { get; init; }

    /// <summary>The module stream, <c>name:stream</c>.</summary>
    public string? Module { get; init; }

    /// <summary>How versions are ordered.</summary>
    public VersionScheme Scheme { get; init; }

    /// <summary>
    /// Name and version, where they could be those of a build of rpm without an architecture: which they are only on a distribution of rpm.
    /// </summary>
    public (string Name, string Version)? Build { get; init; }

    /// <summary>The other packages that it stands for, where several package URLs are stated.</summary>
    public ImmutableArray<CsafProduct> More { get; init; } = [];

    /// <summary>A component on the product that it relates to: the package of the first on the platform, or in the module, of the second.</summary>
    public CsafProduct On(CsafProduct platform, string name)
    {
        var product = this with
        {
            Product = name,
            Platform = Platform.Length > 0 && platform.Platform.Length == 0 ? Platform : platform.Platform,
            Module = Module ?? platform.Module,
            More = More.IsEmpty ? More : [.. More.Select(m => m.On(platform, name))],
        };

        // Red Hat's CVRF lists the builds of source packages alone, SUSE's those of binary ones.
        return Build is not { } build || Platforms.SchemeOf(product.Platform) != VersionScheme.Rpm ? product : product with
        {
            Name = build.Name,
            Version = build.Version,
            IsSource = product.Platform.StartsWith("Red Hat:", StringComparison.Ordinal),
            Scheme = VersionScheme.Rpm,
            Build = null,
        };
    }
}
