using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PatchFlow.Core.Patches;

namespace PatchFlow.Core.Advisories;

/// <summary>Tells the package of a full product name from its purl, its CPE, or its branches (CSAF 3.1.3.3, 3.1.2.2).</summary>
internal static class CsafIdentity
{
    private const int LongestWord = 200;
    private const int LongestRelease = 9;

    /// <summary>The product that a full product name stands for, below the branches that lead to it.</summary>
    public static CsafProduct Of(string name, string? cpe, PackageUrl? url, CsafBranch branch)
    {
        var platform = PlatformOf(cpe ?? "", branch.ProductName ?? name);
        var stated = new CsafProduct
        {
            Product = name.Trim(),
            Version = branch.Version,
            Range = branch.Range,
            Platform = platform.Length > 0 ? platform : PlatformOf("", name),
            Arch = branch.Arch,
        };
        return url is not null ? OfPurl(stated, url, branch) : OfName(stated, branch, name);
    }

    private static CsafProduct OfPurl(CsafProduct stated, PackageUrl url, CsafBranch branch)
    {
        var (module, isModule) = ModuleOf(url);

        // A package within a module is named as its source, which is what the module is built from.
        var isPart = url.Type == "rpmmod" && !isModule;
        var isSource = url.IsSource || isPart;
        return stated with
        {
            Name = isModule ? "" : url.Name,
            Version = VersionOf(url, branch.Version),
            IsSource = isSource,
            Arch = isSource ? null : url.Arch ?? stated.Arch,
            Module = module,
            Scheme = isPart ? VersionScheme.Rpm : url.Scheme,
            Platform = stated.Platform.Length > 0 ? stated.Platform : url.Platform,
        };
    }

    // rpmmod=ruby:2.7:8080020250909:63b34585, and pkg:rpmmod/redhat/ruby@2.7:8080020250909:63b34585 for the module itself, name the stream with its
    // build; a host knows its stream. What Red Hat leaves unfixed in a stream it wrote as pkg:rpmmod/redhat/ruby:2.7/ruby.
    private static (string? Module, bool IsModule) ModuleOf(PackageUrl url)
    {
        if (url.Type != "rpmmod")
        {
            return (url.Qualifier("rpmmod") is { } text ? ModuleStream.Of(text) : null, false);
        }

        var slash = url.Namespace.LastIndexOf('/');
        return slash < 0 || ModuleStream.Of(url.Namespace[(slash + 1)..]) is not { } stream ? (ModuleStream.Of($"{url.Name}:{url.Version}"), true) : (stream, false);
    }

    private static string? VersionOf(PackageUrl url, string? branch)
    {
        var epoch = url.Qualifier("epoch");
        var build = url.Type == "rpm" && branch is not null && (epoch is null || url.Version is null) ? CsafBuild.Of(branch)?.Version : null;
        if (url.Version is null)
        {
            return build ?? (IsVersion(branch, url.Name) ? branch : null);
        }

        // Red Hat's encoding of 2023 has the epoch only in the name of the branch.
        return epoch is not null ? $"{epoch}:{url.Version}" : build is not null && build.EndsWith(':' + url.Version, StringComparison.Ordinal) ? build : url.Version;
    }

    // Red Hat's branches of the category product_version name the package alone (libtiff, ruby:2.7/ruby) where every version of it is meant.
    private static bool IsVersion([NotNullWhen(true)] string? branch, string package)
    {
        var text = branch.AsSpan();
        var digits = text.StartsWith("v", StringComparison.OrdinalIgnoreCase) ? text[1..] : text;
        return digits.Length > 0 && char.IsAsciiDigit(digits[0]) && text.IndexOfAny('/', ' ') < 0 && !text.SequenceEqual(package);
    }

    private static CsafProduct OfName(CsafProduct stated, CsafBranch branch, string name)
    {
        if (CsafBuild.Of(branch.Version ?? name) is { } build)
        {
            return stated with { Name = build.Name, Version = build.Version, Arch = build.IsSource ? null : build.Arch, IsSource = build.IsSource, Scheme = VersionScheme.Rpm };
        }

        return OfAzureLinux(branch.Range ?? branch.Version ?? "") is not { } azure ? stated : stated with
        {
            Name = azure.Name,
            Version = azure.Version,
            Range = azure.Range,
            Platform = azure.Platform,
            Scheme = azure.Scheme,
        };
    }

    /// <summary>
    /// The package that a name of Azure Linux stands for: it writes <c>azl3 ruby 3.3.5-2</c>, and <c>&lt;azl3 ruby 3.3.5-2</c> for what comes
    /// before, in months with <c>on Azure Linux 3.0</c> behind it. Null for any other name.
    /// </summary>
    public static CsafProduct? OfAzureLinux(string name)
    {
        var isBefore = name.StartsWith('<');
        var rest = name.AsSpan(isBefore ? 1 : 0);
        if (!rest.StartsWith("azl", StringComparison.Ordinal) && !rest.StartsWith("cbl", StringComparison.Ordinal))
        {
            return null;
        }

        var release = Word(rest[3..], out var package);
        var word = Word(package, out var built);
        var version = Word(built, out var system);
        if (!IsNumber(release, "0123456789", 3) || word.Length is 0 or > LongestWord || version.Length is 0 or > LongestWord || (version.Length < built.Length && !IsSystem(system)))
        {
            return null;
        }

        return new CsafProduct
        {
            Name = word.ToString(),
            Version = isBefore ? null : version.ToString(),
            Range = isBefore ? $"<{version}" : null,
            Platform = rest[0] == 'a' ? $"Azure Linux:{release}" : $"Mariner:{release}",
            Scheme = VersionScheme.Rpm,
        };
    }

    private static ReadOnlySpan<char> Word(ReadOnlySpan<char> text, out ReadOnlySpan<char> rest)
    {
        var space = text.IndexOf(' ');
        rest = space < 0 ? default : text[(space + 1)..];
        return space < 0 ? text : text[..space];
    }

    private static bool IsSystem(ReadOnlySpan<char> text) =>
        (text.StartsWith("on Azure Linux ", StringComparison.Ordinal) && IsNumber(text[15..], "0123456789.", 9))
        || (text.StartsWith("on CBL Mariner ", StringComparison.Ordinal) && IsNumber(text[15..], "0123456789.", 9));

    // Since 7 what follows the dot is a point release.
    private static string DebianNumber(string release) =>
        release.Split('.')[0] is var major && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 7 ? major : release;

    // Their hosts of a major release follow one after the other.
    private static string OfMajor(string name, string release) => release.Split('.')[0] is var major && IsNumber(major, "0123456789", 3) ? $"{name}:{major}" : "";

    private static bool IsNumber(ReadOnlySpan<char> text, ReadOnlySpan<char> digits, int longest) => text.Length > 0 && text.Length <= longest && !text.ContainsAnyExcept(digits);

    // Vendor, product, version and what follows them: cpe:/o:redhat:enterprise_linux:9 and cpe:2.3:o:redhat:enterprise_linux:9:*:*:*:*:*:*:*.
    private static string[] PartsOf(string cpe)
    {
        if (cpe.StartsWith("cpe:/", StringComparison.Ordinal))
        {
            return cpe.Split(':') is [_, _, .. var parts] ? parts : [];
        }

        return cpe.StartsWith("cpe:2.3:", StringComparison.Ordinal) && Formatted(cpe[8..]) is [_, .. var formatted] ? [.. formatted] : [];
    }

    // The parts of a formatted string of 2.3: a backslash stands before signs that are meant as they are, and * and - behind the last stated part say nothing.
    private static List<string> Formatted(string text)
    {
        var (parts, part) = (new List<string>(), new StringBuilder());
        for (var i = 0; i <= text.Length; i++)
        {
            if (i == text.Length || text[i] == ':')
            {
                parts.Add(part.ToString() is "*" or "-" ? "" : part.ToString());
                part.Clear();
            }
            else
            {
                i += text[i] == '\\' && i + 1 < text.Length ? 1 : 0;
                part.Append(text[i]);
            }
        }

        return parts[..(parts.FindLastIndex(p => p.Length > 0) + 1)];
    }

    /// <summary>The platform of a CPE 2.2 or 2.3 name, or of a distribution's product name; empty for any other.</summary>
    public static string PlatformOf(string cpe, string product)
    {
        switch (PartsOf(cpe))
        {
            case ["redhat", .. var rest]:
                return Platforms.OfEcosystem("Red Hat:" + string.Join(':', rest));
            case ["almalinux", "almalinux", var release, ..]:
                return OfMajor("AlmaLinux", release);
            case ["rocky", "rocky", var release, ..]:
                return OfMajor("Rocky Linux", release);
            case ["oracle", "linux", var release, ..]:
                return OfMajor("Oracle Linux", release);
            case ["debian", "debian_linux", var release, ..] when IsNumber(release, "0123456789.", LongestRelease):
                return Platforms.OfDebian(DebianNumber(release));
            case ["canonical", "ubuntu_linux", var release, .. var more] when IsNumber(release, "0123456789.", LongestRelease):
                return Platforms.OfUbuntu(release, pro: more.Contains("esm"));
            case ["openEuler" or "openeuler", "openEuler" or "openeuler", var release, ..]:
                return "openEuler:" + release.ToUpperInvariant();
        }

        return product switch
        {
            _ when product.StartsWith("SUSE ", StringComparison.Ordinal) => Platforms.OfEcosystem("SUSE:" + product[5..]),
            _ when product.StartsWith("openSUSE ", StringComparison.Ordinal) => Platforms.OfEcosystem("openSUSE:" + product[9..]),
            _ when product.StartsWith("openEuler-", StringComparison.Ordinal) => "openEuler:" + product[10..],
            _ when product.StartsWith("Azure Linux ", StringComparison.Ordinal) => "Azure Linux:" + product[12..].Replace(".0", "", StringComparison.Ordinal),
            _ => "",
        };
    }
}

/// <summary>What the branches above a product say of it.</summary>
internal readonly record struct CsafBranch(string? ProductName, string? Version, string? Range, string? Arch)
{
    private static readonly JsonWords Categories = new("product_name", "product_version", "product_version_range", "architecture");

    /// <summary>The same with what this branch adds.</summary>
    public CsafBranch Below(JsonElement branch, AdvisorySink sink)
    {
        if (branch.Has("category"u8, JsonValueKind.String, out var text))
        {
            return Categories.Find(text) is { } category ? Below(category, branch.Text("name"u8, sink, "product_tree")) : this;
        }

        branch.Check("category"u8, JsonValueKind.String, sink, "product_tree");
        return this;
    }

    /// <summary>The same with what a branch of this category and title adds.</summary>
    public CsafBranch Below(string? category, string? title) => (category, title) switch
    {
        ("product_name", { } name) => this with { ProductName = name },
        ("product_version", { } name) => this with { Version = name, Range = null },
        ("product_version_range", { } name) => this with { Range = name, Version = null },
        ("architecture", { } name) => this with { Arch = name is "src" or "source" ? null : name },
        _ => this,
    };
}
